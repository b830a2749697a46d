"""A door: one port of an SMSC, which is open, or what a fault has made of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Final, cast

from powerpack_carriers.hard_reset import reset
from powerpack_carriers.listener import Listener

SILENT_MAX: Final = 100
"""Connections that a silent door keeps: an ESME opens a handful and gives each up in time. The next ones are reset."""


class DoorState(Enum):
    """What becomes of those who connect."""

    OPEN = "open"
    """They are served."""
    SHUT = "shut"
    """They are refused, as where nobody listens."""
    RESETS = "resets"
    """They are reset as soon as they stand."""
    SILENT = "silent"
    """They stand, and nothing is ever said: no answer to a bind, and no TLS handshake."""


class Door:
    """One port, ``number`` counts an SMSC's from 1. ``serve`` makes the protocol of a connection that is served.

    Sessions that stand are not its business: it knows those only who connect while it is silent.
    """

    def __init__(
        self, number: int, listener: Listener, serve: Callable[[], asyncio.BaseProtocol], *, handshake_within_s: float
    ) -> None:
        self.number = number
        self.listener = listener
        """Where it is; the real port once it was used."""
        self._claims: dict[object, DoorState] = {}
        self._serve = serve
        self._handshake_within_s = handshake_within_s
        self._server: asyncio.Server | None = None
        self._made: DoorState | None = None
        self._kept: dict[asyncio.Transport, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_used = False

    def __repr__(self) -> str:
        return f"<Door {self.number} {self.listener.host}:{self.listener.port} {self.state.value}>"

    async def use(self) -> None:
        """Listen. Raises OSError."""
        self._is_used = True
        await self._listen()

    @property
    def state(self) -> DoorState:
        """What it shall be; a turn of the loop later it is."""
        return next(reversed(self._claims.values()), DoorState.OPEN)

    def hold(self, who: object, state: DoorState) -> None:
        """Treat those who connect in another way until ``who`` lets go; of several that hold it the last one decides.

        Those that were kept in silence are hung up on.
        """
        self._claims.pop(who, None)  # who holds it again comes last
        self._claims[who] = state
        self._become()

    def let_go(self, who: object) -> None:
        """It is as those want it who still hold it, and open when nobody does."""
        self._claims.pop(who, None)
        self._become()

    def _become(self) -> None:
        if self._is_used and self._task is None and self.state is not self._made:
            self._task = asyncio.get_running_loop().create_task(self._follow(), name=f"{self!r}")
            self._task.add_done_callback(self._followed)

    def shut(self) -> None:
        """Let nobody in any more, until the next ``use``."""
        self._is_used = False
        self._hang_up()

    async def wait_shut(self) -> None:
        """Return when nothing of it is left."""
        if self._task is not None:
            await asyncio.wait((self._task,))
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
        for transport in list(self._kept):
            transport.abort()

    async def _follow(self) -> None:
        try:
            while self._is_used and self._made is not self.state:
                await self._listen()
        finally:
            self._task = None  # in the same turn of the loop as the last look, so that no change is missed

    async def _listen(self) -> None:
        """Have a server as the state wants it. What is shut keeps its port, bound, so that nobody else gets it."""
        self._hang_up()
        self._made = None
        state, listener = self.state, self.listener
        is_secret = listener.tls is not None and state is DoorState.OPEN
        server = await asyncio.get_running_loop().create_server(
            self._protocol_for(state),
            listener.host,
            listener.port,
            ssl=listener.tls if is_secret else None,
            ssl_handshake_timeout=self._handshake_within_s if is_secret else None,
            start_serving=state is not DoorState.SHUT,
        )
        self.listener = replace(listener, port=server.sockets[0].getsockname()[1])
        self._server, self._made = server, state
        if not self._is_used:
            server.close()

    def _protocol_for(self, state: DoorState) -> Callable[[], asyncio.BaseProtocol]:
        if state is DoorState.RESETS:
            return _Reset
        return partial(_Silence, self._kept) if state is DoorState.SILENT else self._serve

    def _followed(self, task: asyncio.Task[None]) -> None:
        """Hand an error that nobody expected to the loop: the port was ours a moment ago."""
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": f"{self!r} is closed", "exception": error, "task": task})


class _Reset(asyncio.Protocol):
    """A connection that is reset."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        reset(cast(asyncio.Transport, transport))  # uvloop's is one, but not by inheritance


class _Silence(asyncio.Protocol):
    """A connection that stands, and nothing more; ``kept`` has it while it does."""

    def __init__(self, kept: dict[asyncio.Transport, None]) -> None:
        self._kept = kept
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)  # as above
        self._kept[transport] = None
        if len(self._kept) > SILENT_MAX:
            reset(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            del self._kept[self._transport]
