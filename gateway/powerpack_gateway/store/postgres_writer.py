"""The one connection of a store that writes, and what it does when it is lost.

When a connection ends during a commit, nobody knows whether the commit happened. Each group has a number that its own
transaction keeps in the writer's row; the next connection first raises the row's epoch, which waits for a transaction
that still runs and refuses one that comes later, and then reads whether the number is there. So the outcome is looked
up and never guessed.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from powerpack_gateway.errors import StoreError, StoreInUse, StoreUnusable
from powerpack_gateway.ports import Journal
from powerpack_gateway.store.pending import Pending
from powerpack_gateway.store.postgres_connection import SETTINGS, Target
from powerpack_gateway.store.postgres_errors import is_lost, store_error
from powerpack_gateway.store.postgres_group import Fence, Statement, late_changes
from powerpack_gateway.store.postgres_schema import CREATING, prepare

RECONNECT_S = 5.0
"""How long a group waits for a server that was there a moment ago: as long as a restart takes. Clients of the API that
wait for their 202 get 503 then."""

RECONNECT_GAPS_S = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Between tries to connect; the last one goes on."""

COMMIT_S_MAX = 10.0
"""After so long a commit's connection counts as lost: a group of thousands takes a tenth of a second."""

ALONE = CREATING + 2
"""The advisory lock of a gateway that shares its database with no other; those that do have it together."""

ALONE_S = 1.0
"""How long to wait for that lock: a server needs a moment to see that the process which had it was killed."""


@dataclass(slots=True, kw_only=True)
class _Doubt:
    """A group whose commit may have happened."""

    group: Pending
    number: int


class Writer:
    """Writes groups, one after another. ``member`` is the gateway's name on the board; None: it is alone here."""

    def __init__(self, target: Target, *, journal: Journal, member: str | None) -> None:
        self._target = target
        self._journal = journal
        self._member = member
        self._name = f"powerpack-lab {secrets.token_hex(8)}"
        self._connection: asyncpg.Connection | None = None
        self._writer: int | None = None
        self._epoch = 0
        self._group = 0
        self._doubt: _Doubt | None = None
        self._lost_at = 0.0
        self.reconnected: Callable[[], Awaitable[None]] | None = None
        """Awaited when there is a connection again, which may lead to another server than the last one."""

    @property
    def is_open(self) -> bool:
        """Whether it was opened and not closed since; its connection may be lost all the same."""
        return self._writer is not None

    async def open(self, *, secret: bytes) -> asyncpg.Connection:
        """Connect and make the tables if there are none; returns the connection, to read what there is.

        Raises StoreError.
        """
        connection = await self._target.connect(self._name, SETTINGS)
        try:
            await prepare(connection, secret=secret, where=f"database {self._target.where}")
            await self._be_alone(connection, ALONE_S)
            self._writer = await connection.fetchval("INSERT INTO powerpack.writer DEFAULT VALUES RETURNING id")
        except BaseException as error:
            connection.terminate()
            if isinstance(error, (StoreError, asyncio.CancelledError)):
                raise
            raise store_error(error, self._target.where) from error
        self._connection = connection
        return connection

    async def write(self, group: Pending) -> None:
        """Commit a group. Raises StoreError: then none of it is kept, or it is in doubt until there is a connection
        again, and what is found to have been kept of it then is taken back."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + (0.0 if self._connection is None else RECONNECT_S)
        while True:
            if self._connection is None and await self._reconnected(group, give_up_at):
                return
            self._group += 1
            try:
                await self._send(group)
            except Exception as error:
                if not is_lost(error):
                    raise store_error(error, self._target.where) from error
                self._doubt = _Doubt(group=group, number=self._group)
                self._lose(error)
            else:
                return

    async def close(self) -> None:
        """Leave nothing behind."""
        connection, self._connection = self._connection, None
        writer, self._writer = self._writer, None
        if connection is None:
            return
        try:
            async with asyncio.timeout(RECONNECT_S):
                await connection.execute("DELETE FROM powerpack.writer WHERE id = $1", writer)
                await connection.close()
        except Exception:  # noqa: BLE001 -- what is left is one row that nobody asks for
            connection.terminate()

    def abandon(self) -> None:
        """Let go as a process does that is killed."""
        self._writer = None
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _send(self, group: Pending) -> None:
        connection = self._connection
        assert connection is not None
        assert self._writer is not None
        fence = Fence(writer=self._writer, epoch=self._epoch, group=self._group, member=self._member)
        statement = Statement(group, fence)
        timer = asyncio.get_running_loop().call_later(COMMIT_S_MAX, connection.terminate)
        try:
            moved = await connection.fetchval(statement.sql, *statement.values)
            if moved < len(statement.finished):
                sql, values = late_changes(statement.finished)
                await connection.execute(sql, *values)
        finally:
            timer.cancel()

    def _lose(self, error: Exception) -> None:
        assert self._connection is not None
        self._connection.terminate()
        self._connection = None
        self._lost_at = asyncio.get_running_loop().time()
        self._journal.record("store.lost", error=str(store_error(error, self._target.where)))

    async def _reconnected(self, group: Pending, give_up_at: float) -> bool:
        """Connect again; True when this very group turns out to be committed. Raises StoreError."""
        connection = await self._connect_again(give_up_at)
        try:
            async with asyncio.timeout(COMMIT_S_MAX), connection.transaction():
                if self._member is not None:  # who is dead takes nothing back: others work at it by now
                    await connection.execute("SELECT powerpack.must_live($1)", self._member)
                committed = await self._look(connection)
                doubt = self._doubt
                if doubt is not None and doubt.number <= committed and doubt.group is not group:
                    await self._take_back(connection, doubt.group)
        except Exception as error:
            connection.terminate()
            raise store_error(error, self._target.where) from error
        self._connection, self._doubt = connection, None
        if self.reconnected is not None:
            await self.reconnected()
        is_kept = doubt is not None and doubt.number <= committed
        self._journal.record(
            "store.back",
            after_s=round(asyncio.get_running_loop().time() - self._lost_at, 3),
            was_committed=is_kept if doubt is not None else None,
        )
        return is_kept and doubt is not None and doubt.group is group

    async def _connect_again(self, give_up_at: float) -> asyncpg.Connection:
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            try:
                connection = await self._target.connect(self._name, SETTINGS)
                try:
                    await self._be_alone(connection, max(ALONE_S, give_up_at - loop.time()))
                except BaseException:
                    connection.terminate()
                    raise
            except StoreInUse:
                raise
            except StoreError:
                gap = RECONNECT_GAPS_S[min(tries, len(RECONNECT_GAPS_S) - 1)]
                if loop.time() + gap >= give_up_at:
                    raise
                await asyncio.sleep(gap)
                tries += 1
            else:
                return connection

    async def _be_alone(self, connection: asyncpg.Connection, within_s: float) -> None:
        """End earlier connections of ours, which may hold locks; and where no board keeps gateways apart, be the only
        one. Those of a fleet share the lock. Raises StoreInUse."""
        loop = asyncio.get_running_loop()
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = $1 AND pid <> pg_backend_pid()",
                self._name,
            )
            give_up_at = loop.time() + within_s
            lock = "pg_try_advisory_lock" if self._member is None else "pg_try_advisory_lock_shared"
            while not await connection.fetchval(f"SELECT {lock}($1)", ALONE):
                if loop.time() >= give_up_at:
                    raise StoreInUse(
                        f"database {self._target.where} is in use by another gateway"
                        f"{'' if self._member is None else ' that is not of a fleet'}; stop it, or give another --store"
                    )
                await asyncio.sleep(RECONNECT_GAPS_S[0])
        except asyncpg.PostgresError as error:
            raise store_error(error, self._target.where) from error

    async def _look(self, connection: asyncpg.Connection) -> int:
        """The number of the last group that was committed; none that was sent before can be committed any more."""
        row = await connection.fetchrow(
            "UPDATE powerpack.writer SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch, last_group", self._writer
        )
        if row is None:
            raise StoreUnusable(f"database {self._target.where} is not the one it was: this gateway's row is gone")
        self._epoch = row["epoch"]
        committed: int = row["last_group"]
        return committed

    async def _take_back(self, connection: asyncpg.Connection, group: Pending) -> None:
        """Its new messages were refused, since nobody knew; so they must not be sent. One that another gateway has
        claimed by now is on its way, and stays."""
        rows = [*group.inserted, *group.unclaimed]
        for place in ("live WHERE (NOT is_claimed OR claimed_in IS NULL) AND", "message WHERE"):
            await connection.execute(f"DELETE FROM powerpack.{place} id = ANY ($1::bigint[])", rows)
        self._journal.record("store.took_back", messages=len(rows))
