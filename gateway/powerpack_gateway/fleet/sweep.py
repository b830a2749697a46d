"""The sweep: looks for messages that nobody works at although they were claimed, and takes them up.

There should be none: whoever claims a message has it in memory until it is finished, and what a dead gateway had is
taken up by its successor. A message that is lost all the same, by a mistake of ours, must not be lost for ever.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import Board
from powerpack_gateway.messages import Message
from powerpack_gateway.ports import Journal

SWEEP_S: Final = 30.0
"""Time between two sweeps. A message has to be missed by both: what is just being claimed, or finished, is not lost."""


class Sweep:
    """``leases`` are those whose messages this gateway works at, ``has`` says whether it has one in memory."""

    def __init__(
        self,
        board: Board,
        *,
        leases: Callable[[], Collection[str]],
        has: Callable[[int], bool],
        take: Callable[[Sequence[Message]], None],
        journal: Journal,
    ) -> None:
        self._board = board
        self._leases = leases
        self._has = has
        self._take = take
        self._journal = journal
        self._missed: set[int] = set()

    async def run(self) -> None:
        """Sweep now and then."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self._sweep()
            except StoreError as error:
                self._journal.record("fleet.failed", what="sweeping", error=str(error))

    async def _sweep(self) -> None:
        leases = sorted(self._leases())
        missed = {row for row in await self._board.claimed(leases) if not self._has(row)}
        lost, self._missed = sorted(missed & self._missed), missed
        if not lost:
            return
        messages = await self._board.claimed_messages(lost)
        held = self._leases()
        found = [each for each in messages if each.lease in held and not self._has(each.id)]
        if found:
            self._journal.record("fleet.found", messages=len(found), uuids=[each.uuid for each in found[:20]])
            self._take(found)
