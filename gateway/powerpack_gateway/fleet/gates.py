"""Gates: the limits that numbers share, at the one place through which all gateways' traffic to a carrier goes.

Each gateway's own pacing keeps to the same limits, so a gateway alone is hardly ever turned away here; what is turned
away is what several send together beyond the limit.
"""

from collections.abc import Iterable, Sequence

from powerpack_gateway.pacing import SLACK
from powerpack_gateway.ports import Clock
from powerpack_gateway.shared_limits import Limit
from powerpack_gateway.throughput import PACIFIC, Gcra, Rate, next_midnight

TOLERANCE = 2 * SLACK
"""How early a segment may come, in intervals: a gateway's own pace allows one slack, the way here may take another."""


class _Gate:
    """One limit: its pace, and how many of its day are used."""

    __slots__ = ("day_ends", "gcra", "rate", "used")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.gcra = Gcra(rate)
        self.used = 0
        self.day_ends = 0.0


class Gates:
    """All limits of one route. Moments are the loop's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gates: dict[str, _Gate] = {}

    def closed(self, limits: Iterable[Limit]) -> tuple[Limit, float] | None:
        """The first limit that lets nothing through now, and for how many seconds; None takes a turn of each."""
        now = self._clock.monotonic()
        gates: list[_Gate] = []
        for limit in limits:
            gate = self._gate(limit)
            wait_s = self._wait_s(gate, now)
            if wait_s > TOLERANCE * gate.gcra.interval_s:
                return limit, wait_s
            gates.append(gate)
        for gate in gates:
            gate.gcra.reserve(now)
            gate.used += 1
        return None

    def count(self, limits: Sequence[Limit]) -> None:
        """Count a segment that an earlier holder of the route sent today."""
        now = self._clock.monotonic()
        for limit in limits:
            gate = self._gate(limit)
            self._wait_s(gate, now)
            gate.used += 1

    def _gate(self, limit: Limit) -> _Gate:
        gate = self._gates.get(limit.key)
        if gate is None:
            gate = self._gates[limit.key] = _Gate(limit.rate)
        elif gate.rate != limit.rate:
            tat, gate.rate, gate.gcra = gate.gcra.tat, limit.rate, Gcra(limit.rate)
            gate.gcra.tat = tat
        return gate

    def _wait_s(self, gate: _Gate, now: float) -> float:
        cap = gate.rate.per_day
        if cap is not None:
            if now >= gate.day_ends:
                moment = self._clock.now()
                gate.used, gate.day_ends = 0, now + (next_midnight(moment, PACIFIC) - moment).total_seconds()
            if gate.used >= cap:
                return gate.day_ends - now
        return gate.gcra.wait_s(now)
