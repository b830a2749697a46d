"""What a test of a real server runs on where others have virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class RealLoop:
    """A loop on which a server can be reached. Nobody waits: ``advance`` lets everything happen that is due."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(main)

    def advance(self, seconds: float) -> None:
        async def turns() -> None:
            for _ in range(10):
                await asyncio.sleep(0)

        self.run(turns())

    def set_exception_handler(self, handler: Callable[[Any, dict[str, Any]], object] | None) -> None:
        self.loop.set_exception_handler(handler)

    def shutdown(self) -> None:
        self.loop.close()

    @property
    def left(self) -> list[object]:
        """What still runs in it or would wake it."""
        timers = [each for each in self.loop._scheduled if not each.cancelled()]  # type: ignore[attr-defined] # asyncio's own
        return [*asyncio.all_tasks(self.loop), *timers]


class NoJournal:
    """Nobody reads it."""

    def record(self, kind: str, /, **fields: object) -> None: ...
