"""The buffer gives the same PDUs however the octets come."""

import tracemalloc
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.smpp.strategies import pdus
from powerpack_carriers.smpp.buffer import PduBuffer, split_pdus
from powerpack_carriers.smpp.codec import encode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.errors import UnrecoverableError
from powerpack_carriers.smpp.pdus import Pdu

ENQUIRE_LINK = encode_raw(CommandId.enquire_link, 0, 1)
SUBMIT_SM_RESP = encode_raw(CommandId.submit_sm_resp, 0x58, 2)
QUERY_SM = encode_raw(CommandId.query_sm, 0, 3, b"1\0\0\0" + b"2\0")

STREAMS = {
    "one": [ENQUIRE_LINK],
    "two of a kind": [ENQUIRE_LINK, ENQUIRE_LINK],
    "three kinds": [ENQUIRE_LINK, SUBMIT_SM_RESP, QUERY_SM],
}


def raws(buffer: PduBuffer, chunks: list[bytes]) -> list[bytes]:
    return [pdu.raw for chunk in chunks for pdu in buffer.feed(chunk)]


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_whole_octet_by_octet_and_with_a_tail_give_the_same(stream: list[bytes]) -> None:
    joined = b"".join(stream)
    tail = PduBuffer()

    assert raws(PduBuffer(), [joined]) == stream
    assert raws(PduBuffer(), [joined[i : i + 1] for i in range(len(joined))]) == stream
    assert raws(tail, [joined + QUERY_SM[:-1]]) == stream
    assert raws(tail, [QUERY_SM[-1:]]) == [QUERY_SM]


@given(st.lists(pdus(), max_size=5), st.lists(st.integers(0, 2000), max_size=8))
def test_any_cuts_give_the_same(sent: list[Pdu], cuts: list[int]) -> None:
    stream = [encode(pdu) for pdu in sent]
    joined = b"".join(stream)
    edges = [0, *sorted(min(cut, len(joined)) for cut in cuts), len(joined)]
    chunks = [joined[start:end] for start, end in pairwise(edges)]

    assert raws(PduBuffer(), chunks) == stream


def test_the_header_is_read_and_the_body_when_asked_for() -> None:
    (pdu,) = PduBuffer().feed(SUBMIT_SM_RESP)

    assert (pdu.command_id, pdu.command_status, pdu.sequence_number) == (CommandId.submit_sm_resp, 0x58, 2)
    assert pdu.decode().command_status == CommandStatus.ESME_RTHROTTLED
    assert repr(pdu) == "<RawPdu submit_sm_resp seq=2 ESME_RTHROTTLED 16 octets>"


def test_a_pdu_of_the_greatest_length_passes() -> None:
    raw = encode_raw(CommandId.data_sm, 0, 1, bytes(84))

    assert raws(PduBuffer(length_max=100), [raw]) == [raw]


WRONG = {
    "too short": ("0000000F000000060000000000000007", "found command_length 15, expected 16 to 70000", 7),
    "nothing": ("00000000000000060000000000000007", "found command_length 0, expected 16 to 70000", 7),
    "too long": ("00011171000000060000000000000007", "found command_length 70001, expected 16 to 70000", 7),
    "huge": ("F0000011000001100000000000000007", "found command_length 4026531857, expected 16 to 70000", 7),
    "HTTP": (
        b"GET / HTTP/1.1\r\n".hex(),
        "found command_length 1195725856, expected 16 to 70000; this looks like HTTP, not SMPP",
        0,
    ),
    "AMQP": (
        b"AMQP\0\0\x09\x01........".hex(),
        "found command_length 1095586128, expected 16 to 70000; this looks like AMQP, not SMPP",
        0,
    ),
    "TLS": (
        "16030100F1010000ED03030000000000",
        "found command_length 369295616, expected 16 to 70000; this looks like TLS, not SMPP",
        0,
    ),
}


@pytest.mark.parametrize(("octets", "message", "sequence_number"), WRONG.values(), ids=WRONG)
def test_a_length_that_can_not_be_ends_the_stream(octets: str, message: str, sequence_number: int) -> None:
    buffer = PduBuffer()

    with pytest.raises(UnrecoverableError) as raised:
        buffer.feed(bytes.fromhex(octets))

    assert str(raised.value) == message
    assert raised.value.command_status == CommandStatus.ESME_RINVCMDLEN
    assert raised.value.sequence_number == sequence_number


@pytest.mark.parametrize("length", ["0000000f", "00011170", "00011171", "7fffffff", "ffffffff"])
def test_a_claimed_length_takes_no_memory(length: str) -> None:
    """70,000 octets are legal and waited for; what is kept is what came."""
    header = bytes.fromhex(length + "00000004 00000000 00000001")
    tracemalloc.start()
    try:
        buffer = PduBuffer()
        with suppress(UnrecoverableError):
            buffer.feed(header)
            for _ in range(10):
                buffer.feed(b"x")
        assert tracemalloc.get_traced_memory()[1] < 10_000
    finally:
        tracemalloc.stop()


def test_pdus_before_a_wrong_length_are_given_first() -> None:
    buffer = PduBuffer()

    found = buffer.feed(ENQUIRE_LINK + bytes(16))

    assert [pdu.raw for pdu in found] == [ENQUIRE_LINK]
    with pytest.raises(UnrecoverableError):
        buffer.feed(b"")


@given(st.binary(max_size=200))
def test_garbage_raises_only_the_unrecoverable_error(data: bytes) -> None:
    buffer = PduBuffer()

    try:
        found = raws(buffer, [data])
    except UnrecoverableError:
        return

    assert b"".join(found) == data[: len(data) - len(buffer)]


@pytest.mark.parametrize(
    "pdus",
    [
        [],
        [bytes.fromhex("00000010000000150000000000000001")],
        [bytes.fromhex("00000010000000150000000000000001"), bytes.fromhex("0000001280000004000000000000000261 00")],
        [bytes.fromhex("00000010000000150000000000000001"), bytes.fromhex("00000010 0000")],
        [bytes.fromhex("00000000 deadbeef")],
        [b"\0"],
    ],
    ids=["none", "one", "two", "cut short", "a length that can not be", "one octet"],
)
def test_octets_are_split_into_pdus_and_none_is_lost(pdus: list[bytes]) -> None:
    assert split_pdus(b"".join(pdus)) == pdus
