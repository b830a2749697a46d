"""Who goes next: things that are due at a moment, served in order by one timer."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

from powerpack_gateway.alarm import Alarm

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue by time. ``serve`` is called with all that is due, in order of time and then of arrival.

    One loop timer stands for the earliest entry, however many wait.
    """

    def __init__(self, serve: Callable[[list[T]], None]) -> None:
        self._serve = serve
        self._heap: list[tuple[float, int, T]] = []
        self._order = itertools.count()
        self._alarm = Alarm(self._due)
        self.moment = 0.0
        """The loop's time at which ``serve`` was called last: all that is served was due by then."""

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, due: float, item: T) -> None:
        """Wait until ``due``, a moment of the loop's time."""
        heapq.heappush(self._heap, (due, next(self._order), item))
        self._alarm.no_later_than(due)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._heap.clear()
        self._alarm.stop()

    def _due(self) -> None:
        now = self.moment = asyncio.get_running_loop().time()
        ready: list[T] = []
        while self._heap and self._heap[0][0] <= now:
            ready.append(heapq.heappop(self._heap)[2])
        if self._heap:
            self._alarm.no_later_than(self._heap[0][0])
        if ready:
            self._serve(ready)
