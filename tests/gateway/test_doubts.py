"""What is a repeat of a text whose acknowledgement may not have been read, and what is another text."""

import pytest

from powerpack_gateway.doubts import DOUBTED_S, Doubts
from powerpack_gateway.smpp.delivery import Delivery


def _text(
    text: bytes = b"table for two", *, sequence: int = 1, esm_class: int = 0, tlvs: dict[int, bytes] | None = None
) -> Delivery:
    return Delivery("14155550101", "12025550100", text, esm_class, 0, tlvs or {}, b"", f"att#{sequence}", sequence, 5)


def test_the_same_text_over_another_link_is_the_repeat_once() -> None:
    doubts = Doubts()
    doubts.add("att", [_text()], 10.0)

    again = _text(sequence=77)
    assert [doubts.settles("att", again, 10.0 + DOUBTED_S) for _ in range(2)] == [True, False]


def test_each_of_two_is_repeated_once() -> None:
    doubts = Doubts()
    doubts.add("att", [_text(), _text(sequence=2)], 10.0)

    assert [doubts.settles("att", _text(sequence=3), 11.0) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("carrier", "delivery", "after_s"),
    [
        ("att", _text(b"NO"), 1.0),
        ("att", _text(tlvs={0x0204: b"\0\1"}), 1.0),
        ("verizon", _text(), 1.0),
        ("att", _text(), DOUBTED_S + 0.1),
    ],
    ids=["another text", "another reference", "another carrier", "too late"],
)
def test_anything_else_is_a_text_of_its_own(carrier: str, delivery: Delivery, after_s: float) -> None:
    doubts = Doubts()
    doubts.add("att", [_text()], 10.0)

    assert not doubts.settles(carrier, delivery, 10.0 + after_s)


@pytest.mark.parametrize("said", [b"STOP", b"start", b"Help", b"UNSUBSCRIBE"])
def test_a_keyword_is_heard_every_time(said: bytes) -> None:
    doubts = Doubts()
    doubts.add("att", [_text(said)], 10.0)

    assert not doubts.settles("att", _text(said), 11.0)


def test_parts_of_long_texts_are_known_elsewhere() -> None:
    part = _text(b"\5\0\3\1\2\1table", esm_class=0x40)
    doubts = Doubts()
    doubts.add("att", [part], 10.0)

    assert not doubts.settles("att", part, 11.0)
