"""Message ids in blocks, so that one trip to the database serves thousands of messages."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from powerpack_gateway.errors import StoreError, Unavailable

BLOCK: Final = 20_000
"""Ids drawn at once: what a gateway accepts in some seconds at its fastest. What a process leaves unused is lost, and
there are 2**48."""

RESERVE: Final = 2_000
"""Ids that are kept from the API, for what handsets say, which can not be refused."""


class IdBlocks:
    """``draw`` gets a block from the board: the first of so many."""

    def __init__(self, draw: Callable[[int], Awaitable[int]]) -> None:
        self._draw = draw
        self._next = 0
        self._end = 0
        self._spare: int | None = None
        self._drawing: asyncio.Task[None] | None = None

    @property
    def left(self) -> int:
        """How many can be had without asking."""
        return self._end - self._next + (BLOCK if self._spare is not None else 0)

    async def fill(self) -> None:
        """Draw a block; raises StoreError."""
        first = await self._draw(BLOCK)
        if self._next == self._end:
            self._next, self._end = first, first + BLOCK
        else:
            self._spare = first

    def next(self) -> int:
        """A new id; raises Unavailable when the database gave none in time."""
        if self._next == self._end:
            if self._spare is None:
                raise Unavailable("the database gave no new message ids: send it again later")
            self._next, self._end, self._spare = self._spare, self._spare + BLOCK, None
        self._next += 1
        if self.left < BLOCK:
            self._fill_soon()
        return self._next - 1

    def close(self) -> None:
        """Draw no more."""
        if self._drawing is not None:
            self._drawing.cancel()

    def _fill_soon(self) -> None:
        if self._drawing is None or self._drawing.done():
            self._drawing = asyncio.get_running_loop().create_task(self._try_to_fill())

    async def _try_to_fill(self) -> None:
        try:
            await self.fill()
        except StoreError:
            await asyncio.sleep(1.0)  # whoever needs an id meanwhile is told so, and asks again
