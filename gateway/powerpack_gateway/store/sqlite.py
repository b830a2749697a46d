"""The embedded Store: one SQLite file, write-ahead log, one writer, group commit.

Everything runs inline in the loop: a commit of a hundred rows takes as long as one fsync, a writer thread was measured
to be no faster (facts/performance.md), and virtual time allows no threads. ``synchronous=FULL``: what was committed
survives a power cut, not only a crash.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from powerpack_gateway.errors import StoreError, StoreUnusable
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.media import Media
from powerpack_gateway.messages import Message
from powerpack_gateway.store import sqlite_media, sqlite_numbers, sqlite_schema
from powerpack_gateway.store.base import LATER_S, Durable, MessageFilter, Page, Snapshot
from powerpack_gateway.store.durable import tell_each, until_durable
from powerpack_gateway.store.media_rows import MediaRows
from powerpack_gateway.store.sqlite_errors import store_error
from powerpack_gateway.store.sqlite_log import Log, unwritten
from powerpack_gateway.store.sqlite_media import MediaReader
from powerpack_gateway.store.sqlite_place import Place
from powerpack_gateway.store.sqlite_reader import SqliteReader
from powerpack_gateway.store.sqlite_rows import (
    INSERT,
    SELECT,
    UPDATE,
    can_be_written,
    inserted_rows,
    message_of,
    updated_rows,
)

GROUP_GAP_S = 0.002
"""Shortest time between two commits: as fast as no gap up to 10,000 messages/s, with a tenth of the fsyncs."""

RETRY_S = 1.0
"""When a group that could not be written is tried again: soon enough for a disk that has room again."""

BUSY_S = 0.2
"""How long to wait for another process's lock before calling the file in use."""

CACHE_KIB = 65_536
"""Pages that SQLite keeps in memory: messages under way are changed twice, so 64 MiB hold the last 150,000 of them."""

CHECKPOINT_PAGES = 4_000
"""Pages in the log before they are moved into the file: 16 MiB, four times the default, so that a page which many
messages share is moved once for all of them."""

HELD_MAX = 1_000
"""Rows that a store in memory keeps as they are before it writes them: nobody sees the difference, since whoever reads
has them written first, and most messages are then written once, when they are over."""

EVERYTHING = sys.maxsize
"""That many messages get their rows: all of them."""

AT_ONCE = 1_000
"""Messages that get their rows in one go when a list is asked for: some 15 ms, for which sending has to wait."""

_FORGET = "DELETE FROM document WHERE kind = ? AND key = ?"
_FORGET_MESSAGE = "DELETE FROM message WHERE id = ? AND NOT is_open"
_PAIR = "INSERT OR REPLACE INTO sticky VALUES (?, ?, ?, ?)"
_PART = "DELETE FROM sticky WHERE powerpack_uuid = ? AND service = ? AND destination = ?"
_PUT = """INSERT INTO document VALUES (?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json"""  # keeps the rowid, and so its place in the order


class SqliteStore:
    """``Store`` on a file, or in memory for a lab whose state may die with it (path None).

    ``secret`` makes the message uuids of a new file; an existing file keeps its own. ``survives_power_cut`` False: what
    was committed outlives the process, but need not be on the disk yet.
    """

    def __init__(self, path: Path | None, *, secret: bytes, survives_power_cut: bool = True) -> None:
        self._path = path
        self._synchronous = "FULL" if survives_power_cut else "OFF"
        self._secret = secret
        self._connection: sqlite3.Connection | None = None
        self._place: Place | None = None
        self._ids = MessageIds(secret)
        self._documents: dict[tuple[str, str], bytes | None] = {}
        self._sticky: dict[tuple[str, str, str], str | None] = {}
        self._inserted: dict[int, Message] = {}
        self._updated: dict[int, Message] = {}
        self._later: dict[int, Message] = {}
        self._forgotten: list[int] = []
        self._media = MediaRows()
        self._waiting: list[Durable] = []
        self._held: dict[int, Message] = {}  # new messages that were committed, and are not written yet
        self._log = Log()
        self._is_behind = False  # something that was committed is not written yet
        self._trouble: StoreError | None = None
        self._timer: asyncio.Handle | None = None
        self._later_timer: asyncio.Handle | None = None
        self._flushed_at = float("-inf")

    def __repr__(self) -> str:
        pending = (
            len(self._inserted)
            + len(self._held)
            + len(self._updated | self._later)
            + len(self._documents)
            + len(self._sticky)
        )
        return f"<SqliteStore {self._path or 'in memory'}: {pending} rows pending, {len(self._waiting)} waiting>"

    @property
    def ids(self) -> MessageIds:
        """How this file names its messages; valid after ``open``."""
        return self._ids

    @property
    def trouble(self) -> StoreError | None:
        """Why the last group could not be written; None while all is well."""
        return self._trouble

    @property
    def owed(self) -> StoreError | None:
        """The same, while documents or files wait for another try."""
        return self._trouble if self._documents or self._media else None

    @property
    def is_busy(self) -> bool:
        """Never: a file is written at once."""
        return False

    async def open(self) -> Snapshot:
        """Open or create the file and read what the gateway keeps in memory."""
        if self._connection is not None:
            raise StoreError("the store is open already")
        try:
            connection = self._connect()
            rows = connection.execute("SELECT kind, key, json FROM document ORDER BY rowid")
            documents = {(kind, key): json for kind, key, json in rows}
            self._ids = MessageIds(documents["secret", "message_ids"])
            self._empty_log(connection)
            self._place = None if self._path is None else Place(self._path)
            still_open = connection.execute(f"{SELECT} WHERE is_open ORDER BY id")
            return Snapshot(
                documents=documents,
                sticky=connection.execute("SELECT powerpack_uuid, service, destination, number FROM sticky").fetchall(),
                open_messages=[message_of(row, self._ids) for row in still_open],
                last_message_id=connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0],
            )
        except sqlite3.Error as error:
            self._let_go()
            raise store_error(error, self._where) from error
        except (KeyError, ValueError) as error:
            self._let_go()
            raise StoreUnusable(
                f"state file {self._where} lacks what every state file has ({error!r}); "
                "restore it, or give another file"
            ) from error
        except StoreError:
            self._let_go()
            raise

    def put(self, kind: str, key: str, document: bytes) -> None:
        """Keep a document, replacing the one with the same kind and key."""
        self._documents[kind, key] = document
        if self._timer is None:
            self._touch()

    def delete(self, kind: str, key: str) -> None:
        """Forget a document."""
        self._documents[kind, key] = None
        self._touch()

    def put_sticky(self, powerpack_uuid: str, service: str, destination: str, number: str | None) -> None:
        """Keep which number writes to whom; None forgets the pair."""
        self._sticky[powerpack_uuid, service, destination] = number
        if self._timer is None:
            self._touch()

    def put_pairs(self, powerpack_uuid: str, service: str, pairs: Iterable[tuple[str, str]]) -> None:
        """The same for several handsets, each with its number."""
        sticky = self._sticky
        for destination, number in pairs:
            sticky[powerpack_uuid, service, destination] = number
        self._touch()

    def put_media(self, media: Media, content: bytes | None = None) -> None:
        """Keep a file; without ``content`` its bytes stay as they are."""
        self._media.put(media, content)
        self._touch()

    def delete_media(self, media_id: str) -> None:
        """Forget a file and its bytes."""
        self._media.delete(media_id)
        self._touch()

    async def media(self, media_id: str) -> Media | None:
        """One file, without its bytes."""
        self._write_media()
        return next(iter(MediaReader.media(self._read(MediaReader.ONE, [media_id]))), None)

    async def media_content(self, media_id: str) -> bytes | None:
        """Its bytes; None while they are not there."""
        self._write_media()
        found = self._read(MediaReader.CONTENT, [media_id])
        return found[0][0] if found else None

    async def media_page(self, *, limit: int, offset: int) -> tuple[Sequence[Media], int]:
        """Some files, newest first, and how many there are in all."""
        self._write_media()
        total = self._read(MediaReader.COUNT, [])[0][0]
        return MediaReader.media(self._read(MediaReader.PAGE, [limit, offset])), total

    async def uploads(self) -> Sequence[Media]:
        """Every file that was uploaded, oldest first."""
        self._write_media()
        return MediaReader.media(self._read(MediaReader.UPLOADS, []))

    async def media_expired(self, now: float) -> Sequence[str]:
        """The ids of files that are kept no more, a thousand at most."""
        self._write_media()
        return [row[0] for row in self._read(MediaReader.EXPIRED, [now])]

    def insert(self, message: Message) -> None:
        """Keep a new message, as it will be when the group commits."""
        self._inserted[message.id] = message
        if self._timer is None:
            self._touch()

    def insert_all(self, messages: Sequence[Message]) -> None:
        """Keep several."""
        inserted = self._inserted
        for message in messages:
            inserted[message.id] = message
        self._touch()

    def update(self, message: Message) -> None:
        """Keep a changed message; several changes before the commit are one."""
        if message.id in self._held:
            self._held[message.id] = message
            return
        if message.id not in self._inserted:
            self._updated[message.id] = message
        if self._timer is None:
            self._touch()

    def update_all(self, messages: Sequence[Message]) -> None:
        """Keep several."""
        if self._held:
            for message in messages:
                self.update(message)
            return
        inserted, updated = self._inserted, self._updated
        for message in messages:
            if message.id not in inserted:
                updated[message.id] = message
        self._touch()

    def update_later(self, message: Message) -> None:
        """Keep a change that nobody waits for, with others of its message."""
        self.update_all_later((message,))

    def update_all_later(self, messages: Sequence[Message]) -> None:
        """The same for several."""
        held, later = self._held, self._later
        for message in messages:
            (held if message.id in held else later)[message.id] = message
        if not later:
            return
        if self._later_timer is None:
            self._later_timer = asyncio.get_running_loop().call_later(LATER_S, self._take_later)

    def _take_later(self) -> None:
        """What was put off belongs to the next group."""
        if self._later_timer is None:
            return
        self._later_timer.cancel()
        self._later_timer = None
        later, self._later = self._later, {}
        self.update_all(list(later.values()))

    def when_durable(self, call: Durable) -> None:
        """Call back after the commit that holds everything up to now."""
        self._waiting.append(call)
        if self._timer is None:
            self._touch()

    async def commit(self) -> None:
        """Return when everything up to now is on disk; raises StoreError."""
        await until_durable(self.when_durable)

    async def message(self, row: int) -> Message | None:
        """One message, as of the last change."""
        pending = (self._inserted, self._updated, self._later, self._held)
        if self._forgotten or row in self._log or any(row in each for each in pending):
            self._write_all()
        return self._reading().message(row)

    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page:
        """A page of messages, newest first."""
        while len(self._log) > AT_ONCE:
            self._write_all(AT_ONCE)
            await asyncio.sleep(0)  # others go on in between
        return await self._reading().page(wanted, limit=limit, offset=offset, write_all=self._write_all)

    async def finished_before(self, moment: float, *, limit: int) -> Sequence[int]:
        """Rows of the oldest messages that are finished and were accepted before a moment; not the newest."""
        self._flush()  # what is finished has its row then
        return self._reading().finished_before(moment, limit=limit)

    async def sent_since(self, moment: float) -> Sequence[tuple[str, str, float]]:
        """(source, destination, sent_at) of every outbound segment sent at or after a moment, oldest first."""
        self._write_all()
        return self._reading().sent_since(moment)

    def forget(self, rows: Sequence[int]) -> None:
        """Let go of finished messages."""
        self._forgotten.extend(rows)
        self._touch()

    async def close(self) -> None:
        """Commit what is pending and let go of the file; raises StoreError when the last commit failed."""
        if self._connection is None:
            return
        try:
            self._take_later()
            if not self._log.is_empty:
                self._touch()
            error = self._flush(EVERYTHING)
        finally:
            self._let_go()
        if error is not None:
            raise error

    def abandon(self) -> None:
        """Let go of the file as a process does that is killed: what is pending is lost, and nobody hears of it."""
        self._waiting.clear()
        self._let_go()

    def _connect(self) -> sqlite3.Connection:
        if self._path is not None and not self._path.parent.is_dir():
            raise StoreUnusable(f"state file {self._path}: the folder {self._path.parent} does not exist")
        where = self._path or ":memory:"
        connection = sqlite3.connect(where, isolation_level=None, timeout=BUSY_S, check_same_thread=False)
        self._connection = connection  # so that a refusal below lets go of it
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        sqlite_schema.check(connection, self._where)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        # Debian's library writes a page to zero what was deleted on it; so only where the page is written anyway.
        connection.execute("PRAGMA secure_delete = FAST")
        connection.execute("BEGIN IMMEDIATE")  # takes the lock now, so that a second process hears of it at once
        sqlite_schema.prepare(connection, secret=self._secret)
        connection.execute("COMMIT")
        return connection

    def _empty_log(self, connection: sqlite3.Connection) -> None:
        """Give the messages that an earlier process held their rows."""
        if connection.execute("SELECT 1 FROM log LIMIT 1").fetchone() is None:
            return
        rows = inserted_rows(unwritten(connection, self._ids, self._where))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, rows)
        connection.execute("DELETE FROM log")
        connection.execute("COMMIT")

    def _write_media(self) -> None:
        """Whoever reads files sees all of them."""
        if self._media:
            self._flush()

    def _touch(self) -> None:
        """See that the group is committed soon. Who is called for every message looks at the timer first."""
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._flushed_at + GROUP_GAP_S - loop.time()
        self._timer = loop.call_later(wait, self._flush) if wait > 0 else loop.call_soon(self._flush)

    def _write_all(self, at_least: int = EVERYTHING) -> None:
        """Give messages their rows, those of the group and those that were put off too: whoever reads sees them. Raises
        StoreError if there is no room for those that were accepted before."""
        self._take_later()
        if self._is_behind or self._log:
            self._touch()
        # If a group can not be written its new messages are refused, and the others are tried without them.
        if self._flush(at_least) is not None and self._log and (error := self._flush(at_least)) is not None:
            raise error

    def _flush(self, at_least: int = 0) -> StoreError | None:
        """Commit the group; a failure is told to everyone who waits, and returned. Of the messages that wait for their
        rows so many get them, if there are so many."""
        if self._timer is None:
            return None
        self._timer.cancel()
        self._timer = None
        self._flushed_at = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, []
        self._is_behind = not at_least and self._may_wait
        if self._is_behind:
            self._held |= self._inserted
            error = None
        else:
            error = self._written(at_least)
            if error is None:
                self._documents, self._sticky, self._updated, self._media = {}, {}, {}, MediaRows()
                self._forgotten, self._held = [], {}
        self._trouble = error
        # A new message that could not be written was never accepted: whoever waits for it refuses it. Changes of what
        # is on disk already stay pending and go with the next group.
        self._inserted = {}
        tell_each(waiting, error)
        if error is not None:
            self._try_again_later()
        return error

    @property
    def _may_wait(self) -> bool:
        """Whether the group can stay as it is: in memory, where there is no disk that it would be safer on."""
        if self._path is not None or self._connection is None or self._media or self._forgotten:
            return False
        rows = len(self._held) + len(self._updated) + len(self._documents) + len(self._sticky)
        return rows < HELD_MAX and all(map(can_be_written, self._inserted.values()))

    def _try_again_later(self) -> None:
        """What could not be written must not wait for the next change, which may never come."""
        if self._timer is None and self._connection is not None:
            self._timer = asyncio.get_running_loop().call_later(RETRY_S, self._flush)

    def _written(self, at_least: int) -> StoreError | None:
        """Write the group; the error when nothing of it was written."""
        try:
            self._write(at_least)
        except StoreError as closed:
            return closed
        except Exception as cause:  # noqa: BLE001 -- whatever it is, those who wait for the commit must hear of it
            if self._opened().in_transaction:  # SQLite has rolled back by itself after some errors
                self._opened().execute("ROLLBACK")
            error = store_error(cause, self._where)
            error.__cause__ = cause
            return error
        return None

    def _write(self, at_least: int) -> None:
        connection, log = self._opened(), self._log
        if self._place is not None:
            self._place.check(connection)
        if self._path is None or self._forgotten:  # an entry could bring back what is forgotten
            at_least = EVERYTHING
        messages = log.divide([*self._held.values(), *self._inserted.values()], self._updated, at_least)
        forgotten = [(row,) for row in self._forgotten]
        for row in self._updated if self._later else ():
            self._later.pop(row, None)  # a row holds all that is known of its message
        connection.execute("BEGIN IMMEDIATE")
        for statement, rows in (
            (_PUT, [(*key, json) for key, json in self._documents.items() if json is not None]),
            (_FORGET, [key for key, json in self._documents.items() if json is None]),
            (_PAIR, [(*key, number) for key, number in self._sticky.items() if number is not None]),
            (_PART, [key for key, number in self._sticky.items() if number is None]),
            (INSERT, inserted_rows(messages.rows)),
            (UPDATE, updated_rows(messages.changed)),
            (sqlite_numbers.FORGET[0], forgotten),
            (sqlite_numbers.FORGET[1], forgotten),
            (_FORGET_MESSAGE, forgotten),
        ):
            if rows:  # most groups have rows for one or two, and an empty executemany costs as much as a row
                connection.executemany(statement, rows)
        if self._media:
            sqlite_media.write(connection, self._media)
        log.write(connection, messages)
        connection.execute("COMMIT")
        log.settle(messages)

    @property
    def _where(self) -> str:
        return str(self._path or "in memory")

    def _reading(self) -> SqliteReader:
        """What reads, once everything that was committed is written."""
        if self._is_behind:
            self._write_all()
        return SqliteReader(self._opened(), self._ids, self._where)

    def _read(self, query: str, values: Sequence[object]) -> list[Any]:
        """Any rows; raises StoreError."""
        return self._reading().rows(query, values)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("the store is not open")
        return self._connection

    def _let_go(self) -> None:
        self._log = Log()
        for timer in (self._timer, self._later_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._later_timer = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
