"""Spending: what the account's messages cost, as far as any of its gateways has counted.

Each gateway counts what its own messages cost, in the commit that says that a carrier took them (`usage`): that is what
holds, whoever dies. Beside it each tells the others ten times a second how far it is, so that all of them know the
credit, and looks into the database with every look at the board, for what it did not hear.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, timedelta
from typing import Final

import msgspec

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import Board
from powerpack_gateway.fleet.frames import Spent
from powerpack_gateway.number_book import NumberBook
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.usage import Sent, key_of

TELL_S: Final = 0.1
"""Time between two words about what was spent. So much longer than on one machine the credit can be overdrawn."""

_decode = msgspec.json.Decoder(Sent).decode


class Spending:
    """``tell`` says something to every other gateway; ``found_broke`` is called when one of them found no credit."""

    def __init__(
        self,
        book: NumberBook,
        board: Board,
        *,
        tell: Callable[[Spent], None],
        found_broke: Callable[[], None],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._book = book
        self._board = board
        self._tell = tell
        self._found_broke = found_broke
        self._clock = clock
        self._journal = journal
        self._grown: dict[str, Sent] = {}
        self._is_broke = False
        self._timer: asyncio.TimerHandle | None = None
        book.writer = board.gateway_id
        book.charged = self._charged

    def broke(self) -> None:
        """A message found no credit here: nobody accepts any for a while."""
        self._is_broke = True
        self._tell_soon()

    def heard(self, peer_id: str, spent: Spent) -> None:
        """Another gateway says how far it is; of itself only."""
        for each in spent.lines:
            if each.writer == peer_id:
                self._book.usage.heard(each)
        if spent.is_broke:
            self._found_broke()

    async def look(self, living: Collection[str], *, is_keeper: bool) -> None:
        """Read what all have spent; the keeper adds what the dead had spent to the account's own.

        ``living`` was found after the last look: whoever has spent before and is not among them writes no more.
        """
        usage = self._book.usage
        gone = usage.writers.difference(living)
        since = (self._clock.now().astimezone(UTC) - timedelta(days=1)).date()
        is_whole = is_keeper and bool(gone)
        try:
            found = await self._board.documents("usage", since="" if is_whole else since.isoformat())
        except StoreError as error:
            self._journal.record("fleet.failed", what="reading what was spent", error=str(error))
            return
        usage.read([_decode(json) for _, json in found], None if is_whole else since)
        if is_whole:
            self._book.fold(gone)
        if not is_keeper:
            self._book.renew_silently()

    def stop(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _charged(self, sent: Sent) -> None:
        self._grown[key_of(sent)] = sent
        self._tell_soon()

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TELL_S, self._tell_now)

    def _tell_now(self) -> None:
        self._timer = None
        spent = Spent(tuple(self._grown.values()), self._is_broke)
        self._grown, self._is_broke = {}, False
        self._tell(spent)
