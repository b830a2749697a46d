"""The SMSC over real loopback sockets, with a client that knows nothing but octets."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import smpplib.client
import smpplib.consts

from powerpack_carriers.smpp.buffer import PduBuffer, RawPdu
from powerpack_carriers.smpp.codec import decode, encode, encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.events import Bind
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.hot import DeliverSmTemplate
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.session import SessionLimits
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.smsc import LinkFilter, Smsc, SmscLimits, SmscLink

TIMEOUT_S = 10.0
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


def run(scenario: Callable[[], Coroutine[object, object, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(TIMEOUT_S):
            await scenario()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(bounded())


def test_a_bind_with_the_right_password_is_let_in() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()

            response = await client.bind()

            assert str(response) == "bind_transceiver_resp seq=1 ESME_ROK system_id=tmobile sc_interface_version=52"
            (link,) = lab.smsc.links
            assert (link.name, link.system_id, link.is_bound, link.can_deliver) == ("tmobile#1", "esme", True, True)
            assert link.connected_at == FixedClock().now()
            assert repr(link) == "<SmscLink tmobile#1 BOUND_TRX: transceiver esme, 0 unanswered>"
            assert repr(lab.smsc) == f"<Smsc tmobile 127.0.0.1:{lab.smsc.port}: 1 connected, 1 bound>"
            assert [kind for kind, _ in lab.journal.events] == ["carrier.connected", "pdu", "carrier.bound", "pdu"]

    run(scenario)


def test_a_bind_with_a_wrong_password_is_refused_and_may_be_tried_again() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()

            refused = await client.bind(password="wrong")
            let_in = await client.bind()

            assert refused.command_status == CommandStatus.ESME_RINVPASWD
            assert let_in.command_status == CommandStatus.ESME_ROK
            assert lab.journal.of("carrier.bind_refused") == [
                {"link": "tmobile#1", "system_id": "esme", "status": "ESME_RINVPASWD"}
            ]

    run(scenario)


def test_submits_of_one_read_are_one_batch_and_one_write() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()
            reads = client.reads

            client.send(*[submit(number) for number in range(2, 52)])
            responses = [await client.read() for _ in range(50)]

            assert [str(pdu) for pdu in responses[:2]] == [
                "submit_sm_resp seq=2 ESME_ROK message_id=2",
                "submit_sm_resp seq=3 ESME_ROK message_id=3",
            ]
            assert [len(batch) for batch in lab.application.batches] == [50]
            assert client.reads - reads == 1

    run(scenario)


def test_submits_sent_ahead_of_the_bind_response_are_served_behind_it() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()

            client.send(bind(), submit(2), submit(3))

            assert [(await client.read()).name for _ in range(3)] == [
                "bind_transceiver_resp",
                "submit_sm_resp",
                "submit_sm_resp",
            ]
            assert lab.journal.pdus()[:3] == ["< bind_transceiver", "< submit_sm", "< submit_sm"]

    run(scenario)


def test_a_delivery_comes_back_with_its_context_and_status() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()
            link = await lab.application.link

            link.deliver(RECEIPT, "receipt")
            link.deliver(Pdu(command_id=CommandId.data_sm, fields={"source_addr": "34"}), "data")
            link.flush()
            receipt, data = await client.read(), await client.read()
            client.send(
                encode_raw(CommandId.deliver_sm_resp, 0, receipt.sequence_number, b"\0"),
                encode_raw(CommandId.data_sm_resp, 0x64, data.sequence_number),
            )
            await lab.application.until(lambda: len(lab.application.answered) == 2)

            assert str(receipt) == "deliver_sm seq=1 34 -> 12 'id:1 stat:DELIVRD' esm_class=4"
            assert lab.application.answered == [("receipt", 0), ("data", 0x64)]

    run(scenario)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (CommandId.bind_transmitter, False),
        (CommandId.bind_receiver, True),
        (CommandId.bind_transceiver, True),
    ],
)
def test_only_receivers_can_be_delivered_to(command: CommandId, expected: bool) -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind(command)

            link = await lab.application.link

            assert link.can_deliver is expected

    run(scenario)


def test_a_full_window_can_not_be_delivered_to() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(session=SessionLimits(window_max=2))) as lab:
            await (await lab.connect()).bind()
            link = await lab.application.link

            link.deliver(RECEIPT)
            assert (link.window_free, link.can_deliver) == (1, True)
            link.deliver(RECEIPT)

            assert (link.window_free, link.can_deliver) == (0, False)

    run(scenario)


def test_what_was_not_answered_is_known_when_the_link_is_gone() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()
            link = await lab.application.link
            link.deliver(RECEIPT, "receipt")
            link.flush()
            await client.read()

            client.transport.abort()
            await lab.application.until(lambda: bool(lab.application.unbound_for))

            assert lab.application.left_unanswered == ["receipt"]
            assert lab.smsc.links == []
            assert len(lab.journal.of("carrier.disconnected")) == 1

    run(scenario)


def test_an_unbind_is_answered_behind_the_submits_and_the_connection_closed() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()

            client.send(submit(2), encode_raw(CommandId.unbind, 0, 3))
            names = [(await client.read()).name for _ in range(2)]
            await client.closed

            assert names == ["submit_sm_resp", "unbind_resp"]
            assert lab.application.unbound_for == ["unbound by the ESME"]

    run(scenario)


ENDS = {
    "a wrong length": (
        bytes.fromhex("00000004 00000004 00000000 00000009"),
        "found command_length 4, expected 16 to 70000",
    ),
    "HTTP": (
        b"GET / HTTP/1.1\r\n\r\n",
        "found command_length 1195725856, expected 16 to 70000; this looks like HTTP, not SMPP",
    ),
}


@pytest.mark.parametrize(("octets", "reason"), ENDS.values(), ids=ENDS)
def test_a_lost_stream_is_nacked_and_closed(octets: bytes, reason: str) -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()

            client.send(octets)
            nack = await client.read()
            await client.closed

            assert (nack.name, nack.command_status) == ("generic_nack", CommandStatus.ESME_RINVCMDLEN)
            assert lab.application.unbound_for == [reason]

    run(scenario)


def test_an_end_inside_a_pdu_is_named() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()

            client.send(submit(2)[:20])
            client.transport.close()
            await lab.application.until(lambda: bool(lab.application.unbound_for))

            assert lab.application.unbound_for == ["the connection ended after 20 octets of a PDU"]

    run(scenario)


def test_what_the_session_refuses_is_in_the_journal() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()

            client.send(submit(2), encode_raw(CommandId.deliver_sm_resp, 0, 5))
            await client.read()
            await client.bind()

            assert lab.journal.of("carrier.refused") == [
                {
                    "link": "tmobile#1",
                    "status": "ESME_RINVBNDSTS",
                    "reason": "submit_sm is not allowed in state OPEN",
                }
            ]
            assert len(lab.journal.of("carrier.unexpected_response")) == 1

    run(scenario)


def test_who_does_not_bind_in_time_is_closed() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(bind_within_s=0.01)) as lab:
            client = await lab.connect()

            await client.closed

            await asyncio.sleep(0)
            assert [fields["reason"] for fields in lab.journal.of("carrier.disconnected")] == ["no bind within 0.01 s"]

    run(scenario)


def test_a_silent_esme_is_asked_and_then_cut_off() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(idle_enquire_s=0.01, enquire_answer_within_s=0.01)) as lab:
            client = await lab.connect()
            await client.bind()

            asked = await client.read()
            await client.closed
            await lab.application.until(lambda: bool(lab.application.unbound_for))

            assert asked.name == "enquire_link"
            assert lab.application.unbound_for == ["no answer to enquire_link within 0.01 s"]

    run(scenario)


def test_an_esme_that_answers_enquire_link_is_asked_again() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(idle_enquire_s=0.01, enquire_answer_within_s=0.25)) as lab:
            client = await lab.connect()
            await client.bind()

            for _ in range(2):
                asked = await client.read()
                client.send(encode_raw(CommandId.enquire_link_resp, 0, asked.sequence_number))

            assert lab.application.unbound_for == []

    run(scenario)


def test_more_connections_than_allowed_are_reset() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(links_max=1)) as lab:
            first = await lab.connect()
            await first.bind()

            await (await lab.connect()).closed

            assert len(lab.smsc.links) == 1
            assert not first.closed.done()

    run(scenario)


def test_stop_unbinds_and_waits_for_the_answers() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()

            stopping = asyncio.ensure_future(lab.smsc.stop())
            asked = await client.read()
            client.send(submit(2), encode_raw(CommandId.unbind_resp, 0, asked.sequence_number))
            await stopping

            assert asked.name == "unbind"
            assert (await client.read()).name == "submit_sm_resp"
            assert lab.application.unbound_for == ["unbound by the carrier"]
            assert repr(lab.smsc) == "<Smsc tmobile stopped: 0 connected, 0 bound>"

    run(scenario)


def test_stop_does_not_wait_for_ever() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(end_within_s=0.01)) as lab:
            await (await lab.connect()).bind()
            await lab.connect()

            await lab.smsc.stop()

            assert lab.application.unbound_for == ["no unbind_resp within 0.01 s"]
            assert lab.smsc.links == []

    run(scenario)


def test_a_port_in_use_says_who_wanted_it() -> None:
    async def scenario() -> None:
        async with running() as lab:
            second = Smsc("att", lab.application, clock=FixedClock(), journal=lab.journal, port=lab.smsc.port)

            with pytest.raises(OSError, match=f"carrier att can not listen on 127.0.0.1:{lab.smsc.port}: "):
                await second.start()

    run(scenario)


def test_an_esme_that_does_not_read_is_not_read_and_at_last_cut_off() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(session=SessionLimits(window_max=1_000_000), output_octets_max=100_000)) as lab:
            client = await lab.connect()
            await client.bind()
            link = await lab.application.link
            client.transport.pause_reading()

            while link.can_deliver:
                link.deliver(BULKY)
                link.flush()
            assert not link.is_writable
            while link.is_bound:
                link.deliver(BULKY)
                link.flush()
            await lab.application.until(lambda: bool(lab.application.unbound_for))

            assert lab.application.unbound_for[0].endswith("octets unread")

    run(scenario)


def test_output_waits_for_an_esme_that_reads_late() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(session=SessionLimits(window_max=1_000_000))) as lab:
            client = await lab.connect()
            await client.bind()
            link = await lab.application.link
            client.transport.pause_reading()
            count = 0
            while link.can_deliver:
                link.deliver(BULKY)
                link.flush()
                count += 1
            for _ in range(10):
                link.deliver(BULKY)
            link.flush()

            client.transport.resume_reading()
            numbers = [(await client.read()).sequence_number for _ in range(count + 10)]

            assert numbers == list(range(1, count + 11))
            assert link.can_deliver

    run(scenario)


class Fault:
    """What a fault may do: give it a function over the PDUs that leave."""

    def __init__(self, change: Callable[[SmscLink, list[bytes]], list[bytes]]) -> None:
        self._change = change

    def incoming(self, link: SmscLink, data: bytes) -> bytes:
        return data.replace(b"hi", b"HI")

    def outgoing(self, link: SmscLink, pdus: list[bytes]) -> list[bytes]:
        return self._change(link, pdus)


def without_submit_responses(pdus: list[bytes]) -> list[bytes]:
    return [pdu for pdu in pdus if decode(pdu).command_id != CommandId.submit_sm_resp]


def delayed(link: SmscLink, pdus: list[bytes], delay_s: float = 0.001) -> list[bytes]:
    for pdu in pdus:
        if decode(pdu).command_id == CommandId.submit_sm_resp:
            link.send_raw_later(delay_s, pdu)
    return without_submit_responses(pdus)


FAULTS: dict[str, tuple[Callable[[SmscLink, list[bytes]], list[bytes]], list[str]]] = {
    "drop": (lambda link, pdus: without_submit_responses(pdus), ["enquire_link_resp"]),
    "duplicate": (
        lambda link, pdus: [p for pdu in pdus for p in (pdu, pdu)],
        ["submit_sm_resp"] * 2 + ["enquire_link_resp"] * 2,
    ),
    "delay": (delayed, ["enquire_link_resp", "submit_sm_resp"]),
}


@pytest.mark.parametrize(("change", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_filter_may_change_what_leaves(
    change: Callable[[SmscLink, list[bytes]], list[bytes]], expected: list[str]
) -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()
            lab.smsc.filters.append(Fault(change))

            client.send(submit(2), encode_raw(CommandId.enquire_link, 0, 3))

            assert [(await client.read()).name for _ in expected] == expected
            assert lab.application.batches[0][0].submit_sm().short_message == b"HI"

    run(scenario)


def test_a_late_answer_is_dropped_when_the_link_is_gone() -> None:
    async def scenario() -> None:
        async with running(filters=(Fault(lambda link, pdus: delayed(link, pdus, 3600.0)),)) as lab:
            client = await lab.connect()
            await client.bind()
            client.send(submit(2), encode_raw(CommandId.unbind, 0, 3))

            await client.closed

            assert lab.journal.pdus()[-1] == "> unbind_resp"
            assert "> submit_sm_resp" not in lab.journal.pdus()

    run(scenario)


Act = Callable[[SmscLink], None]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda link: link.abort("fault: reset"), "fault: reset"),
        (lambda link: link.close("fault: closed"), "fault: closed"),
    ],
    ids=["abort", "close"],
)
def test_a_link_can_be_ended_by_the_application(act: Act, reason: str) -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()

            act(await lab.application.link)
            await client.closed
            await lab.application.until(lambda: bool(lab.application.unbound_for))

            assert lab.application.unbound_for == [reason]

    run(scenario)


def test_an_exception_of_the_handler_ends_the_link_and_reaches_the_loop() -> None:
    class Broken(Application):
        def requests(self, link: SmscLink, requests: list[RawPdu]) -> None:
            raise ZeroDivisionError("a bug")

    async def scenario() -> None:
        reported: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
        async with running() as lab:
            lab.smsc.handler = broken = Broken()
            client = await lab.connect()
            await client.bind()

            client.send(submit(2))
            await client.closed
            await broken.until(lambda: bool(broken.unbound_for))

            assert [repr(context["exception"]) for context in reported] == ["ZeroDivisionError('a bug')"]
            assert broken.unbound_for == ["connection lost: a bug"]

    run(scenario)


def test_a_stalled_link_answers_again_when_it_resumes() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()
            link = await lab.application.link
            other = await lab.connect()

            link.stall()
            client.send(submit(2))
            await other.bind()
            assert (client.unread(), lab.application.batches) == (0, [])
            link.resume()

            assert (await client.read()).name == "submit_sm_resp"

    run(scenario)


def test_smpplib_binds_submits_receives_and_unbinds() -> None:
    delivered: list[object] = []
    answered: list[object] = []

    def esme(port: int) -> None:
        client = smpplib.client.Client("127.0.0.1", port, timeout=TIMEOUT_S, allow_unknown_opt_params=True)
        client.set_message_sent_handler(lambda pdu: answered.append(pdu.message_id))
        client.set_message_received_handler(lambda pdu: delivered.append(pdu.short_message))
        client.connect()
        client.bind_transceiver(system_id="esme", password="pwd")
        client.send_message(source_addr="12", destination_addr="34", short_message=b"hi", registered_delivery=True)
        while not (answered and delivered):
            client.read_once()
        client.unbind()
        client.disconnect()

    class Receipting(Application):
        def requests(self, link: SmscLink, requests: list[RawPdu]) -> None:
            super().requests(link, requests)
            link.deliver(RECEIPT, "receipt")

    async def scenario() -> None:
        application, journal = Receipting(), ListJournal()
        smsc = Smsc("att", application, clock=FixedClock(), journal=journal)
        await smsc.start()
        thread = threading.Thread(target=esme, args=(smsc.port,))
        thread.start()

        await application.until(lambda: bool(application.unbound_for))
        await smsc.stop()
        thread.join()

        assert (answered, delivered) == ([b"3"], [b"id:1 stat:DELIVRD"])
        assert application.answered == [("receipt", 0)]
        assert application.unbound_for == ["unbound by the ESME"]

    run(scenario)
