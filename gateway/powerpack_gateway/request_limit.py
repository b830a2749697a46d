"""How many requests an account may make: 300 in 5 seconds at Plivo, then 429 (plivo_api.md 5); off unless it is set."""

from collections import deque
from dataclasses import dataclass

from powerpack_gateway.errors import TooManyRequests, expect
from powerpack_gateway.ports import Clock

REQUESTS_MAX = 100_000
"""The most that may be set: each request is remembered for a window, 32 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """``requests_max`` in ``window_s`` seconds; 0 sets no limit. Plivo's is 300 in 5: a sandbox begins without, so that
    nobody's load test is surprised."""

    requests_max: int = 0
    window_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what could not be counted."""
        expect("requests_max", self.requests_max, f"0 to {REQUESTS_MAX}", holds=0 <= self.requests_max <= REQUESTS_MAX)
        expect("window_s", self.window_s, "more than 0 seconds", holds=self.window_s > 0)


def part_of(limit: int, gateways: int) -> int:
    """One gateway's part of a limit that so many keep together: all parts are no more, unless they are one each."""
    return limit and max(1, limit // max(1, gateways))


class RequestLimit:
    """The requests of one account within the window that ends now."""

    def __init__(self, settings: ApiSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._limit = settings.requests_max
        self._taken: deque[float] = deque(maxlen=self._limit or None)

    def among(self, gateways: int) -> None:
        """So many gateways answer for the account: each keeps to its part, one request at least, since none sees the
        others' requests. The balancer spreads them evenly."""
        limit = part_of(self._settings.requests_max, gateways)
        if limit != self._limit:
            self._limit = limit
            self._taken = deque(self._taken, maxlen=limit)

    def take(self) -> None:
        """Count a request; raises TooManyRequests, which counts for nothing, when the window is full."""
        limit, window_s = self._limit, self._settings.window_s
        if not limit:
            return
        now = self._clock.monotonic()
        if len(self._taken) == limit and now - self._taken[0] < window_s:
            raise TooManyRequests(
                f"more than {limit} requests in {window_s:g} s, which is the limit",
                retry_after_s=self._taken[0] + window_s - now,
            )
        self._taken.append(now)
