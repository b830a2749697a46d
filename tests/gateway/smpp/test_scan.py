"""What comes in is read as smpplib reads it, where it is well formed; damage is named and never breaks anything."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import smpp

from powerpack_gateway.smpp import scan
from powerpack_gateway.smpp.commands import DATA_SM, DELIVER_SM
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import BadBody
from powerpack_gateway.smpp.scan import (
    MESSAGE_PAYLOAD,
    data_sm,
    deliver_sm,
    message_id,
    read_fields,
    read_tlvs,
    receipt_alone,
)

octets = st.integers(0, 255)
addresses = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=20)
tlv_values = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=30), max_size=5)


def frame(command_id: int, body: bytes, sequence: int = 1) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, 0, sequence) + body


def tlv_stream(tlvs: dict[int, bytes]) -> bytes:
    return b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in tlvs.items())


def deliver(text: bytes = b"hi", *, source: bytes = b"14155550123", tail: bytes = b"") -> bytes:
    body = b"\0\x01\x01" + source + b"\0\x01\x0112345\0\x04\0\0\0\0\0\0\x08\0" + bytes([len(text)]) + text + tail
    return frame(DELIVER_SM, body)


@given(addresses, addresses, st.binary(max_size=254), octets, octets, tlv_values)
def test_a_deliver_sm_is_read_whole(
    source: str, destination: str, text: bytes, esm_class: int, data_coding: int, tlvs: dict[int, bytes]
) -> None:
    body = b"CMT\0\x01\x01" + source.encode("latin-1") + b"\0\x01\x01" + destination.encode("latin-1") + b"\0"
    body += bytes([esm_class, 9, 9]) + b"\0\0" + bytes([9, 9, data_coding, 9, len(text)]) + text + tlv_stream(tlvs)
    raw = frame(DELIVER_SM, body, 0x9F8E7D6C)

    delivery = deliver_sm(raw, 0x9F8E7D6C, "acme#1")

    assert delivery == Delivery(
        source,
        destination,
        text or tlvs.get(MESSAGE_PAYLOAD, b""),
        esm_class,
        data_coding,
        tlvs,
        raw,
        "acme#1",
        0x9F8E7D6C,
        DELIVER_SM,
    )


ascii_addresses = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=20)
receipt_ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


@given(ascii_addresses, ascii_addresses, st.binary(max_size=254), octets, octets, receipt_ids, octets)
def test_a_deliver_sm_is_read_as_smpplib_writes_it(
    source: str, destination: str, text: bytes, esm_class: int, data_coding: int, receipted: str, state: int
) -> None:
    pdu = smpp.make_pdu(
        "deliver_sm",
        sequence=1,
        source_addr=source,
        destination_addr=destination,
        esm_class=esm_class,
        data_coding=data_coding,
        short_message=text,
        receipted_message_id=receipted,
        message_state=state,
    )

    delivery = deliver_sm(pdu.generate(), 1, "acme#1")

    assert (delivery.source, delivery.destination) == (source, destination)
    assert (delivery.short_message, delivery.esm_class, delivery.data_coding) == (text, esm_class, data_coding)
    assert delivery.tlvs == {0x001E: receipted.encode() + b"\0", 0x0427: bytes([state])}


@given(ascii_addresses, ascii_addresses, st.binary(min_size=1, max_size=500), octets, octets)
def test_a_data_sm_is_read_as_smpplib_writes_it(
    source: str, destination: str, text: bytes, esm_class: int, data_coding: int
) -> None:
    pdu = smpp.make_pdu(
        "data_sm",
        sequence=1,
        source_addr=source,
        destination_addr=destination,
        esm_class=esm_class,
        data_coding=data_coding,
        message_payload=text,
    )

    delivery = data_sm(pdu.generate(), 1, "acme#1")

    assert (delivery.source, delivery.destination) == (source, destination)
    assert (delivery.short_message, delivery.esm_class, delivery.data_coding) == (text, esm_class, data_coding)
    assert delivery.command_id == DATA_SM


@given(st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=64))
def test_a_message_id_is_read_as_smpplib_writes_it(text: str) -> None:
    pdu = smpp.make_pdu("submit_sm_resp", message_id=text)

    assert message_id(pdu.generate()) == text.strip(" ")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ""),
        (b"\0", ""),
        (b"9", "9"),
        (b"9\0", "9"),
        (b"9  \0", "9"),
        (b"9\0\0", "9"),
        (b"9\0\x04\x28\0\x01\x09", "9"),
        (b"\xe9\0", "é"),
    ],
)
def test_a_message_id_may_be_odd(body: bytes, expected: str) -> None:
    assert message_id(frame(0x80000004, body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"smsc\0\x02\x10\0\x01\x34", ("smsc", 0x34)),
        (b"smsc\0", ("smsc", None)),
        (b"\0", ("", None)),
        (b"", ("", None)),
        (b"smsc", ("smsc", None)),
        (b"smsc\0\x02\x10\0", ("smsc", None)),
        (b"smsc\0\x02\x10\0\0", ("smsc", None)),
        (b"smsc\0\x14\0\0\x01x\x02\x10\0\x01\x50", ("smsc", 0x50)),
    ],
)
def test_an_accepted_bind_is_read_as_far_as_it_can_be(body: bytes, expected: tuple[str, int | None]) -> None:
    assert scan.bind_answer(frame(0x80000009, body)) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (frame(DELIVER_SM, b""), "service_type of deliver_sm has no NUL; answered ESME_RINVCMDLEN"),
        (frame(DELIVER_SM, b"\0"), "source_addr_ton of deliver_sm is missing; answered ESME_RINVCMDLEN"),
        (frame(DELIVER_SM, b"\0\1\1123"), "source_addr of deliver_sm has no NUL; answered ESME_RINVSRCADR"),
        (
            frame(DELIVER_SM, b"\0\1\1123\0\1\1456"),
            "destination_addr of deliver_sm has no NUL; answered ESME_RINVDSTADR",
        ),
        (frame(DELIVER_SM, b"\0\1\1123\0\1\1456\0"), "esm_class of deliver_sm is missing; answered ESME_RINVCMDLEN"),
        (
            frame(DELIVER_SM, b"\0\1\1123\0\1\1456\0\0\0\0" + b"991231"),
            "schedule_delivery_time of deliver_sm has no NUL; answered ESME_RINVCMDLEN",
        ),
        (
            frame(DELIVER_SM, b"\0\1\1123\0\1\1456\0" + bytes(9)),
            "sm_length of deliver_sm is missing; answered ESME_RINVCMDLEN",
        ),
        (
            deliver()[:-1],
            "short_message of deliver_sm has 1 octets, sm_length says 2; answered ESME_RINVMSGLEN",
        ),
        (
            deliver(source=b"1" * 65),
            "source_addr of deliver_sm has 65 characters, expected at most 64; answered ESME_RINVSRCADR",
        ),
        (
            deliver(tail=b"\x00\x1e\x00\x05abc"),
            "a TLV of deliver_sm (tag 0x001E) has 3 octets, its length says 5; answered ESME_RINVOPTPARSTREAM",
        ),
        (deliver(tail=b"abc"), "the end of deliver_sm has 3 stray octets; answered ESME_RINVOPTPARSTREAM"),
        (deliver(tail=b"\x14\0\0\0a"), "the end of deliver_sm has 1 stray octets; answered ESME_RINVOPTPARSTREAM"),
    ],
)
def test_damage_is_named(raw: bytes, message: str) -> None:
    with pytest.raises(BadBody) as caught:
        deliver_sm(raw, 1, "acme#1")

    assert str(caught.value) == message


@pytest.mark.parametrize("command_id", [DELIVER_SM, DATA_SM])
def test_a_pdu_that_is_cut_anywhere_is_damaged(command_id: int) -> None:
    if command_id == DELIVER_SM:
        read, raw = deliver_sm, deliver(b"hello")
    else:
        read, raw = data_sm, frame(DATA_SM, b"\0\1\1123\0\1\1456\0\x04\0\x08" + tlv_stream({MESSAGE_PAYLOAD: b"hi"}))
    mandatory_end = len(raw) - (6 if command_id == DATA_SM else 0)

    for length in range(16, len(raw)):
        if length != mandatory_end:
            with pytest.raises(BadBody):
                read(raw[:length], 1, "acme#1")


@pytest.mark.parametrize("tail", [b"\0", b"\0\0\0", tlv_stream({5: b"a"}) + b"\0"])
def test_nuls_at_the_end_are_nothing(tail: bytes) -> None:
    """An empty octet string may be one, and some carriers end every PDU so."""
    assert deliver_sm(deliver(b"", tail=tail), 1, "acme#1").short_message == b""


def test_of_a_repeated_tlv_the_last_counts() -> None:
    raw = deliver(tail=tlv_stream({5: b"a"}) + tlv_stream({5: b"b"}))

    assert deliver_sm(raw, 1, "acme#1").tlvs == {5: b"b"}


def test_an_address_of_64_characters_is_taken() -> None:
    assert deliver_sm(deliver(source=b"1" * 64), 1, "acme#1").source == "1" * 64


@given(st.binary(max_size=120), st.sampled_from([deliver_sm, data_sm]))
def test_garbage_raises_nothing_but_our_error(body: bytes, read: Callable[[bytes, int, str], Delivery]) -> None:
    raw = frame(DELIVER_SM, body)
    try:
        answer = 0 if read(raw, 1, "acme#1").raw is raw else None
    except BadBody as error:
        answer = error.command_status

    assert answer in (0x00, 0x01, 0x02, 0x0A, 0x0B, 0xC0)


@given(
    st.lists(st.sampled_from([b"\0", b"\1", b"12", b"\0\0\0", b"\5hello", b"\4\x27\0\1\2"]), max_size=20).map(b"".join)
)
def test_the_scanner_and_the_table_agree(body: bytes) -> None:
    raw = frame(DELIVER_SM, body)

    assert outcome(lambda: deliver_sm(raw, 1, "acme#1")) == outcome(lambda: by_table(raw))


def by_table(raw: bytes) -> Delivery:
    spans, end = read_fields(raw, DELIVER_SM)
    value = {name: raw[start:stop] for name, (start, stop) in spans.items()}
    tlvs = read_tlvs(raw, end, DELIVER_SM)
    return Delivery(
        value["source_addr"].decode("latin-1"),
        value["destination_addr"].decode("latin-1"),
        value["short_message"] or tlvs.get(MESSAGE_PAYLOAD, b""),
        value["esm_class"][0],
        value["data_coding"][0],
        tlvs,
        raw,
        "acme#1",
        1,
        DELIVER_SM,
    )


def outcome(read: Callable[[], Delivery]) -> Delivery | str:
    try:
        return read()
    except BadBody as error:
        return str(error)


VECTORS = Path(__file__).parents[4] / "shared" / "facts" / "pdu_vectors.json"


@pytest.mark.skipif(not VECTORS.exists(), reason="the collected PDUs of other projects are not beside this checkout")
def test_deliveries_that_other_projects_collected_are_read() -> None:
    vectors = [
        vector
        for vector in json.loads(VECTORS.read_text())["vectors"]
        if vector["kind"] == "valid" and vector["expected"]["command_id"] in (DELIVER_SM, DATA_SM)
    ]
    for vector in vectors:
        expected = vector["expected"]
        read = deliver_sm if expected["command_id"] == DELIVER_SM else data_sm

        delivery = read(bytes.fromhex(vector["hex"]), 1, "acme#1")

        found = {
            "source_addr": delivery.source,
            "destination_addr": delivery.destination,
            "esm_class": delivery.esm_class,
            "data_coding": delivery.data_coding,
            "short_message_hex": delivery.short_message.hex(),
        }
        # Not every collection says all about its PDUs; what is empty there may be in message_payload.
        assert found | {name: expected[name] for name in found if expected.get(name)} == found, vector["id"]
    assert len(vectors) == 16


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (deliver(b"id:7 stat:DELIVRD", tail=b"\x00\x1e\x00\x41id\0"), b"id:7 stat:DELIVRD"),
        (deliver(b"ID:7", tail=b"abc"), b"ID:7"),
        (deliver(b"no such word", tail=b"abc"), None),
        (deliver(b"id:7", tail=b"abc").replace(b"12345\0\x04", b"12345\0\x00"), None),  # a text from a phone
    ],
)
def test_a_receipt_is_read_without_its_parameters_where_its_text_names_a_message(
    raw: bytes, text: bytes | None
) -> None:
    found = receipt_alone(raw, 1, "acme#1")

    assert (None if found is None else (found.short_message, found.tlvs, found.raw)) == (
        None if text is None else (text, {}, raw)
    )
