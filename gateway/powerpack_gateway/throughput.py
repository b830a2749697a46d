"""Throughput: how often a number may send, as a generic cell rate algorithm (GCRA) and a count for each day.

A GCRA keeps one figure, the theoretical arrival time (tat) of the next message: at a rate of one in T seconds a message
may go from ``tat - tolerance`` on, and moves tat by T. The tolerance of (burst - 1) times T lets a burst go at once.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from powerpack_gateway.number_types import TYPES
from powerpack_gateway.numbers import NumberType

PACING_MARGIN = 0.025
"""How much slower than the carrier's limit the gateway goes.

A sender that keeps exactly the limit breaks it: the network delays messages unevenly, and with 30 to 80 ms of jitter at
one in 4 s, 37 % were throttled; at one in 4.1 s none (harness.md 3.3, 8).
"""

DAY_S = 86_400.0

PACIFIC = ZoneInfo("America/Los_Angeles")
"""The zone whose midnight starts the carriers' day (facts/carriers.md 4.1)."""

UNREGISTERED_PER_DAY = 199
"""A US long code without 10DLC registration sends fewer than 200 messages a day (seed 000)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one number may send: messages (each segment is one) a second, how many at once, how many a day or None."""

    per_second: float
    burst: int = 1
    per_day: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no clock could follow."""
        if not self.per_second > 0:
            raise ValueError(f"a rate is {self.per_second} messages a second, expected more than 0")
        if self.burst < 1:
            raise ValueError(f"a burst is {self.burst} messages, expected 1 or more")
        if self.per_day is not None and self.per_day < 1:
            raise ValueError(f"a daily limit is {self.per_day} messages, expected 1 or more, or None")

    @property
    def interval_s(self) -> float:
        """Seconds from one message to the next."""
        return 1 / self.per_second

    def paced(self, margin: float = PACING_MARGIN) -> "Rate":
        """The rate to keep so that the carrier never sees more than this one."""
        return Rate(per_second=self.per_second / (1 + margin), burst=self.burst, per_day=self.per_day)


DEFAULT_RATES: dict[tuple[NumberType, str], Rate] = {
    (kind, country): Rate(per_second=per_s, burst=max(1, int(per_s)))
    for kind, facts in TYPES.items()
    for country, per_s in facts.per_s.items()
}
"""By type and country of the number (plivo_api.md 5; where sources differ, as design.md 5 decides).

What is given per second may go within that second as it comes: two messages in a row are not over 100 a second.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOf:
    """What an operator says about a type in a country: messages a second, in place of the default."""

    type: NumberType
    country: str
    per_second: float

    def rate(self) -> Rate:
        """With a second's worth at once, as the defaults; raises ValueError for what no clock could follow."""
        return Rate(per_second=self.per_second, burst=max(1, int(self.per_second)))


class Rates:
    """The rate of every type in every country: the defaults, and what the operator says instead."""

    def __init__(self, said: Iterable[RateOf] = ()) -> None:
        self._rates = {**DEFAULT_RATES, **{(each.type, each.country): each.rate() for each in said}}

    def of(self, kind: NumberType, country: str, *, registered: bool) -> Rate:
        """The rate of a number; another country's numbers go by the US row.

        ``registered`` is a US long code's 10DLC registration; the others need none.
        """
        rate = self._rates.get((kind, country)) or self._rates[kind, "US"]
        if kind is NumberType.LONGCODE and country == "US" and not registered:
            return Rate(per_second=rate.per_second, burst=rate.burst, per_day=UNREGISTERED_PER_DAY)
        return rate


_DEFAULTS = Rates()


def default_rate(kind: NumberType, country: str, *, registered: bool) -> Rate:
    """The rate of a number by default."""
    return _DEFAULTS.of(kind, country, registered=registered)


class Turn(NamedTuple):
    """When the parts of one message may go, in seconds from the moment of the reservation.

    As many parts as the burst allows go together after ``wait_s``, the others one by one. A NamedTuple, since one is
    made for every message and it costs a third of a frozen dataclass.
    """

    wait_s: float
    interval_s: float
    paced_from_s: float

    def wait_of_part(self, index: int) -> float:
        """Seconds until part ``index`` (from 0) may go."""
        return max(self.wait_s, self.paced_from_s + index * self.interval_s)


_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""


class Gcra:
    """The turns of one sender. Time is any scale of seconds that only grows."""

    __slots__ = ("burst", "interval_s", "tat", "tolerance_s")

    def __init__(self, rate: Rate) -> None:
        self.interval_s = rate.interval_s
        self.burst = rate.burst
        self.tolerance_s = (rate.burst - 1) * rate.interval_s
        self.tat = -math.inf

    def free_at(self) -> float:
        """The moment from which one more message may go."""
        return self.tat - self.tolerance_s

    def wait_s(self, now: float) -> float:
        """Seconds until one more message may go, 0 when it may go now."""
        return max(0.0, self.free_at() - now)

    def reserve(self, now: float, count: int = 1) -> Turn:
        """Take the next ``count`` turns. They can not be given back: later ones may have been taken since."""
        start = self.tat - self.tolerance_s
        if count > 1:
            start += (min(count, self.burst) - 1) * self.interval_s
        if start < now:
            start = now
        tat, interval_s = self.tat, self.interval_s
        base = start if start > tat else tat  # noqa: FURB136 -- a call less, for every message
        self.tat = base + count * interval_s
        return _make(Turn, (start - now, interval_s, base - self.tolerance_s - now))

    def defer(self, until: float) -> None:
        """Send nothing before ``until``: the carrier asked for less."""
        self.tat = max(self.tat, until + self.tolerance_s)


def day_of(now: datetime, zone: tzinfo) -> int:
    """The number of the day in a zone, for counters that start anew at its midnight (T-Mobile: Pacific)."""
    return now.astimezone(zone).toordinal()


def last_midnight(now: datetime, zone: tzinfo) -> datetime:
    """The moment at which `day_of` changed last: up to 25 hours ago, on the day on which clocks are set back."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def counted_since(now: datetime) -> float:
    """The Unix second from which on what was sent still counts: for the last 24 hours, and for the carriers' day."""
    return min(now.timestamp() - DAY_S, last_midnight(now, PACIFIC).timestamp())


def next_midnight(now: datetime, zone: tzinfo) -> datetime:
    """The moment at which `day_of` changes next; a day with a clock change has 23 or 25 hours."""
    tomorrow: date = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)
