"""Plans lead to the numbers that serve a country, and say why types are missing."""

import pytest

from powerpack_gateway.buckets import Slot
from powerpack_gateway.lanes import Lane, Member, plan_for, serving_countries
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.pool_entry import PoolEntry
from powerpack_gateway.reasons import Reason, Why
from powerpack_gateway.throughput import Rate

LONGCODE, TOLLFREE, SHORTCODE = NumberType.LONGCODE, NumberType.TOLLFREE, NumberType.SHORTCODE


def member(number: str, kind: NumberType, country: str = "US", *, suspended: bool = False) -> Member:
    entry = PoolEntry(
        number=number,
        type=kind,
        country=country,
        area_code=number[1:4],
        region="CA" if kind is LONGCODE else "",
        rate=1,
        suspended=suspended,
    )
    return Member(entry, Slot(number, Rate(per_second=1), 0))


def lane_of(kind: NumberType, *members: Member) -> Lane:
    lane = Lane(kind)
    for each in members:
        lane.add(each)
    return lane


@pytest.mark.parametrize(
    ("kind", "destination", "countries"),
    [
        (LONGCODE, "US", ("US", "CA")),
        (LONGCODE, "CA", ("CA", "US")),
        (LONGCODE, "GB", ("GB", "US", "CA")),
        (TOLLFREE, "US", ("US",)),
        (TOLLFREE, "CA", ("CA",)),
        (SHORTCODE, "CA", ("CA",)),
    ],
)
def test_only_long_codes_cross_borders(kind: NumberType, destination: str, countries: tuple[str, ...]) -> None:
    assert serving_countries(kind, destination) == countries


def test_a_plan_has_a_step_for_each_type_that_has_numbers() -> None:
    lanes = [lane_of(SHORTCODE), lane_of(TOLLFREE, member("18005550100", TOLLFREE)), lane_of(LONGCODE)]

    plan = plan_for(lanes, "US", is_local=True)

    assert [(step.lane.kind, step.before) for step in plan.steps] == [
        (TOLLFREE, (Why(Reason.EMPTY, "shortcode"),)),
    ]
    assert plan.after == (Why(Reason.EMPTY, "longcode"),)


@pytest.mark.parametrize(
    ("lane", "home", "why"),
    [
        (lane_of(TOLLFREE), "US", Why(Reason.EMPTY, "tollfree")),
        (lane_of(TOLLFREE, member("18005550100", TOLLFREE)), "CA", Why(Reason.TOLLFREE_TO_CANADA)),
        (lane_of(TOLLFREE, member("18005550100", TOLLFREE)), "GB", Why(Reason.EMPTY, "tollfree")),
        (lane_of(LONGCODE, member("14155550100", LONGCODE, suspended=True)), "CA", Why(Reason.BARRED, "longcode")),
    ],
    ids=["empty", "us to canada", "abroad", "suspended"],
)
def test_a_missing_type_has_its_reason(lane: Lane, home: str, why: Why) -> None:
    assert plan_for([lane], home, is_local=False).after == (why,)


def test_a_number_that_left_is_in_no_plan() -> None:
    for each in (member("14155550100", LONGCODE), member("14155550101", LONGCODE, suspended=True)):
        lane = lane_of(LONGCODE, each)
        lane.discard(each.entry)

        assert plan_for([lane], "US", is_local=True).after == (Why(Reason.EMPTY, "longcode"),)


def test_another_countrys_long_code_serves_its_own_country_only() -> None:
    lane = lane_of(LONGCODE, member("442079460000", LONGCODE, "GB"))

    assert [len(plan_for([lane], home, is_local=False).steps) for home in ("GB", "US")] == [1, 0]


def test_a_step_without_capacity_tells_a_full_rate_from_a_full_day() -> None:
    busy = member("14155550100", LONGCODE)
    lane = lane_of(LONGCODE, busy)
    step = plan_for([lane], "US", is_local=False).steps[0]
    busy.slot.reserve(0.0)
    assert step.buckets[0][0].least_used(0.0, 1, 1) is None

    assert step.without_capacity(1, 1) == Why(Reason.BUSY, "longcode")
    busy.slot.cap = 0
    assert step.without_capacity(1, 1) == Why(Reason.SPENT, "longcode")
