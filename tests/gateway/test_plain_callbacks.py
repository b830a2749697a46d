"""Callbacks by the block: order, what follows a failure, and the end. That both ways come to the same is in
test_short_ways.py."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest

from gateway.outboxes import REFUSED, Log, Outbox, ScriptedSender, always, status
from gateway.receivers import EPOCH, OK, virtually
from gateway.test_notices import OUTBOUND
from powerpack_gateway.callbacks import CallbackSettings
from powerpack_gateway.http_client import HttpFailure, HttpRequest, HttpResponse, HttpSender
from powerpack_gateway.notices import status_values
from powerpack_gateway.plain_callbacks import PlainCall
from powerpack_gateway.status_posts import StatusPost
from powerpack_lab.clock import LoopClock

POST = StatusPost("http://app.test/status", token=lambda: "token", rng=Random(7))


def a_call(key: int, index: int = 0, post: StatusPost = POST) -> PlainCall:
    values = list(status_values(OUTBOUND, 0, "0.00550"))
    values[0], values[12] = b"%d" % key, b"%d" % index
    return PlainCall(key, index, post, tuple(values))


def key_and_index(request: HttpRequest) -> tuple[int, int]:
    """Whose the request is; the sender that follows a script gives both ways' as one."""
    said = dict(each.split(b"=", 1) for each in request.body.rpartition(b"\r\n")[2].split(b"&"))
    return int(said[b"MessageUUID"]), int(said[b"Sequence"])


def test_each_is_told_once_and_a_messages_go_out_in_order_one_after_the_other() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(204)))
        outbox = Outbox(sender)
        outbox.callbacks.tell_plain([a_call(key, index) for index in range(3) for key in (1, 2)])

        assert [key_and_index(each.request) for each in sender.sent] == [(1, 0), (2, 0)]

        await outbox.callbacks.drain(5.0)

        assert [key_and_index(each.request) for each in sender.sent[2:]] == [(1, 1), (2, 1), (1, 2), (2, 2)]
        assert outbox.told == [(1, 0, 204), (2, 0, 204), (1, 1, 204), (2, 1, 204), (1, 2, 204), (2, 2, 204)]
        assert outbox.settled == []
        assert (outbox.callbacks.pending, outbox.callbacks.in_flight) == (0, 0)

    virtually(main())


def test_what_follows_goes_before_what_was_told_later() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)), connections=1)
        outbox = Outbox(sender)
        outbox.callbacks.tell_plain([a_call(1), a_call(1, 1), a_call(2)])
        await outbox.callbacks.drain(5.0)

        assert [key_and_index(each.request) for each in sender.sent] == [(1, 0), (1, 1), (2, 0)]

    virtually(main())


def test_one_that_fails_is_tried_again_and_those_of_its_message_wait_for_it() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def fails_once(request: HttpRequest) -> HttpResponse | HttpFailure:
            return REFUSED if loop.time() < 60 and key_and_index(request) == (1, 0) else status(200)

        sender = ScriptedSender(fails_once)
        outbox = Outbox(sender)
        outbox.callbacks.tell_plain([a_call(1), a_call(1, 1), a_call(2)])
        await asyncio.sleep(1)
        outbox.callbacks.tell_plain([a_call(1, 2), a_call(2, 1)])
        await outbox.callbacks.drain(3600.0)

        assert [(each.at, *key_and_index(each.request)) for each in sender.sent] == [
            (0.0, 1, 0),
            (0.0, 2, 0),
            (1.0, 2, 1),
            (60.0, 1, 0),
            (60.0, 1, 1),
            (60.0, 1, 2),
        ]
        assert outbox.told == [(2, 0, 200), (2, 1, 200)]
        assert [each[:3] for each in outbox.settled] == [(1, 0, True), (1, 1, True), (1, 2, True)]
        assert outbox.callbacks.pending == 0

        outbox.callbacks.tell_plain([a_call(1, 3)])
        await outbox.callbacks.drain(5.0)

        assert outbox.told[2:] == [(1, 3, 200)]

    virtually(main())


def test_the_journal_says_what_it_says_on_the_long_way() -> None:
    async def main() -> None:
        post = StatusPost("http://user:secret@app.test/s", token=lambda: "token", rng=Random(7))
        outbox = Outbox(ScriptedSender(always(status(201))))
        call = a_call(7, 1, post)
        outbox.callbacks.tell_plain([call])
        await outbox.callbacks.drain(5.0)

        ((kind, fields),) = outbox.journal
        assert kind == "callback.sent"
        assert list(fields) == ["key", "index", "what", "attempt", "method", "url", "params", "status"]
        assert (fields["key"], fields["index"], fields["attempt"], fields["status"]) == (7, 1, 1, 201)
        assert fields["url"] == "http://app.test/s"
        params = fields["params"]
        assert isinstance(params, dict)
        assert (params["MessageUUID"], params["To"]) == ("7", OUTBOUND.destination)

    virtually(main())


def test_more_than_the_limit_are_counted_and_cleared() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(None))
        outbox = Outbox(sender, CallbackSettings(pending_max=4))
        outbox.callbacks.tell_plain([a_call(key) for key in range(6)])

        assert (outbox.callbacks.pending, outbox.callbacks.is_crowded) == (6, True)

        for sent in list(sender.sent):
            sent.done(status(200))
        await asyncio.sleep(0)

        assert outbox.kinds() == ["callback.crowded", "callback.sent", *["callback.sent"] * 5, "callback.cleared"]
        assert (outbox.callbacks.pending, outbox.callbacks.is_crowded) == (0, False)

    virtually(main())


def test_after_stop_nothing_is_told_or_sent() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(None))
        outbox = Outbox(sender)
        outbox.callbacks.tell_plain([a_call(1, index) for index in range(3)])
        sender.sent[0].done(status(200))
        await outbox.callbacks.stop()
        outbox.callbacks.tell_plain([a_call(2)])
        await asyncio.sleep(3600.0)

        assert (outbox.told, len(sender.sent)) == ([], 1)
        assert outbox.kinds() == ["callback.stopped"]
        assert (outbox.callbacks.pending, outbox.callbacks.in_flight) == (0, 0)

    virtually(main())


def test_an_owner_that_raises_does_not_hold_up_its_message() -> None:
    async def main() -> None:
        raised: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))
        outbox = Outbox(ScriptedSender(always(status(200))))

        def fail_once(calls: Sequence[PlainCall]) -> None:
            if calls[0].index == 0:
                raise LookupError("mine")

        outbox.on_told = fail_once
        outbox.callbacks.tell_plain([a_call(1), a_call(1, 1)])
        await outbox.callbacks.drain(5.0)

        assert [type(error) for error in raised] == [LookupError]
        assert outbox.told == [(1, 0, 200), (1, 1, 200)]

    virtually(main())


def test_stop_while_one_is_told_ends_its_message() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)
        stopping: list[asyncio.Future[None]] = []
        outbox.on_told = lambda _: stopping.append(asyncio.ensure_future(outbox.callbacks.stop()))
        outbox.callbacks.tell_plain([a_call(1, index) for index in range(3)])
        await asyncio.sleep(10)
        await stopping[0]

        assert len(sender.sent) == 2
        assert outbox.callbacks.pending == 0

    virtually(main())


class Ear(asyncio.Protocol):
    """A receiver that answers so many seconds later, and writes down whom it heard of and when."""

    def __init__(self, heard: list[tuple[float, int, int]], answer_after_s: float) -> None:
        self._heard = heard
        self._answer_after_s = answer_after_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._heard.append((loop.time(), *key_and_index(HttpRequest(method="POST", url="", body=data))))
        loop.call_later(self._answer_after_s, self._transport.write, OK)


def test_over_http_a_slow_receiver_delays_no_other_and_each_hears_every_message_in_order() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        slow: list[tuple[float, int, int]] = []
        quick: list[tuple[float, int, int]] = []
        await loop.create_server(lambda: Ear(slow, 2.0), "127.0.0.1", 8080)
        await loop.create_server(lambda: Ear(quick, 0.001), "127.0.0.1", 8081)
        posts = [StatusPost(f"http://127.0.0.1:{port}/", token=lambda: "token", rng=Random(7)) for port in (8080, 8081)]
        sender = HttpSender(clock=LoopClock(loop, EPOCH), journal=Log())
        outbox = Outbox(sender)
        calls = [
            a_call(2 * key + to, index, post)
            for index in range(3)
            for key in range(100)
            for to, post in enumerate(posts)
        ]
        outbox.callbacks.tell_plain(calls)
        await outbox.callbacks.drain(3600.0)
        await outbox.callbacks.stop()
        await sender.close()

        assert len(outbox.told) == 600
        assert max(at for at, _, _ in quick) < 1.0
        for heard, to in ((slow, 0), (quick, 1)):
            for key in range(100):
                assert [index for _, whose, index in heard if whose == 2 * key + to] == [0, 1, 2]
        # 16 messages take three times 2 s on 16 connections, and so 100 of them 42 s; the last go out at 40.
        assert max(at for at, _, _ in slow) == pytest.approx(40.0, abs=0.1)

    virtually(main())
