"""One HTTP connection: writes a request, reads its answer with httptools, and tells its owner what became of both."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from powerpack_gateway.http_request import Origin

Done = Callable[["HttpResponse | HttpFailure"], None]
"""Called exactly once a request, never before ``HttpSender.send`` has returned."""


USUAL_OCTETS_MAX = 1_024
"""Of an answer that came in one piece: the next one with the same octets is not parsed again, since a receiver says the
same to every callback of a second, its date included. Nor is the head of one that differs in its body only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderLimits:
    """What the sender grants each origin and each answer."""

    connections_per_origin: int = 16
    """Browsers use 6; sixteen carry 160 a second to an app that takes 0.1 s, and a listen backlog holds them."""
    waiting_per_origin: int = 1_000
    """Requests in line behind busy connections, about 2 KB each; more than this at one origin cannot be in time."""
    idle_s: float = 4.0
    """Less than the 5 s of node and uvicorn: mostly we close an idle connection before they do."""
    timeout_s: float = 15.0
    """Line, connect, request and the whole answer together. Plivo names none; a webhook that needs longer is broken."""
    head_size_max: int = 65_536
    """Bytes of an answer that are not body: head, 1xx heads, chunk framing. The usual limits are 8 to 64 KiB."""
    body_size_max: int = 65_536
    """Bytes of body that are kept; a Message XML of a few KB is the longest answer anybody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A final answer (not 1xx) of any status; ``is_whole`` is False when the body was over the limit and cut."""

    status: int
    raw_headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    is_whole: bool = True

    def header(self, name: str) -> str | None:
        """The first header of that name, None when there is none."""
        wanted = name.lower().encode("latin-1")
        return next((value.decode("latin-1") for key, value in self.raw_headers if key.lower() == wanted), None)


class FailureKind(StrEnum):
    """Why there is no answer."""

    UNUSABLE = "unusable"  # the request cannot be written: bad url, method or header; to send it again is pointless
    CROWDED = "crowded"  # the origin's line is full; the receiver has seen nothing
    UNREACHABLE = "unreachable"  # no connection: refused, no such name, TLS refused
    TIMEOUT = "timeout"
    CLOSED = "closed"  # the peer closed before the answer was whole
    MALFORMED = "malformed"  # what came is not HTTP
    TOO_LARGE = "too_large"  # the head of the answer is over its limit
    STOPPED = "stopped"  # the sender was closed


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFailure:
    """There is no answer: why, and what was found. ``may_have_arrived``: some of the request went out."""

    kind: FailureKind
    detail: str
    may_have_arrived: bool = False


class Carried(Protocol):
    """One request under way, whatever else it is to whom it belongs; it goes out as it is."""

    raw: bytes
    deadline: float  # on the clock's monotonic scale
    is_retried: bool
    is_written: bool

    @property
    def done(self) -> Done:
        """What gets the answer."""
        ...


@dataclass(slots=True)
class Exchange:
    """One that is nothing else."""

    raw: bytes
    done: Done
    deadline: float
    is_retried: bool = False
    is_written: bool = False


class Owner(Protocol):
    """Who has the connections of an origin and decides what they carry."""

    limits: SenderLimits

    def made(self, connection: "Connection") -> None:
        """It stands and writes its first request."""
        ...

    def release(self, connection: "Connection") -> None:
        """It has its answer and can carry the next request."""
        ...

    def forget(self, connection: "Connection", reason: str) -> None:
        """It will carry nothing more; said at least once."""
        ...

    def lost(self, connection: "Connection") -> None:
        """Its transport is gone; said once to whom ``made`` was said."""
        ...

    def retry(self, connection: "Connection", exchange: Carried) -> None:
        """It was stale: the exchange must go out on a fresh one; ``forget`` follows."""
        ...

    def fail(self, connection: "Connection", exchange: Carried, kind: FailureKind, detail: str) -> None:
        """An exchange of its has ended without an answer."""
        ...


class Connection(asyncio.Protocol):
    """Carries one exchange at a time, the first as soon as it stands."""

    def __init__(self, owner: Owner, origin: Origin, exchange: Carried) -> None:
        self.origin = origin
        self.exchange: Carried | None = exchange  # None: idle, or given up
        self.deadline = exchange.deadline  # of the exchange, or of idleness
        self.opening: asyncio.Task[None] | None = None  # until it stands
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._is_reused = False
        self._usual: tuple[bytes, HttpResponse | None] = (b"", None)
        self._usual_head = b""  # of that answer, if its length says how long it is
        self._parser = HttpResponseParser(self)
        self._expect_answer()

    def begin(self, exchange: Carried) -> None:
        """Write the next request."""
        assert self._transport is not None
        self.exchange = exchange
        self.deadline = exchange.deadline
        self._is_reused = True
        exchange.is_written = True
        self._transport.write(exchange.raw)

    def give_up(self, reason: str) -> Carried | None:
        """Leave owner and wire at once; returns the exchange that is left without an answer."""
        exchange, self.exchange = self.exchange, None
        if self.opening is not None:
            self.opening.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._owner.forget(self, reason)
        return exchange

    def expire(self) -> None:
        """The deadline has passed: of the answer, or of idleness."""
        if self.exchange is None and self._transport is not None:
            self._transport.close()
            self._owner.forget(self, "idle")
        elif self._transport is None:
            self._break(FailureKind.TIMEOUT, "no connection in time")
        else:
            self._break(FailureKind.TIMEOUT, f"the answer was not whole in time, {self._received} bytes had come")

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)  # uvloop's is one, but not by inheritance
        self.opening = None
        self._owner.made(self)
        if self.exchange is None:  # its time ran out while the connection opened
            transport.abort()
            return
        self.exchange.is_written = True
        transport.write(self.exchange.raw)

    def data_received(self, data: bytes) -> None:
        exchange = self.exchange
        if exchange is None:  # a server that says 408 to an idle connection, or speaks out of turn
            self.give_up(f"unasked for: {data[:40]!r}")
            return
        octets, known = self._usual
        if data == octets and self._received == 0 and known is not None:
            self.exchange = None  # as ``_pass_on`` does it
            self._owner.release(self)
            exchange.done(known)
            return
        head = self._usual_head
        if head and known is not None and len(data) == len(octets) and self._received == 0 and data.startswith(head):
            answer = HttpResponse(status=known.status, raw_headers=known.raw_headers, body=data[len(head) :])
            self._usual = data, answer
            self._pass_on(answer)
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:  # a 101 that nobody asked for is an Upgrade
            if self._answer is None:
                what = f"{type(error).__name__}: {error}; last read {data[:40]!r}"
                self._break(FailureKind.MALFORMED, f"the answer is not HTTP/1: {what}")
                return
            self._keep_alive = False
        limits = self._owner.limits
        if self._answer is not None:
            if self._keep_alive and len(data) == self._received <= USUAL_OCTETS_MAX:
                self._learn(data, self._answer)
            self._finish(self._answer)
        elif self._body_seen > limits.body_size_max:
            self._keep_alive = False
            self._finish(self._complete())
        elif self._received - self._body_seen > limits.head_size_max:
            self._break(FailureKind.TOO_LARGE, f"the head of the answer is over {limits.head_size_max} bytes")

    def _learn(self, data: bytes, answer: HttpResponse) -> None:
        """Remember an answer that came in one piece. A head whose Content-Length is that of a body that was read whole
        says of the next octets what it said of these, if they are as many (RFC 9112, 6.3)."""
        self._usual = data, answer
        end = data.find(b"\r\n\r\n") + 4
        is_framed = answer.body == data[end:] and answer.header("content-length") == str(len(answer.body))
        self._usual_head = data[:end] if is_framed and answer.is_whole else b""

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)
        self._owner.lost(self)
        exchange, self.exchange = self.exchange, None
        reason = "closed by the peer" if exc is None else f"{type(exc).__name__}: {exc}"
        is_stale = self._received == 0 and self._is_reused
        if exchange is not None and is_stale and not exchange.is_retried:
            self._owner.retry(self, exchange)
            exchange = None
        self._owner.forget(self, reason)
        if exchange is None:
            return
        if exc is None and self._ends_with_connection():
            exchange.done(self._complete())
            return
        self._owner.fail(self, exchange, FailureKind.CLOSED, f"{reason}, {self._received} bytes into the answer")

    # httptools

    def on_message_begin(self) -> None:
        if self._answer is not None:
            self._keep_alive = False  # bytes behind the answer: whose answer would they be next time?

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._answer is None:
            self._status = self._parser.get_status_code()
            self._keep_alive = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self._body_seen += len(data)
        room = self._owner.limits.body_size_max - len(self._body)
        if room > 0:
            self._body += data[:room]

    def on_message_complete(self) -> None:
        if self._status < 200:  # 1xx announces an answer (RFC 9110, 15.2), it is none
            self._status = 0
            self._headers.clear()
        elif self._answer is None:
            self._complete()

    # The answer

    def _expect_answer(self) -> None:
        self._received = 0  # bytes since the request went out
        self._status = 0  # 0 until a head is whole
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._body_seen = 0
        self._keep_alive = False
        self._answer: HttpResponse | None = None

    def _ends_with_connection(self) -> bool:
        """Whether only the end of the connection ends this body (RFC 9112, 6.3, case 8)."""
        return self._status >= 200 and not any(
            name.lower() == b"content-length" or (name.lower() == b"transfer-encoding" and b"chunked" in value.lower())
            for name, value in self._headers
        )

    def _complete(self) -> HttpResponse:
        self._answer = HttpResponse(
            status=self._status,
            raw_headers=tuple(self._headers),
            body=bytes(self._body),
            is_whole=self._body_seen == len(self._body),
        )
        return self._answer

    def _finish(self, answer: HttpResponse) -> None:
        if self._keep_alive:
            self._expect_answer()
            self._pass_on(answer)
        else:
            exchange = self.give_up("not kept alive")
            assert exchange is not None
            exchange.done(answer)

    def _pass_on(self, answer: HttpResponse) -> None:
        """Make the connection free, then tell: whoever is told may send at once and finds it idle."""
        exchange, self.exchange = self.exchange, None
        assert exchange is not None
        self._owner.release(self)
        exchange.done(answer)

    def _break(self, kind: FailureKind, detail: str) -> None:
        exchange = self.give_up(kind)
        assert exchange is not None
        self._owner.fail(self, exchange, kind, detail)
