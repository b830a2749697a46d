"""The pools at work: one selector for each Powerpack, and the turns of numbers that send on their own."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from powerpack_gateway.buckets import DAY_SPAN, Slot
from powerpack_gateway.lanes import Away
from powerpack_gateway.messages import Message
from powerpack_gateway.numbers import Numbers, NumberType, PhoneNumber, Registration, Service
from powerpack_gateway.ports import Clock
from powerpack_gateway.powerpacks import PoolNumber, Powerpack, Powerpacks
from powerpack_gateway.reasons import spoken
from powerpack_gateway.selection import Selection, Selector, Snapshot, pool_entry
from powerpack_gateway.throughput import DAY_S, PACIFIC, Rate, Rates, Turn, day_of, last_midnight, next_midnight

NEVER = Turn(0.0, 0.0, 0.0)
"""The turn of a message that has no number."""


class Choice(NamedTuple):
    """What a message gets: its number, or None; its turn; why; and whether handset and number are a new sticky pair.

    A NamedTuple, since one is made for every message.
    """

    number: str | None
    turn: Turn
    reasons: tuple[str, ...]
    is_new_pair: bool = False


_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""


class Pools:
    """Follows the account's Powerpacks and numbers, which it is told of by method; chooses and reserves."""

    def __init__(
        self,
        numbers: Numbers,
        powerpacks: Powerpacks,
        rng: random.Random,
        zone: tzinfo = PACIFIC,
        *,
        rates: Rates | None = None,
        unverified_sends: bool = False,
        away: Callable[[str], Away] | None = None,
    ) -> None:
        self._numbers = numbers
        self._powerpacks = powerpacks
        self._rng = rng
        self._zone = zone
        self._away = away
        self._rates = rates or Rates()
        self._unverified_sends = unverified_sends
        self._day = 0
        self._day_ends: datetime | None = None
        # Of numbers in no pool, and of those that were in one: a day's count and the turns go on wherever a number is.
        # The slot is made anew when the number is another than the one it was made for.
        self._lone: dict[str, tuple[PhoneNumber | None, Slot]] = {}
        self._selectors: dict[str, Selector] = {}
        for powerpack in powerpacks:
            self.follow(powerpack)
            for member in powerpacks.numbers(powerpack.uuid).values():
                self.add(member)

    def choose(self, powerpack: Powerpack, message: Message, now: datetime, moment: float) -> Choice:
        """The number for a message, and its turn, which is reserved; ``moment`` is the loop's time."""
        return self.choose_all(powerpack, (message,), now, moment)[0]

    def choose_all(
        self, powerpack: Powerpack, messages: Sequence[Message], now: datetime, moment: float
    ) -> list[Choice]:
        """``choose`` for each."""
        select, away, today = self._selectors[powerpack.uuid].select, self._away, self._today(now)
        choices = []
        for message in messages:
            to = message.destination
            out = () if away is None else away(to)
            selected = select(to, message.country, message.service, moment, today, message.units, out)
            if type(selected) is Selection:
                turn, reasons = selected.turn, spoken(selected.why)
                choices.append(_make(Choice, (selected.number, turn, reasons, selected.is_new_pair)))
            else:
                choices.append(Choice(None, NEVER, selected.reasons))
        return choices

    def reserve(self, number: PhoneNumber, units: int, now: datetime, moment: float, *, is_answer: bool) -> Choice:
        """The next turn of one number, whoever chose it.

        Where its day is used up the turn is after midnight, if the message lives so long; an automatic answer to a
        handset goes out all the same, since a STOP has to be confirmed within minutes (47 CFR 64.1200(a)(12)).
        """
        owner = self._powerpacks.owner_of(number.number)
        slot = self._lone_slot(number) if owner is None else self._selectors[owner.uuid].slot(number.number)
        floor = self._today(now) * DAY_SPAN
        days = 0 if is_answer else slot.days_until_room(floor, units)
        slot.count(floor + days * DAY_SPAN, units)
        turn = slot.reserve(moment, units)
        reasons: tuple[str, ...] = (f"src: {number.number} was asked for",)
        if days:
            wait_s = self._until_midnight_s(now) + (days - 1) * DAY_S
            turn = turn._replace(wait_s=max(turn.wait_s, wait_s), paced_from_s=max(turn.paced_from_s, wait_s))
            reasons += (f"src: {number.number} has used up its day",)
        return Choice(number=number.number, turn=turn, reasons=reasons)

    def prefer(self, powerpack_uuid: str, handset: str, number: str) -> tuple[tuple[Service, str | None], ...]:
        """Let a handset know this number of a pool from now on; the pairs that are to be kept, by service."""
        return self._selectors[powerpack_uuid].prefer(handset, number)

    def can_mms(self, powerpack_uuid: str) -> bool:
        """Whether some number of the pool can carry MMS now (seed 001)."""
        return any(
            member.service is Service.MMS and self.may_send(self._numbers[member.number])
            for member in self._powerpacks.numbers(powerpack_uuid).values()
        )

    def may_send(self, number: PhoneNumber) -> bool:
        """Whether a number may send now, within whatever limits it has."""
        return number.has_rights if self._unverified_sends else number.can_send

    def follow(self, powerpack: Powerpack) -> None:
        """A Powerpack is new or has changed."""
        selector = self._selectors.get(powerpack.uuid)
        if selector is None:
            self._selectors[powerpack.uuid] = Selector(powerpack, rng=self._rng)
        else:
            selector.configure(powerpack)

    def forget(self, powerpack_uuid: str) -> None:
        """A Powerpack is gone."""
        for slot in self._selectors.pop(powerpack_uuid).slots():
            self._lone[slot.number] = None, slot

    def add(self, member: PoolNumber) -> None:
        """A number joined a pool, or changed in it."""
        number = self._numbers[member.number]
        selector = self._selectors[member.powerpack_uuid]
        selector.add(pool_entry(number, member.service, self._unpaced(number), unverified_sends=self._unverified_sends))
        if member.number in self._lone:
            selector.slot(member.number).take_over(self._lone.pop(member.number)[1])

    def remove(self, member: PoolNumber) -> None:
        """A number left its pool."""
        selector = self._selectors[member.powerpack_uuid]
        self._lone[member.number] = None, selector.slot(member.number)
        selector.remove(member.number)

    def refresh(self, number: str) -> None:
        """A number's registration, verification or rights changed: it goes on with what it may do now."""
        owner = self._powerpacks.owner_of(number)
        if owner is not None:
            self.add(self._powerpacks.numbers(owner.uuid)[number])

    def suspend(self, number: str) -> None:
        """A number lost its sending rights."""
        owner = self._powerpacks.owner_of(number)
        if owner is not None:
            self._selectors[owner.uuid].suspend(number)

    def reinstate(self, number: str) -> None:
        """A number got its sending rights back."""
        owner = self._powerpacks.owner_of(number)
        if owner is not None:
            self._selectors[owner.uuid].reinstate(number)

    def restore(
        self, sticky: Iterable[tuple[str, str, str, str]], sent: Sequence[tuple[str, str, float]], clock: Clock
    ) -> None:
        """Go on where an earlier process was: ``sent`` is (source, destination, Unix time) since ``counted_since``."""
        now = clock.now()
        today = self._today(now)
        midnight = last_midnight(now, self._zone).timestamp()
        counts: Counter[str] = Counter()
        last: dict[str, float] = {}
        for source, _, sent_at in sent:
            last[source] = max(sent_at, last.get(source, 0.0))
            counts[source] += sent_at >= midnight
        pairs: dict[str, dict[str, dict[str, str]]] = {}
        for powerpack_uuid, service, destination, number in sticky:
            pairs.setdefault(powerpack_uuid, {}).setdefault(service, {})[destination] = number
        busy_s = {  # no longer than its interval: whoever sent may have gone by a clock that was ahead
            number: self.rate_of(number).interval_s + min(0.0, sent_at - now.timestamp())
            for number, sent_at in last.items()
            if number in self._numbers
        }
        used = {number: (today, count) for number, count in counts.items()}
        for powerpack_uuid, selector in self._selectors.items():
            selector.restore(
                Snapshot(sticky=pairs.get(powerpack_uuid, {}), busy_s=busy_s, used=used), clock.monotonic()
            )
        for number in last:
            if self._powerpacks.owner_of(number) is None:
                slot = Slot(number, self.rate_of(number), 0)
                slot.tat = clock.monotonic() + busy_s.get(number, 0.0)
                slot.count(today * DAY_SPAN, counts[number])
                if number in self._lone:  # it works here already, and this is what another gateway sent
                    here = self._lone[number][1]
                    slot.tat, slot.usage = max(slot.tat, here.tat), max(slot.usage, here.usage)
                self._lone[number] = None, slot

    def _today(self, now: datetime) -> int:
        if self._day_ends is None or now >= self._day_ends:
            self._day = day_of(now, self._zone)
            self._day_ends = next_midnight(now, self._zone)
        return self._day

    def _until_midnight_s(self, now: datetime) -> float:
        assert self._day_ends is not None, "the day was asked for"
        return (self._day_ends - now).total_seconds()

    def rate_of(self, number: str) -> Rate:
        """How fast a number may go, a margin below what its carriers allow; one of nobody goes as a long code."""
        found = self._numbers.get(number)
        if found is None:
            return self._rates.of(NumberType.LONGCODE, "US", registered=True).paced()
        return self._unpaced(found).paced()

    def _unpaced(self, number: PhoneNumber) -> Rate:
        return self._rates.of(number.type, number.country, registered=_is_registered(number))

    def _lone_slot(self, number: PhoneNumber) -> Slot:
        made_for, had = self._lone.get(number.number, (None, None))
        if had is not None and made_for is number:
            return had
        slot = Slot(number.number, self.rate_of(number.number), 0)
        if had is not None:
            slot.take_over(had)
        self._lone[number.number] = number, slot
        return slot


def _is_registered(number: PhoneNumber) -> bool:
    return number.registration is Registration.COMPLETED
