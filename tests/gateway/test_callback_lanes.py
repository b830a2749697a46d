"""The outbox under load and at its end: lanes, limits, drain and stop, and real receivers."""

import asyncio

from gateway.outboxes import (
    REFUSED,
    URL,
    Log,
    Outbox,
    ScriptedSender,
    a_notice,
    always,
    in_turn,
    status,
)
from gateway.receivers import EPOCH, virtually
from powerpack_gateway.callbacks import CallbackSettings
from powerpack_gateway.http_client import (
    HttpSender,
)
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop


def test_the_sender_never_gets_more_for_an_origin_than_it_has_connections() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(None), connections=2)
        outbox = Outbox(sender)
        for key in range(5):
            outbox.callbacks.tell(a_notice(key))
        outbox.callbacks.tell(a_notice(9, url="http://other.test/"))

        assert [sent.request.url for sent in sender.sent] == [URL, URL, "http://other.test/"]
        assert (outbox.callbacks.in_flight, outbox.callbacks.pending) == (3, 6)

        sender.sent[0].done(status(200))

        assert len(sender.sent) == 4
        assert repr(outbox.callbacks) == "<Callbacks: 5 pending, 3 in flight, 0 to be retried>"

        await outbox.callbacks.stop()

    virtually(main())


def test_more_than_the_limit_is_accepted_and_said_once() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(None))
        outbox = Outbox(sender, CallbackSettings(pending_max=4))
        for key in range(6):
            outbox.callbacks.tell(a_notice(key))

        was_crowded = outbox.callbacks.is_crowded
        assert outbox.journal == [("callback.crowded", {"pending": 5, "pending_max": 4})]

        for sent in list(sender.sent):
            sent.done(status(200))

        assert len(outbox.settled) == 6
        assert (was_crowded, outbox.callbacks.is_crowded) == (True, False)
        assert ("callback.cleared", {"pending": 2}) in outbox.journal

    virtually(main())


def test_retries_that_fall_due_together_are_one_wake_up() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        sender = ScriptedSender(lambda _: status(200) if loop.time() > 0 else status(500))
        outbox = Outbox(sender)
        for key in range(1_000):
            outbox.callbacks.tell(a_notice(key))
        await outbox.callbacks.drain(3600.0)

        assert sender.times == [0.0] * 1_000 + [60.0] * 1_000
        assert loop.jumps < 5

    virtually(main())


def test_drain_returns_when_all_that_is_pending_waits_for_a_later_retry() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        outbox = Outbox(ScriptedSender(always(status(500))))
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(5.0)

        assert loop.time() == 0.0
        assert outbox.callbacks.pending == 1

    virtually(main())


def test_drain_waits_no_longer_than_it_was_allowed() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        outbox = Outbox(ScriptedSender(always(None)))
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(5.0)

        assert loop.time() == 5.0

    virtually(main())


def test_drain_with_nothing_pending_returns_at_once() -> None:
    async def main() -> None:
        await Outbox(ScriptedSender(always(None))).callbacks.drain(5.0)

        assert asyncio.get_running_loop().time() == 0.0

    virtually(main())


def test_after_stop_nothing_is_settled_told_or_planned() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        sender = ScriptedSender(in_turn(status(500), None, None))
        outbox = Outbox(sender)
        for key in range(3):
            outbox.callbacks.tell(a_notice(key))
        await asyncio.sleep(1.0)
        waiting = asyncio.ensure_future(outbox.callbacks.drain(1e6))
        await asyncio.sleep(1.0)
        await outbox.callbacks.stop()
        await waiting
        sender.sent[1].done(status(200))
        sender.sent[2].done(REFUSED)
        outbox.callbacks.tell(a_notice(9))
        await asyncio.sleep(3600.0)

        assert outbox.settled == []
        assert len(sender.sent) == 3
        assert outbox.journal[-1] == ("callback.stopped", {"pending": 3})
        assert (outbox.callbacks.pending, outbox.callbacks.in_flight) == (0, 0)

    virtually(main())


def test_stop_while_a_notice_is_settled_ends_the_key() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)
        stopping: list[asyncio.Future[None]] = []
        outbox.on_settled = lambda _: stopping.append(asyncio.ensure_future(outbox.callbacks.stop()))
        outbox.callbacks.tell(a_notice(index=0))
        await outbox.callbacks.drain(1.0)
        await stopping[0]

        assert len(sender.sent) == 1

    virtually(main())


class Hook(asyncio.Protocol):
    """A receiver that keeps the forms it was sent; the first tries of each are refused."""

    def __init__(self, forms: list[tuple[float, str]], refusals: int) -> None:
        self._forms = forms
        self._refusals = refusals

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        form = data.partition(b"\r\n\r\n")[2].decode()
        tries = sum(seen == form for _, seen in self._forms)
        self._forms.append((asyncio.get_running_loop().time(), form))
        code = 500 if tries < self._refusals else 200
        self._transport.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % code)


def test_over_http_a_receiver_that_fails_twice_hears_everything_in_order_and_on_time() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        forms: list[tuple[float, str]] = []
        server = await loop.create_server(lambda: Hook(forms, refusals=2), "127.0.0.1", 8080)
        sender = HttpSender(clock=LoopClock(loop, EPOCH), journal=Log())
        outbox = Outbox(sender)
        for index in range(2):
            params = {"Sequence": str(index)}
            outbox.callbacks.tell(a_notice(index=index, url="http://127.0.0.1:8080/", params=params))
        await outbox.callbacks.drain(3600.0)
        await outbox.callbacks.stop()
        await sender.close()
        server.close()
        await server.wait_closed()

        assert forms == [
            (0.0, "Sequence=0"),
            (60.0, "Sequence=0"),
            (180.0, "Sequence=0"),
            (180.0, "Sequence=1"),
            (240.0, "Sequence=1"),
            (360.0, "Sequence=1"),
        ]
        assert outbox.settled == [(1, 0, True, b""), (1, 1, True, b"")]

    virtually(main())


def test_over_loopback_a_thousand_notices_arrive_once_each_and_leave_nothing() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        forms: list[tuple[float, str]] = []
        server = await loop.create_server(lambda: Hook(forms, refusals=0), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sender = HttpSender(clock=LoopClock(loop, EPOCH), journal=Log())
        outbox = Outbox(sender)
        for number in range(1_000):
            params = {"key": str(number % 100), "index": str(number // 100)}
            outbox.callbacks.tell(a_notice(number % 100, number // 100, url=f"http://127.0.0.1:{port}/", params=params))
        await outbox.callbacks.drain(30.0)
        await outbox.callbacks.stop()
        await sender.close()
        server.close()

        assert len(forms) == 1_000
        for key in range(100):
            assert [form for _, form in forms if form.startswith(f"key={key}&")] == [
                f"key={key}&index={index}" for index in range(10)
            ]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
