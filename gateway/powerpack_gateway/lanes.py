"""Lanes: the numbers of a pool by type, service and place, and the plans that say where to look for one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from powerpack_gateway.buckets import Bucket, Slot
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.pool_entry import PoolEntry
from powerpack_gateway.reasons import Reason, Why

NORTH_AMERICA = ("US", "CA")
"""The countries whose long codes are one pool when local connect is off."""

HOME: Mapping[str, str] = dict.fromkeys(("PR", "VI", "GU", "AS", "MP"), "US")
"""Territories count as the country whose carriers serve them."""


def serving_countries(kind: NumberType, destination: str) -> tuple[str, ...]:
    """The countries whose numbers of a type reach a destination country, the nearest first.

    Long codes cross the border between the US and Canada, and reach the rest of the world; toll-free numbers and short
    codes are national (plivo_api.md 3.2, error 201; carriers.md 4.3).
    """
    if kind is not NumberType.LONGCODE:
        return (destination,)
    return tuple(dict.fromkeys((destination, *NORTH_AMERICA)))


@dataclass(frozen=True, slots=True)
class Member:
    """A number in the pool, and its capacity."""

    entry: PoolEntry
    slot: Slot


class Lane:
    """All numbers of one type that carry one service."""

    __slots__ = ("anywhere", "barred", "busy", "by_area_code", "by_country", "by_region", "chosen", "kind", "spent")

    def __init__(self, kind: NumberType) -> None:
        self.kind = kind
        self.chosen = Why(Reason.TYPE, kind.value)
        self.busy = Why(Reason.BUSY, kind.value)
        self.spent = Why(Reason.SPENT, kind.value)
        self.by_area_code: dict[str, Bucket] = {}
        self.by_region: dict[str, Bucket] = {}
        self.by_country: dict[str, Bucket] = {}
        self.anywhere = Bucket()
        self.barred: dict[str, int] = {}

    def country(self, country: str) -> Bucket:
        """The bucket of one country, made when it is first asked for."""
        return self.by_country.setdefault(country, Bucket())

    def add(self, member: Member) -> None:
        """Take a number in; one that can not send is only counted."""
        entry = member.entry
        if not entry.can_send:
            self.barred[entry.country] = self.barred.get(entry.country, 0) + 1
            return
        for bucket in self._buckets(entry):
            bucket.add(member.slot)

    def discard(self, entry: PoolEntry) -> None:
        """A number is no longer live."""
        if not entry.can_send:
            self.barred[entry.country] -= 1
            return
        for bucket in self._buckets(entry):
            bucket.discard()

    def _buckets(self, entry: PoolEntry) -> list[Bucket]:
        buckets = [self.country(entry.country)]
        if self.kind is NumberType.LONGCODE:
            if entry.area_code:
                buckets.append(self.by_area_code.setdefault(entry.area_code, Bucket()))
            if entry.region:
                buckets.append(self.by_region.setdefault(entry.region, Bucket()))
            if entry.country in NORTH_AMERICA:
                buckets.append(self.anywhere)
        return buckets


class Step:
    """One type's part of a plan: the buckets that serve the destination's country, the best first, with their reasons.

    ``before`` says why types of higher priority are not in the plan.
    """

    __slots__ = ("before", "buckets", "lane")

    def __init__(self, lane: Lane, home: str, before: tuple[Why, ...], *, is_local: bool) -> None:
        self.lane = lane
        self.before = before
        self.buckets = tuple(
            (bucket, (lane.chosen, *why)) for bucket, why in _places(lane, home, is_local=is_local) if bucket.size
        )

    def without_capacity(self, floor: int, count: int) -> Why:
        """Why no number of this type can send now."""
        for bucket, _ in self.buckets:
            if bucket.first_free(floor, count) is not None:
                return self.lane.busy
        return self.lane.spent


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to look for a number: a step for each type that has any, and why the last types have none.

    Holds until the pool or the Powerpack changes.
    """

    steps: tuple[Step, ...]
    after: tuple[Why, ...]
    first: tuple[Bucket, tuple[Why, ...]] | None
    """Where to look first, if that is the same whatever the recipient's area code is."""


Away = tuple[tuple[NumberType, Reason], ...]
"""The types that a recipient's network does not take, and why: two of the three reasons of seed 000 to fall back."""


def plan_for(lanes: Iterable[Lane], home: str, *, is_local: bool, away: Away = ()) -> Plan:
    """The plan for messages to the country ``home``, through lanes in the order of their priority."""
    why_away = dict(away)
    steps = []
    absent: tuple[Why, ...] = ()
    for lane in lanes:
        if lane.kind in why_away:
            absent += (Why(why_away[lane.kind], lane.kind.value),)
            continue
        step = Step(lane, home, absent, is_local=is_local)
        if step.buckets:
            steps.append(step)
            absent = ()
        else:
            absent += (_why_absent(lane, home),)
    first = None
    if steps and not (is_local and steps[0].lane.by_area_code):
        bucket, why = steps[0].buckets[0]
        first = bucket, (*steps[0].before, *why)
    return Plan(tuple(steps), absent, first)


def _places(lane: Lane, home: str, *, is_local: bool) -> list[tuple[Bucket, tuple[Why, ...]]]:
    if lane.kind is not NumberType.LONGCODE:
        return [(lane.country(home), ())]
    if is_local:
        return [
            (lane.country(each), (Why(Reason.COUNTRY, each) if each == home else Why(Reason.ABROAD),))
            for each in serving_countries(lane.kind, home)
        ]
    if home in NORTH_AMERICA:
        return [(lane.anywhere, ())]
    return [(lane.country(home), ()), (lane.anywhere, ())]


def _why_absent(lane: Lane, home: str) -> Why:
    if any(lane.barred.get(country) for country in serving_countries(lane.kind, home)):
        return Why(Reason.BARRED, lane.kind.value)
    if (lane.kind, home) == (NumberType.TOLLFREE, "CA") and lane.country("US").size:
        return Why(Reason.TOLLFREE_TO_CANADA)
    return Why(Reason.EMPTY, lane.kind.value)
