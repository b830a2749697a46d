"""Posts the MMSC's own requests to one VASP: one after the other, in order, over a connection that is kept."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import SplitResult, unquote, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from powerpack_carriers.mm7.basic_auth import basic_authorization
from powerpack_carriers.ports import Clock

TIMEOUT_S: Final = 30.0
"""Connect, request and the whole answer."""

ANSWER_OCTETS_MAX: Final = 65_536
"""An answer is one envelope of a few hundred octets."""

IDLE_S: Final = 10.0
"""How long an unused connection is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of a request: an answer with its status, or none and why."""

    status: int = 0
    body: bytes = field(default=b"", repr=False)
    problem: str = ""


Done = Callable[[Posted], None]


class VaspClient:
    """The way to the URL of one VASP, on the running loop; ``stop`` forgets what waits."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self._target = urlsplit(url)
        self._clock = clock
        self._waiting: deque[tuple[str, bytes, Done]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._wire: _Wire | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Requests that are not answered."""
        return len(self._waiting)

    def post(self, content_type: str, body: bytes, done: Done) -> None:
        """Send it after those before it; ``done`` is called once, later."""
        self._waiting.append((content_type, body, done))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    def move_to(self, url: str) -> None:
        """The VASP is elsewhere from now on; what waits goes there."""
        self._target = urlsplit(url)
        if self._wire is not None:
            self._wire.abort()

    async def stop(self) -> None:
        """Leave no task, timer or connection behind."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._hang_up()

    async def _work(self) -> None:
        try:
            while self._waiting:
                content_type, body, done = self._waiting[0]
                posted = await self._exchange(_request(self._target, content_type, body))
                self._waiting.popleft()
                done(posted)
        finally:
            self._task = None
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._rest)

    async def _exchange(self, raw: bytes) -> Posted:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                if self._wire is None or self._wire.is_over:
                    self._wire = await self._connect()
                return await self._wire.exchange(raw)
        except TimeoutError:
            await self._hang_up()
            return Posted(problem=f"no answer within {TIMEOUT_S:g} s")
        except OSError as error:
            await self._hang_up()
            return Posted(problem=f"not reached: {error}")

    async def _connect(self) -> "_Wire":
        loop = asyncio.get_running_loop()
        port = self._target.port or (443 if self._target.scheme == "https" else 80)
        tls = True if self._target.scheme == "https" else None
        _, wire = await loop.create_connection(lambda: _Wire(loop), self._target.hostname or "", port, ssl=tls)
        return wire

    def _rest(self) -> None:
        self._idle = None
        if self._wire is not None:
            self._wire.abort()

    async def _hang_up(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()
            await wire.gone


class _Wire(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.gone: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[Posted] | None = None
        self._body = bytearray()
        self._octets = 0

    @property
    def is_over(self) -> bool:
        """Whether it carries no more."""
        return self._transport is None or self._transport.is_closing()

    async def exchange(self, raw: bytes) -> Posted:
        """Write a request and wait for its answer."""
        assert self._transport is not None, "it is asked only while it stands"
        self._answer = self._loop.create_future()
        self._body, self._octets = bytearray(), 0
        self._transport.write(raw)
        return await self._answer

    def abort(self) -> None:
        """Be gone."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._octets += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._settle(Posted(problem=f"the answer is no HTTP/1.1: {error}"))
            self.abort()
        if self._octets > ANSWER_OCTETS_MAX:
            self._settle(Posted(problem=f"the answer has more than {ANSWER_OCTETS_MAX} octets"))
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._settle(Posted(problem=f"the connection ended before the answer: {exc or 'closed'}"))
        self.gone.set_result(None)

    # httptools

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        keep_alive = self._parser.should_keep_alive()
        self._settle(Posted(status=self._parser.get_status_code(), body=bytes(self._body)))
        if not keep_alive and self._transport is not None:
            self._transport.close()

    def _settle(self, posted: Posted) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(posted)


def _request(target: SplitResult, content_type: str, body: bytes) -> bytes:
    host = target.netloc.rpartition("@")[2]
    lines = [
        f"POST {target.path or '/'}{'?' + target.query if target.query else ''} HTTP/1.1",
        f"Host: {host}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        'SOAPAction: ""',
    ]
    if target.username is not None:
        lines.append(f"Authorization: {basic_authorization(unquote(target.username), unquote(target.password or ''))}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
