"""Claims: the messages that other gateways accepted for the work of this one."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fleet.board import CLAIM_MAX, Board
from powerpack_gateway.messages import Message
from powerpack_gateway.ports import Journal

LOOK_S: Final = 1.0
"""Time between looks for messages whose notification was lost."""


class Claims:
    """``leases`` are those that messages are claimed for, ``room`` says how many fit into memory now."""

    def __init__(
        self,
        board: Board,
        *,
        leases: Callable[[], Collection[str]],
        room: Callable[[], int],
        take: Callable[[Sequence[Message]], None],
        buried: Callable[[str], None],
        journal: Journal,
    ) -> None:
        self._board = board
        self._leases = leases
        self._room = room
        self._take = take
        self._buried = buried
        self._journal = journal
        self._due = asyncio.Event()

    def look(self) -> None:
        """There may be some."""
        self._due.set()

    async def run(self) -> None:
        """Claim whenever there may be some, and now and then."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._due.wait()
            except TimeoutError:
                pass
            self._due.clear()
            try:
                await self._claim()
            except StoreFenced as error:
                self._buried(str(error))
                return
            except StoreError as error:
                self._journal.record("fleet.failed", what="claiming", error=str(error))

    async def _claim(self) -> None:
        """Take what there is, as long as memory has room; the rest stays in the database."""
        while (limit := min(CLAIM_MAX, self._room())) > 0 and (leases := self._leases()):
            claimed = await self._board.claim(sorted(leases), limit=limit)
            self._take(claimed)
            if len(claimed) < limit:
                return
