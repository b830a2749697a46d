"""Fair queues: what several gateways ask of a desk, served one of each in turn while there is room."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueues(Generic[T]):
    """``room`` says how many may be served now, ``serve`` gets them; it takes room, or gives back what may not go."""

    def __init__(self, room: Callable[[], int], serve: Callable[[T], None]) -> None:
        self._room = room
        self._serve = serve
        self._queues: dict[str, deque[T]] = {}
        self._is_called = False

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def add(self, name: str) -> None:
        """A gateway may ask from now on."""
        self._queues[name] = deque()

    def remove(self, name: str) -> None:
        """A gateway is gone; what it asked for is forgotten."""
        del self._queues[name]

    def put(self, name: str, item: T) -> None:
        """A gateway asks for something."""
        self._queues[name].append(item)
        self.serve_soon()

    def taken_out(self) -> list[T]:
        """Everything that waits, which does so no more."""
        waiting = [item for queue in self._queues.values() for item in queue]
        for queue in self._queues.values():
            queue.clear()
        return waiting

    def serve_soon(self) -> None:
        """There may be room: look in the loop's next turn, whoever else says so until then."""
        if not self._is_called:
            self._is_called = True
            asyncio.get_running_loop().call_soon(self._serve_all)

    def _serve_all(self) -> None:
        self._is_called = False
        while self._room() > 0 and (round_ := [queue for queue in self._queues.values() if queue]):
            for queue in round_:
                if self._room() <= 0:
                    return
                self._serve(queue.popleft())
