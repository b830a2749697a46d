"""State files of SQLite: made, opened, refused."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from powerpack_gateway.errors import StoreError
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.virtual import VirtualLoop

SECRET = b"\1" * SECRET_BYTES
WRITER = Path(__file__).with_name("endless_writer.py")
NOBODY = 65_534

Connections = list[sqlite3.Connection]


def message(row: int = 1, text: str = "hi") -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text=text,
        created_at=0.0,
    )


def opened(path: Path | None) -> SqliteStore:
    store = SqliteStore(path, secret=SECRET)
    asyncio.run(store.open())
    return store


def refusal(path: Path) -> StoreError:
    """What opening raises; also proves that nothing stays open behind it."""
    with pytest.raises(StoreError) as caught:
        opened(path)
    return caught.value


def new_file(path: Path, loop: VirtualLoop) -> None:
    """A state file with a message in it."""
    store = opened(path)

    async def filled() -> None:
        store.insert(message())
        await store.close()

    loop.run(filled())


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions count: they do not for root, so that root becomes nobody for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@contextmanager
def writing(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that inserts into the file until it is killed, and prints every id when it is durable."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()
