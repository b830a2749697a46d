"""The pace at the last moment, when a message really goes out: its number's, and what its number shares with others.

A message's turn is reserved when it is accepted. When its route was down or at rest at that turn, all that waited would
go at once, over the number's rate; and its campaign, its brand or the account may be at a limit that no single number
knows of. So whoever submits asks here: nearly always the answer is "go"; else the segment waits at the gate that is
closed, behind the others, and one at a time is let go. At the other gates it goes before those that wait there.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from powerpack_gateway.ports import Clock
from powerpack_gateway.route_queue import Segment
from powerpack_gateway.shared_limits import Limit
from powerpack_gateway.throughput import PACIFIC, PACING_MARGIN, Gcra, Rate, next_midnight
from powerpack_gateway.turns import Turns

SLACK = PACING_MARGIN / 2
"""How early a message may go, in intervals of its number: half of what the pace leaves to jitter."""

LimitsOf = Callable[[Segment, str], Sequence[Limit]]
Held = Callable[[Segment, Limit, float], None]


class _Gate:
    """One limit at work. ``let_go`` is set while a segment that waited here is on its way; the others wait for it.

    ``is_armed``: its next turn is in the book. ``used`` counts the segments of the day that ends at ``day_ends``, of
    which ``cap`` may go; a number's own day was counted when it was selected.
    """

    __slots__ = ("cap", "day_ends", "gcra", "is_armed", "key", "let_go", "rate", "used", "waiting")

    def __init__(self, key: str, rate: Rate, cap: int | None = None) -> None:
        self.key = key
        self.rate = rate
        self.cap = cap
        self.gcra = Gcra(rate)
        self.waiting: deque[Segment] = deque()
        self.let_go = False
        self.is_armed = False
        self.used = 0
        self.day_ends = 0.0

    def change(self, rate: Rate) -> None:
        """Go on at another rate."""
        tat = self.gcra.tat
        self.rate, self.gcra, self.cap = rate, Gcra(rate), rate.per_day
        self.gcra.tat = tat


class Pacing:
    """``release`` is called with a segment whose time has come; its ``paced_by`` then names the gate.

    ``limits_of`` says what a segment's number shares, beside its own rate; ``held`` is told of each segment that such a
    limit holds back for the first time, and for how long at least.
    """

    def __init__(
        self,
        rate_of: Callable[[str], Rate],
        release: Callable[[list[Segment]], None],
        clock: Clock,
        *,
        limits_of: LimitsOf | None = None,
        held: Held | None = None,
        zone: tzinfo = PACIFIC,
    ) -> None:
        self._rate_of = rate_of
        self._release = release
        self._clock = clock
        self._limits_of = limits_of
        self._held = held
        self._zone = zone
        self._gates: dict[str, _Gate] = {}
        self._turns: Turns[_Gate] = Turns(self._due)

    def __len__(self) -> int:
        return sum(len(each.waiting) for each in self._gates.values())

    def may_go(self, segment: Segment, carrier: str = "") -> bool:
        """Take the next turn of the number, and of all it shares, if it is now; else keep the segment, and say no."""
        number = segment.message.source
        gate = self._gates.get(number)
        if gate is None:
            gate = self._gates[number] = _Gate(number, self._rate_of(number))
        now = self._clock.monotonic()
        if not self._is_open(gate, segment, now):
            self._keep(gate, segment)
            return False
        limits = () if self._limits_of is None else self._limits_of(segment, carrier)
        if limits and not self._shared_are_open(limits, segment, now):
            return False
        gate.gcra.reserve(now)
        for limit in limits:
            self._take(self._gates[limit.key], now)
        self.settled(segment)
        return True

    def take_turn(self, number: str, now: float) -> bool:
        """Take the next turn of a number that shares no limit, if it is now and nobody waits for it; else nothing."""
        gate = self._gates.get(number)
        if gate is None:
            gate = self._gates[number] = _Gate(number, self._rate_of(number))
        gcra = gate.gcra
        if gate.let_go or gate.waiting or gate.cap is not None:
            return False
        tat, interval_s = gcra.tat, gcra.interval_s
        if tat - gcra.tolerance_s - now > SLACK * interval_s:
            return False
        gcra.tat = (tat if tat > now else now) + interval_s  # noqa: FURB136 -- a call less; what ``reserve`` does with it
        return True

    def count(self, limit: Limit, segments: int) -> None:
        """Count what an earlier process sent today."""
        gate = self._gate(limit)
        self._wait_s(gate, self._clock.monotonic())
        gate.used += segments

    def give_back(self, segment: Segment, carrier: str, ago_s: float) -> None:
        """A segment that was let go ``ago_s`` ago was not sent after all: its turns are free again.

        Only within an interval: until then no later turn can have begun from idleness, and so rests on this one.
        """
        limits = () if self._limits_of is None else self._limits_of(segment, carrier)
        for key in (segment.message.source, *(limit.key for limit in limits)):
            gate = self._gates.get(key)
            if gate is None:
                continue
            gate.used = max(0, gate.used - 1)
            if ago_s < gate.gcra.interval_s:
                gate.gcra.tat -= gate.gcra.interval_s

    def settled(self, segment: Segment) -> None:
        """A segment that was let go is submitted, or never will be: the next at its gate may come."""
        if segment.paced_by is not None:
            gate = self._gates[segment.paced_by]
            gate.let_go = False
            self._arm(gate)

    def close(self) -> None:
        """Let nobody go any more."""
        self._turns.clear()

    def _shared_are_open(self, limits: Sequence[Limit], segment: Segment, now: float) -> bool:
        for limit in limits:
            gate = self._gate(limit)
            if not self._is_open(gate, segment, now):
                if self._held is not None and not segment.is_again:
                    self._held(segment, limit, self._wait_s(gate, now))
                # From now on it is older than those that arrive: it goes first at every gate.
                self._keep(gate, segment, again=True)
                return False
        return True

    def _gate(self, limit: Limit) -> _Gate:
        gate = self._gates.get(limit.key)
        if gate is None:
            gate = self._gates[limit.key] = _Gate(limit.key, limit.rate, limit.rate.per_day)
        elif gate.rate != limit.rate:
            gate.change(limit.rate)
        return gate

    def _is_open(self, gate: _Gate, segment: Segment, now: float) -> bool:
        if segment.paced_by is None and (gate.let_go or (gate.waiting and not segment.is_again)):
            return False
        return self._wait_s(gate, now) <= SLACK * gate.gcra.interval_s

    def _wait_s(self, gate: _Gate, now: float) -> float:
        if gate.cap is not None:
            if now >= gate.day_ends:
                gate.used, gate.day_ends = 0, now + self._rest_of_day_s(self._clock.now())
            if gate.used >= gate.cap:
                return gate.day_ends - now
        return gate.gcra.wait_s(now)

    def _rest_of_day_s(self, moment: datetime) -> float:
        return (next_midnight(moment, self._zone) - moment).total_seconds()

    def _take(self, gate: _Gate, now: float) -> None:
        gate.gcra.reserve(now)
        gate.used += 1

    def _keep(self, gate: _Gate, segment: Segment, *, again: bool = False) -> None:
        """Wait at a gate: who was let go from here, or is older than what waits, in front."""
        waits = segment._replace(paced_by=None, is_again=segment.is_again or again)
        if segment.is_again or segment.paced_by == gate.key:
            gate.waiting.appendleft(waits)
        else:
            gate.waiting.append(waits)
        self.settled(segment)
        self._arm(gate)

    def _arm(self, gate: _Gate) -> None:
        if gate.waiting and not gate.let_go and not gate.is_armed:
            gate.is_armed = True
            now = self._clock.monotonic()
            self._turns.put(now + self._wait_s(gate, now), gate)

    def _due(self, gates: list[_Gate]) -> None:
        for gate in gates:
            gate.is_armed = False
            if gate.waiting and not gate.let_go:
                gate.let_go = True
                segment = gate.waiting.popleft()
                self._release([segment._replace(paced_by=gate.key)])
