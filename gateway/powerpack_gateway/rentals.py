"""Rentals: what the account's numbers cost, from the day each was rented to the day it was given back.

A rental is a fact; every charge follows from it and the time, so nothing has to happen on the first of a month, and a
gateway that was down for a year owes the same. The rules are seed 002's, Phone Number Charges:

1. a set-up fee once, at the purchase; a monthly fee at once and then on the same day of each month, used or not;
2. where the first renewal falls on a day that its month does not have, the last of the month takes its place, and that
   day counts from then on: January 31, February 28, then the 28th;
3. a number that is reclaimed is a new rental, with all its fees;
4. a suspended number, and a suspended account, cost the same.

Days begin at midnight UTC. Nothing is paid back for a month that was begun.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import heapify, heappop, heappush

from powerpack_gateway.money import points
from powerpack_gateway.numbers import NumberType, PhoneNumber, rates_of


class ChargeKind(StrEnum):
    """What a charge is for."""

    SETUP = "setup"
    MONTHLY = "monthly"
    SMS = "sms"
    MMS = "mms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line of the ledger; ``amount`` in hundred-thousandths of a dollar. What messages cost has no number, and says
    how many ``units`` it was."""

    at: datetime
    number: str
    type: NumberType
    kind: ChargeKind
    amount: int
    units: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rental:
    """One number's rent from ``since`` to ``until``, which is None while it lasts; the fees are those of its begin."""

    number: str
    type: NumberType
    since: datetime
    until: datetime | None = None
    setup: str
    monthly: str

    def charges(self, until: datetime) -> Iterator[Charge]:
        """Every charge up to a moment, that moment included, in order."""
        if points(self.setup):
            yield self._charge(self.since, ChargeKind.SETUP, self.setup)
        if self.since > until:
            return
        yield self.monthly_charge(self.since)
        moment = first = renewal(self.since, 1)
        while moment <= until and (self.until is None or moment < self.until):
            yield self.monthly_charge(moment)
            moment = _month_after(moment, first.day)

    def monthly_charge(self, at: datetime) -> Charge:
        """One month's fee."""
        return self._charge(at, ChargeKind.MONTHLY, self.monthly)

    def _charge(self, at: datetime, kind: ChargeKind, amount: str) -> Charge:
        return Charge(at=at, number=self.number, type=self.type, kind=kind, amount=points(amount))


def renewal(since: datetime, months: int) -> datetime:
    """When a rent is renewed for the ``months``-th time: midnight of its day; rule 2 of this module."""
    first = _months_later(since, 1, since.day)
    return first if months == 1 else _months_later(first, months - 1, first.day)


def next_renewal(since: datetime, after: datetime) -> datetime:
    """The first renewal later than a moment, of a rent that began at ``since`` and goes on."""
    months = max(1, (after.year - since.year) * 12 + after.month - since.month - 1)
    while (moment := renewal(since, months)) <= after:
        months += 1
    return moment


def _month_after(renewed: datetime, day_of_month: int) -> datetime:
    """The renewal after one, whose day is that of the first renewal."""
    return _months_later(renewed, 1, day_of_month)


def _months_later(moment: datetime, months: int, day_of_month: int) -> datetime:
    """Midnight of a day some months later, of the month's last day where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    if day_of_month > 28:  # every month has the days before
        day_of_month = min(day_of_month, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day_of_month, tzinfo=moment.tzinfo)


class Ledger:
    """Every rental of the account. Methods that change one return it, to be stored under ``key_of``.

    ``since`` is the moment from which renewals are told (``renewed``); what fell due before is in ``charges`` only.
    """

    def __init__(self, rentals: Iterable[Rental] = (), *, since: datetime | None = None) -> None:
        self._of: dict[str, list[Rental]] = {}
        # A heap: when, whose, which of the number's rentals, on which day of the month.
        self._due: list[tuple[datetime, str, int, int]] = []
        for each in rentals:
            self._of.setdefault(each.number, []).append(each)
        if since is not None:
            self._due = [
                (next_renewal(last.since, since), last.number, len(of_number), renewal(last.since, 1).day)
                for of_number in self._of.values()
                if (last := of_number[-1]).until is None
            ]
            heapify(self._due)

    def begin(self, number: PhoneNumber, now: datetime) -> Rental:
        """A number was rented."""
        rates = rates_of(number.type, number.country)
        rental = Rental(number=number.number, type=number.type, since=now, setup=rates.setup, monthly=rates.monthly)
        of_number = self._of.setdefault(number.number, [])
        of_number.append(rental)
        first = renewal(now, 1)
        heappush(self._due, (first, number.number, len(of_number), first.day))
        return rental

    def follow(self, key: str, rental: Rental) -> None:
        """The gateway that keeps the account began or ended a rental; ``key`` as of ``key_of``."""
        of_number = self._of.setdefault(rental.number, [])
        place = int(key.rpartition("/")[2])
        if place < len(of_number):
            of_number[place] = rental
            return
        of_number.append(rental)
        first = renewal(rental.since, 1)
        heappush(self._due, (first, rental.number, len(of_number), first.day))

    def end(self, number: str, now: datetime) -> Rental:
        """It was given back, or taken away."""
        rentals = self._of[number]
        rentals[-1] = replace(rentals[-1], until=now)
        return rentals[-1]

    def key_of(self, rental: Rental) -> str:
        """Which of its number's rentals this one is: ``14155550180/0`` is the first."""
        # By identity: two that began and ended at one moment are equal.
        place = next(place for place, each in enumerate(self._of[rental.number]) if each is rental)
        return f"{rental.number}/{place}"

    def current(self, number: str) -> Rental | None:
        """The rental that lasts, or None."""
        rentals = self._of.get(number)
        return rentals[-1] if rentals and rentals[-1].until is None else None

    def charges(self, until: datetime) -> list[Charge]:
        """The whole ledger up to a moment, oldest first; of one moment in the order of the numbers' first rentals."""
        return sorted(self._charges(until), key=lambda charge: charge.at)

    def total(self, until: datetime) -> int:
        """All charges up to a moment, in hundred-thousandths of a dollar."""
        return sum(charge.amount for charge in self._charges(until))

    def renewed(self, until: datetime) -> list[Charge]:
        """The renewals that fell due since this was asked last, each told once; a number given back has none."""
        told = []
        while self._due and self._due[0][0] <= until:
            moment, number, place, day = heappop(self._due)
            rental = self.current(number)
            # An entry of an earlier rental of the number is passed over: the later one has its own.
            if rental is not None and place == len(self._of[number]):
                told.append(rental.monthly_charge(moment))
                heappush(self._due, (_month_after(moment, day), number, place, day))
        return told

    def next_renewal(self) -> datetime | None:
        """When something may fall due next, or None."""
        return self._due[0][0] if self._due else None

    def _charges(self, until: datetime) -> Iterator[Charge]:
        for rentals in self._of.values():
            for rental in rentals:
                yield from rental.charges(until)
