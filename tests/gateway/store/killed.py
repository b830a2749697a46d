"""A program that opens a state file, or forgets messages in it, and is killed at each statement, or has no room.

``killed.py PATH open|forget|cramped``: works on copies, opens each again in peace, and prints one JSON line a trial:
``{"at": ..., "said": ..., "found": ...}``. It forks, so it is a process of its own, without threads.
"""

import asyncio
import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from powerpack_gateway.errors import StoreError
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import SqliteStore

SECRET = b"\2" * SECRET_BYTES
FORGOTTEN = 3
"""So many of the oldest finished messages are forgotten."""


def copy(path: Path, to: Path) -> None:
    """A state file with its log."""
    for suffix in ("", "-wal", "-journal"):
        Path(f"{to}{suffix}").unlink(missing_ok=True)
        if Path(f"{path}{suffix}").exists():
            shutil.copy(f"{path}{suffix}", f"{to}{suffix}")


async def everything(path: Path) -> list[str]:
    """What a gateway that starts finds, as digests: documents, pairs, what is open, each message."""
    store = SqliteStore(path, secret=SECRET)
    snapshot = await store.open()
    page = await store.messages(MessageFilter(), limit=100_000, offset=0)
    numbers = [await store.messages(MessageFilter(to_number=each.destination), limit=100_000, offset=0)
               for each in page.messages[:1]]  # fmt: skip
    parts = [
        sorted((*key, json) for key, json in snapshot.documents.items()),
        sorted(snapshot.sticky),
        [each.id for each in snapshot.open_messages],
        [len(each.messages) for each in numbers],
        *([each.id, each.text, each.stage.name, each.destination] for each in reversed(page.messages)),
    ]
    await store.close()
    return [hashlib.sha256(repr(each).encode()).hexdigest()[:12] for each in parts]


async def opens(path: Path) -> None:
    await SqliteStore(path, secret=SECRET).open()


async def forgets(path: Path) -> None:
    store = SqliteStore(path, secret=SECRET)
    await store.open()
    store.forget(await store.finished_before(1e12, limit=FORGOTTEN))
    await store.commit()


def forked(work: Callable[[], Coroutine[Any, Any, None]], prepare: Callable[[], None]) -> tuple[str, bool]:
    """Do it in a child: what it said, and whether it was killed."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        said = "done"
        try:
            prepare()
            asyncio.run(work())
        except StoreError as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writes, said.encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as told:
        said = told.read()
    return said, os.WIFSIGNALED(os.waitpid(child, 0)[1])


def killed_at(count: int) -> None:
    """Die before the n-th statement of every connection from now on."""
    real, left = sqlite3.connect, [count]

    def traced(_statement: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*args, **options)
        connection.set_trace_callback(traced)
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]


def without_room(octets: int) -> None:
    """No file may be larger, as with ``ulimit -f`` or a quota."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


def main(path: Path, what: str) -> None:
    trial = path.with_name("trial.db")

    def told(at: int, said: str) -> None:
        found = asyncio.run(everything(trial))
        os.write(1, f"{json.dumps({'at': at, 'said': said, 'found': found})}\n".encode())

    copy(path, trial)
    told(0, "")
    if what == "cramped":
        sizes = [Path(f"{path}{suffix}").stat().st_size for suffix in ("", "-wal") if Path(f"{path}{suffix}").exists()]
        for octets in (4096, 32_768, *sizes, max(sizes) + 4_096, max(sizes) + 40_960):
            copy(path, trial)
            told(octets, forked(lambda: opens(trial), partial(without_room, octets))[0])
        return
    is_killed, at = True, 0
    while is_killed:
        at += 1
        copy(path, trial)
        said, is_killed = forked(lambda: (opens if what == "open" else forgets)(trial), partial(killed_at, at))
        told(at, said)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
