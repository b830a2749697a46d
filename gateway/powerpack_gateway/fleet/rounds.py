"""Rounds: the looks at what all gateways share in numbers, the credit and what waits, one at a time."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from powerpack_gateway.fleet.backlog import Backlog
from powerpack_gateway.fleet.spending import Spending


class Rounds:
    """``run`` begins a task of the gateway's."""

    def __init__(
        self,
        spending: Spending,
        backlog: Backlog,
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._spending = spending
        self._backlog = backlog
        self._run = run
        self._looking: asyncio.Task[None] | None = None

    def look(self, living: Sequence[str], *, is_keeper: bool) -> None:
        """Once at a time: a database that answers late is not asked again meanwhile."""
        if self._looking is None:
            self._looking = self._run(self._look(living, is_keeper=is_keeper))
            self._looking.add_done_callback(self._looked)

    async def _look(self, living: Sequence[str], *, is_keeper: bool) -> None:
        await self._spending.look(living, is_keeper=is_keeper)
        await self._backlog.look()

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking = None
