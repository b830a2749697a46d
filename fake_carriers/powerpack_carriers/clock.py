"""The clock of a carrier that was given none: its event loop's time, started at the system's."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta


class LoopClock:
    """Time of one event loop: the one that it is made in, or else it stands still until it is attached to one.

    The only place in this package that asks the system what time it is, once.
    """

    __slots__ = ("_loop", "_now_at_zero")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._now_at_zero = datetime.now(UTC)
        with suppress(RuntimeError):  # nothing runs here
            self.attach(asyncio.get_running_loop())

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Follow a loop."""
        self._loop = loop
        self._now_at_zero = datetime.now(UTC) - timedelta(seconds=loop.time())

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return self._now_at_zero + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The loop's seconds."""
        return self._loop.time() if self._loop is not None else 0.0
