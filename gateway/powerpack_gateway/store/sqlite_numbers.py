"""Messages by number, in the SQLite store: an index that is made when somebody asks for it.

An ordinary index of destinations costs each message as much again as its insert, since every new entry is on another
page. This one is extended in bulk, sorted, by whoever lists the messages of a number, and costs sending nothing. What
came since then is looked at row by row.

A destination never changes, nor does the source of a message that owes nothing any more. One that was open when its
chunk was taken in may be sent by another number yet: its row is noted in ``unnumbered``, is looked at for every list,
and its source goes into the index once it is finished.
"""

import sqlite3
from collections.abc import Callable

SCHEMA = """
CREATE TABLE by_number (number INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (number, id)) WITHOUT ROWID;
CREATE TABLE numbered (up_to INTEGER NOT NULL);
INSERT INTO numbered VALUES (0)
"""

SENDERS = """
DELETE FROM by_number;
UPDATE numbered SET up_to = 0;
CREATE TABLE unnumbered (id INTEGER PRIMARY KEY)
"""
"""An index that was made before it held who sent is made anew by whoever asks next."""

CHUNK = 10_000
"""Rows that are looked at one by one, or taken into the index at once: some 10 ms, for which sending has to wait."""

FEW_MAX = 2_000
"""A number with more messages than this is found soon by looking at the newest ones first."""

_CHUNK = "FROM message WHERE id > ? AND id <= ?"
_EXTEND = (
    f"INSERT OR IGNORE INTO by_number SELECT CAST(destination AS INTEGER), id {_CHUNK} ORDER BY 1, 2",
    f"INSERT OR IGNORE INTO by_number SELECT CAST(source AS INTEGER), id {_CHUNK} AND NOT is_open ORDER BY 1, 2",
    f"INSERT OR IGNORE INTO unnumbered SELECT id {_CHUNK} AND is_open",
)
_NOTED = "FROM message WHERE id IN (SELECT id FROM unnumbered)"
_SETTLE = (
    f"INSERT OR IGNORE INTO by_number SELECT CAST(source AS INTEGER), id {_NOTED} AND NOT is_open",
    f"DELETE FROM unnumbered WHERE id NOT IN (SELECT id {_NOTED} AND is_open)",
)
"""For those that were open when their chunk was taken in and are finished now."""
FORGET = tuple(
    f"DELETE FROM by_number WHERE id = ?1 AND number = (SELECT CAST({each} AS INTEGER) FROM message WHERE id = ?1)"
    for each in ("destination", "source")
)
"""For each message that is about to be deleted."""


class NumberIndex:
    """The index in an open database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def up_to(self) -> int:
        """The last row that is in it."""
        found: int = self._connection.execute("SELECT up_to FROM numbered").fetchone()[0]
        return found

    def extend(self) -> bool:
        """Take in one chunk if at least one is missing; whether there may be more. Raises sqlite3.Error."""
        last: int = self._connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
        begin = self.up_to
        if last - begin < CHUNK:
            return False

        def take_in() -> None:
            for statement in _EXTEND:
                self._connection.execute(statement, (begin, begin + CHUNK))
            self._connection.execute("UPDATE numbered SET up_to = ?", (begin + CHUNK,))

        self._in_one(take_in)
        return True

    def settle(self) -> None:
        """Take in who sent what has finished since. Raises sqlite3.Error."""
        if self._connection.execute("SELECT 1 FROM unnumbered LIMIT 1").fetchone() is None:
            return
        self._in_one(lambda: [self._connection.execute(statement) for statement in _SETTLE])

    def _in_one(self, change: Callable[[], object]) -> None:
        """All of it or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            change()
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def condition(self, number: str) -> tuple[str, list[object]] | None:
        """A condition that leaves few rows to be looked at for a number; None where the index is of no use."""
        up_to = self.up_to
        if not up_to or not number.isdecimal() or len(number) > 18:
            return None
        key = int(number)
        seen = "SELECT count(*) FROM (SELECT 1 FROM by_number WHERE number = ? LIMIT ?)"
        if self._connection.execute(seen, (key, FEW_MAX + 1)).fetchone()[0] > FEW_MAX:
            return None
        indexed = "SELECT id FROM by_number WHERE number = ? UNION ALL SELECT id FROM unnumbered"
        return f"id IN ({indexed} UNION ALL SELECT id FROM message WHERE id > ?)", [key, up_to]
