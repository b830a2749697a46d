"""Ids of messages."""

from random import Random
from uuid import UUID

import pytest

from powerpack_carriers.message_ids import CountedIds, message_ids
from powerpack_carriers.profile import MessageIdForm, MessageIdHabit


@pytest.mark.parametrize(
    ("form", "width", "base"),
    [(MessageIdForm.HEX, 8, 16), (MessageIdForm.DECIMAL, 10, 10), (MessageIdForm.DECIMAL, 64, 10)],
)
def test_ids_have_the_form_of_the_profile_and_count_up(form: MessageIdForm, width: int, base: int) -> None:
    next_id = message_ids(MessageIdHabit(form=form, width=width), Random(1))

    first, second = next_id(), next_id()

    assert len(first) == len(second) == width
    assert int(second, base) == int(first, base) + 1


def test_ids_may_be_uuids() -> None:
    next_id = message_ids(MessageIdHabit(form=MessageIdForm.UUID), Random(1))

    first, second = next_id().decode(), next_id().decode()

    assert first != second
    assert UUID(first).version == UUID(second).version == 4


def test_one_stream_gives_the_same_ids_and_two_streams_do_not_meet() -> None:
    def ids(seed: str) -> list[bytes]:
        next_id = message_ids(MessageIdHabit(), Random(seed))
        return [next_id() for _ in range(1_000)]

    assert ids("1:att") == ids("1:att")
    assert not set(ids("1:att")) & set(ids("1:bell"))


def test_ids_start_again_when_they_are_used_up() -> None:
    next_id = message_ids(MessageIdHabit(form=MessageIdForm.DECIMAL, width=4), Random(1))
    ids = [next_id() for _ in range(10_001)]

    assert len(set(ids)) == 10_000
    assert ids[0] == ids[10_000]


@pytest.mark.parametrize("counts", [(1, 2, 7, 8, 9, 100), (9_000, 1, 30, 9_000)], ids=["few", "thousands"])
@pytest.mark.parametrize("form", [MessageIdForm.HEX, MessageIdForm.DECIMAL])
@pytest.mark.parametrize("width", [5, 8], ids=lambda width: f"width {width}")
def test_many_ids_at_once_are_those_that_would_come_one_by_one(
    form: MessageIdForm, width: int, counts: tuple[int, ...]
) -> None:
    habit = MessageIdHabit(form=form, width=width)
    together, single = CountedIds(habit, Random(1)), CountedIds(habit, Random(1))
    for count in counts:
        ids = [single() for _ in range(count)]

        assert together.take(count) == (int(ids[0], 16 if form is MessageIdForm.HEX else 10), b"".join(ids))
