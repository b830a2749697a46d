"""A small SMSC on loopback that does what a test says, and a route to it."""

import asyncio
import datetime
import random
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.smpp.submission import Submission
from powerpack_lab.virtual import VirtualLoop

HELLO = Submission("12065550100", "14155550123", b"hello")
DELIVER_BODY = b"\0\x01\x0114155550123\0\x03\x0012345\0\x04\0\0\0\0\0\0\0\0\x02hi"

BINDS = (0x01, 0x02, 0x09)
SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x04, 0x05, 0x06, 0x15
RESP = 0x80000000


def pdu(command_id: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


class Peer(asyncio.Protocol):
    """One connection of the SMSC: remembers what came, and answers by its script."""

    def __init__(self, smsc: "Smsc") -> None:
        self.smsc = smsc
        self.pdus: list[tuple[int, int, int]] = []
        self.is_open = False
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True
        self.smsc.peers.append(self)
        self.smsc.changed.set()

    def data_received(self, data: bytes) -> None:
        held, start = self._held + data, 0
        while len(held) - start >= 16 and len(held) - start >= (length := struct.unpack_from(">I", held, start)[0]):
            command_id, status, sequence = struct.unpack_from(">III", held, start + 4)
            start += length
            self.pdus.append((command_id, status, sequence))
            self.smsc.script(self, command_id, sequence)
        self._held = held[start:]
        self.smsc.changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.smsc.changed.set()

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def pause(self) -> None:
        """Read no more, as if the carrier hung; with a small buffer, so that few octets show it."""
        assert self._transport is not None
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self._transport.pause_reading()

    def resume(self) -> None:
        assert self._transport is not None
        self._transport.resume_reading()

    def sequences(self, command_id: int) -> list[int]:
        return [sequence for found, _status, sequence in self.pdus if found == command_id]


Script = Callable[[Peer, int, int], None]


def polite(peer: Peer, command_id: int, sequence: int) -> None:
    """Accepts everything; message ids are the sequence numbers."""
    if command_id in BINDS:
        peer.send(pdu(command_id | RESP, sequence, body=b"smsc\0"))
    elif command_id == SUBMIT:
        peer.send(pdu(SUBMIT | RESP, sequence, body=b"%d\0" % sequence))
    elif command_id in (UNBIND, ENQUIRE):
        peer.send(pdu(command_id | RESP, sequence))


def polite_except(*silent: int) -> Script:
    """Accepts everything, but leaves some commands without an answer."""

    def script(peer: Peer, command_id: int, sequence: int) -> None:
        if command_id not in silent:
            polite(peer, command_id, sequence)

    return script


def refuses_binds(status: int) -> Script:
    def script(peer: Peer, command_id: int, sequence: int) -> None:
        if command_id in BINDS:
            peer.send(pdu(command_id | RESP, sequence, status))

    return script


class Smsc:
    """Listens on loopback; ``changed`` is set by everything that happens on either side."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.peers: list[Peer] = []
        self.changed = asyncio.Event()
        self.port = 0

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(100):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


class Handler:
    """Remembers what the route said; never acknowledges on its own."""

    def __init__(self, smsc: Smsc) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.deliveries: list[Delivery] = []
        self.ready = 0
        self._changed = smsc.changed

    def route_ready(self, route: Route) -> None:
        self.ready += 1
        self._changed.set()

    def submit_answered(self, route: Route, token: object, status: int, message_id: str) -> None:
        self.calls.append(("answered", token, status, message_id))

    def submit_unknown(self, route: Route, token: object, reason: str) -> None:
        self.calls.append(("unknown", token, reason))

    def delivered(self, route: Route, delivery: Delivery) -> None:
        self.deliveries.append(delivery)

    def batch_done(self, route: Route) -> None:
        self.calls.append(("batch done",))
        self._changed.set()


class Journal:
    """Events in order; it also wakes whoever waits for one."""

    def __init__(self, smsc: Smsc) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self._changed = smsc.changed

    def record(self, kind: str, /, **fields: object) -> None:
        self.events.append((kind, fields))
        self._changed.set()

    def of(self, kind: str) -> list[dict[str, object]]:
        return [fields for found, fields in self.events if found == kind]


class LoopClock:
    """The running loop's time."""

    def now(self) -> datetime.datetime:
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Setup:
    """An SMSC and a route to it."""

    def __init__(self, smsc: Smsc, changes: dict[str, object]) -> None:
        values: dict[str, object] = {
            "name": "acme",
            "hosts": (("127.0.0.1", smsc.port),),
            "system_id": "esme1",
            "password": "secret",
            "unbind_timeout_s": 0.05,
            "reconnect_s_min": 0.001,
            "reconnect_s_max": 0.01,
        }
        settings = RouteSettings(**(values | changes))  # type: ignore[arg-type]  # each test changes what it is about
        self.smsc = smsc
        self.handler = Handler(smsc)
        self.journal = Journal(smsc)
        self.route = Route(settings, self.handler, clock=LoopClock(), journal=self.journal, rng=random.Random(1))
        self.until = smsc.until

    @property
    def peer(self) -> Peer:
        """The latest connection."""
        return self.smsc.peers[-1]

    async def bound(self) -> "Setup":
        self.route.start()
        await self.until(lambda: self.route.is_bound)
        return self


@asynccontextmanager
async def setup(script: Script = polite, tls: ssl.SSLContext | None = None, **changes: object) -> AsyncIterator[Setup]:
    """Run an SMSC with a route to it; at the end nothing of the route may be left."""
    smsc = Smsc(script)
    server = await asyncio.get_running_loop().create_server(lambda: Peer(smsc), "127.0.0.1", 0, ssl=tls)
    smsc.port = server.sockets[0].getsockname()[1]
    made = Setup(smsc, changes)
    try:
        yield made
    finally:
        await made.route.stop(0.05)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        server.close()
        for peer in smsc.peers:
            if peer.is_open:
                peer.close()
        await smsc.until(lambda: not any(peer.is_open for peer in smsc.peers))
        await server.wait_closed()
    assert left == set()


class NarrowLoop(asyncio.SelectorEventLoop):
    """A loop whose connections hold few octets, so that a carrier that does not read is felt soon."""

    async def create_connection(self, *args: Any, **settings: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **settings)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
        return transport, protocol


def run(
    scenario: Callable[[], Coroutine[None, None, None]],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(scenario())


def run_virtually(scenario: Callable[[], Coroutine[None, None, None]]) -> None:
    """For what happens when time is up: a clock that jumps, so that no busy machine is taken for a slow carrier."""
    run(scenario, VirtualLoop)


def closed_port() -> tuple[socket.socket, int]:
    """A port on which nobody listens, as long as the socket is held."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]
