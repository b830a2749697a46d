"""The board on PostgreSQL: rows that its members renew, functions for what must happen together, NOTIFY to wake.

One connection renews and listens, so that a life never waits for anything; the others are a few that come and go.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import (
    CHANGES_MAX,
    DOCUMENTS,
    LIFE_S,
    Belongings,
    Change,
    FeedGone,
    Lease,
    Member,
    Standing,
)
from powerpack_gateway.messages import Message
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_calls import Caller
from powerpack_gateway.store.postgres_errors import is_lost, store_error
from powerpack_gateway.store.postgres_rows import COLUMNS, message_of, readable
from powerpack_gateway.store.postgres_schema import WOKEN
from powerpack_gateway.store.postgres_sent import segments, sent_query

KEPT_S = 3_600.0
"""How long the marks of deleted documents are kept: a gateway that was away for longer has been buried long ago."""

FORGET_EVERY = 300
"""Renewals between two looks for marks to be forgotten: ten minutes."""

CALL_S_MAX = 60.0
"""What a call may take: to take up a hundred thousand open messages is seconds."""

_NAMES = ", ".join(COLUMNS)
_CHANGES = """SELECT a.forgotten_version, d.version, d.kind, d.key, d.json, d.writer FROM powerpack.about AS a
    CROSS JOIN LATERAL (SELECT powerpack.must_live($1)) AS lives
    LEFT JOIN (SELECT * FROM powerpack.document WHERE version > $2 ORDER BY version LIMIT $3) AS d ON true
    ORDER BY d.version"""
_DOCUMENTS = """SELECT key, json FROM powerpack.document
    WHERE kind = $1 AND key COLLATE "C" >= $2 AND json IS NOT NULL ORDER BY key COLLATE "C" """
_OPEN = f"SELECT {_NAMES} FROM powerpack.live WHERE lease = $1 AND is_claimed ORDER BY id"
_UNCLAIMED = """SELECT lease, count(*) FROM (SELECT lease FROM powerpack.live WHERE NOT is_claimed LIMIT $1) AS waits
    GROUP BY lease"""
_CLAIMED = "SELECT id FROM powerpack.live WHERE lease = ANY ($1) AND is_claimed"
_CLAIMED_OF = f"SELECT {_NAMES} FROM powerpack.live WHERE id = ANY ($1::bigint[]) AND is_claimed ORDER BY id"
_PAIRS = "SELECT powerpack_uuid, service, destination, number FROM powerpack.sticky WHERE powerpack_uuid = $1"


class _Found(msgspec.Struct):
    """What the database answers to a renewal."""

    members: tuple[tuple[str, str], ...]
    leases: tuple[tuple[str, str, int], ...]
    unheld: frozenset[str]


_decode_found = msgspec.json.Decoder(_Found).decode


class PostgresBoard:
    """The board as the gateway ``gateway_id`` sees it, which is its ``store``'s member too."""

    def __init__(self, store: PostgresStore, gateway_id: str) -> None:
        self._store = store
        self._target = store.target
        self._gateway_id = gateway_id
        self._calls = Caller(store.target, name=f"powerpack-lab board {gateway_id[:32]}", call_s_max=CALL_S_MAX)
        self._life: asyncpg.Connection | None = None
        self._living = asyncio.Lock()
        self._secret = b""
        self._renewals = 0
        self._claims = 0
        self._claim: str | None = None
        """The batch that was asked for last, while its answer has not come: whatever was claimed in it is ours."""
        self._woken: Callable[[str], None] = lambda _: None

    def __repr__(self) -> str:
        return f"<PostgresBoard {self._target.where}: {self._gateway_id}>"

    @property
    def gateway_id(self) -> str:
        """This gateway's name, for this one life of it."""
        return self._gateway_id

    @property
    def secret(self) -> bytes:
        """What all gateways of this database share and nobody else has; known after ``join``."""
        return self._secret

    async def join(self, address: str, woken: Callable[[str], None]) -> None:
        """Become a member, and listen."""
        self._woken = woken
        query = """INSERT INTO powerpack.member (gateway_id, address, expires_at)
            VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
            ON CONFLICT (gateway_id) DO UPDATE SET expires_at = excluded.expires_at"""
        await self._alive(query, self._gateway_id, address, LIFE_S)
        self._secret = (await self._calls.rows("SELECT peer_secret FROM powerpack.about", []))[0][0]

    async def renew(self, *, bury: bool) -> Standing:
        """Live on for ``LIFE_S``, and see who else does."""
        raw = await self._alive("SELECT powerpack.renew($1, $2, $3)", self._gateway_id, LIFE_S, bury)
        found = _decode_found(raw)
        self._renewals += 1
        if bury and self._renewals % FORGET_EVERY == 0:
            await self._alive("SELECT powerpack.forget_deleted($1)", KEPT_S)
        return Standing(
            members=[Member(*each) for each in found.members],
            leases={each[0]: Lease(*each) for each in found.leases},
            unheld=found.unheld,
        )

    async def acquire(self, names: Collection[str]) -> Mapping[str, Lease]:
        """Take what nobody holds; returns those of ``names`` that are ours now."""
        rows = await self._calls.rows(
            "SELECT name, holder, token FROM powerpack.acquire($1, $2)", [self._gateway_id, sorted(names)]
        )
        return {row[0]: Lease(*row) for row in rows}

    async def release(self, names: Collection[str]) -> None:
        """Let go of leases, whose work is finished here."""
        await self._calls.rows("SELECT powerpack.release($1, $2)", [self._gateway_id, sorted(names)])

    async def leave(self) -> None:
        """Be a member no more, and close."""
        try:
            await self._alive("DELETE FROM powerpack.member WHERE gateway_id = $1", self._gateway_id)
        except StoreError:
            pass  # whoever can not say so is buried soon
        finally:
            if self._life is not None:
                self._life.terminate()
                self._life = None
            await self._calls.close()

    async def next_ids(self, count: int) -> int:
        """The first of ``count`` message ids, one after another, that nobody else gets."""
        rows = await self._calls.rows("SELECT powerpack.next_ids($1, $2)", [self._gateway_id, count])
        first: int = rows[0][0]
        return first

    async def take_up(self, name: str, *, since: float) -> Belongings:
        """What belongs to a lease that we hold."""
        powerpack_uuid = name.partition("/")[2] or None
        whose = "powerpack_uuid IS NULL" if powerpack_uuid is None else "powerpack_uuid = $2"
        await self._calls.rows("SELECT powerpack.must_live($1)", [self._gateway_id])
        messages = await self._calls.rows(_OPEN, [name])
        pairs = await self._calls.rows(_PAIRS, [powerpack_uuid])
        sent = await self._calls.rows(sent_query(whose), [since] if powerpack_uuid is None else [since, powerpack_uuid])
        return Belongings(
            messages=self._messages(messages),
            sticky=[(uuid, service, readable(to), number) for uuid, service, to, number in pairs],
            sent=segments(sent),
        )

    async def sent_by_route(self, route: str, *, since: float) -> Sequence[tuple[str, str, float]]:
        """Every segment that went to a carrier."""
        await self._calls.rows("SELECT powerpack.must_live($1)", [self._gateway_id])
        return segments(await self._calls.rows(sent_query("carrier = $2"), [since, route]))

    async def claim(self, names: Collection[str], *, limit: int) -> Sequence[Message]:
        """Take messages that other gateways accepted for leases of ours, oldest first."""
        if self._claim is None:
            self._claims += 1
            self._claim = f"{self._gateway_id}/{self._claims}"
        query = f"SELECT {_NAMES} FROM powerpack.claim($1, $2, $3, $4) ORDER BY id"
        rows = await self._calls.rows(query, [self._gateway_id, sorted(names), limit, self._claim])
        self._claim = None
        return self._messages(rows)

    async def unclaimed(self, *, limit: int) -> Mapping[str, int]:
        """How many messages wait to be claimed, by lease."""
        return {row[0]: row[1] for row in await self._calls.rows(_UNCLAIMED, [limit])}

    async def claimed(self, names: Collection[str]) -> Sequence[int]:
        """The ids of all messages of some leases that were claimed and still owe something."""
        return [row[0] for row in await self._calls.rows(_CLAIMED, [sorted(names)])]

    async def claimed_messages(self, rows: Sequence[int]) -> Sequence[Message]:
        """Those of some ids that still do."""
        return self._messages(await self._calls.rows(_CLAIMED_OF, [rows]))

    async def changes(self, after: int) -> Sequence[Change]:
        """The documents that changed after a version, in order."""
        rows = await self._calls.rows(_CHANGES, [self._gateway_id, after, CHANGES_MAX])
        if after < rows[0][0]:
            raise FeedGone(
                f"database {self._target.where} forgot what was deleted up to version {rows[0][0]}, asked for changes "
                f"after {after}: everything has to be read anew"
            )
        return [
            Change(version, kind, readable(key), json, writer)
            for _, version, kind, key, json, writer in rows
            if version is not None
        ]

    async def documents(self, kind: str, *, since: str = "") -> Sequence[tuple[str, bytes]]:
        """Documents that nobody is told of."""
        rows = await self._calls.rows(_DOCUMENTS, [kind, since])
        return [(readable(key), json) for key, json in rows]

    def _messages(self, rows: Sequence[Any]) -> list[Message]:
        return [message_of(row, self._store.ids) for row in rows]

    async def _alive(self, query: str, *values: object) -> Any:
        """Ask on the connection that listens; one that turns out to be lost is made anew, once."""
        async with self._living:
            for is_last in (False, True):
                try:
                    if self._life is None:
                        self._life = await self._listening()
                        await self._calls.renew()
                    async with asyncio.timeout(LIFE_S / 3):
                        return await self._life.fetchval(query, *values)
                except Exception as error:
                    lost = not isinstance(error, StoreError) and is_lost(error)
                    if lost and self._life is not None:
                        self._life.terminate()
                        self._life = None
                    if is_last or not lost:
                        raise store_error(error, self._target.where) from error
        raise AssertionError("the last try returns or raises")

    async def _listening(self) -> asyncpg.Connection:
        connection = await self._target.connect(f"powerpack-lab life {self._gateway_id[:32]}")
        await connection.add_listener(WOKEN, lambda *found: self._woken(str(found[-1])))
        self._woken(DOCUMENTS)  # what was said while nobody listened is not said again
        return connection
