"""The HTTP sender: keep-alive connections per origin that carry requests out and hand each answer to a callback.

A request goes to an idle connection of its origin, else to a new one, else it waits in that origin's line; origins
share nothing, so a slow or dead one delays nobody else. No future, task or timer belongs to a request: one coarse
timer looks at all deadlines, and a task lives only while a connection opens.

Redirects are not followed and bodies are not decompressed: the answer is what the receiver said.
docs/decisions/0004-own-http-sender.md says why this is not a library.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from ssl import SSLContext, create_default_context

from powerpack_gateway.alarm import Alarm
from powerpack_gateway.host_names import connect
from powerpack_gateway.http_connection import (
    Carried,
    Connection,
    Done,
    Exchange,
    FailureKind,
    HttpFailure,
    HttpResponse,
    SenderLimits,
)
from powerpack_gateway.http_request import HttpRequest, Origin, encode, target_of
from powerpack_gateway.ports import Clock, Journal

__all__ = ["Done", "FailureKind", "HttpFailure", "HttpRequest", "HttpResponse", "HttpSender", "SenderLimits"]

TICK_S = 0.05
"""How close two looks at the deadlines may be: a thousand requests that time out together are one wake-up or two."""

TLS_SHUTDOWN_S = 1.0
"""How long a TLS peer may take over its close_notify; asyncio's own 30 s would be a leak to whoever watches."""


@dataclass(slots=True)
class _Pool:
    """What belongs to one origin."""

    connections: list[Connection] = field(default_factory=list)  # opening, busy or idle
    idle: list[Connection] = field(default_factory=list)  # the last to become idle is the first used
    waiting: deque[Carried] = field(default_factory=deque)  # by deadline


_DEFAULTS = SenderLimits()


class HttpSender:
    """Sends requests and calls back with the answers; belongs to the loop on which it is used."""

    def __init__(
        self, *, clock: Clock, journal: Journal, limits: SenderLimits = _DEFAULTS, ssl: SSLContext | None = None
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._journal = journal
        self._ssl = ssl
        self._pools: dict[Origin, _Pool] = {}
        self._opening: dict[asyncio.Task[None], None] = {}
        self._standing: dict[Connection, None] = {}  # from connection_made to connection_lost
        self._alarm = Alarm(self._look)
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<HttpSender: {len(self._pools)} origins, {self.in_flight} in flight, {self.waiting} waiting>"

    @property
    def in_flight(self) -> int:
        """Requests that have a connection, or one that is being opened for them."""
        return sum(connection.exchange is not None for pool in self._pools.values() for connection in pool.connections)

    @property
    def waiting(self) -> int:
        """Requests in line for a connection."""
        return sum(len(pool.waiting) for pool in self._pools.values())

    def send(self, request: HttpRequest, done: Done) -> None:
        """Send it; ``done`` gets the answer or why there is none, later.

        A request that went out on a kept connection which proves closed, with no byte of an answer, is sent once more
        on a fresh one (RFC 9112, 9.3.1): in the rarest case the receiver sees it twice.
        """
        if self._is_closed:
            self._refuse(done, FailureKind.STOPPED, "the sender is closed")
            return
        try:
            target = target_of(request.url)
            raw = encode(request, target)
        except ValueError as error:  # UnicodeError is one
            self._refuse(done, FailureKind.UNUSABLE, str(error))
            return
        is_repeatable = request.is_repeatable
        self.carry(target.origin, (Exchange(raw, done, 0.0, is_retried=not is_repeatable),))

    def carry(self, origin: Origin, exchanges: Sequence[Carried]) -> None:
        """Send requests that are written already, all to the same origin; their deadlines are set here."""
        if self._is_closed:
            for exchange in exchanges:
                self._refuse(exchange.done, FailureKind.STOPPED, "the sender is closed")
            return
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = _Pool()
        deadline = self._clock.monotonic() + self.limits.timeout_s
        for exchange in exchanges:
            exchange.deadline = deadline
            if pool.idle:
                pool.idle.pop().begin(exchange)
            elif len(pool.connections) < self.limits.connections_per_origin:
                self._open(origin, exchange)
            elif len(pool.waiting) < self.limits.waiting_per_origin:
                pool.waiting.append(exchange)
            else:
                detail = f"{origin}: {len(pool.waiting)} requests wait already, which is the limit"
                self._refuse(exchange.done, FailureKind.CROWDED, detail)
        if deadline < self._alarm.moment:
            self._alarm.no_later_than(deadline)

    async def close(self) -> None:
        """Fail what is under way and return when no connection, task or timer is left."""
        self._is_closed = True
        self._alarm.stop()
        for pool in list(self._pools.values()):
            unsent: list[Carried | None] = list(pool.waiting)
            pool.waiting.clear()
            unsent += [connection.give_up("sender closed") for connection in list(pool.connections)]
            for exchange in unsent:
                if exchange is not None:
                    self._give_up(exchange, FailureKind.STOPPED, "the sender was closed")
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in list(self._standing):
            await connection.closed
        await asyncio.sleep(0)  # the failures planned above are told now

    def _refuse(self, done: Done, kind: FailureKind, detail: str) -> None:
        asyncio.get_running_loop().call_soon(done, HttpFailure(kind=kind, detail=detail))

    # Connections

    def _open(self, origin: Origin, exchange: Carried) -> None:
        connection = Connection(self, origin, exchange)
        self._pools[origin].connections.append(connection)
        task = asyncio.get_running_loop().create_task(self._connect(connection))
        connection.opening = task
        self._opening[task] = None
        task.add_done_callback(self._opening.pop)

    async def _connect(self, connection: Connection) -> None:
        scheme, host, port = connection.origin
        try:
            if scheme == "https" and self._ssl is None:
                self._ssl = create_default_context()  # reads the system's certificates, so only when needed
            await connect(
                lambda: connection,
                host,
                port,
                within_s=self.limits.timeout_s,
                ssl=self._ssl if scheme == "https" else None,
                ssl_shutdown_timeout=TLS_SHUTDOWN_S,
            )
        except OSError as error:  # refused, no such name, TLS: ssl.SSLError and socket.gaierror are OSErrors
            connection.opening = None  # this very task, which ends here
            if (exchange := connection.give_up(f"not opened: {error}")) is not None:
                self.fail(connection, exchange, FailureKind.UNREACHABLE, str(error))

    def made(self, connection: Connection) -> None:
        """Count a connection that stands."""
        self._standing[connection] = None
        self._journal.record("http.opened", origin=str(connection.origin))

    def release(self, connection: Connection) -> None:
        """Give a free connection to the first in line, or keep it idle."""
        pool = self._pools[connection.origin]
        if pool.waiting:
            connection.begin(pool.waiting.popleft())
            return
        connection.deadline = self._clock.monotonic() + self.limits.idle_s
        pool.idle.append(connection)
        if connection.deadline < self._alarm.moment:
            self._alarm.no_later_than(connection.deadline)

    def forget(self, connection: Connection, reason: str) -> None:
        """Use a connection no more; the first in line gets a new one."""
        pool = self._pools.get(connection.origin)
        if pool is None or connection not in pool.connections:
            return
        pool.connections.remove(connection)
        if connection in pool.idle:
            pool.idle.remove(connection)
        self._journal.record("http.closed", origin=str(connection.origin), reason=reason)
        if pool.waiting:
            self._open(connection.origin, pool.waiting.popleft())
        elif not pool.connections:
            del self._pools[connection.origin]

    def lost(self, connection: Connection) -> None:
        """Count a connection that is gone."""
        del self._standing[connection]

    def retry(self, connection: Connection, exchange: Carried) -> None:
        """Put first in line what a stale connection swallowed; the connection that replaces it is a fresh one."""
        exchange.is_retried = True
        self._journal.record("http.retried", origin=str(connection.origin))
        self._pools[connection.origin].waiting.appendleft(exchange)

    def fail(self, connection: Connection, exchange: Carried, kind: FailureKind, detail: str) -> None:
        """Tell that there will be no answer."""
        self._give_up(exchange, kind, f"{connection.origin}: {detail}")

    def _give_up(self, exchange: Carried, kind: FailureKind, detail: str) -> None:
        failure = HttpFailure(kind=kind, detail=detail, may_have_arrived=exchange.is_written)
        asyncio.get_running_loop().call_soon(exchange.done, failure)

    # Deadlines

    def _look(self) -> None:
        now = self._clock.monotonic()
        for origin, pool in list(self._pools.items()):
            while pool.waiting and pool.waiting[0].deadline <= now:
                detail = f"{origin}: no connection was free in time"
                self._refuse(pool.waiting.popleft().done, FailureKind.TIMEOUT, detail)
            for connection in list(pool.connections):
                if connection.deadline <= now:
                    connection.expire()
        ahead = [connection.deadline for pool in self._pools.values() for connection in pool.connections]
        if ahead:
            self._alarm.no_later_than(max(min(ahead), now + TICK_S))
