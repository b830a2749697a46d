"""Life: this gateway renews its membership, and knows until when nobody can have taken it for dead."""

import asyncio
from collections.abc import Callable
from typing import Final

from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fleet.board import LIFE_S, Board, Standing
from powerpack_gateway.ports import Clock, Journal

RENEW_S: Final = LIFE_S / 3
"""Time between renewals: one may be lost, and the next one still comes in time."""

MARGIN_S: Final = 1.0
"""How much earlier than on the database this gateway's life ends for itself: more than clocks drift apart in six
seconds, and than a submit takes from the look at the clock to the wire."""


class Life:
    """``follow`` is told who lives after every renewal, ``resumed`` when life is certain again, ``buried`` once."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self._ends_at = float("-inf")
        self._reached_at = float("-inf")
        self._may_bury_from = float("-inf")
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def is_alive(self) -> bool:
        """Whether nobody can have taken this gateway for dead."""
        return self._clock.monotonic() < self._ends_at

    def start(
        self,
        board: Board,
        *,
        follow: Callable[[Standing], None],
        resumed: Callable[[], None],
        buried: Callable[[str], None],
    ) -> None:
        """Renew from now on; the board has been joined."""
        self._task = asyncio.get_running_loop().create_task(self._live(board, follow, resumed, buried))

    def poke(self) -> None:
        """Something happened to another gateway: look at the board at once."""
        self._poked.set()

    def end(self) -> None:
        """Send nothing any more."""
        self._ends_at = float("-inf")

    async def stop(self) -> None:
        """Renew no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _live(
        self,
        board: Board,
        follow: Callable[[Standing], None],
        resumed: Callable[[], None],
        buried: Callable[[str], None],
    ) -> None:
        while True:
            began_at = self._clock.monotonic()
            # Whoever could not reach the database for a while must not bury others: nobody could reach it. Nor soon
            # after, as they come back one after another: they have a life's time to.
            was_away = began_at - self._reached_at >= LIFE_S / 2
            try:
                async with asyncio.timeout(RENEW_S):
                    standing = await board.renew(bury=not was_away and began_at >= self._may_bury_from)
            except StoreFenced as error:
                self.end()
                buried(str(error))
                return
            except (StoreError, TimeoutError) as error:
                self._journal.record("fleet.unrenewed", error=str(error) or "no answer in time", alive=self.is_alive())
            else:
                is_back = not self.is_alive()
                if was_away and self._reached_at > float("-inf"):
                    self._may_bury_from = began_at + LIFE_S
                self._reached_at, self._ends_at = began_at, began_at + LIFE_S - MARGIN_S
                follow(standing)
                if is_back:
                    resumed()
            await self._pause(began_at + RENEW_S - self._clock.monotonic())

    async def _pause(self, seconds: float) -> None:
        """Until the next renewal is due, whatever this one took: else a slow database would look like one that was
        away, and nobody dead be buried."""
        self._poked.clear()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._poked.wait()
        except TimeoutError:
            return
