"""Who goes next: things that are due at a moment, served in order by one timer."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue by time. ``serve`` is called with all that is due, in order of time and then of arrival.

    One loop timer stands for the earliest entry, however many wait.
    """

    def __init__(self, serve: Callable[[list[T]], None]) -> None:
        self._serve = serve
        self._heap: list[tuple[float, int, T]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, due: float, item: T) -> None:
        """Wait until ``due``, a moment of the loop's time."""
        heapq.heappush(self._heap, (due, next(self._order), item))
        if self._timer is None or due < self._timer.when():
            self._arm()

    def clear(self) -> None:
        """Forget everything that waits."""
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._heap[0][0], self._due)

    def _due(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        ready: list[T] = []
        while self._heap and self._heap[0][0] <= now:
            ready.append(heapq.heappop(self._heap)[2])
        if self._heap:
            self._arm()
        if ready:
            self._serve(ready)
