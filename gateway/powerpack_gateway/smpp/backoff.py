"""Backoff: how long to wait before the next attempt to connect."""

import random


class Backoff:
    """Exponential, with jitter, so that the links that a carrier's restart cut do not all return at once."""

    def __init__(self, s_min: float, s_max: float, rng: random.Random) -> None:
        self._s_min = s_min
        self._s_max = s_max
        self._rng = rng
        self.succeeded()

    def succeeded(self) -> None:
        """The bind stands: begin from the shortest delay when it is lost."""
        self._ceil_at(self._s_min * 2)

    def refused(self) -> None:
        """Repetition does not help: the next delay is the longest, to the second."""
        self._floor_s = self._ceiling_s = self._s_max

    def next_delay_s(self) -> float:
        """Seconds to wait now, never outside the limits; each call doubles what the next may take."""
        delay_s = self._rng.uniform(self._floor_s, self._ceiling_s)
        self._ceil_at(self._ceiling_s * 2)
        return delay_s

    def _ceil_at(self, ceiling_s: float) -> None:
        self._ceiling_s = min(self._s_max, ceiling_s)
        self._floor_s = max(self._s_min, self._ceiling_s / 2)
