"""One link of the SMSC over real loopback sockets, with a client that knows nothing but octets."""

import asyncio
from collections.abc import Callable

import pytest

from carriers.smsc_setting import (
    BULKY,
    RECEIPT,
    Application,
    FixedClock,
    bind,
    run,
    running,
    submit,
)
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.session import SessionLimits
from powerpack_carriers.smsc import SmscLimits, SmscLink


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
