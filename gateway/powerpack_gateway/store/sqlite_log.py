"""The log of the SQLite store: what is on disk of messages that have no row of their own yet.

A message's row has thirty columns and stands in indexes. Written when the message is accepted, and again for each
change, it was most of what a message cost in SQLite; so it is written once, when nothing is owed any more. Until then
the message is *held* in memory, and what a commit has to make durable of all such messages is one entry here: the new
ones whole, of the others what has changed (docs/decisions/0031).

Rules:

1. A message is held or has a row, never both. What happens to one that has a row is written there, as ever.
2. So at a start, a message of the log that has a row is passed over: the row is newer than any entry.
3. An entry goes when no message is held that began in it or before it.
4. What is held is bounded, in messages and in octets of the log; the oldest get their rows early, a few a commit.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from powerpack_gateway.errors import StoreUnusable
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.messages import UNDER_WAY_VALUES, Message, Stage

SCHEMA = "CREATE TABLE log (seq INTEGER PRIMARY KEY, entry BLOB NOT NULL)"

HELD_MAX = 10_000
"""Messages that are held: those of some seconds, in which most receipts come. After a kill they get their rows at the
next start, which takes a quarter of a second."""

OCTETS_MAX = 16 << 20
"""Of entries in the file: so much more than its messages need it may grow, once, as their room is used again."""

STEP = 500
"""Messages that get their rows early with one commit, 10 ms of work, while there are too many octets."""

GONE_MIN = 32
"""Entries that can go before they are deleted: together, since each deletion changes the same pages."""


class Change(msgspec.Struct, array_like=True, gc=False):
    """What can change of a message. The order is on disk: a new field goes to the end, with a default."""

    id: int
    source: str
    stage: Stage
    error_code: str | None
    carrier: str | None
    sent_at: float | None
    updated_at: float
    told: int
    reasons: tuple[str, ...]
    carrier_ids: tuple[str, ...]
    arrived: int
    attempts: int
    media: tuple[str, ...]
    history: bytes

    def apply(self, message: Message) -> None:
        """Make a message what it was then."""
        for name in Change.__struct_fields__:
            setattr(message, name, getattr(self, name))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[list[Message], list[Change]]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """What becomes of a group's messages: ``rows`` get one, ``changed`` have one, ``held`` are held from now on.
    ``entry`` is for the log, empty if there is nothing to say; those before ``keeps_from`` go."""

    rows: list[Message]
    changed: list[Message]
    held: list[Message]
    entry: bytes
    keeps_from: int


class Log:
    """The messages that are held, and their entries in a file. ``divide`` decides, ``write`` does it in a transaction,
    ``settle`` follows when that is committed."""

    def __init__(self) -> None:
        self._held: dict[int, Message] = {}  # in the order of ``_since``
        self._since: dict[int, int] = {}  # the entry in which each began
        self._first = 1  # the first entry in the file, if there is one
        self._next = 1
        self._sizes: deque[int] = deque()  # of the entries from ``_first`` on
        self._octets = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, row: int) -> bool:
        return row in self._held

    @property
    def is_empty(self) -> bool:
        """Whether there is no entry in the file."""
        return self._first == self._next

    def divide(self, new: Sequence[Message], changed: Mapping[int, Message], at_least: int = 0) -> Division:
        """What is to be done for a group. So many messages get their rows at least, the oldest first."""
        held = self._held
        if at_least and at_least >= len(held) + len(new):
            return self._all(new, changed)
        with_row: list[Message] = []
        changes: list[Change] = []
        kept = [each for each in new if each.stage._value_ in UNDER_WAY_VALUES or each.is_open]
        rows = [each for each in new if not each.is_open] if len(kept) < len(new) else []
        count = len(held) + len(kept) - HELD_MAX
        if at_least:
            count = max(count, at_least)
        if count < STEP and self._octets > OCTETS_MAX:
            count = STEP
        early = dict(islice(held.items(), count)) if count > 0 else {}
        for row, message in changed.items():
            if row not in held:
                with_row.append(message)
            elif row not in early and (
                message.stage._value_ in UNDER_WAY_VALUES  # ``is_open``, with less calls
                or (message.callback_url is not None and message.told < message.notices_due)
            ):
                changes.append(Change(
                    row, message.source, message.stage, message.error_code, message.carrier, message.sent_at,
                    message.updated_at, message.told, message.reasons, message.carrier_ids, message.arrived,
                    message.attempts, message.media, message.history,
                ))  # fmt: skip
            else:
                if row in early:
                    del early[row]
                rows.append(message)
        rows.extend(early.values())
        entry = _encode((kept, changes)) if kept or changes else b""
        keeps_from = self._first
        if self._next - keeps_from >= GONE_MIN:
            oldest = self._since[next(iter(held))] if held else self._next
            keeps_from = oldest if oldest - keeps_from >= GONE_MIN else keeps_from
        return Division(rows=rows, changed=with_row, held=kept, entry=entry, keeps_from=keeps_from)

    def _all(self, new: Iterable[Message], changed: Mapping[int, Message]) -> Division:
        """Every message gets its row, and the log becomes empty."""
        held = self._held
        rows = [changed.get(row, message) for row, message in held.items()]
        with_row = [message for row, message in changed.items() if row not in held]
        return Division(rows=[*rows, *new], changed=with_row, held=[], entry=b"", keeps_from=self._next)

    def write(self, connection: sqlite3.Connection, division: Division) -> None:
        """Write the entry, and delete what can go, in the transaction that is open."""
        if division.entry:
            connection.execute("INSERT INTO log VALUES (?, ?)", (self._next, division.entry))
        if division.keeps_from > self._first:
            connection.execute("DELETE FROM log WHERE seq < ?", (division.keeps_from,))

    def settle(self, division: Division) -> None:
        """It is on disk."""
        for message in division.rows:
            if message.id in self._held:
                del self._held[message.id]
                del self._since[message.id]
        while self._first < division.keeps_from:
            self._octets -= self._sizes.popleft()
            self._first += 1
        if division.entry:
            for message in division.held:
                self._held[message.id] = message
                self._since[message.id] = self._next
            self._sizes.append(len(division.entry))
            self._octets += len(division.entry)
            self._next += 1


def unwritten(connection: sqlite3.Connection, ids: MessageIds, where: str) -> list[Message]:
    """The messages of the log that have no row, as the last entries left them; raises StoreUnusable, sqlite3.Error."""
    found: dict[int, Message] = {}
    for seq, raw in connection.execute("SELECT seq, entry FROM log ORDER BY seq"):
        try:
            new, changes = _decode(raw)
        except (msgspec.DecodeError, TypeError) as error:
            raise StoreUnusable(
                f"entry {seq} of the log in state file {where} can not be read ({error}); restore the file, or give "
                "another one"
            ) from error
        found.update((message.id, message) for message in new)
        for change in changes:
            if change.id in found:  # else it began in an entry that is gone, and has its row
                change.apply(found[change.id])
    if not found:
        return []
    for (row,) in connection.execute("SELECT id FROM message WHERE id BETWEEN ? AND ?", (min(found), max(found))):
        found.pop(row, None)
    for message in found.values():
        message.uuid, message.announced = ids.uuid(message.id), 0
    return list(found.values())
