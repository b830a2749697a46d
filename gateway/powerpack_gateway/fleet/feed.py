"""The feed: the documents that other gateways committed, read in order and handed on."""

import asyncio
from collections.abc import Callable, Sequence

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import Board, Change, FeedGone
from powerpack_gateway.ports import Journal

Known = Callable[[bool], None]


class Feed:
    """``apply`` gets the changes of each read; ``gone`` is called when they can no longer be had one by one."""

    def __init__(
        self,
        board: Board,
        apply: Callable[[Sequence[Change]], None],
        *,
        gone: Callable[[str], None],
        journal: Journal,
    ) -> None:
        self.version = 0
        self._board = board
        self._apply = apply
        self._gone = gone
        self._journal = journal
        self._waiting: list[Known] = []
        self._is_wanted = False
        self._task: asyncio.Task[None] | None = None

    def read(self) -> None:
        """There may be something new."""
        self._is_wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._read())

    def caught_up(self, then: Known) -> None:
        """Call when everything that is committed now has been applied, with False if that can not be had."""
        self._waiting.append(then)
        self.read()

    async def catch_up(self) -> None:
        """The same, to be awaited; raises StoreError."""
        known: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.caught_up(lambda is_known: None if known.done() else known.set_result(is_known))
        if not await known:
            raise StoreError("the documents that other gateways changed could not be read")

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            waiting, self._waiting = self._waiting, []
            try:
                while changes := await self._board.changes(self.version):
                    self._apply(changes)
                    self.version = changes[-1].version
            except FeedGone as error:
                self._gone(str(error))
                return
            except StoreError as error:
                self._journal.record("fleet.feed_failed", error=str(error), version=self.version)
                is_known = False
            else:
                is_known = True
            for then in waiting:
                then(is_known)
