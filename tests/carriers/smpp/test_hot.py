"""The short ways are held equal to the long one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.smpp.strategies import OCTET, pdus, texts
from powerpack_carriers.smpp.codec import decode, encode, encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import CommandId, MessageState, TlvTag
from powerpack_carriers.smpp.errors import RecoverableError, ValueNotEncodable
from powerpack_carriers.smpp.hot import DeliverSmTemplate, SubmitSm, receipt_tlvs, scan_submit_sm, submit_sm_resp
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

SUBMIT_SM = st.just(CommandId.submit_sm)


def as_scanned(pdu: Pdu) -> SubmitSm:
    """What the scan should say of a PDU that the codec has decoded."""
    return SubmitSm(
        service_type=pdu.text("service_type").encode("latin-1"),
        source=bytes((pdu.integer("source_addr_ton"), pdu.integer("source_addr_npi"))),
        source_addr=pdu.text("source_addr").encode("latin-1"),
        destination=bytes((pdu.integer("dest_addr_ton"), pdu.integer("dest_addr_npi"))),
        destination_addr=pdu.text("destination_addr").encode("latin-1"),
        esm_class=pdu.integer("esm_class"),
        registered_delivery=pdu.integer("registered_delivery"),
        data_coding=pdu.integer("data_coding"),
        short_message=pdu.octets("short_message"),
        tlvs=encode_tlvs(pdu.tlvs),
    )


@given(pdus(SUBMIT_SM))
def test_the_scan_finds_what_the_codec_finds(pdu: Pdu) -> None:
    assert scan_submit_sm(encode(pdu)) == as_scanned(pdu)


@given(pdus(SUBMIT_SM), st.data())
def test_the_scan_refuses_what_the_codec_refuses(pdu: Pdu, data: st.DataObject) -> None:
    body = bytearray(encode(pdu)[16:])
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.sampled_from((0, 1, 0x30, 0xFF)))
    raw = encode_raw(CommandId.submit_sm, 0, 1, bytes(body[: data.draw(st.integers(0, len(body)))]))

    try:
        expected = as_scanned(decode(raw))
    except RecoverableError as error:
        with pytest.raises(RecoverableError) as raised:
            scan_submit_sm(raw)
        assert str(raised.value) == str(error)  # noqa: PT017  both ways are right
        assert raised.value.command_status == error.command_status  # noqa: PT017
    else:
        assert scan_submit_sm(raw) == expected


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
