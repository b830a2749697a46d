"""Selection: which number of a Powerpack sends a message, when, and why that one.

The order of the rules (design.md 5, plivo_api.md 6):

1. numbers that can not serve the country, the service or the recipient's network, are suspended, or have used up their
   day, are out;
2. with sticky sender, the number that the handset knows wins, and the message waits for it;
3. else the first type of ``number_priority`` that has a number with capacity at this moment;
4. inside that type, with local connect: the handset's area code, then its state, its country, other countries;
5. among those the number least used today, and a shuffled order of the pool where use is equal;
6. with no capacity anywhere, the number with the shortest wait.

The turns are reserved at once, so the next message sees the number as taken. The cost is O(log n) in the size of the
pool. Moments are seconds on any scale that only grows; ``day`` is a number that grows by one at midnight.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final, NamedTuple

from powerpack_gateway.buckets import DAY_SPAN, Slot
from powerpack_gateway.lanes import HOME, Away, Lane, Member, Plan, plan_for, serving_countries
from powerpack_gateway.nanp import area_code_of, region_of
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.pool_entry import PoolEntry as PoolEntry
from powerpack_gateway.pool_entry import pool_entry as pool_entry
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.reasons import Reason as Reason
from powerpack_gateway.reasons import Why, spoken
from powerpack_gateway.throughput import PACING_MARGIN, Rate, Turn

STICKY_PAIRS_MAX = 10_000_000
"""Handsets whose number is remembered for one Powerpack and service: 90 MB for a million, 900 MB for all (measured).
The oldest are forgotten when there are more: a handset of those is met as a new one."""

FORGOTTEN_AT_ONCE = 10_000
"""How many: one by one would walk over what was forgotten before each time, a tenth at once takes half a second."""


_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""


_SMS: Final = Service.SMS


class Selection(NamedTuple):
    """The number for one message. A NamedTuple, since one is made for every message."""

    number: str
    turn: Turn
    why: tuple[Why, ...]
    is_new_pair: bool = False

    def __repr__(self) -> str:
        return f"<Selection {self.number} in {self.turn.wait_s:g} s: {'; '.join(self.reasons)}>"

    @property
    def wait_s(self) -> float:
        """Seconds until the message may go."""
        return self.turn.wait_s

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every step that led here, in order."""
        return spoken(self.why)


@dataclass(frozen=True, slots=True)
class NoNumber:
    """No number of the pool can send this message; ``why`` tells for each type."""

    why: tuple[Why, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every step that led here, in order."""
        return spoken(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a selector knows beyond its pool, as plain data.

    ``sticky`` by service and handset; ``busy_s`` the seconds for which a number is reserved; ``used`` the day a number
    was last used on and its count.
    """

    sticky: Mapping[str, Mapping[str, str]]
    busy_s: Mapping[str, float]
    used: Mapping[str, tuple[int, int]]


class Selector:
    """The pool of one Powerpack. Numbers are known by their digits.

    ``rng`` shuffles the order of equals and is drawn from when a number is added, never later. ``margin`` is how much
    slower than each number's rate the pool goes.
    """

    def __init__(
        self, powerpack: Powerpack, entries: Iterable[PoolEntry] = (), *, rng: Random, margin: float = PACING_MARGIN
    ) -> None:
        self._rng = rng
        self._margin = margin
        self._order = itertools.count()
        self._members: dict[str, Member] = {}
        self._lanes = {(service, kind): Lane(kind) for service in Service for kind in NumberType}
        # A handset may know one number for SMS and another for MMS, where the first can not carry MMS.
        self._sms_pairs: dict[str, str] = {}
        self._mms_pairs: dict[str, str] = {}
        self.configure(powerpack)
        for entry in entries:
            self.add(entry)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, number: str) -> bool:
        return number in self._members

    def __repr__(self) -> str:
        return f"<Selector {self._powerpack.name}: {len(self)} numbers, {self.sticky_pairs} sticky pairs>"

    @property
    def sticky_pairs(self) -> int:
        """How many pairs of handset and number are remembered."""
        return len(self._sms_pairs) + len(self._mms_pairs)

    def configure(self, powerpack: Powerpack) -> None:
        """Follow the Powerpack's settings from now on."""
        self._powerpack = powerpack
        self._is_sticky = powerpack.sticky_sender
        self._is_local = powerpack.local_connect
        self._sms_plans: dict[str | tuple[str, Away], Plan] = {}
        self._mms_plans: dict[str | tuple[str, Away], Plan] = {}

    def add(self, entry: PoolEntry) -> None:
        """Take a number in; one that is there already is changed, and keeps its turns and its count."""
        rate = Rate(per_second=entry.rate, burst=entry.burst, per_day=entry.daily_cap).paced(self._margin)
        # One whole number is compared in half the time of a pair; a heap of thousands compares twenty for a message.
        slot = Slot(entry.number, rate, (int(self._rng.random() * 2**53) << 32) + next(self._order))
        had = self._members.get(entry.number)
        if had is not None:
            slot.take_over(had.slot)
            self._withdraw(had)
        member = self._members[entry.number] = Member(entry, slot)
        slot.is_live = entry.can_send
        for lane in self._lanes_of(entry):
            lane.add(member)
        self._replan()

    def remove(self, number: str) -> None:
        """Take a number out. Its sticky pairs are dropped one by one, as their handsets are written to."""
        self._withdraw(self._members.pop(number))
        self._replan()

    def suspend(self, number: str) -> None:
        """Stop selecting a number, which stays in the pool."""
        self._set_suspended(number, suspended=True)

    def reinstate(self, number: str) -> None:
        """Select a suspended number again."""
        self._set_suspended(number, suspended=False)

    def defer(self, number: str, until: float) -> None:
        """Use a number no earlier than ``until``: its carrier asked for less."""
        self._members[number].slot.defer(until)

    def slot(self, number: str) -> Slot:
        """The turns of a number that the caller chose itself (``src``)."""
        return self._members[number].slot

    def slots(self) -> Iterator[Slot]:
        """The turns of every number in the pool."""
        return (member.slot for member in self._members.values())

    def select(
        self,
        destination: str,
        country: str,
        service: Service,
        now: float,
        day: int,
        segments: int = 1,
        away: Away = (),
    ) -> Selection | NoNumber:
        """The number for a message to ``destination``, which lies in ``country``, and its turn, which is reserved now.

        A message of several segments takes as many turns of the same number. ``away`` are the types that the
        recipient's network does not take.
        """
        floor = day * DAY_SPAN
        is_sms = service is _SMS
        own, other = (self._sms_pairs, self._mms_pairs) if is_sms else (self._mms_pairs, self._sms_pairs)
        why: tuple[Why, ...] = ()
        if self._is_sticky and (destination in own or destination in other):
            kept, why = self._sticky(destination, country, service, floor, segments, away)
            if kept is not None:
                return Selection(kept.number, self._reserve(kept, now, floor, segments), why)
        plan = None if away or not is_sms else self._sms_plans.get(country)
        if plan is None:
            plan = self._plan(country, service, away)
        found: Slot | None = None
        how: tuple[Why, ...] = ()
        if plan.first is not None:  # nearly always it has one
            bucket, how = plan.first
            found = bucket.least_used(now, floor, segments)
        if found is None:
            found, how = self._with_capacity(plan, destination, now, floor, segments)
        if found is None:
            soonest, kind = _soonest(plan, floor, segments)
            if soonest is None:
                return NoNumber(why + how)
            found, how = soonest, (*how, Why(Reason.SHORTEST_WAIT, kind))
        usage, number = found.usage, found.number
        why = (*why, *how, _make(Why, (Reason.LEAST_USED, usage - floor if usage > floor else 0)))
        found.usage = (usage if usage > floor else floor) + segments  # noqa: FURB136 -- a call less
        turn = found.reserve(now, segments)
        is_sticky = self._is_sticky
        if is_sticky:
            own[destination] = number
            if len(own) > STICKY_PAIRS_MAX:
                _forget_oldest(own)
        return _make(Selection, (number, turn, why, is_sticky))

    def sticky_number(self, destination: str, service: Service = Service.SMS) -> str | None:
        """The number that a handset knows, or None."""
        return self._pairs(service)[0].get(destination) or self._pairs(service)[1].get(destination)

    def prefer(self, destination: str, number: str) -> tuple[tuple[Service, str | None], ...]:
        """Let a handset know this number from now on; what is to be kept of it, by service, None for no pair.

        A number without MMS leaves the handset without a pair for MMS, since the one it had is not wanted any more.
        """
        if not self._is_sticky or number not in self._members:
            return ()
        self._remember(self._sms_pairs, destination, number)
        if self._members[number].entry.service is Service.MMS:
            self._remember(self._mms_pairs, destination, number)
            return (Service.SMS, number), (Service.MMS, number)
        self._mms_pairs.pop(destination, None)
        return (Service.SMS, number), (Service.MMS, None)

    def snapshot(self, now: float) -> Snapshot:
        """What has to survive a restart."""
        slots = [member.slot for member in self._members.values()]
        return Snapshot(
            sticky={Service.SMS.value: dict(self._sms_pairs), Service.MMS.value: dict(self._mms_pairs)},
            busy_s={slot.number: slot.tat - now for slot in slots if slot.tat > now},
            used={slot.number: divmod(slot.usage, DAY_SPAN) for slot in slots if slot.usage},
        )

    def restore(self, snapshot: Snapshot, now: float) -> None:
        """Go on from a snapshot; numbers that have left the pool since are passed over."""
        self._sms_pairs.update(snapshot.sticky.get(Service.SMS.value, {}))
        self._mms_pairs.update(snapshot.sticky.get(Service.MMS.value, {}))
        for number, busy_s in snapshot.busy_s.items():
            if number in self._members:
                self._members[number].slot.tat = now + busy_s
        for number, (day, count) in snapshot.used.items():
            if number in self._members:
                self._members[number].slot.usage = day * DAY_SPAN + count

    def _sticky(
        self, destination: str, country: str, service: Service, floor: int, segments: int, away: Away
    ) -> tuple[Slot | None, tuple[Why, ...]]:
        """The number that the handset knows, or None and why it can not be used."""
        why: tuple[Why, ...] = ()
        for pairs in self._pairs(service):
            number = pairs.get(destination)
            if number is None:
                continue
            member = self._members.get(number)
            if member is None:
                reason = Reason.STICKY_LEFT
            else:
                unusable = _unusable(member, country, service, floor, segments, away)
                if unusable is None:
                    return member.slot, (*why, Why(Reason.STICKY, number))
                reason = unusable
            why += (Why(reason, number),)
            # A number that only can not serve this message stays the handset's number until another one is found.
            if reason is Reason.STICKY_LEFT or reason is Reason.STICKY_SUSPENDED:
                del pairs[destination]
        return None, why

    def _with_capacity(
        self, plan: Plan, destination: str, now: float, floor: int, segments: int
    ) -> tuple[Slot | None, tuple[Why, ...]]:
        """The best number that may send now, and why that one; else None, and why each type has none."""
        why: tuple[Why, ...] = ()
        for step in plan.steps:
            why += step.before
            if self._is_local and step.lane.by_area_code:
                slot, near = _in_the_area(step.lane, destination, now, floor, segments)
                if slot is not None:
                    return slot, (*why, step.lane.chosen, near)
            for bucket, how in step.buckets:
                slot = bucket.least_used(now, floor, segments)
                if slot is not None:
                    return slot, why + how
            why += (step.without_capacity(floor, segments),)
        return None, why + plan.after

    def _plan(self, country: str, service: Service, away: Away) -> Plan:
        plans = self._sms_plans if service is Service.SMS else self._mms_plans
        key = (country, away) if away else country
        plan = plans.get(key)
        if plan is None:
            home = HOME.get(country, country)
            lanes = [self._lanes[service, kind] for kind in self._powerpack.priority(home, service)]
            plan = plans[key] = plan_for(lanes, home, is_local=self._is_local, away=away)
        return plan

    def _replan(self) -> None:
        self._sms_plans.clear()
        self._mms_plans.clear()

    def _pairs(self, service: Service) -> tuple[dict[str, str], dict[str, str]]:
        """The pairs of this service and those of the other."""
        is_sms = service is Service.SMS
        return (self._sms_pairs, self._mms_pairs) if is_sms else (self._mms_pairs, self._sms_pairs)

    def _lanes_of(self, entry: PoolEntry) -> tuple[Lane, ...]:
        services = (Service.SMS,) if entry.service is Service.SMS else (Service.SMS, Service.MMS)
        return tuple(self._lanes[service, entry.type] for service in services)

    def _set_suspended(self, number: str, *, suspended: bool) -> None:
        self.add(replace(self._members[number].entry, suspended=suspended))

    def _withdraw(self, member: Member) -> None:
        member.slot.is_live = False
        for lane in self._lanes_of(member.entry):
            lane.discard(member.entry)

    @staticmethod
    def _reserve(slot: Slot, now: float, floor: int, segments: int) -> Turn:
        slot.usage = max(floor, slot.usage) + segments
        return slot.reserve(now, segments)

    @staticmethod
    def _remember(pairs: dict[str, str], destination: str, number: str) -> None:
        pairs[destination] = number
        if len(pairs) > STICKY_PAIRS_MAX:
            _forget_oldest(pairs)


def _forget_oldest(pairs: dict[str, str]) -> None:
    for oldest in list(itertools.islice(pairs, min(FORGOTTEN_AT_ONCE, STICKY_PAIRS_MAX // 10))):
        del pairs[oldest]


def _in_the_area(lane: Lane, destination: str, now: float, floor: int, segments: int) -> tuple[Slot | None, Why]:
    """The best number with the handset's area code, else in its state; the reason means nothing without a number."""
    area_code = area_code_of(destination)
    bucket = None if area_code is None else lane.by_area_code.get(area_code)
    if bucket is not None and area_code is not None:
        slot = bucket.least_used(now, floor, segments)
        if slot is not None:
            return slot, Why(Reason.AREA_CODE, area_code)
    region = region_of(destination)
    bucket = lane.by_region.get(region)
    slot = None if bucket is None else bucket.least_used(now, floor, segments)
    return slot, Why(Reason.REGION, region)


def _soonest(plan: Plan, floor: int, segments: int) -> tuple[Slot | None, str]:
    """The number with the shortest wait and its type; of the better type where waits are equal."""
    best: Slot | None = None
    kind = ""
    for step in plan.steps:
        for bucket, _ in step.buckets:
            slot = bucket.first_free(floor, segments)
            if slot is not None and (best is None or slot.free_at() < best.free_at()):
                best, kind = slot, step.lane.kind.value
    return best, kind


def _unusable(member: Member, country: str, service: Service, floor: int, segments: int, away: Away) -> Reason | None:
    """Why a handset's number can not take this message, or None when it can."""
    entry = member.entry
    if not member.slot.is_live:
        return Reason.STICKY_SUSPENDED
    if away and any(kind is entry.type for kind, _ in away):
        return Reason.STICKY_AWAY
    if service is Service.MMS and entry.service is not Service.MMS:
        return Reason.STICKY_UNFIT
    if entry.country != country:
        home = HOME.get(country, country)
        if entry.country not in serving_countries(entry.type, home):
            return Reason.STICKY_UNFIT
    return None if member.slot.has_room(floor, segments) else Reason.STICKY_SPENT
