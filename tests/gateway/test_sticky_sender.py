"""A handset keeps the number that it knows, and says goodbye to it only where it must."""

from collections.abc import Callable

import pytest

from gateway.selectors import IN_SF, LA, MMS, NY, SF, SF_2, SHORT, SMS, entry, numbers, refuse, select, selector
from powerpack_gateway import selection as selection_module
from powerpack_gateway.selection import Selector


def test_a_handset_keeps_its_number_and_waits_for_it() -> None:
    pool = selector(entry(SF), entry(LA), sticky=True)
    first = select(pool, IN_SF)

    second = select(pool, IN_SF)

    assert (first.is_new_pair, second.is_new_pair) == (True, False)
    assert (second.number, second.wait_s) == (first.number, 1.0)
    assert second.reasons == (f"sticky sender: the handset knows {first.number}",)


def test_sticky_wins_over_number_priority() -> None:
    pool = selector(entry(SF), sticky=True)
    select(pool, IN_SF)
    pool.add(entry(SHORT))

    assert select(pool, IN_SF).number == SF


def test_without_sticky_sender_nothing_is_remembered() -> None:
    pool = selector(entry(SF), entry(SF_2))

    assert len(set(numbers(pool, 2))) == 2
    assert pool.sticky_pairs == 0


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (Selector.remove, "sticky sender: 14155550100 is no longer in the pool"),
        (Selector.suspend, "sticky sender: 14155550100 is suspended"),
    ],
)
def test_a_handset_gets_another_number_when_its_own_is_out(leave: Callable[[Selector, str], None], reason: str) -> None:
    pool = selector(entry(SF), entry(LA), sticky=True)
    select(pool, IN_SF)
    leave(pool, SF)

    selected = select(pool, IN_SF)

    assert (selected.number, selected.is_new_pair, selected.reasons[0]) == (LA, True, reason)
    assert pool.sticky_number(IN_SF) == LA


@pytest.mark.parametrize("leave", [Selector.remove, Selector.suspend])
def test_a_pair_ends_with_its_number_even_when_there_is_no_other(leave: Callable[[Selector, str], None]) -> None:
    pool = selector(entry(SF), sticky=True)
    select(pool, IN_SF)
    leave(pool, SF)

    refused = refuse(pool, IN_SF)

    assert refused.reasons[0].startswith("sticky sender: 14155550100 is ")
    assert pool.sticky_number(IN_SF) is None


def test_a_number_reinstated_before_the_next_message_keeps_its_handset() -> None:
    pool = selector(entry(SF), entry(LA), sticky=True)
    select(pool, IN_SF)
    pool.suspend(SF)
    pool.reinstate(SF)

    assert select(pool, IN_SF).number == SF


def test_a_sticky_number_with_a_used_up_day_is_replaced() -> None:
    pool = selector(entry(SF, daily_cap=1), entry(LA), sticky=True)
    select(pool, IN_SF)

    selected = select(pool, IN_SF)

    assert selected.reasons[0] == "sticky sender: 14155550100 has used up its day"
    assert pool.sticky_number(IN_SF) == LA


def test_a_pair_is_kept_when_there_is_no_other_number_either() -> None:
    pool = selector(entry(SF, daily_cap=1), sticky=True)
    select(pool, IN_SF)
    refuse(pool, IN_SF)

    assert select(pool, IN_SF, day=2).reasons == ("sticky sender: the handset knows 14155550100",)


def test_a_handset_may_know_one_number_for_sms_and_another_for_mms() -> None:
    pool = selector(entry(SF, rate=100), entry(NY, service=MMS, rate=100), sticky=True)
    select(pool, IN_SF)

    mms = [select(pool, IN_SF, service=MMS, now=float(index)) for index in (1, 2)]

    assert [each.number for each in mms] == [NY, NY]
    assert mms[0].reasons[0] == "sticky sender: 14155550100 can not serve this country and service"
    assert mms[1].reasons[-1] == "sticky sender: the handset knows 14155550100".replace(SF, NY)
    assert select(pool, IN_SF, now=3.0).number == SF


def test_a_number_that_carries_both_is_kept_for_both() -> None:
    pool = selector(entry(SF, service=MMS), entry(SF_2, service=MMS), sticky=True)

    chosen = {select(pool, IN_SF, service=service).number for service in (SMS, MMS, SMS)}

    assert len(chosen) == 1


def test_the_oldest_pairs_are_forgotten_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection_module, "STICKY_PAIRS_MAX", 20)
    pool = selector(entry(SF, rate=1000), sticky=True)
    handsets = [f"1415555{index:04d}" for index in range(2000, 2021)]
    for index, handset in enumerate(handsets):
        select(pool, handset, now=float(index))

    assert pool.sticky_pairs == 19
    assert pool.sticky_number(handsets[0]) is None
    assert pool.sticky_number(handsets[-1]) == SF
