"""The Store on PostgreSQL: for a gateway whose state is on another machine, and for many that share one.

One connection writes, in groups: while a commit is on its way the next group gathers, so that the price of a round
trip and of the server's fsync is shared by everything that waits. ``synchronous_commit`` is on, whatever the server
says. A few more connections read.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from powerpack_gateway.errors import StoreError, StoreFenced, StoreInUse
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.media import Media
from powerpack_gateway.messages import Message
from powerpack_gateway.ports import Journal
from powerpack_gateway.store.base import Durable, MessageFilter, Page, Snapshot
from powerpack_gateway.store.conditions import OURS, conditions
from powerpack_gateway.store.durable import tell_each, until_durable
from powerpack_gateway.store.pending import Pending
from powerpack_gateway.store.postgres_calls import Caller
from powerpack_gateway.store.postgres_connection import Target
from powerpack_gateway.store.postgres_rows import COLUMNS, message_of, storable
from powerpack_gateway.store.postgres_sent import segments, sent_query
from powerpack_gateway.store.postgres_snapshot import read_snapshot
from powerpack_gateway.store.postgres_writer import Writer

GROUP_GAP_S = 0.002
"""Shortest time between the beginnings of two commits."""

RETRY_S = 0.5
"""When what could not be written is tried again, and how long new messages are refused at once before that."""

READ_S_MAX = 30.0
"""After so long whoever asked has given up: clients of HTTP APIs wait a minute at most."""

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM powerpack.all_message"
_decode_media = msgspec.json.Decoder(Media).decode


class PostgresStore:
    """``Store`` in a database. ``secret`` makes the message uuids of a new one; an existing one keeps its own.

    ``member`` is the gateway's name on the board of those that share the database (``FleetStore``); None: it is the
    only one, which is checked. Raises StoreUnusable for an address that can not be read.
    """

    def __init__(self, url: str, *, secret: bytes, journal: Journal, member: str | None = None) -> None:
        self.target = Target(url)
        self._secret = secret
        self._member = member
        self._writer = Writer(self.target, journal=journal, member=member)
        self._reader = Caller(self.target, name="powerpack-lab reader", call_s_max=READ_S_MAX)
        self._writer.reconnected = self._reader.renew
        self._ids = MessageIds(secret)
        self.lost: Callable[[str], None] = lambda _: None
        """Called with the reason when others have the database from now on."""
        self._pending = Pending()
        self._task: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._trouble: StoreError | None = None
        self._refused: StoreError | None = None
        """Why nothing can be written at the moment, or ever again."""

    def __repr__(self) -> str:
        return (
            f"<PostgresStore {self.target.where}: {len(self._pending)} rows pending, "
            f"{len(self._pending.waiting)} waiting>"
        )

    @property
    def ids(self) -> MessageIds:
        """How this database names its messages; valid after ``open``."""
        return self._ids

    @property
    def trouble(self) -> StoreError | None:
        """Why the last group could not be written; None while all is well."""
        return self._trouble

    @property
    def owed(self) -> StoreError | None:
        """The same, while documents or files wait for another try."""
        return self._trouble if self._pending.documents or self._pending.media else None

    @property
    def is_busy(self) -> bool:
        """Whether a group is being written, or something is read."""
        return self._task is not None or self._reader.in_flight > 0

    async def open(self) -> Snapshot:
        """Connect, create or upgrade the tables, and read what the gateway keeps in memory."""
        if self._writer.is_open:
            raise StoreError("the store is open already")
        connection = await self._writer.open(secret=self._secret)
        try:
            snapshot, self._ids = await read_snapshot(connection, self.target.where, is_shared=self._member is not None)
        except BaseException:
            await self._writer.close()
            raise
        return snapshot

    def put(self, kind: str, key: str, document: bytes) -> None:
        """Keep a document, replacing the one with the same kind and key."""
        self._pending.documents[kind, key] = document
        self._touch()

    def delete(self, kind: str, key: str) -> None:
        """Forget a document."""
        self._pending.documents[kind, key] = None
        self._touch()

    def put_sticky(self, powerpack_uuid: str, service: str, destination: str, number: str | None) -> None:
        """Keep which number writes to whom; None forgets the pair."""
        self._pending.sticky[powerpack_uuid, service, destination] = number
        self._touch()

    def put_pairs(self, powerpack_uuid: str, service: str, pairs: Iterable[tuple[str, str]]) -> None:
        """The same for several handsets, each with its number."""
        self._pending.sticky.update(((powerpack_uuid, service, handset), number) for handset, number in pairs)
        self._touch()

    def put_media(self, media: Media, content: bytes | None = None) -> None:
        """Keep a file; without ``content`` its bytes stay as they are."""
        self._pending.media.put(media, content)
        self._touch()

    def delete_media(self, media_id: str) -> None:
        """Forget a file and its bytes."""
        self._pending.media.delete(media_id)
        self._touch()

    def insert(self, message: Message) -> None:
        """Keep a new message, as it will be when the group commits."""
        self._pending.inserted[message.id] = message
        self._touch()

    def insert_all(self, messages: Sequence[Message]) -> None:
        """Keep several."""
        for message in messages:
            self.insert(message)

    def insert_unclaimed(self, message: Message) -> None:
        """Keep a new message for whoever holds the lease of its Powerpack, who is woken after the commit."""
        self._pending.unclaimed[message.id] = message
        self._touch()

    def update(self, message: Message) -> None:
        """Keep a changed message; several changes before the commit are one."""
        if message.id not in self._pending.inserted:
            self._pending.updated[message.id] = message
        self._touch()

    def update_all(self, messages: Sequence[Message]) -> None:
        """Keep several."""
        for message in messages:
            self.update(message)

    def update_later(self, message: Message) -> None:
        """The same as ``update``: groups are so long here that little would be saved."""
        self.update(message)

    def update_all_later(self, messages: Sequence[Message]) -> None:
        """The same for several."""
        self.update_all(messages)

    def when_durable(self, call: Durable) -> None:
        """Call back after the commit that holds everything up to now."""
        self._pending.waiting.append(call)
        self._touch()

    async def commit(self) -> None:
        """Return when everything up to now is on disk; raises StoreError."""
        await until_durable(self.when_durable)

    async def message(self, row: int) -> Message | None:
        """One message, as of the last change."""
        found = await self._read(f"{_SELECT} WHERE id = $1", [row])
        return message_of(found[0], self._ids) if found else None

    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page:
        """A page of messages, newest first."""
        where, values = _where(wanted)
        limits = f"LIMIT ${len(values) + 1} OFFSET ${len(values) + 2}"
        inner = f"SELECT 1 FROM powerpack.all_message {where} ORDER BY created_at DESC"
        counted = f"SELECT count(*) FROM ({inner} {limits}) AS seen"
        total = (await self._read(counted, [*values, offset + limit + 1, 0]))[0][0]
        query = f"{_SELECT} {where} ORDER BY created_at DESC, id DESC {limits}"
        rows = await self._read(query, [*values, limit, offset])
        return Page(messages=[message_of(row, self._ids) for row in rows], total_count=total)

    async def finished_before(self, moment: float, *, limit: int) -> Sequence[int]:
        """Rows of the oldest messages that are finished and were accepted before a moment; not the newest."""
        query = (
            "SELECT id FROM powerpack.message WHERE created_at < $1"
            " AND id < (SELECT max(id) FROM powerpack.all_message) ORDER BY created_at LIMIT $2"
        )
        return [row[0] for row in await self._read(query, [moment, limit])]

    def forget(self, rows: Sequence[int]) -> None:
        """Let go of finished messages."""
        self._pending.forgotten.extend(rows)
        self._touch()

    async def media(self, media_id: str) -> Media | None:
        """One file, without its bytes."""
        found = await self._read("SELECT json FROM powerpack.media WHERE id = $1", [storable(media_id)])
        return _decode_media(found[0][0]) if found else None

    async def media_content(self, media_id: str) -> bytes | None:
        """Its bytes; None while they are not there."""
        found = await self._read("SELECT content FROM powerpack.media WHERE id = $1", [storable(media_id)])
        return found[0][0] if found else None

    async def media_page(self, *, limit: int, offset: int) -> tuple[Sequence[Media], int]:
        """Some files, newest first, and how many there are in all."""
        total = (await self._read("SELECT count(*) FROM powerpack.media", []))[0][0]
        query = "SELECT json FROM powerpack.media ORDER BY created_at DESC, id LIMIT $1 OFFSET $2"
        return [_decode_media(row[0]) for row in await self._read(query, [limit, offset])], total

    async def uploads(self) -> Sequence[Media]:
        """Every file that was uploaded, oldest first."""
        query = "SELECT json FROM powerpack.media WHERE is_upload ORDER BY created_at, id"
        return [_decode_media(row[0]) for row in await self._read(query, [])]

    async def media_expired(self, now: float) -> Sequence[str]:
        """The ids of files that are kept no more, a thousand at most."""
        query = "SELECT id FROM powerpack.media WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000"
        return [row[0] for row in await self._read(query, [now])]

    async def sent_since(self, moment: float) -> Sequence[tuple[str, str, float]]:
        """(source, destination, sent_at) of every outbound segment sent at or after a moment, oldest first."""
        return segments(await self._read(sent_query("true"), [moment]))

    async def close(self) -> None:
        """Commit what is pending and let go of the database; raises StoreError when the last commit failed."""
        if not self._writer.is_open:
            return
        if self._retry is not None:
            self._retry.cancel()
            self._try_again()
        try:
            await self.commit()
        finally:
            self._let_go()
            await self._writer.close()
            await self._reader.close()

    def abandon(self) -> None:
        """Let go as a process does that is killed: what is pending is lost, and nobody hears of it."""
        self._let_go()
        self._writer.abandon()
        self._reader.abandon()

    def _let_go(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._pending = Pending()

    def _touch(self) -> None:
        if not self._writer.is_open:
            self._refuse(StoreError("the store is not open"))
        elif self._refused is not None:
            self._refuse(self._refused)
        elif self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write_groups())

    def _refuse(self, error: StoreError) -> None:
        """Nothing can be written now: who waits hears of it in a moment, as they would after a commit."""
        if self._pending.waiting:
            waiting, self._pending.waiting = self._pending.waiting, []
            asyncio.get_running_loop().call_soon(tell_each, waiting, error)
        self._pending.inserted.clear()
        self._pending.unclaimed.clear()

    async def _write_groups(self) -> None:
        """Until nothing is pending, or nothing can be written."""
        loop = asyncio.get_running_loop()
        while self._pending or self._pending.waiting:
            group, self._pending = self._pending, Pending()
            began = loop.time()
            try:
                if group:
                    await self._writer.write(group)
            except StoreError as error:
                self._failed(group, error)
                break
            self._trouble = None
            tell_each(group.waiting, None)
            if (rest := began + GROUP_GAP_S - loop.time()) > 0:
                await asyncio.sleep(rest)
        self._task = None

    def _failed(self, group: Pending, error: StoreError) -> None:
        self._refused = self._trouble = error
        group.put_before(self._pending)
        tell_each(group.waiting, error)
        self._refuse(error)
        if isinstance(error, (StoreFenced, StoreInUse)):  # those are for ever
            self.lost(str(error))
        else:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._try_again)

    def _try_again(self) -> None:
        """What could not be written must not wait for the next change, which may never come."""
        self._retry = None
        self._refused = None
        if self._pending:
            self._touch()

    async def _read(self, query: str, values: Sequence[object]) -> list[Any]:
        """The rows, as of the last change; raises StoreError."""
        if not self._writer.is_open:
            raise StoreError("the store is not open")
        if self._task is not None:
            with suppress(StoreError):  # what can not be written is told to those who wrote it
                await self.commit()
        return await self._reader.rows(query, values)


def _where(wanted: MessageFilter) -> tuple[str, list[object]]:
    """The filter as SQL."""
    clauses, found = conditions(wanted)
    values = [storable(value) if isinstance(value, str) else value for value in found]
    numbered = [clause.replace("?", f"${index}") for index, clause in enumerate(clauses[: len(values)], 1)]
    numbered += clauses[len(values) :]
    if wanted.numbers is not None:
        values.append([storable(each) for each in wanted.numbers])
        numbered.append(f"{OURS} = ANY (${len(values)}::text[])")
    return (f"WHERE {' AND '.join(numbered)}" if numbered else ""), values
