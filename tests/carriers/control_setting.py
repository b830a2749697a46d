"""A carrier that is not started, and its control API."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from carriers.builders import EPOCH, HANDSET, StandingClock, a_message, a_profile, a_submit
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.control import control_app

BASE_URL = "http://127.0.0.1:8080"


class FakeJournalView:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str | None, int]] = []

    def events(self, after: int, kind: str | None, limit: int) -> Sequence[dict[str, object]]:
        self.asked.append((after, kind, limit))
        return [{"number": after + 1, "kind": kind or "pdu"}]

    def tail(self, kind: str | None, count: int) -> Sequence[dict[str, object]]:
        self.asked.append((-count, kind, count))
        return [{"number": 99, "kind": kind or "pdu"}]


class Setting:
    """A carrier that is not started, its API, and a client for it."""

    def __init__(self, *, advance: Callable[[float], Awaitable[str]] | None = None) -> None:
        self.journal = FakeJournalView()
        self.carrier = Carrier(a_profile(), name="acme", clock=StandingClock())
        self.directory = self.carrier.directory
        self.app = control_app(self.directory, {"acme": self.carrier}, self.journal, advance)

    @asynccontextmanager
    async def client(self, base_url: str = BASE_URL) -> AsyncIterator[httpx.AsyncClient]:
        """A client that calls the app directly."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            yield client

    def call(self, method: str, path: str, *, base_url: str = BASE_URL, **request: Any) -> httpx.Response:
        """One request on a loop of its own."""

        async def call() -> httpx.Response:
            async with self.client(base_url) as client:
                return await client.request(method, path, **request)

        return asyncio.run(call())

    def receive(self, text: bytes = b"Win!", *, message_id: bytes = b"17", handset: str = HANDSET) -> None:
        """A text in a handset's inbox."""
        message = a_message(a_submit(text, destination=handset), message_id=message_id)
        self.directory.visited(handset, by="acme").receive(message, EPOCH)
