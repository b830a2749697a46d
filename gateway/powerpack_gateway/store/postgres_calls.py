"""Connections to PostgreSQL beside the one that writes groups: a long list must not hold up a commit."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from powerpack_gateway.errors import StoreError
from powerpack_gateway.store.postgres_connection import CONNECT_S, Target
from powerpack_gateway.store.postgres_errors import LOST, is_lost, store_error

CALLS_MAX = 4
"""Connections at once. A list takes a millisecond, and one that looks at a million messages should not take
every core of the server."""


class Caller:
    """A few connections, made when they are needed; the server lists them under ``name``.

    A call takes ``call_s_max`` seconds at most.
    """

    def __init__(self, target: Target, *, name: str, call_s_max: float) -> None:
        self._target = target
        self._name = name
        self._call_s_max = call_s_max
        self._pool: asyncpg.Pool | None = None
        self.in_flight = 0
        """Calls whose answer has not come."""

    async def rows(self, query: str, values: Sequence[object]) -> list[Any]:
        """The rows; raises StoreError. On a connection that turns out to be lost it is asked a second time, so that
        it must be something that may happen twice."""
        self.in_flight += 1
        try:
            return await self._rows_of_two_tries(query, values)
        finally:
            self.in_flight -= 1

    async def _rows_of_two_tries(self, query: str, values: Sequence[object]) -> list[Any]:
        for is_last in (False, True):
            try:
                return await self._rows(query, values)
            except StoreError:
                raise
            except (*LOST, asyncpg.PostgresError) as error:
                if is_last or not is_lost(error):
                    raise store_error(error, self._target.where) from error
                await self.renew()
        raise AssertionError("the last try returns or raises")

    async def _rows(self, query: str, values: Sequence[object]) -> list[Any]:
        if self._pool is None:
            self._pool = await self._target.pool(CALLS_MAX, name=self._name, call_s_max=self._call_s_max)
        async with self._pool.acquire(timeout=2 * CONNECT_S) as connection:
            return await connection.fetch(query, *values)

    async def renew(self) -> None:
        """Make every connection anew: they may lead to a server that is not the primary any more."""
        if self._pool is not None:
            await self._pool.expire_connections()

    async def close(self) -> None:
        """Close them all."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(CONNECT_S):
                await pool.close()
        except Exception:  # noqa: BLE001 -- there is nothing to be lost in a connection that read
            pool.terminate()

    def abandon(self) -> None:
        """Let go as a process does that is killed."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None
