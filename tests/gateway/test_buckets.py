"""Buckets know the least used number that is free, however many changed behind their back."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.buckets import DAY_SPAN, TAKEN_MAX, Bucket, Slot
from powerpack_gateway.throughput import Rate

DAY = DAY_SPAN


def slot(name: str, *, order: int = 0, per_second: float = 1.0, per_day: int | None = None) -> Slot:
    return Slot(name, Rate(per_second=per_second, per_day=per_day), order)


def bucket_of(*slots: Slot) -> Bucket:
    bucket = Bucket()
    for each in slots:
        bucket.add(each)
    return bucket


def test_an_empty_bucket_has_nobody() -> None:
    bucket = Bucket()

    assert bucket.least_used(0.0, DAY, 1) is None
    assert bucket.first_free(DAY, 1) is None


def test_a_number_changed_through_another_bucket_is_seen_as_it_is() -> None:
    shared, lone = slot("a"), slot("b", order=1)
    here, there = bucket_of(shared, lone), bucket_of(shared)
    chosen = there.least_used(0.0, DAY, 1)
    assert chosen is shared
    chosen.count(DAY, 1)
    chosen.reserve(0.0)

    assert here.least_used(0.0, DAY, 1) is lone


def test_use_counts_for_one_day() -> None:
    worker = slot("a")
    worker.count(DAY, 3)

    assert (worker.used(DAY), worker.used(2 * DAY)) == (3, 0)


def test_yesterdays_use_does_not_add_to_todays() -> None:
    worker = slot("a")
    worker.count(DAY, 3)

    worker.count(2 * DAY, 1)

    assert worker.used(2 * DAY) == 1


def test_room_ends_with_the_days_limit() -> None:
    worker = slot("a", per_day=2)
    worker.count(DAY, 1)

    assert [worker.has_room(DAY, 1), worker.has_room(DAY, 2), worker.has_room(2 * DAY, 2)] == [True, False, True]


def test_a_number_without_room_is_put_aside_until_the_next_day() -> None:
    worker = slot("a", per_day=1)
    bucket = bucket_of(worker)
    worker.count(DAY, 1)

    assert bucket.least_used(0.0, DAY, 1) is None
    assert bucket.least_used(0.0, 2 * DAY, 1) is worker


def test_a_waiting_number_without_room_is_not_waited_for() -> None:
    worker = slot("a", per_day=1)
    bucket = bucket_of(worker)
    worker.reserve(0.0)
    assert bucket.least_used(0.0, DAY, 1) is None
    worker.count(DAY, 1)

    assert bucket.first_free(DAY, 1) is None
    assert bucket.least_used(5.0, 2 * DAY, 1) is worker


def test_the_dead_are_never_chosen() -> None:
    gone, waiting = slot("a"), slot("b", order=1)
    bucket = bucket_of(gone, waiting)
    waiting.reserve(0.0)
    assert bucket.least_used(0.0, DAY, 1) is gone
    for each in (gone, waiting):
        each.is_live = False
        bucket.discard()

    assert bucket.least_used(9.0, DAY, 1) is None
    assert bucket.first_free(DAY, 1) is None
    assert bucket.size == 0


def test_a_dead_number_that_waits_is_not_waited_for() -> None:
    gone, other = slot("a"), slot("b", order=1)
    bucket = bucket_of(gone, other)
    gone.reserve(0.0)
    other.reserve(0.5)
    assert bucket.least_used(0.6, DAY, 1) is None
    gone.is_live = False
    bucket.discard()

    assert bucket.first_free(DAY, 1) is other


def test_a_large_idle_pool_is_taken_up_in_portions_and_none_is_lost() -> None:
    slots = [slot(str(index), order=index) for index in range(TAKEN_MAX + 500)]
    bucket = bucket_of(*slots)
    for index, each in enumerate(slots):
        each.reserve(0.0)
        each.count(DAY, 2 if index < TAKEN_MAX else 1)
    assert bucket.least_used(0.5, DAY, 1) is None

    chosen: list[str] = []
    for _ in slots:
        found = bucket.least_used(2.0, DAY, 1)
        assert found is not None
        found.reserve(2.0)
        chosen.append(found.number)

    assert int(chosen[0]) < TAKEN_MAX  # those that are used less were not looked at yet
    assert sorted(chosen) == sorted(each.number for each in slots)


@given(
    st.lists(
        st.tuples(st.sampled_from(["take", "use", "kill", "add"]), st.integers(0, 5), st.sampled_from([0.0, 0.3, 1.0])),
        max_size=50,
    )
)
def test_the_choice_is_what_looking_at_every_number_gives(events: list[tuple[str, int, float]]) -> None:
    slots = [slot(str(index), order=index) for index in range(6)]
    bucket = bucket_of(*slots)
    orders = itertools.count(len(slots))
    now = 0.0
    for act, index, pause in events:
        now += pause
        target = slots[index]
        if act == "use":
            target.count(DAY, 1)
            target.reserve(now)
        elif act == "kill" and target.is_live:
            target.is_live = False
            bucket.discard()
        elif act == "add" and not target.is_live:
            slots[index] = slot(target.number, order=next(orders))
            slots[index].take_over(target)
            bucket.add(slots[index])
        else:
            live = [each for each in slots if each.is_live]
            free = [each for each in live if each.free_at() <= now]
            chosen = bucket.least_used(now, DAY, 1)
            assert chosen is (min(free, key=lambda each: (each.usage, each.tie)) if free else None)
            if chosen is None:
                soonest = bucket.first_free(DAY, 1)
                assert (soonest is None) == (not live)
                assert soonest is None or soonest.free_at() == min(each.free_at() for each in live)

    assert bucket.size == sum(each.is_live for each in slots)


def test_a_full_day_sends_a_message_to_the_next() -> None:
    worker = slot("a", per_day=3)
    days = []
    for _ in range(8):
        days.append(worker.days_until_room(DAY, 1))
        worker.count(DAY + days[-1] * DAY, 1)

    assert days == [0, 0, 0, 1, 1, 1, 2, 2]
    assert not worker.has_room(DAY, 1)
    assert worker.days_until_room(3 * DAY, 1) == 0


def test_a_message_longer_than_a_day_has_a_day_of_its_own() -> None:
    worker = slot("a", per_day=3)
    worker.count(DAY, 1)

    assert worker.days_until_room(DAY, 5) == 1
    assert slot("b", per_day=3).days_until_room(DAY, 5) == 0
