"""Receivers of HTTP requests over sockets and virtual wires, and how a sender is asked and read."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from powerpack_gateway.http_client import (
    HttpFailure,
    HttpRequest,
    HttpResponse,
    HttpSender,
    SenderLimits,
)
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
EPOCH = datetime(2026, 3, 2, tzinfo=UTC)


def virtually(main: Coroutine[Any, Any, None]) -> None:
    loop = VirtualLoop()
    try:
        loop.run(main)
    finally:
        loop.shutdown()


class Events:
    """A journal."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._came = asyncio.Event()

    def record(self, kind: str, /, **fields: object) -> None:
        self.kinds.append(kind)
        self._came.set()

    async def until(self, kind: str) -> None:
        while kind not in self.kinds:
            self._came.clear()
            await self._came.wait()


class Receiver:
    """A server that answers with what it is told to: bytes, None for silence, b"" to hang up. The last one repeats."""

    def __init__(self, *answers: bytes | None, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.answers = deque(answers or [OK])
        self.requests: list[tuple[int, bytes]] = []  # (number of the connection, all of the request)
        self.links: list[Link] = []
        self.port = 0
        self.came = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Receiver":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        await asyncio.gather(*(link.gone for link in self.links))

    def url(self, path: str = "/status") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def hang_up(self) -> None:
        for link in self.links:
            link.transport.abort()

    async def has(self, count: int) -> None:
        while len(self.requests) < count:
            self.came.clear()
            await self.came.wait()


@dataclass
class Link(asyncio.Protocol):
    """One connection of a receiver."""

    receiver: Receiver
    number: int = 0
    buffer: bytes = b""
    transport: asyncio.Transport = field(init=False)
    gone: "asyncio.Future[None]" = field(init=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self.gone = asyncio.get_running_loop().create_future()
        self.number = len(self.receiver.links)
        self.receiver.links.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, _, body = self.buffer.partition(b"\r\n\r\n")
        if len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0):
            return
        self.receiver.requests.append((self.number, self.buffer))
        self.buffer = b""
        self.receiver.came.set()
        answers = self.receiver.answers
        answer = answers[0] if len(answers) == 1 else answers.popleft()
        if answer == b"":
            self.transport.close()
        elif answer is not None:
            self.transport.write(answer)


def a_sender(events: Events | None = None, **limits: Any) -> HttpSender:
    clock = LoopClock(asyncio.get_running_loop(), EPOCH)
    return HttpSender(clock=clock, journal=events or Events(), limits=SenderLimits(**limits))


def ask(sender: HttpSender, url: str, body: bytes = b"a=b") -> "asyncio.Future[HttpResponse | HttpFailure]":
    future: asyncio.Future[HttpResponse | HttpFailure] = asyncio.get_running_loop().create_future()
    sender.send(HttpRequest(method="POST", url=url, body=body), future.set_result)
    return future


async def answer_to(sender: HttpSender, url: str) -> HttpResponse:
    outcome = await ask(sender, url)
    assert isinstance(outcome, HttpResponse), outcome
    return outcome


async def failure_of(sender: HttpSender, url: str) -> HttpFailure:
    outcome = await ask(sender, url)
    assert isinstance(outcome, HttpFailure), outcome
    return outcome
