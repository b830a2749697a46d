"""What ESMEs submitted, to be looked at: single messages and batches, the newest only."""

import pytest

from carriers.builders import a_batch, a_message
from powerpack_carriers.received import Received


def filled(size_max: int) -> tuple[Received, list[str]]:
    """Two messages, a batch of three, another message, a batch of two; and all ids in order."""
    received = Received(size_max)
    for number in (1, 2):
        received.append(a_message(message_id=b"%02d" % number))
    received.append_batch(a_batch(3, first=3))
    received.append(a_message(message_id=b"06"))
    received.append_batch(a_batch(2, first=7))
    return received, [f"{number:02}" for number in range(1, 9)]


@pytest.mark.parametrize("size_max", range(1, 10))
def test_the_newest_are_there_in_order(size_max: int) -> None:
    received, ids = filled(size_max)
    newest = ids[-size_max:]

    assert [each.message_id for each in received] == newest
    assert [received[index].message_id for index in range(len(received))] == newest
    assert [received[-index].message_id for index in range(1, len(received) + 1)] == newest[::-1]
    assert [each.message_id for each in received[1:3]] == newest[1:3]
    assert repr(received) == f"<Received {len(newest)} messages>"


def test_a_message_is_the_same_whenever_it_is_looked_at() -> None:
    received, _ = filled(9)

    assert received[3] is received[3] is list(received)[3]


@pytest.mark.parametrize("index", [8, -9])
def test_there_are_no_more_than_that(index: int) -> None:
    received, _ = filled(9)

    with pytest.raises(IndexError, match="expected less than 8"):
        received[index]


def test_they_can_be_forgotten() -> None:
    received, _ = filled(9)

    received.clear()

    assert (len(received), list(received)) == (0, [])
