"""A PDU as a value, and as a line for reading."""

import pytest

from powerpack_carriers.smpp.constants import CommandId, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

SUBMIT_SM = Pdu(
    command_id=CommandId.submit_sm,
    sequence_number=7,
    fields={
        "source_addr": "12065550100",
        "destination_addr": "14155550123",
        "source_addr_ton": 1,
        "short_message": b"Your code is 4711",
    },
    tlvs=(Tlv.of(TlvTag.user_message_reference, 9),),
)

LINES = {
    "message": (SUBMIT_SM, "submit_sm seq=7 12065550100 -> 14155550123 'Your code is 4711' user_message_reference=9"),
    "response": (
        Pdu(command_id=CommandId.submit_sm_resp, sequence_number=7, fields={"message_id": "7f"}),
        "submit_sm_resp seq=7 ESME_ROK message_id=7f",
    ),
    "error": (
        Pdu(command_id=CommandId.submit_sm_resp, command_status=0x58, sequence_number=7),
        "submit_sm_resp seq=7 ESME_RTHROTTLED",
    ),
    "bind": (
        Pdu(command_id=CommandId.bind_receiver, fields={"system_id": "esme", "password": "secret"}),
        "bind_receiver seq=0 system_id=esme password=***",
    ),
    "long text": (
        Pdu(command_id=CommandId.deliver_sm, fields={"short_message": b"x" * 100}),
        f"deliver_sm seq=0 '{'x' * 57}...'",
    ),
    "unknown": (Pdu(command_id=0x110, fields={"body": b"\1\2"}), "command 0x00000110 seq=0 body=0102"),
}


@pytest.mark.parametrize(("pdu", "line"), LINES.values(), ids=LINES)
def test_a_pdu_reads_as_one_line(pdu: Pdu, line: str) -> None:
    assert str(pdu) == line
    assert repr(pdu) == line


def test_fields_are_read_by_name_and_kind() -> None:
    assert SUBMIT_SM["source_addr"] == "12065550100"
    assert SUBMIT_SM.text("source_addr") == "12065550100"
    assert SUBMIT_SM.integer("source_addr_ton") == 1
    assert SUBMIT_SM.octets("short_message") == b"Your code is 4711"
    assert SUBMIT_SM.tlv(TlvTag.user_message_reference) == 9


def test_what_is_absent_is_empty() -> None:
    assert SUBMIT_SM.text("service_type") == ""
    assert SUBMIT_SM.integer("esm_class") == 0
    assert SUBMIT_SM.octets("body") == b""
    assert SUBMIT_SM.tlv(TlvTag.message_payload) is None


def test_a_field_is_not_read_as_what_it_is_not() -> None:
    with pytest.raises(TypeError, match=r"submit_sm\.short_message is bytes, not text"):
        SUBMIT_SM.text("short_message")
    with pytest.raises(TypeError, match=r"submit_sm\.source_addr is str, not an integer"):
        SUBMIT_SM.integer("source_addr")
    with pytest.raises(TypeError, match=r"submit_sm\.source_addr_ton is int, not octets"):
        SUBMIT_SM.octets("source_addr_ton")
