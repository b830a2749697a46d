"""Waiting for a number's turn, its day's limit, suspension, and numbers that come and go."""

from collections import Counter
from random import Random

import pytest

from gateway.selectors import (
    IN_LA,
    IN_NY,
    IN_SF,
    LA,
    MMS,
    NY,
    SF,
    SF_2,
    SHORT,
    SMS,
    TOLLFREE,
    entry,
    numbers,
    powerpack,
    refuse,
    select,
    selector,
)
from powerpack_gateway.selection import PoolEntry, Selector

# Waiting


def test_with_no_capacity_the_shortest_wait_wins() -> None:
    pool = selector(entry(SF, rate=0.1), entry(LA, rate=0.5), local=False)
    numbers(pool, 2)

    selected = select(pool, IN_SF)

    assert (selected.number, selected.wait_s) == (LA, 2.0)
    assert "nothing has capacity now: longcode has the shortest wait" in selected.reasons


def test_waiting_messages_are_spread_over_the_pool() -> None:
    pool = selector(entry(SF), entry(SF_2), entry(LA), local=False)

    chosen = [select(pool, IN_SF) for _ in range(9)]

    assert [each.wait_s for each in chosen] == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    assert Counter(each.number for each in chosen) == {SF: 3, SF_2: 3, LA: 3}


def test_a_busy_type_of_lower_priority_may_have_the_shortest_wait() -> None:
    pool = selector(entry(SHORT, rate=0.1), entry(SF, rate=1.0))
    numbers(pool, 2)

    assert select(pool, IN_SF).number == SF


def test_the_pool_goes_slower_than_the_carrier_allows() -> None:
    pool = Selector(powerpack(), [entry(SF, rate=0.25)], rng=Random(1))
    select(pool, IN_SF)

    assert select(pool, IN_SF).wait_s == pytest.approx(4.1)


def test_the_segments_of_a_message_take_a_turn_each() -> None:
    pool = selector(entry(SF, burst=2))
    selected = select(pool, IN_SF, segments=3)

    assert [selected.turn.wait_of_part(index) for index in range(3)] == [0.0, 0.0, 1.0]
    assert select(pool, IN_SF).wait_s == 2.0


def test_a_deferred_number_is_passed_over_until_then() -> None:
    pool = selector(entry(SF), entry(LA))
    pool.defer(SF, 60.0)

    assert select(pool, IN_SF).number == LA
    assert select(pool, IN_SF, now=60.0).number == SF


# The day's limit


def test_a_number_is_out_when_its_day_is_used_up_and_back_the_next_day() -> None:
    pool = selector(entry(SF, daily_cap=2), entry(LA))

    chosen = [select(pool, IN_SF, now=10.0 * index, day=1 + index // 4).number for index in range(6)]

    assert chosen == [SF, SF, LA, LA, SF, SF]


def test_a_message_that_would_break_the_days_limit_goes_elsewhere() -> None:
    pool = selector(entry(SF, daily_cap=3, burst=3), entry(LA, burst=3))

    assert [select(pool, IN_SF, segments=2).number for _ in range(2)] == [SF, LA]


def test_when_every_day_is_used_up_there_is_no_number() -> None:
    pool = selector(entry(SF, daily_cap=1))
    select(pool, IN_SF)

    refused = refuse(pool, IN_SF)

    assert refused.reasons[-1] == "every longcode that serves has used up its day"


# Suspension, joining, leaving


def test_a_suspended_number_does_not_send_until_it_is_reinstated() -> None:
    pool = selector(entry(SF), entry(LA))
    pool.suspend(SF)
    while_suspended = numbers(pool, 2)

    pool.reinstate(SF)

    assert while_suspended == [LA, LA]
    assert select(pool, IN_SF).number == SF


def test_suspension_does_not_give_turns_back() -> None:
    pool = selector(entry(SF))
    select(pool, IN_SF)

    pool.suspend(SF)
    pool.reinstate(SF)

    assert select(pool, IN_SF).wait_s == 1.0


@pytest.mark.parametrize("barred", [entry(TOLLFREE, suspended=True), entry(TOLLFREE, registered=False)])
def test_a_tollfree_number_that_may_not_send_is_named_in_the_refusal(barred: PoolEntry) -> None:
    refused = refuse(selector(barred), IN_SF)

    assert "every tollfree that would serve is suspended or not verified" in refused.reasons


def test_an_unregistered_long_code_sends() -> None:
    assert select(selector(entry(SF, registered=False)), IN_SF).number == SF


def test_a_removed_number_is_gone_and_an_added_one_sends_at_once() -> None:
    pool = selector(entry(SF))
    numbers(pool, 3)

    pool.remove(SF)
    pool.add(entry(LA))

    assert (len(pool), SF in pool, LA in pool) == (1, False, True)
    assert select(pool, IN_SF).number == LA


def test_the_first_number_of_a_better_type_sends_as_soon_as_it_is_added() -> None:
    pool = selector(entry(SF))
    select(pool, IN_SF)

    pool.add(entry(SHORT))

    assert select(pool, IN_SF).number == SHORT


def test_a_type_whose_last_number_left_is_missing_and_not_busy() -> None:
    pool = selector(entry(SHORT), entry(SF))
    select(pool, IN_SF)

    pool.remove(SHORT)

    assert select(pool, IN_SF).reasons[0] == "no shortcode in the pool serves this country and service"


def test_a_number_added_again_is_changed_and_keeps_its_turns() -> None:
    pool = selector(entry(SF))
    select(pool, IN_SF)

    pool.add(entry(SF, service=MMS))

    assert len(pool) == 1
    assert select(pool, IN_SF, service=MMS).wait_s == 1.0


def test_numbers_that_come_and_go_leave_nothing_behind() -> None:
    pool = selector(entry(SF, rate=1000))
    for _ in range(200):
        pool.suspend(SF)
        pool.reinstate(SF)

    assert numbers(pool, 3, now=1.0) == [SF, SF, SF]


# Restart


def test_a_restored_pool_goes_on_where_it_was() -> None:
    pool = selector(entry(SF, rate=0.1, daily_cap=2), entry(LA, rate=0.1), entry(NY, service=MMS), sticky=True)
    for handset in (IN_SF, IN_LA):
        select(pool, handset, now=100.0)
    select(pool, IN_NY, service=MMS, now=100.0)
    other = selector(entry(SF, rate=0.1, daily_cap=2), entry(LA, rate=0.1), entry(NY, service=MMS), sticky=True)

    other.restore(pool.snapshot(104.0), 7.0)

    for handset, service in ((IN_SF, SMS), (IN_LA, SMS), (IN_NY, MMS)):
        before, after = (
            select(pool, handset, service=service, now=104.0),
            select(other, handset, service=service, now=7.0),
        )
        assert (before.number, before.reasons) == (after.number, after.reasons)
        assert before.wait_s == pytest.approx(after.wait_s)
    assert select(other, IN_SF, now=7.0).number != SF


def test_a_snapshot_of_numbers_that_have_left_is_passed_over() -> None:
    pool = selector(entry(SF), sticky=True)
    select(pool, IN_SF)
    other = selector(entry(LA), sticky=True)

    other.restore(pool.snapshot(0.0), 0.0)

    assert select(other, IN_SF).number == LA
