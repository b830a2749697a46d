"""A program that inserts messages into a state file until it is killed; prints the number of each durable one."""

import asyncio
import itertools
import os
import sys
from pathlib import Path

from powerpack_gateway.errors import StoreError
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.sqlite import SqliteStore

GROUP = 10


async def write(path: Path) -> None:
    """Insert in groups for ever."""
    store = SqliteStore(path, secret=b"\2" * SECRET_BYTES)
    await store.open()
    rows = itertools.count(1)
    while True:
        for row in itertools.islice(rows, GROUP):
            store.insert(
                Message(
                    id=row,
                    uuid="",
                    direction=Direction.OUTBOUND,
                    service=Service.SMS,
                    destination="12065550100",
                    text=f"message {row}",
                    created_at=0.0,
                )
            )
            store.when_durable(lambda error, row=row: say(row, error))  # type: ignore[misc] # a default binds the row
        await store.commit()


def say(row: int, error: StoreError | None) -> None:
    """One line, at once: nothing may be left in a buffer when the end comes."""
    if error is None:
        os.write(1, f"{row}\n".encode())


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
