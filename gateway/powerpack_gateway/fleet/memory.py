"""Store and board of several gateways in one process: what PostgreSQL is to real ones, on the loop's clock.

For tests and chaos in virtual time. One SQLite connection in memory is the database; each gateway has a `MemoryStore`
and a `MemoryBoard` on it. A gateway "dies" when nobody renews it any more; ``outage`` makes the database unreachable.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fleet.board import (
    CHANGES_MAX,
    DOCUMENTS,
    LIFE_S,
    Belongings,
    Change,
    Lease,
    Member,
    Standing,
)
from powerpack_gateway.messages import Message
from powerpack_gateway.store.base import UNFOLLOWED, Snapshot
from powerpack_gateway.store.sqlite import SqliteStore


class MemoryDatabase:
    """What the gateways share. ``secret`` makes the message uuids."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.connection: sqlite3.Connection | None = None
        self.members: dict[str, Member] = {}
        self.expires: dict[str, float] = {}
        self.leases: dict[str, Lease] = {}
        self.tokens: dict[str, int] = {}
        self.changes: list[Change] = []
        self.lease_of: dict[int, str] = {}
        self.unclaimed: set[int] = set()
        self.last_id = 0
        self.woken: dict[str, Callable[[str], None]] = {}
        self.outage = False

    @property
    def version(self) -> int:
        """That of the newest change."""
        return self.changes[-1].version if self.changes else 0

    def check(self, gateway_id: str) -> None:
        """Raise what a real database would."""
        if self.outage:
            raise StoreError("the database in memory is not reached: there is an outage")
        if gateway_id not in self.members:
            raise StoreFenced(f"gateway {gateway_id} was taken for dead, others do its work")

    def bury(self, gateway_id: str) -> None:
        """A gateway is dead, or has left."""
        self.members.pop(gateway_id, None)
        self.expires.pop(gateway_id, None)
        self.woken.pop(gateway_id, None)
        self.leases = {name: lease for name, lease in self.leases.items() if lease.holder != gateway_id}

    def wake(self, topics: Collection[str]) -> None:
        """Tell every gateway, in the loop's next turn, as a notification comes over a connection of its own."""
        for call in list(self.woken.values()):
            for topic in topics:
                asyncio.get_running_loop().call_soon(call, topic)


class MemoryStore(SqliteStore):
    """One gateway's store on the shared database."""

    def __init__(self, database: MemoryDatabase, gateway_id: str) -> None:
        super().__init__(None, secret=database.secret)
        self._database = database
        self._gateway_id = gateway_id
        self._for_others: set[int] = set()

    async def open(self) -> Snapshot:
        """Read the documents; messages and sticky pairs come with the leases."""
        snapshot = await super().open()
        return Snapshot(documents=snapshot.documents, version=self._database.version)

    def insert_unclaimed(self, message: Message) -> None:
        """Keep a new message for whoever holds the lease of its Powerpack."""
        self._for_others.add(message.id)
        self.insert(message)

    async def fetch(self, rows: Collection[int]) -> list[Message]:
        """Messages as they are in the database, for the board."""
        found = [message for row in rows if (message := await self.message(row)) is not None]
        for each in found:
            each.lease = self._database.lease_of[each.id]
        return found

    def query(self, query: str, values: Sequence[object]) -> list[Any]:
        """Any rows, for the board."""
        return self._read(query, values)

    def _connect(self) -> sqlite3.Connection:
        if self._database.connection is None:
            self._database.connection = super()._connect()
        self._connection = self._database.connection
        return self._connection

    def _let_go(self) -> None:
        self._connection = None  # the database outlives a gateway
        super()._let_go()

    @property
    def _may_wait(self) -> bool:
        """Never: other gateways read what this one wrote."""
        return False

    def _write(self, at_least: int) -> None:
        database = self._database
        others, self._for_others = self._for_others, set()
        database.check(self._gateway_id)
        super()._write(at_least)
        followed = {name: document for name, document in self._documents.items() if name[0] not in UNFOLLOWED}
        for (kind, key), document in followed.items():
            database.changes.append(Change(database.version + 1, kind, key, document, self._gateway_id))
        database.lease_of.update((row, message.lease) for row, message in self._inserted.items())
        database.unclaimed |= others
        topics = {database.lease_of[row] for row in others} | ({DOCUMENTS} if followed else set())
        database.wake(sorted(topics))


class MemoryBoard:
    """One gateway's board on the shared database. ``now`` is the database's clock, in seconds."""

    def __init__(self, database: MemoryDatabase, store: MemoryStore, gateway_id: str, now: Callable[[], float]) -> None:
        self._database = database
        self._store = store
        self._gateway_id = gateway_id
        self._now = now

    @property
    def gateway_id(self) -> str:
        """This gateway's name."""
        return self._gateway_id

    @property
    def secret(self) -> bytes:
        """What the gateways share."""
        return self._database.secret

    async def join(self, address: str, woken: Callable[[str], None]) -> None:
        """Become a member."""
        database = self._database
        if database.outage:
            raise StoreError("the database in memory is not reached: there is an outage")
        database.members[self._gateway_id] = Member(self._gateway_id, address)
        database.expires[self._gateway_id] = self._now() + LIFE_S
        database.woken[self._gateway_id] = woken

    async def renew(self, *, bury: bool) -> Standing:
        """Live on, and see who else does."""
        database = self._database
        database.check(self._gateway_id)
        database.expires[self._gateway_id] = self._now() + LIFE_S
        if bury:
            for overdue in [each for each, expires in database.expires.items() if expires < self._now()]:
                database.bury(overdue)
        return Standing(
            members=tuple(database.members.values()),
            leases=dict(database.leases),
            unheld=frozenset(database.tokens.keys() - database.leases.keys()),
        )

    async def acquire(self, names: Collection[str]) -> Mapping[str, Lease]:
        """Take what nobody holds."""
        database = self._database
        database.check(self._gateway_id)
        for name in sorted(set(names) - database.leases.keys()):
            token = database.tokens[name] = database.tokens.get(name, 0) + 1
            database.leases[name] = Lease(name, self._gateway_id, token)
        return {
            name: lease for name, lease in database.leases.items() if name in names and lease.holder == self._gateway_id
        }

    async def release(self, names: Collection[str]) -> None:
        """Let go of leases."""
        database = self._database
        database.check(self._gateway_id)
        for name in names:
            if name in database.leases and database.leases[name].holder == self._gateway_id:
                del database.leases[name]

    async def leave(self) -> None:
        """Be a member no more."""
        self._database.bury(self._gateway_id)

    async def next_ids(self, count: int) -> int:
        """A block of ids."""
        self._database.check(self._gateway_id)
        first = self._database.last_id + 1
        self._database.last_id += count
        return first

    async def take_up(self, name: str, *, since: float) -> Belongings:
        """What belongs to a lease."""
        self._database.check(self._gateway_id)
        powerpack_uuid = name.partition("/")[2]
        whose, values = ("powerpack_uuid = ?", [powerpack_uuid]) if powerpack_uuid else ("powerpack_uuid IS NULL", [])
        still_open = [row for (row,) in self._store.query("SELECT id FROM message WHERE is_open ORDER BY id", [])]
        lease_of, unclaimed = self._database.lease_of, self._database.unclaimed
        pairs = "SELECT powerpack_uuid, service, destination, number FROM sticky WHERE powerpack_uuid = ?"
        return Belongings(
            messages=await self._store.fetch(
                [row for row in still_open if lease_of[row] == name and row not in unclaimed]
            ),
            sticky=self._store.query(pairs, [powerpack_uuid]),
            sent=self._sent(whose, values, since),
        )

    async def sent_by_route(self, route: str, *, since: float) -> Sequence[tuple[str, str, float]]:
        """What went to a carrier."""
        self._database.check(self._gateway_id)
        return self._sent("carrier = ?", [route], since)

    async def claim(self, names: Collection[str], *, limit: int) -> Sequence[Message]:
        """Take messages that other gateways accepted."""
        database = self._database
        database.check(self._gateway_id)
        claimed = [row for row in sorted(database.unclaimed) if database.lease_of[row] in names][:limit]
        database.unclaimed.difference_update(claimed)
        return await self._store.fetch(claimed)

    async def unclaimed(self, *, limit: int) -> Mapping[str, int]:
        """How many messages wait to be claimed."""
        self._database.check(self._gateway_id)
        return Counter(self._database.lease_of[row] for row in sorted(self._database.unclaimed)[:limit])

    async def claimed(self, names: Collection[str]) -> Sequence[int]:
        """Those that were, and still owe something."""
        self._database.check(self._gateway_id)
        lease_of, unclaimed = self._database.lease_of, self._database.unclaimed
        still_open = self._store.query("SELECT id FROM message WHERE is_open ORDER BY id", [])
        return [row for (row,) in still_open if lease_of[row] in names and row not in unclaimed]

    async def claimed_messages(self, rows: Sequence[int]) -> Sequence[Message]:
        """Those of some ids."""
        wanted = set(rows)
        leases = {self._database.lease_of[row] for row in rows}
        return await self._store.fetch([row for row in await self.claimed(leases) if row in wanted])

    async def changes(self, after: int) -> Sequence[Change]:
        """What changed after a version."""
        self._database.check(self._gateway_id)
        return self._database.changes[after : after + CHANGES_MAX]

    async def documents(self, kind: str, *, since: str = "") -> Sequence[tuple[str, bytes]]:
        """Documents that nobody is told of."""
        self._database.check(self._gateway_id)
        return self._store.query(
            "SELECT key, json FROM document WHERE kind = ? AND key >= ? ORDER BY key", [kind, since]
        )

    def _sent(self, where: str, values: Sequence[object], since: float) -> list[tuple[str, str, float]]:
        query = (
            f"SELECT source, destination, sent_at, units FROM message"
            f" WHERE {where} AND direction = 'outbound' AND sent_at >= ? ORDER BY sent_at, id"
        )
        return [row[:3] for row in self._store.query(query, [*values, since]) for _ in range(row[3])]
