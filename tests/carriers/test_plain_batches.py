"""Batches of plain messages, and how they are found."""

from random import Random

import pytest

from carriers.builders import HANDSET, SOURCE, a_batch
from powerpack_carriers.message_ids import CountedIds
from powerpack_carriers.plain_batches import KnownBatches
from powerpack_carriers.profile import MessageIdForm, MessageIdHabit
from powerpack_carriers.smpp.constants import MessageState


def counted(width: int = 4, form: MessageIdForm = MessageIdForm.DECIMAL) -> CountedIds:
    return CountedIds(MessageIdHabit(form=form, width=width), Random(1))


def test_a_message_is_made_once_from_its_octets() -> None:
    batch = a_batch(3)

    message = batch.message(1)

    assert (message.source_addr, message.destination_addr, message.text) == (SOURCE, HANDSET, "Hello 1")
    assert message.request.sequence_number == 2
    assert batch.message(1) is message
    assert list(batch.opened) == [1]


def test_a_message_that_came_to_its_end_says_so() -> None:
    batch = a_batch(3)
    batch.ended.append(([0, 2], 1_005.0))

    states = [(batch.message(index).state, batch.message(index).done_at) for index in range(3)]

    assert states == [(MessageState.DELIVERED, 1_005.0), (MessageState.ENROUTE, 0.0), (MessageState.DELIVERED, 1_005.0)]


@pytest.mark.parametrize("form", [MessageIdForm.DECIMAL, MessageIdForm.HEX])
def test_messages_are_found_by_their_ids(form: MessageIdForm) -> None:
    ids = counted(form=form)
    known = KnownBatches(ids, size_max=100)
    batches = []
    for count in (3, 1, 4):
        ids()  # another message's
        first, octets = ids.take(count) or pytest.fail("the ids begin anew")
        batches.append(a_batch(count, ids=octets))
        known.add(batches[-1], first)

    for batch in batches:
        for index in range(len(batch)):
            assert known.find(batch.message_id(index)) is batch.message(index)
    assert len(known) == 8


@pytest.mark.parametrize("message_id", [b"", b"x", b"1", b"99999", b"-001", b" 123", b"0000"])
def test_what_is_no_id_of_theirs_finds_nothing(message_id: bytes) -> None:
    ids = counted()
    known = KnownBatches(ids, size_max=100)
    first, octets = ids.take(3) or pytest.fail("the ids begin anew")
    known.add(a_batch(3, ids=octets), first)

    assert known.find(message_id) is None


def test_ids_that_begin_anew_mean_the_newest_and_those_before_are_still_found() -> None:
    known = KnownBatches(counted(), size_max=100)
    old, new = a_batch(2, first=9_000), a_batch(2, first=10, ids=b"00100011")
    known.add(old, 9_000)
    known.add(new, 10)

    assert known.find(b"0010") is new.message(0)
    assert known.find(b"9001") is old.message(1)

    newest = a_batch(2, first=9_001)
    known.add(newest, 9_001)
    assert known.find(b"9001") is newest.message(0)


def test_the_oldest_are_forgotten() -> None:
    known = KnownBatches(counted(), size_max=8)
    for first in range(1_000, 1_040, 4):
        known.add(a_batch(4, first=first), first)

        assert len(known) <= 10
    assert known.find(b"1000") is None
    assert known.find(b"1032") is not None


def test_ids_are_not_taken_across_their_limit() -> None:
    ids = counted()
    first, _ = ids.take(1) or pytest.fail("the ids begin anew")

    assert ids.take(10_000 - first) is None
    assert ids.take(10_000 - first - 1) is not None
    assert ids.take(1) is None
    assert ids() == b"0000"
