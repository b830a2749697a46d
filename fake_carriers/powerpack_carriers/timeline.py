"""What is to be done later, in buckets of a hundredth of a second: one timer for all of it, whatever its number."""

import heapq
from collections.abc import Callable
from math import ceil
from typing import Final

BUCKETS_PER_S: Final = 100
"""Ten milliseconds a bucket: finer than any delay of a carrier, and a hundred wake-ups a second at most."""

Action = Callable[[float], None]
"""Called with the present moment."""


class Timeline:
    """Actions by the moment they are due, in monotonic seconds; nothing runs earlier, and equal moments keep order."""

    __slots__ = ("_buckets", "_keys")

    def __init__(self) -> None:
        self._buckets: dict[int, list[Action]] = {}
        self._keys: list[int] = []

    def plan(self, due: float, action: Action) -> None:
        """Have ``action(now)`` called at ``due`` or up to a bucket later."""
        key = ceil(due * BUCKETS_PER_S)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = []
            heapq.heappush(self._keys, key)
        bucket.append(action)

    @property
    def next_due(self) -> float | None:
        """When take_due() has something to give; None: nothing is planned."""
        return self._keys[0] / BUCKETS_PER_S if self._keys else None

    def take_due(self, now: float) -> list[Action]:
        """What is due, oldest bucket first."""
        due: list[Action] = []
        while self._keys and self._keys[0] / BUCKETS_PER_S <= now:
            due += self._buckets.pop(heapq.heappop(self._keys))
        return due

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()
        self._keys.clear()

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))
