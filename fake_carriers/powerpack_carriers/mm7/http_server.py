"""A small HTTP/1.1 server on asyncio for the MMSC: whole requests in, whole answers out, limits on everything.

It is not an ASGI server because a carrier must be able to do what those forbid: never answer, hang up in the middle, or
say things that are no HTTP.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from powerpack_carriers.ports import Clock

HEAD_OCTETS_MAX: Final = 16_384
"""Request line and headers; the usual limits are 8 to 64 KiB. What frames a body in chunks is not counted."""

_HEADER_FRAME_OCTETS: Final = len(b": \r\n")

BODY_OCTETS_MAX: Final = 12_000_000
"""Five megabytes of content, twice as much for base64 and for those that have no limit of their own."""

IDLE_S: Final = 60.0
"""How long a connection may say nothing, in the middle of a request as well."""

CONNECTIONS_MAX: Final = 1_000
"""Open connections; a VASP has a handful."""

PIPELINED_MAX: Final = 16
"""Requests behind each other on one connection that are not answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A whole request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """A whole answer. ``raw``: these octets instead; without ``says_length`` it ends where the stream does."""

    status: int = 200
    content_type: str = 'text/xml; charset="utf-8"'
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    says_length: bool = True


Reply = Callable[[HttpAnswer | None], None]
"""Answers a request, once; None: hang up without a word."""

Serve = Callable[[HttpRequest, Reply], None]
"""Takes a request; ``Reply`` may be called at once, later, or never."""

_REASONS: Final = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    413: "Content Too Large", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    503: "Service Unavailable",
}  # fmt: skip


class HttpServer:
    """Listens, and gives each whole request to ``serve``."""

    def __init__(self, serve: Serve, *, clock: Clock, host: str, port: int) -> None:
        self.serve = serve
        self.clock = clock
        self.host = host
        self.port = port
        self.connections: dict[_Connection, None] = {}
        self._server: asyncio.Server | None = None
        self._all_gone: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Listen. Raises OSError where that is not possible."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection; nothing is left behind when it returns."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        if self.connections:
            self._all_gone = asyncio.get_running_loop().create_future()
            for connection in list(self.connections):
                connection.close()
            await self._all_gone
            self._all_gone = None
        await server.wait_closed()

    def admit(self, connection: "_Connection") -> bool:
        """Whether there is room for one more; for connections."""
        if len(self.connections) >= CONNECTIONS_MAX or self._server is None:
            return False
        self.connections[connection] = None
        return True

    def forget(self, connection: "_Connection") -> None:
        """One is gone; for connections."""
        self.connections.pop(connection, None)
        if self._all_gone is not None and not self.connections and not self._all_gone.done():
            self._all_gone.set_result(None)


class _Connection(asyncio.Protocol):
    """One client. Answers go out in the order of the requests (RFC 9112, 9.3.2)."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._parser = HttpRequestParser(self)
        self._url = b""
        self._headers: dict[str, str] = {}
        self._is_head = True
        self._unread_octets = 0
        self._head_octets = 0
        self._body = bytearray()
        self._answers: dict[int, HttpAnswer | None] = {}
        self._asked = 0
        self._answered = 0
        self._is_refused = False
        self._last_asked: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.admit(self):
            self._transport.abort()
            return
        self._heard_at = self._server.clock.monotonic()
        self._timer = asyncio.get_running_loop().call_at(self._heard_at + IDLE_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None
        self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._heard_at = self._server.clock.monotonic()
        if self._is_head:
            self._unread_octets += len(data)  # a header is told when it is whole, and may have no end
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._refuse(400, f"the request is no HTTP/1.1: {error}")
            return
        if self._is_head and self._unread_octets > HEAD_OCTETS_MAX:
            self._refuse_head()
        elif len(self._body) > BODY_OCTETS_MAX:
            self._refuse(413, f"the body has more than {BODY_OCTETS_MAX} octets")

    def close(self) -> None:
        """Say no more."""
        if self._transport is not None:
            self._transport.abort()

    # httptools

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._head_octets += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_octets += len(name) + len(value) + _HEADER_FRAME_OCTETS
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._is_head, self._unread_octets = False, 0
        if self._head_octets > HEAD_OCTETS_MAX:
            self._refuse_head()
            return
        length = self._headers.get("content-length", "0")
        if not length.isdigit() or len(length) > 12 or int(length) > BODY_OCTETS_MAX:
            self._refuse(413, f"the body has {length[:20]} octets, {BODY_OCTETS_MAX} is the limit")
        elif self._headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._is_refused:
            return
        request = HttpRequest(
            method=self._parser.get_method().decode("latin-1"),
            path=self._url.decode("latin-1").partition("?")[0],
            headers=self._headers,
            body=bytes(self._body),
        )
        number, self._asked = self._asked, self._asked + 1
        if not self._parser.should_keep_alive():
            self._last_asked = number
        self._url, self._headers, self._body = b"", {}, bytearray()
        self._is_head, self._head_octets = True, 0
        if self._asked - self._answered > PIPELINED_MAX:
            self.close()
            return
        self._server.serve(request, lambda answer: self._reply(number, answer))

    # Answers

    def _reply(self, number: int, answer: HttpAnswer | None) -> None:
        self._answers[number] = answer
        while self._transport is not None and self._answered in self._answers:
            due = self._answers.pop(self._answered)
            is_last = self._answered == self._last_asked
            self._answered += 1
            if due is None:
                self._transport.abort()
                return
            self._transport.write(due.raw if due.raw is not None else _octets(due, is_last=is_last))
            if is_last or due.raw is not None or not due.says_length:
                self._transport.close()
                return

    def _refuse_head(self) -> None:
        self._refuse(431, f"the head has more than {HEAD_OCTETS_MAX} octets")

    def _refuse(self, status: int, problem: str) -> None:
        """Answer and hang up: what follows can not be trusted to be a request."""
        if self._is_refused:
            return
        self._is_refused = True
        if self._transport is not None:
            answer = HttpAnswer(status=status, content_type="text/plain", body=problem.encode("ascii", "replace"))
            self._transport.write(_octets(answer, is_last=True))
            self._transport.close()

    def _look(self) -> None:
        due = self._heard_at + IDLE_S
        if due <= self._server.clock.monotonic():
            self.close()
        else:
            self._timer = asyncio.get_running_loop().call_at(due, self._look)


def _octets(answer: HttpAnswer, *, is_last: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}",
        f"Content-Type: {answer.content_type}",
        *((f"Content-Length: {len(answer.body)}",) if answer.says_length else ()),
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    if is_last or not answer.says_length:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body
