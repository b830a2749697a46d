"""The short ways are held equal to the long one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.smpp.strategies import OCTET, allowed_pdus, pdus, texts
from powerpack_carriers.smpp.codec import decode, encode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, MessageState, TlvTag
from powerpack_carriers.smpp.errors import RecoverableError, ValueNotEncodable
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.hot import (
    DeliverSmTemplate,
    SubmitSm,
    Terms,
    receipt_tlvs,
    scan_submit_sm,
    submit_sm_resp,
    submitted,
)
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.rules import check
from powerpack_carriers.smpp.tlvs import Tlv

SUBMIT_SM = st.just(CommandId.submit_sm)


def read(raw: bytes) -> SubmitSm:
    """What the scan should say: the codec, then the rules."""
    pdu = decode(raw)
    check(pdu)
    return submitted(pdu)


def assert_scanned_as_read(raw: bytes) -> None:
    """The same fields, or the same error."""
    try:
        expected = read(raw)
    except RecoverableError as error:
        with pytest.raises(RecoverableError) as raised:
            scan_submit_sm(raw)
        assert str(raised.value) == str(error)  # noqa: PT017  both ways are right
        assert raised.value.command_status == error.command_status  # noqa: PT017
    else:
        assert scan_submit_sm(raw) == expected


@given(pdus(SUBMIT_SM) | allowed_pdus(CommandId.submit_sm))
def test_the_scan_finds_what_codec_and_rules_find(pdu: Pdu) -> None:
    assert_scanned_as_read(encode(pdu))


@given(pdus(SUBMIT_SM) | allowed_pdus(CommandId.submit_sm), st.data())
def test_the_scan_refuses_what_codec_and_rules_refuse(pdu: Pdu, data: st.DataObject) -> None:
    body = bytearray(encode(pdu)[16:])
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.sampled_from((0, 1, 0x30, 0xFF)))

    assert_scanned_as_read(encode_raw(CommandId.submit_sm, 0, 1, bytes(body[: data.draw(st.integers(0, len(body)))])))


def test_a_message_for_now_has_no_terms() -> None:
    pdu = Pdu(command_id=CommandId.submit_sm, fields={"service_type": "CMT", "short_message": b"Hello"})

    assert scan_submit_sm(encode(pdu)) == SubmitSm(
        service_type=b"CMT",
        source=b"\0\0",
        source_addr=b"",
        destination=b"\0\0",
        destination_addr=b"",
        esm_class=0,
        registered_delivery=0,
        data_coding=0,
        short_message=b"Hello",
        tlvs=b"",
        terms=None,
    )


@pytest.mark.parametrize(
    ("fields", "terms"),
    [
        ({"schedule_delivery_time": "261122120000000+"}, Terms("261122120000000+", "", False)),
        ({"validity_period": "000000003000000R"}, Terms("", "000000003000000R", False)),
        ({"replace_if_present_flag": 1}, Terms("", "", True)),
    ],
)
def test_a_message_for_later_or_instead_of_another_has_terms(fields: dict[str, FieldValue], terms: Terms) -> None:
    assert scan_submit_sm(encode(Pdu(command_id=CommandId.submit_sm, fields=fields))).terms == terms


@given(st.integers(0, 0xFFFFFFFF), texts(64))
def test_the_response_is_the_codecs(sequence_number: int, message_id: str) -> None:
    pdu = Pdu(command_id=CommandId.submit_sm_resp, sequence_number=sequence_number, fields={"message_id": message_id})

    assert submit_sm_resp(sequence_number, message_id.encode("latin-1")) == encode(pdu)


def test_a_message_id_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueNotEncodable, match="found 65 octets, expected at most 64"):
        submit_sm_resp(1, b"x" * 65)


@given(
    texts(5),
    OCTET,
    OCTET,
    OCTET,
    OCTET,
    texts(20),
    texts(20),
    st.binary(max_size=254),
    texts(64),
    st.sampled_from(MessageState),
)
def test_a_receipt_is_the_codecs(
    service_type: str,
    esm_class: int,
    data_coding: int,
    ton: int,
    npi: int,
    source: str,
    destination: str,
    text: bytes,
    message_id: str,
    state: MessageState,
) -> None:
    template = DeliverSmTemplate(
        service_type=service_type.encode("latin-1"), esm_class=esm_class, data_coding=data_coding
    )
    pdu = Pdu(
        command_id=CommandId.deliver_sm,
        fields={
            "service_type": service_type,
            "source_addr_ton": ton,
            "source_addr_npi": npi,
            "source_addr": source,
            "dest_addr_ton": npi,
            "dest_addr_npi": ton,
            "destination_addr": destination,
            "esm_class": esm_class,
            "data_coding": data_coding,
            "short_message": text,
        },
        tlvs=(Tlv.of(TlvTag.receipted_message_id, message_id), Tlv.of(TlvTag.message_state, state)),
    )

    body = template.body(
        source=bytes((ton, npi)),
        source_addr=source.encode("latin-1"),
        destination=bytes((npi, ton)),
        destination_addr=destination.encode("latin-1"),
        short_message=text,
        tlvs=receipt_tlvs(message_id.encode("latin-1"), state),
    )

    assert body == encode(pdu)[16:]


def test_a_text_that_is_too_long_is_refused() -> None:
    template = DeliverSmTemplate(esm_class=4)

    with pytest.raises(ValueNotEncodable, match="found 255 octets, expected at most 254"):
        template.body(
            source=b"\1\1", source_addr=b"1", destination=b"\1\1", destination_addr=b"2", short_message=b"x" * 255
        )
