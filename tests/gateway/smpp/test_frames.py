"""However the octets come, the PDUs are the same; a length that can not be ends the stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.smpp.errors import BadFrame
from powerpack_gateway.smpp.frames import Frames

LENGTH_MAX = 100


def pdu(body: bytes) -> bytes:
    return (16 + len(body)).to_bytes(4, "big") + bytes(12) + body


def whole(frames: Frames, octets: bytes) -> list[bytes]:
    pdus, broken = frames.feed(octets)
    assert broken is None
    return pdus


def refused(frames: Frames, octets: bytes) -> BadFrame:
    pdus, broken = frames.feed(octets)
    assert pdus == []
    assert broken is not None
    return broken


PDUS = st.lists(st.binary(max_size=LENGTH_MAX - 16).map(pdu), max_size=6)


@given(PDUS, st.lists(st.integers(1, 40)), st.binary(max_size=3))
def test_any_cutting_of_the_stream_gives_the_same_pdus(pdus: list[bytes], sizes: list[int], tail: bytes) -> None:
    frames, stream = Frames(LENGTH_MAX), b"".join(pdus) + tail
    found: list[bytes] = []
    for size in [*sizes, len(stream)]:
        found += whole(frames, stream[:size])
        stream = stream[size:]

    assert found == pdus


@given(PDUS)
def test_one_octet_at_a_time_gives_the_same_pdus(pdus: list[bytes]) -> None:
    frames = Frames(LENGTH_MAX)

    assert [raw for octet in b"".join(pdus) for raw in whole(frames, bytes([octet]))] == pdus


@pytest.mark.parametrize("length", [0, 15, LENGTH_MAX + 1, 0x80000009, 0xFFFFFFFF])
def test_a_length_that_can_not_be_is_refused_as_soon_as_it_is_there(length: int) -> None:
    frames = Frames(LENGTH_MAX)
    assert whole(frames, length.to_bytes(4, "big")[:3]) == []

    assert refused(frames, length.to_bytes(4, "big")[3:]).command_length == length


@pytest.mark.parametrize("length", [16, LENGTH_MAX])
def test_the_shortest_and_the_longest_pdu_pass(length: int) -> None:
    raw = pdu(bytes(length - 16))

    assert whole(Frames(LENGTH_MAX), raw) == [raw]


def test_pdus_before_a_bad_length_are_still_handed_out() -> None:
    pdus, broken = Frames(LENGTH_MAX).feed(pdu(b"one") + bytes(16))

    assert pdus == [pdu(b"one")]
    assert broken is not None


def test_nothing_is_read_after_a_bad_length() -> None:
    frames = Frames(LENGTH_MAX)
    refused(frames, bytes(16))

    assert whole(frames, pdu(b"two")) == []


@pytest.mark.parametrize(
    ("octets", "protocol"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"AMQP\0\0\x09\x01", "AMQP"),
        (b"SSH-2.0-OpenSSH_9.2", "SSH"),
        (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
        (b"\xde\xad\xbe\xef", ""),
    ],
)
def test_a_wrong_service_is_named(octets: bytes, protocol: str) -> None:
    assert refused(Frames(70_000), octets).looks_like == protocol
