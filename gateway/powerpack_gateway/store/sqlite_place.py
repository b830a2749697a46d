"""Whether the files under an open state file's name are still those that were opened.

Somebody deletes or replaces them, and SQLite goes on in what has no name any more: every commit succeeds, and is gone
with the process. So each commit looks first.
"""

import os
import sqlite3
from pathlib import Path

from powerpack_gateway.errors import StoreError, StoreUnusable

Identity = tuple[int, int]


class Place:
    """The two files of an open database: the state file, and the log that SQLite writes ahead of it."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._log = f"{path}-wal"
        self._file_was = _identity(self._path)
        self._log_was = _identity(self._log)

    def check(self, connection: sqlite3.Connection) -> None:
        """Raises StoreUnusable where a commit would be lost; once the file is back under its name all is well again.

        A log that was deleted is made anew, when all that is in it is in the file.
        """
        try:
            file, log = os.stat(self._path), os.stat(self._log)
            if (file.st_ino, file.st_dev) == self._file_was and (log.st_ino, log.st_dev) == self._log_was:
                return
        except OSError:
            pass  # one of them is not there
        if _identity(self._path) != self._file_was:
            raise StoreUnusable(
                f"state file {self._path} was moved, deleted or replaced while this gateway has it open, so nothing is"
                " accepted; put it back where it was, or stop this gateway and restore it"
            )
        log_is = _identity(self._log)
        if self._log_was is None:
            self._log_was = log_is  # SQLite made it with the first commit
        elif log_is != self._log_was:
            self._make_log_anew(connection)

    def _make_log_anew(self, connection: sqlite3.Connection) -> None:
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()  # which empties the log into the file
        if mode != "delete":
            raise StoreError(
                f"{self._log} was deleted or replaced while this gateway has it open, and what is in it can not be"
                " moved into the state file; make room on the disk, and do not kill the gateway before"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        self._log_was = _identity(self._log)


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_dev
