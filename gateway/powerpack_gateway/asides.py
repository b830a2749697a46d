"""What waits by itself while the rest of its route goes on: one handset's queue is full, one brand's day is used up.

Keys name whose messages wait: ``to/`` and a handset, or a limit that senders share. Moments are of the loop's time.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from powerpack_gateway.turns import Turns

T = TypeVar("T")


class Asides(Generic[T]):
    """``release`` gets what waited under a key when its time is over, in the order in which it was put aside."""

    def __init__(self, release: Callable[[list[T]], None]) -> None:
        self._release = release
        self._waiting: dict[str, list[T]] = {}
        self._until: dict[str, float] = {}
        self._rests: dict[str, float] = {}
        self._turns: Turns[str] = Turns(self._due)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __bool__(self) -> bool:
        """Whether anybody has to wait."""
        return bool(self._until)

    def bar(self, key: str, until: float) -> None:
        """Let what belongs to a key wait until then, or as long as it does already."""
        if until > self._until.get(key, 0.0):
            self._until[key] = until
            self._waiting.setdefault(key, [])
            self._turns.put(until, key)

    def rest(self, key: str, now: float, *, least_s: float, most_s: float) -> float:
        """Bar a key for twice as long as the last time; the seconds, 0 if it is barred already."""
        if key in self._until:
            return 0.0
        rest_s = self._rests[key] = min(most_s, self._rests.get(key, 0.0) * 2 or least_s)
        self.bar(key, now + rest_s)
        return rest_s

    @property
    def has_rested(self) -> bool:
        """Whether there is a key whose next rest is longer than the first."""
        return bool(self._rests)

    def eased(self, key: str) -> None:
        """It went well: the next rest is a short one again."""
        if self._rests:
            self._rests.pop(key, None)

    def barring(self, keys: Iterable[str]) -> str | None:
        """The first of some keys that has to wait, or None."""
        return next((key for key in keys if key in self._until), None)

    def put(self, key: str, item: T) -> None:
        """Wait under a barred key."""
        self._waiting[key].append(item)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._turns.clear()
        self._waiting.clear()
        self._until.clear()

    def _due(self, keys: list[str]) -> None:
        for key in keys:
            until = self._until.get(key)
            if until is not None and until <= self._turns.moment:  # else it was released, or is barred for longer
                del self._until[key]
                self._release(self._waiting.pop(key))
