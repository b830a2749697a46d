"""What goes to one origin at a time, and how much is pending in all."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from powerpack_gateway.http_request import Origin
from powerpack_gateway.ports import Journal

T = TypeVar("T")


@dataclass(slots=True)
class Lane(Generic[T]):
    """What goes to one origin now; ``origin`` is None for urls that nobody can connect to."""

    origin: Origin | None
    in_flight: int = 0
    ready: deque[T] = field(default_factory=deque)
    silent_since: float | None = None
    """When the first try began after which nothing was answered to any; None while the receiver answers."""


class Lanes(Generic[T]):
    """Each as wide as the sender has connections. ``go`` gets what leaves a lane's line for its connections, in
    order; ``weed`` takes out of a silent lane's line what shall not be tried any more."""

    def __init__(self, width: int, go: Callable[[Lane[T], Sequence[T]], None], weed: Callable[[Lane[T]], None]) -> None:
        self._width = width
        self._go = go
        self._weed = weed
        self._lanes: dict[Origin | None, Lane[T]] = {}

    def __bool__(self) -> bool:
        return bool(self._lanes)

    @property
    def in_flight(self) -> int:
        """What the sender has now."""
        return sum(lane.in_flight for lane in self._lanes.values())

    def of(self, origin: Origin | None) -> Lane[T]:
        """The lane to an origin; who asks puts something into it, and fills it then."""
        lane = self._lanes.get(origin)
        if lane is None:
            lane = self._lanes[origin] = Lane(origin)
        return lane

    def enter(self, origin: Origin | None, entry: T) -> None:
        """Send it as soon as there is room."""
        lane = self.of(origin)
        lane.ready.append(entry)
        if lane.in_flight < self._width:
            self.fill(lane)

    def leave(self, origin: Origin | None) -> None:
        """One of them has its answer: the next one goes."""
        lane = self.of(origin)
        lane.in_flight -= 1
        self.fill(lane)

    def fill(self, lane: Lane[T]) -> None:
        """Send what there is room for; a lane of which nothing is left goes away."""
        ready = lane.ready
        if lane.silent_since is not None:
            self._weed(lane)
        count = min(self._width - lane.in_flight, len(ready))
        if count:
            lane.in_flight += count
            self._go(lane, [ready.popleft() for _ in range(count)])
        elif not lane.in_flight:
            self._lanes.pop(lane.origin, None)

    def take_out(self, is_left: Callable[[T], bool]) -> list[T]:
        """Take those out of every line of which that is true."""
        taken: list[T] = []
        for lane in list(self._lanes.values()):
            taken += filter(is_left, lane.ready)
            lane.ready = deque(each for each in lane.ready if not is_left(each))
            self.fill(lane)
        return taken

    def clear(self) -> None:
        """Forget everything."""
        self._lanes.clear()


class Backlog:
    """Counts what is pending, and says when it is too much."""

    def __init__(self, pending_max: int, journal: Journal) -> None:
        self.pending = 0
        self.is_crowded = False
        self._pending_max = pending_max
        self._journal = journal

    def add(self, count: int) -> None:
        """So many more."""
        self.pending += count
        if self.pending > self._pending_max and not self.is_crowded:
            self.is_crowded = True
            self._journal.record("callback.crowded", pending=self.pending, pending_max=self._pending_max)

    def take(self, count: int) -> None:
        """So many are settled."""
        self.pending -= count
        if self.is_crowded and self.pending <= self._pending_max // 2:
            self.is_crowded = False
            self._journal.record("callback.cleared", pending=self.pending)
