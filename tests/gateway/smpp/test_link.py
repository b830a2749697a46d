"""A link writes once a turn, holds back when the carrier does not read, and keeps one timer."""

import asyncio
import datetime
import struct
from collections.abc import Callable, Sequence

import pytest

from gateway.receivers import virtually
from powerpack_gateway.smpp import link as link_module
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import Answered, Bound, Event, Finished, Unanswered
from powerpack_gateway.smpp.link import Link
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.submission import Submission

HELLO = Submission("12065550100", "14155550123", b"hello")
DELIVER_BODY = b"\0\x01\x0114155550123\0\x03\x0012345\0\x04\0\0\0\0\0\0\0\0\x02hi"


def pdu(command_id: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


class LoopClock:
    """The running loop's time."""

    def now(self) -> datetime.datetime:
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Wire(asyncio.Transport):
    """A transport that only remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.was_closed = asyncio.Event()
        self.was_aborted = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.was_closed.set()

    def abort(self) -> None:
        self.was_aborted.set()


class Owner:
    """Remembers what a link says."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.calls: list[str] = []
        self.fails = False

    def link_connected(self, link: Link) -> None:
        self.calls.append("connected")

    def link_events(self, link: Link, events: Sequence[Event]) -> None:
        if self.fails:
            raise ZeroDivisionError
        self.events += events

    def link_writable(self, link: Link) -> None:
        self.calls.append(f"room {link.window_free}")

    def link_lost(self, link: Link, reason: str) -> None:
        self.calls.append(f"lost: {reason}")


class Setup:
    """A link that is bound, on a wire that remembers, with an owner that remembers."""

    def __init__(self, *, close_timeout_s: float = 0.001, **changes: object) -> None:
        values: dict[str, object] = {
            "name": "acme",
            "hosts": (("127.0.0.1", 2775),),
            "system_id": "esme1",
            "password": "secret",
        }
        settings = RouteSettings(**(values | changes))  # type: ignore[arg-type]  # each test changes what it is about
        session = Session(settings, kind=BindKind.TRANSCEIVER, link="acme#1", trace=self.trace)
        self.owner = Owner()
        self.link = Link(session, self.owner, name="acme#1", close_timeout_s=close_timeout_s, clock=LoopClock())
        self.wire = Wire()

    def trace(self, direction: str, pdus: Sequence[bytes]) -> None:
        pass

    async def bound(self) -> "Setup":
        self.link.connection_made(self.wire)
        self.link.data_received(pdu(0x80000009, 1, body=b"smsc\0"))
        await asyncio.sleep(0)
        self.wire.written.clear()
        self.owner.events.clear()
        self.owner.calls.clear()
        return self


def commands(data: bytes) -> list[int]:
    found = []
    while data:
        length, command_id = struct.unpack_from(">II", data)
        found.append(command_id)
        data = data[length:]
    return found


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def timers() -> list[asyncio.TimerHandle]:
    """Timers that the running loop still holds."""
    scheduled: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # no public way
    return [handle for handle in scheduled if not handle.cancelled()]


def test_a_connection_is_told_before_the_bind_goes_out() -> None:
    async def scenario() -> None:
        setup = Setup()

        setup.link.connection_made(setup.wire)

        assert setup.owner.calls == ["connected"]
        assert [commands(data) for data in setup.wire.written] == [[0x09]]
        setup.link.connection_lost(None)

    virtually(scenario())


def test_a_turn_of_the_loop_is_one_write() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()
        setup.link.submit(HELLO, "a")
        setup.link.submit(HELLO, "b")
        setup.link.data_received(pdu(0x15, 1) + pdu(0x15, 2))
        assert setup.wire.written == []

        await turns()

        assert [commands(data) for data in setup.wire.written] == [[0x04, 0x04, 0x80000015, 0x80000015]]
        setup.link.connection_lost(None)

    virtually(scenario())


def test_one_timer_serves_all_submits() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()
        for token in range(50):
            setup.link.submit(HELLO, token)
            await turns(1)

        assert len(timers()) == 1
        setup.link.connection_lost(None)
        assert timers() == []

    asyncio.run(scenario())


def test_a_carrier_that_does_not_read_gets_no_more_submits() -> None:
    async def scenario() -> None:
        setup = await Setup(window=5).bound()

        setup.link.pause_writing()
        setup.link.resume_writing()

        assert setup.owner.calls == ["room 0", "room 5"]
        setup.link.connection_lost(None)

    virtually(scenario())


def test_what_the_carrier_does_not_read_is_written_later() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()
        setup.link.pause_writing()
        setup.link.data_received(pdu(0x15, 1))
        await turns()
        assert setup.wire.written == []

        setup.link.resume_writing()
        await turns()

        assert [commands(data) for data in setup.wire.written] == [[0x80000015]]
        setup.link.connection_lost(None)

    virtually(scenario())


def test_a_carrier_that_sends_but_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr(link_module, "OUTPUT_LENGTH_MAX", 40)
        setup = await Setup().bound()
        setup.link.submit(HELLO, "a")
        await turns()
        setup.link.pause_writing()

        setup.link.data_received(b"".join(pdu(0x15, sequence) for sequence in range(3)))
        await turns()

        reason = "the carrier reads nothing: 48 octets wait for it"
        assert setup.owner.events == [Finished(reason), Unanswered("a", reason)]
        assert setup.wire.was_aborted.is_set()
        setup.link.connection_lost(None)
        assert setup.owner.calls[-1] == f"lost: {reason}"

    virtually(scenario())


def test_a_sign_of_life_is_asked_for_when_the_timer_rings() -> None:
    async def scenario() -> None:
        setup = await Setup(enquire_link_s=0.001, inactivity_s=0.004).bound()

        await asyncio.wait_for(setup.wire.was_closed.wait(), 60)

        assert commands(b"".join(setup.wire.written))[0] == 0x15
        (event,) = setup.owner.events
        assert isinstance(event, Finished)
        assert event.reason.startswith("the carrier sent nothing for 0.0")
        setup.link.connection_lost(None)

    virtually(scenario())


def test_an_overdue_answer_is_told_by_the_timer() -> None:
    async def scenario() -> None:
        setup = await Setup(response_timeout_s=0.001, enquire_link_s=0.004, inactivity_s=0.008).bound()
        setup.link.submit(HELLO, "a")

        await asyncio.wait_for(setup.wire.was_closed.wait(), 60)

        assert setup.owner.events[0] == Unanswered("a", "no submit_sm_resp within 0.001 s")
        setup.link.connection_lost(None)

    virtually(scenario())


@pytest.mark.parametrize(
    "end",
    [
        lambda link: link.close(),
        lambda link: link.data_received(b"HTTP/1.1 400 Bad Request"),
    ],
    ids=["close", "a stream that can not be read"],
)
def test_a_carrier_that_does_not_let_us_close_is_cut_off(end: Callable[[Link], None]) -> None:
    async def scenario() -> None:
        setup = await Setup().bound()

        end(setup.link)
        assert setup.wire.was_closed.is_set()
        await asyncio.wait_for(setup.wire.was_aborted.wait(), 60)

        setup.link.connection_lost(None)

    virtually(scenario())


def test_a_deadline_before_the_cut_does_not_cancel_it() -> None:
    async def scenario() -> None:
        setup = await Setup(close_timeout_s=0.02, response_timeout_s=0.001).bound()
        setup.link.submit(HELLO, "a")
        await turns()

        setup.link.close()
        await asyncio.wait_for(setup.wire.was_aborted.wait(), 60)

        setup.link.connection_lost(None)

    virtually(scenario())


def test_an_end_amid_other_events_closes() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()
        setup.link.submit(HELLO, "a")
        setup.link.unbind()

        setup.link.data_received(pdu(0x80000006, 3) + pdu(0x80000004, 2, body=b"1\0"))

        assert setup.owner.events == [Finished("unbound"), Answered("a", 0, "1")]
        assert setup.wire.was_closed.is_set()
        setup.link.connection_lost(None)

    virtually(scenario())


def test_an_owner_that_fails_does_not_stop_the_timer() -> None:
    async def scenario() -> None:
        setup = await Setup(response_timeout_s=0.001, enquire_link_s=0.002, inactivity_s=0.003).bound()
        setup.link.submit(HELLO, "a")
        setup.owner.fails = True
        reported: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))

        await asyncio.wait_for(setup.wire.was_closed.wait(), 60)

        assert {type(error) for error in reported} == {ZeroDivisionError}
        setup.owner.fails = False
        setup.link.connection_lost(None)

    virtually(scenario())


def test_the_last_answer_is_written_before_the_close() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()

        setup.link.data_received(pdu(0x15, 1) + bytes(16))

        assert [commands(data) for data in setup.wire.written] == [[0x80000015, 0x80000000]]
        assert setup.wire.was_closed.is_set()
        setup.link.connection_lost(None)

    virtually(scenario())


def test_unbinding_is_polite_when_bound() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()

        setup.link.unbind()
        await turns()

        assert [commands(data) for data in setup.wire.written] == [[0x06]]
        assert not setup.wire.was_closed.is_set()
        setup.link.connection_lost(None)

    virtually(scenario())


def test_unbinding_before_the_bind_stands_closes() -> None:
    async def scenario() -> None:
        setup = Setup()
        setup.link.connection_made(setup.wire)

        setup.link.unbind()

        assert setup.wire.was_closed.is_set()
        setup.link.connection_lost(None)

    virtually(scenario())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (None, "the carrier closed the connection"),
        (ConnectionResetError(104, "reset"), "the connection broke: [Errno 104] reset"),
    ],
)
def test_a_lost_connection_is_told_last(error: Exception | None, reason: str) -> None:
    async def scenario() -> None:
        setup = await Setup().bound()
        setup.link.submit(HELLO, "a")

        setup.link.connection_lost(error)

        assert setup.owner.events == [Finished(reason), Unanswered("a", reason)]
        assert setup.owner.calls == [f"lost: {reason}"]
        await turns()
        assert setup.wire.written == []

    virtually(scenario())


def test_an_acknowledgement_after_the_loss_is_harmless() -> None:
    async def scenario() -> None:
        setup = await Setup().bound()
        setup.link.data_received(pdu(0x05, 7, body=DELIVER_BODY))
        (delivery,) = setup.owner.events
        assert isinstance(delivery, Delivery)
        setup.link.connection_lost(None)

        setup.link.acknowledge(delivery, 0)
        await turns()

        assert setup.wire.written == []

    virtually(scenario())


def test_a_bind_is_handed_over() -> None:
    async def scenario() -> None:
        setup = Setup()
        setup.link.connection_made(setup.wire)

        setup.link.data_received(pdu(0x80000009, 1, body=b"smsc\0"))

        assert setup.owner.events == [Bound("smsc", None)]
        assert repr(setup.link) == "<Link acme#1: BOUND_TRX, 0 in flight>"
        setup.link.connection_lost(None)

    virtually(scenario())
