"""The shift: this gateway takes up its share of the work that nobody does, and leaves what another one should do."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fleet.board import Board
from powerpack_gateway.fleet.whereabouts import Whereabouts
from powerpack_gateway.ports import Journal

AGAIN_S: Final = 1.0
"""When what could not be left is tried again: as soon as a store tries to write again."""


class Shift:
    """``take_up`` and ``leave`` do so with one lease, when everything that others changed is known (``catch_up``).
    What was left half is left again from the beginning."""

    def __init__(
        self,
        board: Board,
        where: Whereabouts,
        *,
        take_up: Callable[[str], Awaitable[None]],
        leave: Callable[[str], Awaitable[None]],
        catch_up: Callable[[], Awaitable[None]],
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        buried: Callable[[str], None],
        journal: Journal,
    ) -> None:
        self._board = board
        self._where = where
        self._take_up = take_up
        self._leave = leave
        self._catch_up = catch_up
        self._run = run
        self._buried = buried
        self._journal = journal
        self._task: asyncio.Task[None] | None = None
        self._parking: str | None = None

    @property
    def leaving(self) -> str | None:
        """What another gateway should work at, and this one still does or just stops to; the next one, if several."""
        return self._parking or self._where.unwanted()

    def look(self, routes: Sequence[str]) -> None:
        """Acquire what this gateway should hold and nobody does, or leave something; one after another."""
        if self._task is not None:
            return
        work: Coroutine[Any, Any, None] | None = None
        if wanted := self._where.wanted(list(routes)):
            work = self._take(wanted)
        elif (unwanted := self._where.unwanted()) is not None:
            work = self._park(unwanted)
        if work is not None:
            self._task = self._run(work)
            self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None

    async def _take(self, names: Sequence[str]) -> None:
        try:
            acquired = await self._board.acquire(names)
            await self._catch_up()
            for name in sorted(acquired):  # the account comes first
                if name not in self._where.held:
                    await self._take_up(name)
        except StoreFenced as error:
            self._buried(str(error))
        except StoreError as error:
            self._journal.record("fleet.failed", what="taking over", error=str(error))  # tried again by the next look

    async def _park(self, name: str) -> None:
        """Leave a piece of work to the gateway that should do it: nothing of it stays in memory here.

        It is ours until the board has it back. So a database that is away is waited for, as by everybody.
        """
        self._where.held.discard(name)
        self._parking = name
        while self._parking is not None:
            try:
                await self._leave(name)
                await self._board.release([name])
                self._parking = None
            except StoreFenced as error:
                self._buried(str(error))
                return
            except StoreError as error:
                self._journal.record("fleet.failed", what=f"leaving {name}", error=str(error))
                await asyncio.sleep(AGAIN_S)
        self._journal.record("fleet.parked", lease=name)
