"""The backlog: messages that were accepted, and that the gateways which work for them have not claimed yet.

They are in the database and in nobody's memory; but what is accepted must also be delivered in its time, so there is a
limit for each piece of work, that of a gateway's memory.
"""

from collections import Counter
from typing import Final

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import Board
from powerpack_gateway.ports import Journal

COUNTED_MAX: Final = 1_000_000
"""Rows that are counted at most: a look should take a tenth of a second, not more."""


class Backlog:
    """As it was at the last look, and what this gateway has added since: what others added is not known yet."""

    def __init__(self, board: Board, journal: Journal) -> None:
        self._board = board
        self._journal = journal
        self._counted: Counter[str] = Counter()
        self._given: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._counted.total() + self._given.total()

    def of(self, lease: str) -> int:
        """How many wait for the gateway that holds a lease."""
        return self._counted[lease] + self._given[lease]

    def given(self, lease: str) -> None:
        """One more was accepted here."""
        self._given[lease] += 1

    async def look(self) -> None:
        """Count anew; what is given meanwhile may be counted twice until the next look."""
        before = self._given.copy()
        try:
            counted = await self._board.unclaimed(limit=COUNTED_MAX)
        except StoreError as error:
            self._journal.record("fleet.failed", what="counting what waits", error=str(error))
            return
        self._counted = Counter(counted)
        self._given -= before
