"""An SMSC over real loopback sockets, what is behind it, and clients that know nothing but octets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from powerpack_carriers.smpp.buffer import PduBuffer, RawPdu
from powerpack_carriers.smpp.codec import decode, encode, encode_tlvs
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.events import Bind
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.hot import DeliverSmTemplate
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.smsc import LinkFilter, Smsc, SmscLimits, SmscLink
from powerpack_lab.virtual import VirtualLoop

TIMEOUT_S = 100.0
"""A test that waits longer than this hangs."""

RECEIPT = DeliverSmTemplate(esm_class=4).body(
    source=b"\1\1", source_addr=b"34", destination=b"\1\1", destination_addr=b"12", short_message=b"id:1 stat:DELIVRD"
)


BULKY = RECEIPT + encode_tlvs((Tlv(TlvTag.message_payload, bytes(60_000)),))
"""Fills the socket's buffers with few PDUs."""


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


class ListJournal:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def record(self, kind: str, /, **fields: object) -> None:
        self.events.append((kind, fields))

    def of(self, kind: str) -> list[dict[str, object]]:
        return [fields for found, fields in self.events if found == kind]

    def pdus(self) -> list[str]:
        """Every PDU as direction and name."""
        found = []
        for fields in self.of("pdu"):
            raw = fields["raw"]
            assert isinstance(raw, bytes)
            found.append(f"{fields['direction']} {decode(raw).name}")
        return found


class Application:
    """Lets "esme" with "pwd" in, answers every submit_sm, and keeps what it was told."""

    def __init__(self) -> None:
        self.batches: list[list[RawPdu]] = []
        self.answered: list[tuple[object, int]] = []
        self.unbound_for: list[str] = []
        self.left_unanswered: list[object] = []
        self.link: asyncio.Future[SmscLink] = asyncio.get_running_loop().create_future()
        self.changed = asyncio.Event()

    def authenticate(self, link: SmscLink, bind: Bind) -> int:
        assert link.peer.startswith("127.0.0.1:")
        assert link.listener == 1
        return 0 if (bind.system_id, bind.password) == ("esme", "pwd") else CommandStatus.ESME_RINVPASWD

    def bound(self, link: SmscLink) -> None:
        if not self.link.done():
            self.link.set_result(link)

    def plain(self, link: SmscLink, data: bytes) -> int:
        return 0

    def heard(self, link: SmscLink) -> None:
        pass

    def unbound(self, link: SmscLink, reason: str) -> None:
        self.unbound_for.append(reason)
        self.left_unanswered += link.unanswered()
        self.changed.set()

    def requests(self, link: SmscLink, requests: list[RawPdu]) -> None:
        self.batches.append(requests)
        for request in requests:
            if request.command_id == CommandId.submit_sm:
                link.respond_submit(request, b"%d" % request.sequence_number)
            else:
                link.respond(request, CommandStatus.ESME_RQUERYFAIL)

    def responses(self, link: SmscLink, answered: list[tuple[object, int]]) -> None:
        self.answered += answered
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.changed.clear()
            await self.changed.wait()


class Client(asyncio.Protocol):
    """An ESME that sends what it is told and keeps what it gets."""

    def __init__(self) -> None:
        self._buffer = PduBuffer()
        self._received: asyncio.Queue[Pdu] = asyncio.Queue()
        self.reads = 0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.reads += 1
        for pdu in self._buffer.feed(data):
            self._received.put_nowait(pdu.decode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)

    def send(self, *pdus: bytes) -> None:
        self.transport.write(b"".join(pdus))

    async def read(self) -> Pdu:
        return await self._received.get()

    def unread(self) -> int:
        return self._received.qsize()

    async def bind(self, command_id: int = CommandId.bind_transceiver, password: str = "pwd") -> Pdu:
        self.send(bind(command_id, password))
        return await self.read()


def bind(command_id: int = CommandId.bind_transceiver, password: str = "pwd") -> bytes:
    fields: dict[str, FieldValue] = {"system_id": "esme", "password": password, "interface_version": 0x34}
    return encode(Pdu(command_id=command_id, sequence_number=1, fields=fields))


def submit(sequence_number: int) -> bytes:
    fields: dict[str, FieldValue] = {"source_addr": "12", "destination_addr": "34", "short_message": b"hi"}
    return encode(Pdu(command_id=CommandId.submit_sm, sequence_number=sequence_number, fields=fields))


class Setting:
    """An SMSC that runs, what is behind it, and clients for it."""

    def __init__(self, smsc: Smsc, application: Application, journal: ListJournal) -> None:
        self.smsc, self.application, self.journal = smsc, application, journal
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", self.smsc.port)
        self.clients.append(client)
        return client


@asynccontextmanager
async def running(limits: SmscLimits | None = None, filters: tuple[LinkFilter, ...] = ()) -> AsyncIterator[Setting]:
    application, journal = Application(), ListJournal()
    smsc = Smsc("tmobile", application, clock=FixedClock(), journal=journal, limits=limits, filters=filters)
    await smsc.start()
    setting = Setting(smsc, application, journal)
    try:
        yield setting
    finally:
        for client in setting.clients:
            client.transport.close()
        await smsc.stop()
        for client in setting.clients:
            await client.closed


def run(
    scenario: Callable[[], Coroutine[object, object, None]],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(TIMEOUT_S):
            await scenario()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(bounded())


def run_virtually(scenario: Callable[[], Coroutine[object, object, None]]) -> None:
    """For what happens when time is up: a clock that jumps, so that no busy machine is taken for a silent ESME."""
    run(scenario, VirtualLoop)
