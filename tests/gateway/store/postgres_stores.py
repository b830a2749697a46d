"""What tests of a PostgreSQL of one's own have in common."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.store.postgres import PostgresStore

T = TypeVar("T")

SECRET = b"\1" * SECRET_BYTES


class Events:
    """A journal that a test reads, or waits for."""

    def __init__(self) -> None:
        self.of: dict[str, list[dict[str, object]]] = {}
        self._awaited: dict[str, list[asyncio.Future[None]]] = {}

    def record(self, kind: str, /, **fields: object) -> None:
        self.of.setdefault(kind, []).append(fields)
        for each in self._awaited.pop(kind, []):
            each.set_result(None)

    async def next(self, kind: str) -> None:
        """Return when it happens."""
        self._awaited.setdefault(kind, []).append(asyncio.get_running_loop().create_future())
        await self._awaited[kind][-1]


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def store_at(url: str, events: Events | None = None) -> PostgresStore:
    return PostgresStore(url, secret=SECRET, journal=events or Events())
