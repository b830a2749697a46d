"""The outbox's motor on a loop whose time jumps: order, retries on schedule, lanes, and an end that leaves nothing."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from powerpack_gateway.callbacks import Callbacks, CallbackSettings, Notice, Sender, form_encoded
from powerpack_gateway.http_client import (
    Done,
    FailureKind,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    HttpSender,
    SenderLimits,
)
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
URL = "http://app.test/status"
GIVE_UP_S = 60.0 + 120.0 + 240.0


def virtually(main: Coroutine[Any, Any, None]) -> None:
    loop = VirtualLoop()
    try:
        loop.run(main)
    finally:
        loop.shutdown()


def a_notice(
    key: int = 1,
    index: int = 0,
    *,
    url: str = URL,
    method: Literal["POST", "GET"] = "POST",
    params: Mapping[str, str] = MappingProxyType({"Status": "sent"}),
) -> Notice:
    return Notice(key=key, index=index, url=url, method=method, params=params, what="status")


def status(code: int, body: bytes = b"") -> HttpResponse:
    return HttpResponse(status=code, raw_headers=(), body=body)


REFUSED = HttpFailure(kind=FailureKind.UNREACHABLE, detail="refused")


@dataclass(frozen=True)
class Sent:
    """A try that the sender was given."""

    at: float
    request: HttpRequest
    done: Done


class ScriptedSender:
    """Answers each try as ``answer`` says, a moment later; None leaves it open."""

    def __init__(
        self, answer: Callable[[HttpRequest], HttpResponse | HttpFailure | None], connections: int = 16
    ) -> None:
        self.limits = SenderLimits(connections_per_origin=connections)
        self.sent: list[Sent] = []
        self._answer = answer

    def send(self, request: HttpRequest, done: Done) -> None:
        loop = asyncio.get_running_loop()
        self.sent.append(Sent(loop.time(), request, done))
        outcome = self._answer(request)
        if outcome is not None:
            loop.call_soon(done, outcome)

    @property
    def times(self) -> list[float]:
        return [sent.at for sent in self.sent]


class Log:
    """A journal."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def record(self, kind: str, /, **fields: object) -> None:
        self.events.append((kind, fields))


class Outbox:
    """Callbacks with everything around them; made on the running loop."""

    def __init__(self, sender: Sender, settings: CallbackSettings | None = None) -> None:
        clock = LoopClock(asyncio.get_running_loop(), EPOCH)
        self.settled: list[tuple[int, int, bool, bytes]] = []
        self.on_settled: Callable[[Notice], None] = lambda _: None
        self._log = Log()
        self.signed: list[tuple[str, str, dict[str, str]]] = []
        self.callbacks = Callbacks(
            sender=sender,
            clock=clock,
            journal=self._log,
            sign=self.sign,
            settled=self.settle,
            settings=settings or CallbackSettings(),
        )

    @property
    def journal(self) -> list[tuple[str, dict[str, object]]]:
        return self._log.events

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.journal]

    def sign(self, method: str, url: str, params: Mapping[str, str]) -> Mapping[str, str]:
        self.signed.append((method, url, dict(params)))
        return {"X-Nonce": str(len(self.signed))}

    def settle(self, notice: Notice, acknowledged: bool, body: bytes) -> None:
        self.settled.append((notice.key, notice.index, acknowledged, body))
        self.on_settled(notice)


def always(outcome: HttpResponse | HttpFailure | None) -> Callable[[HttpRequest], HttpResponse | HttpFailure | None]:
    return lambda _: outcome


def in_turn(
    *outcomes: HttpResponse | HttpFailure | None,
) -> Callable[[HttpRequest], HttpResponse | HttpFailure | None]:
    left = list(outcomes)
    return lambda _: left.pop(0)


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_any_2xx_acknowledges(code: int) -> None:
    async def main() -> None:
        outbox = Outbox(ScriptedSender(always(status(code, b"<Response/>"))))
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(1.0)

        assert outbox.settled == [(1, 0, True, b"<Response/>")]
        assert outbox.kinds() == ["callback.sent"]
        assert outbox.callbacks.pending == 0

    virtually(main())


@pytest.mark.parametrize("outcome", [status(301), status(404), status(500), REFUSED], ids=str)
def test_anything_else_is_tried_again_60_120_and_240_seconds_later_and_then_given_up(
    outcome: HttpResponse | HttpFailure,
) -> None:
    async def main() -> None:
        sender = ScriptedSender(always(outcome))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(3600.0)

        assert sender.times == [0.0, 60.0, 180.0, 420.0]
        assert outbox.settled == [(1, 0, False, b"")]
        assert outbox.kinds() == ["callback.failed"] * 4 + ["callback.gave_up"]

    virtually(main())


def test_a_retry_is_counted_from_the_start_of_the_try_before_it() -> None:
    async def main() -> None:
        sender = ScriptedSender(in_turn(None, status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice())
        await asyncio.sleep(15.0)
        sender.sent[0].done(REFUSED)
        await outbox.callbacks.drain(3600.0)

        assert sender.times == [0.0, 60.0]

    virtually(main())


def test_a_retry_that_succeeds_acknowledges() -> None:
    async def main() -> None:
        outbox = Outbox(ScriptedSender(in_turn(status(503), REFUSED, status(200, b"late"))))
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(3600.0)

        assert outbox.settled == [(1, 0, True, b"late")]
        assert [fields["attempt"] for _, fields in outbox.journal] == [1, 2, 3]
        assert [fields.get("status") for _, fields in outbox.journal] == [503, None, 200]

    virtually(main())


def test_a_url_that_cannot_be_used_is_given_up_at_once() -> None:
    async def main() -> None:
        clock = LoopClock(asyncio.get_running_loop(), EPOCH)
        sender = HttpSender(clock=clock, journal=Log())
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(url="http://:0/"))
        await outbox.callbacks.drain(3600.0)
        await sender.close()

        assert outbox.settled == [(1, 0, False, b"")]
        assert outbox.kinds() == ["callback.failed", "callback.gave_up"]

    virtually(main())


def test_notices_of_one_key_go_out_in_order_each_after_the_one_before_was_settled() -> None:
    async def main() -> None:
        sender = ScriptedSender(in_turn(status(500), status(200), status(200), status(200)))
        outbox = Outbox(sender)
        for index in range(3):
            outbox.callbacks.tell(a_notice(index=index, params={"Sequence": str(index)}))
        await outbox.callbacks.drain(3600.0)

        assert [sent.request.body for sent in sender.sent] == [
            b"Sequence=0",
            b"Sequence=0",
            b"Sequence=1",
            b"Sequence=2",
        ]
        assert sender.times == [0.0, 60.0, 60.0, 60.0]
        assert [index for _, index, _, _ in outbox.settled] == [0, 1, 2]

    virtually(main())


def test_a_notice_given_up_lets_the_next_one_go() -> None:
    async def main() -> None:
        sender = ScriptedSender(lambda request: status(200) if request.body == b"Sequence=1" else status(500))
        outbox = Outbox(sender)
        for index in range(2):
            outbox.callbacks.tell(a_notice(index=index, params={"Sequence": str(index)}))
        await outbox.callbacks.drain(3600.0)

        assert outbox.settled == [(1, 0, False, b""), (1, 1, True, b"")]
        assert sender.times[-1] == GIVE_UP_S

    virtually(main())


def test_keys_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        sender = ScriptedSender(lambda request: status(500) if request.body == b"key=1" else status(200))
        outbox = Outbox(sender)
        for key in (1, 2, 3):
            outbox.callbacks.tell(a_notice(key, params={"key": str(key)}))
        await outbox.callbacks.drain(1.0)

        assert [key for key, _, _, _ in outbox.settled] == [2, 3]
        assert outbox.callbacks.pending == 1

    virtually(main())


def test_a_notice_told_while_one_is_settled_comes_after_it() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)

        def tell_more(notice: Notice) -> None:
            if notice.index < 2:
                outbox.callbacks.tell(a_notice(index=notice.index + 1))

        outbox.on_settled = tell_more
        outbox.callbacks.tell(a_notice(index=0))
        await outbox.callbacks.drain(1.0)

        assert [index for _, index, _, _ in outbox.settled] == [0, 1, 2]
        assert outbox.callbacks.pending == 0

    virtually(main())


def test_an_owner_that_raises_does_not_hold_up_the_key() -> None:
    async def main() -> None:
        raised: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))
        outbox = Outbox(ScriptedSender(always(status(200))))

        def fail_once(notice: Notice) -> None:
            if notice.index == 0:
                raise LookupError("mine")

        outbox.on_settled = fail_once
        outbox.callbacks.tell(a_notice(index=0))
        outbox.callbacks.tell(a_notice(index=1))
        await outbox.callbacks.drain(1.0)

        assert [type(error) for error in raised] == [LookupError]
        assert [index for _, index, _, _ in outbox.settled] == [0, 1]

    virtually(main())


def test_each_try_is_signed_afresh() -> None:
    async def main() -> None:
        sender = ScriptedSender(in_turn(status(500), status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(method="GET", url="http://app.test/s?x=1", params={"To": "1"}))
        await outbox.callbacks.drain(3600.0)

        assert [sent.request.headers["X-Nonce"] for sent in sender.sent] == ["1", "2"]
        assert outbox.signed == [("GET", "http://app.test/s?x=1", {"To": "1"})] * 2

    virtually(main())


def test_a_post_carries_the_params_as_a_form() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(params={"To": "14155550123", "Text": "50% & más ✓", "MCC": ""}))
        await outbox.callbacks.drain(1.0)

        (sent,) = sender.sent
        assert sent.request.method == "POST"
        assert sent.request.url == URL
        assert sent.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert sent.request.body == b"To=14155550123&Text=50%25+%26+m%C3%A1s+%E2%9C%93&MCC="

    virtually(main())


@pytest.mark.parametrize(
    ("url", "sent_to"),
    [
        ("http://a/s", "http://a/s?To=1"),
        ("http://a/s?x=1", "http://a/s?x=1&To=1"),
        ("http://a/s?", "http://a/s?To=1"),
        ("http://a/s?x=1&", "http://a/s?x=1&To=1"),
        ("http://a/s#top", "http://a/s?To=1"),
        ("http://a", "http://a?To=1"),
    ],
)
def test_a_get_carries_the_params_behind_the_query_of_the_url(url: str, sent_to: str) -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(url=url, method="GET", params={"To": "1"}))
        await outbox.callbacks.drain(1.0)

        (sent,) = sender.sent
        assert (sent.request.method, sent.request.url, sent.request.body) == ("GET", sent_to, b"")
        assert "Content-Type" not in sent.request.headers

    virtually(main())


@given(st.dictionaries(st.text(), st.text()))
@example({"Time": "2026-03-02 09:00:01.5", "a b:%s": "~"})
def test_the_form_is_what_urlencode_gives(params: dict[str, str]) -> None:
    assert form_encoded(params) == urlencode(params)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_the_form_is_read_back_as_it_was(params: dict[str, str]) -> None:
    assert dict(parse_qsl(form_encoded(params), keep_blank_values=True)) == params


def test_the_journal_names_each_try_and_hides_a_password() -> None:
    async def main() -> None:
        outbox = Outbox(ScriptedSender(in_turn(status(500), status(200))))
        outbox.callbacks.tell(a_notice(7, 1, url="http://user:secret@app.test/s"))
        await outbox.callbacks.drain(3600.0)

        common = {
            "key": 7,
            "index": 1,
            "what": "status",
            "method": "POST",
            "url": "http://app.test/s",
            "params": {"Status": "sent"},
        }
        assert outbox.journal == [
            ("callback.failed", {**common, "attempt": 1, "status": 500, "reason": "status 500", "retry_in_s": 60.0}),
            ("callback.sent", {**common, "attempt": 2, "status": 200}),
        ]

    virtually(main())


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
