"""Each field type at its limits, and what it says when something is wrong."""

import pytest

from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.errors import RecoverableError, ValueNotEncodable
from powerpack_carriers.smpp.fields import (
    Body,
    CString,
    DestAddresses,
    Field,
    FieldValue,
    Integer,
    ShortMessage,
    SmeAddress,
    TimeString,
    UnsuccessSme,
    UnsuccessSmes,
)

ADDRESS = CString(name="source_addr", octets_max=5, status=CommandStatus.ESME_RINVSRCADR)
TIME = TimeString(name="validity_period", status=CommandStatus.ESME_RINVEXPIRY)
NUMBER = Integer(name="error_status_code", octets=4)

READS: dict[str, tuple[Field, bytes, FieldValue, int]] = {
    "integer": (NUMBER, b"\0\0\1\0z", 256, 4),
    "longest string": (ADDRESS, b"abcd\0z", "abcd", 5),
    "empty string": (ADDRESS, b"\0z", "", 1),
    "odd octets in a string": (ADDRESS, b"\xff\x80\0", "ÿ\x80", 3),
    "no time": (TIME, b"\0z", "", 1),
    "a time": (TIME, b"020610233429000R\0z", "020610233429000R", 17),
    "short_message": (ShortMessage(), b"\2hiz", b"hi", 3),
    "longest short_message": (ShortMessage(), b"\xfe" + b"x" * 254, b"x" * 254, 255),
    "unknown body": (Body(), b"abc", b"abc", 3),
    "destinations": (
        DestAddresses(),
        b"\1\1\1\1" + b"5\0z",
        (SmeAddress(dest_addr_ton=1, dest_addr_npi=1, destination_addr="5"),),
        6,
    ),
    "no failures": (UnsuccessSmes(), b"\0z", (), 1),
}


@pytest.mark.parametrize(("field", "raw", "value", "end"), READS.values(), ids=READS)
def test_a_field_reads_its_value_and_stops_behind_it(field: Field, raw: bytes, value: FieldValue, end: int) -> None:
    assert field.read(raw, 0, "pdu") == (value, end)
    assert field.write(value, "pdu") == raw[:end]


BAD_READS: dict[str, tuple[Field, bytes, int, str]] = {
    "cut integer": (NUMBER, b"\0\0", 0x02, "pdu.error_status_code: the PDU ends after 2 of 4 octets"),
    "no NUL": (ADDRESS, b"abc", 0x0A, "pdu.source_addr: no NUL in the 3 octets that are left"),
    "long string": (ADDRESS, b"abcde\0", 0x0A, "pdu.source_addr: found 5 octets, expected at most 4 before the NUL"),
    "odd time": (TIME, b"12\0", 0x62, "pdu.validity_period: found 2 octets, expected none or 16 before the NUL"),
    "no sm_length": (ShortMessage(), b"", 0x02, "pdu.short_message: the PDU ends before sm_length"),
    "sm_length 255": (
        ShortMessage(),
        b"\xff" + b"x" * 255,
        0x01,
        "pdu.short_message: found sm_length 255, expected at most 254",
    ),
    "sm_length past the end": (
        ShortMessage(),
        b"\3hi",
        0x01,
        "pdu.short_message: found sm_length 3, but 2 octets are left",
    ),
    "no destinations": (DestAddresses(), b"\0", 0x33, "pdu.dest_address: found number_of_dests 0, expected 1 to 254"),
    "255 destinations": (
        DestAddresses(),
        b"\xff",
        0x33,
        "pdu.dest_address: found number_of_dests 255, expected 1 to 254",
    ),
    "odd dest_flag": (DestAddresses(), b"\1\3", 0x40, "pdu.dest_address: found dest_flag 3, expected 1 or 2"),
    "bad destination": (
        DestAddresses(),
        b"\1\1\0\0" + b"9" * 21 + b"\0",
        0x0B,
        ("pdu.dest_address[0].destination_addr: found 21 octets, expected at most 20 before the NUL"),
    ),
    "bad list": (
        DestAddresses(),
        b"\1\2abc",
        0x34,
        "pdu.dest_address[0].dl_name: no NUL in the 3 octets that are left",
    ),
    "cut failure": (
        UnsuccessSmes(),
        b"\1\0\0\0\0",
        0x02,
        "pdu.unsuccess_sme[0].error_status_code: the PDU ends after 1 of 4 octets",
    ),
}


@pytest.mark.parametrize(("field", "raw", "status", "message"), BAD_READS.values(), ids=BAD_READS)
def test_a_bad_field_says_what_is_wrong_and_what_to_answer(field: Field, raw: bytes, status: int, message: str) -> None:
    with pytest.raises(RecoverableError) as raised:
        field.read(raw, 0, "pdu")

    assert str(raised.value) == message
    assert raised.value.command_status == status


BAD_WRITES: dict[str, tuple[Field, FieldValue, str]] = {
    "number too large": (
        NUMBER,
        1 << 32,
        "pdu.error_status_code: found 4294967296, expected an integer from 0 to 4294967295",
    ),
    "negative number": (NUMBER, -1, "pdu.error_status_code: found -1, expected an integer from 0 to 4294967295"),
    "text for a number": (NUMBER, "1", "pdu.error_status_code: found '1', expected an integer from 0 to 4294967295"),
    "octets for text": (ADDRESS, b"1", "pdu.source_addr: found b'1', expected a str"),
    "not Latin-1": (ADDRESS, "1€", "pdu.source_addr: '€' is not in Latin-1"),
    "NUL in text": (ADDRESS, "1\0", "pdu.source_addr: found a NUL inside '1\\x00'"),
    "long text": (ADDRESS, "12345", "pdu.source_addr: found 5 octets, expected at most 4 before the NUL"),
    "text for octets": (ShortMessage(), "hi", "pdu.short_message: found 'hi', expected bytes"),
    "long message": (ShortMessage(), b"x" * 255, "pdu.short_message: found 255 octets, expected at most 254"),
    "text for a body": (Body(), "hi", "pdu.body: found 'hi', expected bytes"),
    "no destinations": (DestAddresses(), (), "pdu.dest_address: found (), expected a tuple of 1 to 254 destinations"),
    "text for failures": (UnsuccessSmes(), "", "pdu.unsuccess_sme: found '', expected a tuple of at most 254 failures"),
    "a failure for a destination": (
        DestAddresses(),
        (UnsuccessSme(destination_addr="5", error_status_code=1),),
        (
            "pdu.dest_address: found UnsuccessSme(dest_addr_ton=0, dest_addr_npi=0, destination_addr='5', "
            "error_status_code=1), expected an SmeAddress or a DistributionList"
        ),
    ),
    "a destination for a failure": (
        UnsuccessSmes(),
        (SmeAddress(destination_addr="5"),),
        (
            "pdu.unsuccess_sme: found SmeAddress(dest_addr_ton=0, dest_addr_npi=0, destination_addr='5'), "
            "expected an UnsuccessSme"
        ),
    ),
}


@pytest.mark.parametrize(("field", "value", "message"), BAD_WRITES.values(), ids=BAD_WRITES)
def test_a_value_that_does_not_fit_is_refused(field: Field, value: FieldValue, message: str) -> None:
    with pytest.raises(ValueNotEncodable) as raised:
        field.write(value, "pdu")

    assert str(raised.value) == message


@pytest.mark.parametrize(
    "field", [NUMBER, ADDRESS, TIME, ShortMessage(), Body(), UnsuccessSmes()], ids=lambda field: field.name
)
def test_a_default_can_be_written_and_read(field: Field) -> None:
    assert field.read(field.write(field.default, "pdu"), 0, "pdu")[0] == field.default
