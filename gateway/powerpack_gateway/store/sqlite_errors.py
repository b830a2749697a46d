"""SQLite's errors in our words."""

import sqlite3
from collections.abc import Mapping

from powerpack_gateway.errors import StoreError, StoreInUse, StoreUnusable

_IN_USE = "is in use by another process; stop it, or give another file"
_NOT_WRITABLE = "can not be opened for writing; check its permissions and the path"
_DAMAGED = "is damaged or no SQLite database; restore it, or give another file"
_NO_LARGER = (
    "can not grow: a limit (ulimit -f) or a quota is reached, or the disk fails; nothing of this group was written"
)

_REFUSALS: Mapping[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (StoreInUse, _IN_USE),
    sqlite3.SQLITE_LOCKED: (StoreInUse, _IN_USE),
    sqlite3.SQLITE_READONLY: (StoreUnusable, _NOT_WRITABLE),
    sqlite3.SQLITE_PERM: (StoreUnusable, _NOT_WRITABLE),
    sqlite3.SQLITE_CANTOPEN: (StoreUnusable, _NOT_WRITABLE),
    # A file that may be read only fails so too: its lock is refused by the operating system.
    sqlite3.SQLITE_IOERR: (StoreUnusable, "can not be read or written; check its permissions and the disk"),
    sqlite3.SQLITE_NOTADB: (StoreUnusable, _DAMAGED),
    sqlite3.SQLITE_CORRUPT: (StoreUnusable, _DAMAGED),
    sqlite3.SQLITE_FULL: (StoreError, "can not grow, the disk is full; nothing of this group was written"),
    sqlite3.SQLITE_IOERR_WRITE: (StoreError, _NO_LARGER),
}
"""What SQLite's primary result codes, and some extended ones, mean for a state file, and what to do."""

_PRIMARY = 0xFF  # the part of an extended result code that names its kind (sqlite.org/rescode.html)


def store_error(error: Exception, where: str) -> StoreError:
    """An error of reading or writing in our words: what is wrong with which file, and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    refusal = None if code is None else _REFUSALS.get(code) or _REFUSALS.get(code & _PRIMARY)
    if refusal is not None:
        kind, words = refusal
        return kind(f"state file {where} {words} ({error})")
    return StoreError(f"state file {where}: {type(error).__name__}: {error}")
