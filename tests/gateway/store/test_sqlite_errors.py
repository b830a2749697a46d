"""SQLite's errors say which file, what is wrong and what to do."""

import sqlite3

import pytest

from powerpack_gateway.errors import StoreError, StoreInUse, StoreUnusable
from powerpack_gateway.store.sqlite_errors import store_error


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_BUSY, StoreInUse, "is in use by another process; stop it"),
        (sqlite3.SQLITE_BUSY_RECOVERY, StoreInUse, "is in use by another process; stop it"),
        (sqlite3.SQLITE_LOCKED, StoreInUse, "is in use by another process; stop it"),
        (sqlite3.SQLITE_READONLY, StoreUnusable, "can not be opened for writing; check its permissions"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreUnusable, "can not be opened for writing; check its permissions"),
        (sqlite3.SQLITE_PERM, StoreUnusable, "can not be opened for writing; check its permissions"),
        (sqlite3.SQLITE_CANTOPEN, StoreUnusable, "can not be opened for writing; check its permissions"),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUnusable, "can not be read or written; check its permissions and the disk"),
        (sqlite3.SQLITE_NOTADB, StoreUnusable, "is damaged or no SQLite database; restore it"),
        (sqlite3.SQLITE_CORRUPT, StoreUnusable, "is damaged or no SQLite database; restore it"),
        (sqlite3.SQLITE_IOERR_WRITE, StoreError, "can not grow: a limit (ulimit -f) or a quota is reached"),
        (sqlite3.SQLITE_FULL, StoreError, "can not grow, the disk is full; nothing of this group was written"),
    ],
)
def test_an_error_of_a_known_kind_says_what_to_do(code: int, kind: type[StoreError], words: str) -> None:
    cause = sqlite3.OperationalError("as SQLite puts it")
    cause.sqlite_errorcode = code

    error = store_error(cause, "/tmp/state.db")

    assert type(error) is kind
    assert str(error).startswith(f"state file /tmp/state.db {words}")
    assert str(error).endswith("(as SQLite puts it)")


def test_any_other_error_of_sqlite_keeps_its_name_and_words() -> None:
    cause = sqlite3.IntegrityError("UNIQUE constraint failed: message.id")
    cause.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT

    error = store_error(cause, "/tmp/state.db")

    assert type(error) is StoreError
    assert str(error) == "state file /tmp/state.db: IntegrityError: UNIQUE constraint failed: message.id"


def test_an_error_without_a_code_keeps_its_name_and_words() -> None:
    error = store_error(OverflowError("too large"), "in memory")

    assert str(error) == "state file in memory: OverflowError: too large"
