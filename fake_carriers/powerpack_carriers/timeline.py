"""What is to be done later, in buckets of a hundredth of a second: one timer for all of it, whatever its number."""

import heapq
from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Any, Final, TypeVar

BUCKETS_PER_S: Final = 100
"""Ten milliseconds a bucket: finer than any delay of a carrier, and a hundred wake-ups a second at most."""

Action = Callable[[float], None]
"""Called with the present moment."""

T = TypeVar("T")


class _Bucket:
    """Actions that are due together; the last one may be a group that is still open."""

    __slots__ = ("actions", "handle", "items")

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.handle: object = None
        self.items: list[Any] = []  # of whatever the handler of the open group takes


class Timeline:
    """Actions by the moment they are due, in monotonic seconds; nothing runs earlier, and equal moments keep order."""

    __slots__ = ("_buckets", "_keys")

    def __init__(self) -> None:
        self._buckets: dict[int, _Bucket] = {}
        self._keys: list[int] = []

    def plan(self, due: float, action: Action) -> None:
        """Have ``action(now)`` called at ``due`` or up to a bucket later."""
        key = ceil(due * BUCKETS_PER_S)
        bucket = self._buckets.get(key) or self._new_bucket(key)
        bucket.actions.append(action)
        bucket.handle = None

    def plan_each(self, due: float, handle: Callable[[list[T], float], None], item: T) -> None:
        """The same for an item; those planned one after the other with one handler go to it in one list."""
        self.plan_in(ceil(due * BUCKETS_PER_S), handle, item)

    def plan_in(self, key: int, handle: Callable[[list[T], float], None], item: T) -> None:
        """The same for a bucket by its number, which is its end in hundredths of a second."""
        bucket = self._buckets.get(key) or self._new_bucket(key)
        if bucket.handle is not handle:
            bucket.handle, bucket.items = handle, []
            bucket.actions.append(partial(handle, bucket.items))
        bucket.items.append(item)

    @property
    def next_due(self) -> float | None:
        """When take_due() has something to give; None: nothing is planned."""
        return self._keys[0] / BUCKETS_PER_S if self._keys else None

    def take_due(self, now: float) -> list[Action]:
        """What is due, oldest bucket first."""
        due: list[Action] = []
        while self._keys and self._keys[0] / BUCKETS_PER_S <= now:
            due += self._buckets.pop(heapq.heappop(self._keys)).actions
        return due

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()
        self._keys.clear()

    def __len__(self) -> int:
        """How many calls are planned; a group of items is one."""
        return sum(len(bucket.actions) for bucket in self._buckets.values())

    def _new_bucket(self, key: int) -> _Bucket:
        bucket = self._buckets[key] = _Bucket()
        heapq.heappush(self._keys, key)
        return bucket
