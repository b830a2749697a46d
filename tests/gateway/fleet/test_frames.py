"""What gateways say to each other, as octets: every frame there and back, in pieces, and what is none."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.fleet import frames as module
from powerpack_gateway.fleet.frames import (
    FRAME_MAX,
    GREETING_MAX,
    Acknowledged,
    Answered,
    BadFrame,
    Declined,
    Delivered,
    Frame,
    FrameBuffer,
    Hello,
    MmsAnswered,
    MmsReceived,
    MmsReported,
    Proof,
    Request,
    Response,
    Returned,
    Room,
    Spent,
    Submit,
    SubmitMms,
    Suspend,
    Unanswered,
    Unheard,
    octets_of,
)
from powerpack_gateway.fleet.mms import FromHandset, Mms
from powerpack_gateway.messages import ErrorCode
from powerpack_gateway.mm7.mime import Part
from powerpack_gateway.mm7.route import MmsAnswer
from powerpack_gateway.mm7.statuses import Verdict
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.receipts import Receipt, ReceiptState
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.submission import Submission
from powerpack_gateway.usage import Sent

DELIVERY = Delivery("12065550100", "12065550111", b"id:7 \xff", 4, 0, {0x1E: b"7\0"}, b"raw", "att#1", 9, 5)

EVERY: list[Frame] = [
    Hello(1, "gateway", b"n" * 32),
    Proof(b"m" * 32),
    Submit("att", 7, Submission("1", "2", b"\xff\0", 8, 0x40, validity="000000000500000R"), True),
    Answered("att", 7, 0, "id"),
    Unanswered("att", 7, "the link died"),
    Returned("att", 7, "att/campaign/C1", 0.5),
    Room("att", 100),
    Delivered("att", 3, DELIVERY, False),
    Acknowledged("att", 3, 0),
    Declined("att", 3),
    Unheard("att", DELIVERY),
    Request(1, "account", "POST", "/v1/", b"a=b", ((b"authorization", b"Basic x"),), b"{}", "127.0.0.1"),
    Response(1, 200, ((b"content-type", b"application/json"),), b"{}"),
    Suspend("12065550111", "too many said STOP"),
    SubmitMms("att mm7", 7, Mms("uuid", 1, "1", "2", "look", ("file",))),
    MmsAnswered("att mm7", 7, MmsAnswer(verdict=Verdict.REFUSED, why="no", code=ErrorCode.NOT_DISPATCHED, status=4004)),
    MmsReported("att mm7", 3, Receipt("7", ReceiptState.DELIVERED, None, "DELIVRD", None), True),
    MmsReceived("att mm7", 3, FromHandset("1", "2", "look", (Part(content_type="image/png", data=b"\x89PNG"),))),
    Spent((Sent(day=date(2026, 11, 22), type=NumberType.LONGCODE, service=Service.SMS, units=2, writer="one"),), True),
]


def buffer() -> FrameBuffer:
    made = FrameBuffer()
    made.length_max = FRAME_MAX
    return made


@pytest.mark.parametrize("frame", EVERY, ids=lambda frame: type(frame).__name__)
def test_a_frame_is_the_same_on_the_other_side(frame: Frame) -> None:
    octets = octets_of(frame)

    assert list(buffer().feed(octets)) == [frame]


def test_every_frame_has_its_own_number_and_is_tested_here() -> None:
    shapes = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    kinds = [each for each in shapes if each.__struct_config__.tag is not None]

    assert {type(each) for each in EVERY} == set(kinds)
    assert len({each.__struct_config__.tag for each in kinds}) == len(kinds)


def test_frames_come_whole_however_their_octets_do() -> None:
    octets = b"".join(map(octets_of, EVERY))
    for size in (1, 3, 7, 1_000):
        taker = buffer()
        found = [frame for at in range(0, len(octets), size) for frame in taker.feed(octets[at : at + size])]

        assert found == EVERY


def test_a_stranger_may_not_send_much() -> None:
    with pytest.raises(BadFrame, match=f"1025 octets came, {GREETING_MAX} is the limit"):
        list(FrameBuffer().feed((GREETING_MAX + 1).to_bytes(4, "big")))


def test_nobody_may_send_more_than_the_limit() -> None:
    with pytest.raises(BadFrame, match=f"{FRAME_MAX + 1} octets came"):
        list(buffer().feed((FRAME_MAX + 1).to_bytes(4, "big")))
    with pytest.raises(BadFrame, match="a Response has"):
        octets_of(Response(1, 200, (), b"x" * FRAME_MAX))


@given(st.binary(max_size=200))
def test_garbage_is_refused_as_a_bad_frame_or_is_one_frame(garbage: bytes) -> None:
    assert _taken(len(garbage).to_bytes(4, "big") + garbage) in (0, 1)


@given(st.integers(0, len(EVERY) - 1), st.integers(0, 10_000), st.integers(0, 255))
def test_one_wrong_octet_raises_a_bad_frame_or_makes_another_frame(which: int, where: int, octet: int) -> None:
    octets = bytearray(octets_of(EVERY[which]))
    octets[4 + where % (len(octets) - 4)] = octet

    assert _taken(bytes(octets)) in (0, 1)


def _taken(octets: bytes) -> int:
    """How many frames there are; 0 for what is refused as it should be. Any other error is a failure."""
    try:
        return len(list(buffer().feed(octets)))
    except BadFrame:
        return 0
