"""The codec: golden octets in both directions, and properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.smpp.strategies import pdus
from powerpack_carriers.smpp.codec import decode, encode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.errors import RecoverableError, SmppError, UnrecoverableError, ValueNotEncodable
from powerpack_carriers.smpp.fields import DistributionList, SmeAddress, UnsuccessSme
from powerpack_carriers.smpp.pdus import BODIES, Pdu
from powerpack_carriers.smpp.tlvs import Tlv

# Written by hand from SMPP 3.4, chapter 4: header, then field by field.
GOLDEN = {
    "enquire_link": (
        "00000010 00000015 00000000 00000001",
        Pdu(command_id=CommandId.enquire_link, sequence_number=1),
    ),
    "generic_nack": (
        "00000010 80000000 00000003 00000007",
        Pdu(command_id=CommandId.generic_nack, command_status=CommandStatus.ESME_RINVCMDID, sequence_number=7),
    ),
    "bind_transceiver": (
        "0000001E 00000009 00000000 00000002 65736D6500 70776400 00 34 01 02 00",
        Pdu(
            command_id=CommandId.bind_transceiver,
            sequence_number=2,
            fields={
                "system_id": "esme",
                "password": "pwd",
                "system_type": "",
                "interface_version": 0x34,
                "addr_ton": 1,
                "addr_npi": 2,
                "address_range": "",
            },
        ),
    ),
    "bind_transceiver_resp": (
        "00000017 80000009 00000000 00000002 6100 0210 0001 34",
        Pdu(
            command_id=CommandId.bind_transceiver_resp,
            sequence_number=2,
            fields={"system_id": "a"},
            tlvs=(Tlv.of(TlvTag.sc_interface_version, 0x34),),
        ),
    ),
    "submit_sm": (
        (
            "0000002F 00000004 00000000 00000003 00 0101 313200 0101 333400 40 00 01 00 00 11 00 08 00"
            " 04 00480069 0204 0002 BEEF"
        ),
        Pdu(
            command_id=CommandId.submit_sm,
            sequence_number=3,
            fields={
                "service_type": "",
                "source_addr_ton": 1,
                "source_addr_npi": 1,
                "source_addr": "12",
                "dest_addr_ton": 1,
                "dest_addr_npi": 1,
                "destination_addr": "34",
                "esm_class": 0x40,
                "protocol_id": 0,
                "priority_flag": 1,
                "schedule_delivery_time": "",
                "validity_period": "",
                "registered_delivery": 0x11,
                "replace_if_present_flag": 0,
                "data_coding": 8,
                "sm_default_msg_id": 0,
                "short_message": b"\x00H\x00i",
            },
            tlvs=(Tlv.of(TlvTag.user_message_reference, 0xBEEF),),
        ),
    ),
    "submit_sm_resp": (
        "00000013 80000004 00000000 00000003 376600",
        Pdu(command_id=CommandId.submit_sm_resp, sequence_number=3, fields={"message_id": "7f"}),
    ),
    "submit_sm_resp, throttled": (
        "00000010 80000004 00000058 00000003",
        Pdu(command_id=CommandId.submit_sm_resp, command_status=CommandStatus.ESME_RTHROTTLED, sequence_number=3),
    ),
    "submit_multi": (
        "0000002B 00000021 00000000 00000004 00 0000 00 02 01 0101 353500 02 6C6900 00 00 00 00 00 00 00 00 00 02 6869",
        Pdu(
            command_id=CommandId.submit_multi,
            sequence_number=4,
            fields={
                "service_type": "",
                "source_addr_ton": 0,
                "source_addr_npi": 0,
                "source_addr": "",
                "dest_address": (
                    SmeAddress(dest_addr_ton=1, dest_addr_npi=1, destination_addr="55"),
                    DistributionList(dl_name="li"),
                ),
                "esm_class": 0,
                "protocol_id": 0,
                "priority_flag": 0,
                "schedule_delivery_time": "",
                "validity_period": "",
                "registered_delivery": 0,
                "replace_if_present_flag": 0,
                "data_coding": 0,
                "sm_default_msg_id": 0,
                "short_message": b"hi",
            },
        ),
    ),
    "submit_multi_resp": (
        "0000001C 80000021 00000000 00000004 3100 01 0101 353500 0000000B",
        Pdu(
            command_id=CommandId.submit_multi_resp,
            sequence_number=4,
            fields={
                "message_id": "1",
                "unsuccess_sme": (
                    UnsuccessSme(dest_addr_ton=1, dest_addr_npi=1, destination_addr="55", error_status_code=0x0B),
                ),
            },
        ),
    ),
    "query_sm_resp": (
        "00000025 80000003 00000000 00000005 3100 3236313132323031323530303030302B00 02 00",
        Pdu(
            command_id=CommandId.query_sm_resp,
            sequence_number=5,
            fields={"message_id": "1", "final_date": "261122012500000+", "message_state": 2, "error_code": 0},
        ),
    ),
    "an unknown command": (
        "00000013 00010200 00000000 00000006 ABCDEF",
        Pdu(command_id=0x00010200, sequence_number=6, fields={"body": b"\xab\xcd\xef"}),
    ),
}


@pytest.mark.parametrize(("octets", "pdu"), GOLDEN.values(), ids=GOLDEN)
def test_golden_octets_decode_and_encode(octets: str, pdu: Pdu) -> None:
    raw = bytes.fromhex(octets)

    assert decode(raw) == pdu
    assert encode(pdu).hex() == raw.hex()


@given(pdus())
def test_what_was_encoded_decodes_to_itself(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == pdu


@given(st.sampled_from(CommandId), st.integers(0, 0xFFFFFFFF), st.binary(max_size=120))
def test_garbage_in_a_body_raises_only_recoverable_errors(command: CommandId, status: int, body: bytes) -> None:
    raw = encode_raw(command, status, 1, body)

    try:
        pdu = decode(raw)
    except RecoverableError as error:
        assert error.command_status != CommandStatus.ESME_ROK  # noqa: PT017  both ways are right
    else:
        assert pdu.command_id == command


@given(st.binary(max_size=60))
def test_garbage_raises_only_our_errors(raw: bytes) -> None:
    try:
        decode(raw)
    except SmppError:
        return

    assert len(raw) >= 16


@given(pdus(), st.data())
def test_a_pdu_that_was_cut_and_relabelled_never_passes_for_more_than_it_is(pdu: Pdu, data: st.DataObject) -> None:
    raw = encode(pdu)
    body = raw[16 : data.draw(st.integers(16, len(raw)))]

    try:
        short = decode(encode_raw(pdu.command_id, pdu.command_status, 1, body))
    except RecoverableError:
        return

    for name, value in short.fields.items():
        assert value == pdu.fields[name]
    assert short.tlvs == pdu.tlvs[: len(short.tlvs)]


def test_a_response_without_its_body_has_no_fields() -> None:
    pdu = decode(encode_raw(CommandId.deliver_sm_resp, 0, 9))

    assert pdu.fields == {}
    assert pdu.text("message_id") == ""


def test_a_malformed_body_of_an_error_response_is_ignored() -> None:
    pdu = decode(encode_raw(CommandId.bind_transceiver_resp, CommandStatus.ESME_RBINDFAIL, 1, b"no NUL"))

    assert pdu.fields == {}
    assert pdu.command_status == CommandStatus.ESME_RBINDFAIL


def test_undefined_numbers_decode_as_numbers() -> None:
    pdu = decode(encode_raw(0x80000110, 9802, 0xFFFFFFFF))

    assert (pdu.command_id, pdu.command_status, pdu.sequence_number) == (0x80000110, 9802, 0xFFFFFFFF)


def test_fields_that_nobody_set_are_sent_as_zero_or_empty() -> None:
    raw = encode(Pdu(command_id=CommandId.query_sm, fields={"message_id": "1"}))

    assert decode(raw).fields == {
        "message_id": "1",
        "source_addr_ton": 0,
        "source_addr_npi": 0,
        "source_addr": "",
    }


def test_a_field_that_the_pdu_does_not_have_is_refused() -> None:
    with pytest.raises(ValueNotEncodable, match="enquire_link has no field 'message_id'; it has none"):
        encode(Pdu(command_id=CommandId.enquire_link, fields={"message_id": "1"}))


def test_a_length_that_is_not_that_of_the_octets_is_unrecoverable() -> None:
    with pytest.raises(UnrecoverableError, match="found command_length 17, but 16 octets"):
        decode(bytes.fromhex("00000011000000150000000000000001"))


def test_every_command_has_a_body_and_no_body_a_foreign_command() -> None:
    assert set(BODIES) == set(CommandId)
