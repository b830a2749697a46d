"""What is read from an SQLite store: messages by the API's filters, what is finished, what was sent."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from powerpack_gateway.ids import MessageIds
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.store.base import MessageFilter, Page
from powerpack_gateway.store.conditions import OURS, conditions
from powerpack_gateway.store.sqlite_errors import store_error
from powerpack_gateway.store.sqlite_numbers import NumberIndex
from powerpack_gateway.store.sqlite_rows import SELECT, message_of

_FINISHED = (
    "SELECT id FROM message WHERE created_at < ? AND NOT is_open AND id < (SELECT max(id) FROM message)"
    " ORDER BY created_at LIMIT ?"
)
_SENT = (
    "SELECT source, destination, sent_at, units FROM message WHERE sent_at >= ? AND direction = ? ORDER BY sent_at, id"
)


class SqliteReader:
    """An open database, and ``where`` it is. Raises StoreError."""

    def __init__(self, connection: sqlite3.Connection, ids: MessageIds, where: str) -> None:
        self._connection = connection
        self._ids = ids
        self._where = where

    def rows(self, query: str, values: Sequence[object]) -> list[Any]:
        """Any rows."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise store_error(error, self._where) from error

    def message(self, row: int) -> Message | None:
        """One message."""
        found = self.rows(f"{SELECT} WHERE id = ?", [row])
        return message_of(found[0], self._ids) if found else None

    async def page(self, wanted: MessageFilter, *, limit: int, offset: int, write_all: Callable[[], None]) -> Page:
        """Some messages, newest first. ``write_all`` sees that everything has its row; called before each look."""
        write_all()
        where, values = _where(wanted, *await self._few_with(wanted, write_all))
        seen = [*values, offset + limit + 1]
        total = self.rows(f"SELECT count(*) FROM (SELECT 1 FROM message {where} LIMIT ?)", seen)[0][0]
        order = "ORDER BY created_at DESC, id DESC"
        rows = self.rows(f"{SELECT} {where} {order} LIMIT ? OFFSET ?", [*values, limit, offset])
        return Page(messages=[message_of(row, self._ids) for row in rows], total_count=total)

    async def _few_with(self, wanted: MessageFilter, write_all: Callable[[], None]) -> tuple[list[str], list[object]]:
        """A condition that spares a list by number the look at every message."""
        number = wanted.to_number or wanted.from_number
        if number is None:
            return [], []
        index = NumberIndex(self._connection)
        with suppress(sqlite3.Error):  # a full disk is told by what has to be written; the list only takes longer
            while index.extend():
                await asyncio.sleep(0)  # a million rows take a second: others go on in between
                write_all()
            index.settle()
        found = index.condition(number)
        return ([], []) if found is None else ([found[0]], found[1])

    def finished_before(self, moment: float, *, limit: int) -> list[int]:
        """Rows of the oldest messages that are finished and were accepted before a moment; not the newest."""
        return [row[0] for row in self.rows(_FINISHED, [moment, limit])]

    def sent_since(self, moment: float) -> list[tuple[str, str, float]]:
        """(source, destination, sent_at) of every outbound segment sent at or after a moment, oldest first."""
        return [row[:3] for row in self.rows(_SENT, [moment, Direction.OUTBOUND]) for _ in range(row[3])]


def _where(wanted: MessageFilter, more: Sequence[str], more_values: Sequence[object]) -> tuple[str, list[object]]:
    """The filter as SQL, and more conditions."""
    clauses, values = conditions(wanted)
    if wanted.numbers is not None:
        # As JSON, since a campaign has few numbers and an account may have more than a statement has places.
        clauses.append(f"{OURS} IN (SELECT value FROM json_each(?))")
        values.append(msgspec.json.encode(wanted.numbers).decode())
    clauses.extend(more)
    values.extend(more_values)
    return (f"WHERE {' AND '.join(clauses)}" if clauses else ""), values
