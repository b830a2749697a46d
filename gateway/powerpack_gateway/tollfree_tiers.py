"""Tiers of toll-free numbers that are not verified: how much they may send, where they may send at all.

Since 2023-11-08 carriers block them (facts/carriers.md 4.2), which is the default. Before that they had limits by the
day, the week and the month (plivo_api.md 5), which a setting brings back: what is over them is ``undelivered``, 960.
Days begin at midnight Pacific, weeks on Sunday. Segments count.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from powerpack_gateway.nanp import type_of
from powerpack_gateway.numbers import NumberType, Verification
from powerpack_gateway.throughput import PACIFIC


class Unverified(StrEnum):
    """What becomes of messages from toll-free numbers that are not verified."""

    BLOCKED = "blocked"
    CAPPED = "capped"


class Tier(NamedTuple):
    """Segments that may be sent."""

    per_day: int
    per_week: int
    per_month: int


TIERS: Mapping[Verification, Tier] = {
    Verification.UNVERIFIED: Tier(500, 1_000, 2_000),
    Verification.PENDING: Tier(2_000, 6_000, 10_000),
}
"""plivo_api.md 5."""


class _Used:
    """What one number sent in the day, the week and the month that go on."""

    __slots__ = ("counts", "periods")

    def __init__(self) -> None:
        self.periods: tuple[int, int, int] = (0, 0, 0)
        self.counts = [0, 0, 0]

    def roll(self, periods: tuple[int, int, int]) -> None:
        """Begin what is new."""
        if periods != self.periods:
            self.counts = [
                count if had == now else 0 for count, had, now in zip(self.counts, self.periods, periods, strict=True)
            ]
            self.periods = periods


class TollfreeTiers:
    """Counts by number."""

    def __init__(self) -> None:
        self._used: dict[str, _Used] = {}

    def take(self, number: str, verification: Verification, segments: int, now: datetime) -> str | None:
        """Count a message; or what it is over, and then it does not count."""
        tier = TIERS.get(verification)
        if tier is None:
            return None
        used = self._rolled(number, now)
        for name, count, limit in zip(("day", "week", "month"), used.counts, tier, strict=True):
            if count + segments > limit:
                return f"{number} is {verification.value} and sends {limit} segments a {name}"
        used.counts = [count + segments for count in used.counts]
        return None

    def restore(self, sent: Iterable[tuple[str, str, float]]) -> None:
        """Go on where an earlier process or another gateway was: (source, destination, Unix time) of each segment since
        ``month_of``, oldest first. What was counted here of these numbers before is in it."""
        tollfree = [each for each in sent if type_of(each[0]) is NumberType.TOLLFREE]
        for source, _, _ in tollfree:
            self._used.pop(source, None)
        for source, _, sent_at in tollfree:
            used = self._rolled(source, datetime.fromtimestamp(sent_at, PACIFIC))
            used.counts = [count + 1 for count in used.counts]

    def _rolled(self, number: str, now: datetime) -> _Used:
        used = self._used.get(number)
        if used is None:
            used = self._used[number] = _Used()
        used.roll(_periods(now))
        return used


def month_of(now: datetime) -> datetime:
    """When the month, or the week that lies over its beginning, began: what is before does not count any more."""
    day = now.astimezone(PACIFIC).date()
    begins = min(day.replace(day=1), day - timedelta(days=day.toordinal() % 7))
    return datetime.combine(begins, time(), PACIFIC)


def _periods(now: datetime) -> tuple[int, int, int]:
    """The number of the day, of its week, and of its month."""
    day = now.astimezone(PACIFIC).date()
    return day.toordinal(), day.toordinal() // 7, day.year * 12 + day.month  # day 7 of year 1 was a Sunday
