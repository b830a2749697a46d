"""Tasks: what a gateway does beside its requests, until it ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """They run until they are done, or the gateway is."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], None] = {}

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin one."""
        task = asyncio.get_running_loop().create_task(work)
        self._running[task] = None
        task.add_done_callback(lambda done: self._running.pop(done, None))
        return task

    async def stop(self) -> None:
        """End them all."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
