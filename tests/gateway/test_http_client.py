"""The sender against real receivers: over loopback sockets and over the virtual loop's wires, the same code."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from powerpack_gateway.http_client import (
    FailureKind,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    HttpSender,
    SenderLimits,
)
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
EPOCH = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(params=["real", "uvloop", "virtual"])
def run(request: pytest.FixtureRequest) -> Run[None]:
    """Runs a coroutine on each kind of loop."""
    if request.param == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="the extra `fast` is not installed")

        def on_uvloop(main: Coroutine[Any, Any, None]) -> None:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(main)

        return on_uvloop
    return asyncio.run if request.param == "real" else virtually


def virtually(main: Coroutine[Any, Any, None]) -> None:
    loop = VirtualLoop()
    try:
        loop.run(main)
    finally:
        loop.shutdown()


class Events:
    """A journal."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._came = asyncio.Event()

    def record(self, kind: str, /, **fields: object) -> None:
        self.kinds.append(kind)
        self._came.set()

    async def until(self, kind: str) -> None:
        while kind not in self.kinds:
            self._came.clear()
            await self._came.wait()


class Receiver:
    """A server that answers with what it is told to: bytes, None for silence, b"" to hang up. The last one repeats."""

    def __init__(self, *answers: bytes | None, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.answers = deque(answers or [OK])
        self.requests: list[tuple[int, bytes]] = []  # (number of the connection, all of the request)
        self.links: list[Link] = []
        self.port = 0
        self.came = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Receiver":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        await asyncio.gather(*(link.gone for link in self.links))

    def url(self, path: str = "/status") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def hang_up(self) -> None:
        for link in self.links:
            link.transport.abort()

    async def has(self, count: int) -> None:
        while len(self.requests) < count:
            self.came.clear()
            await self.came.wait()


@dataclass
class Link(asyncio.Protocol):
    """One connection of a receiver."""

    receiver: Receiver
    number: int = 0
    buffer: bytes = b""
    transport: asyncio.Transport = field(init=False)
    gone: "asyncio.Future[None]" = field(init=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self.gone = asyncio.get_running_loop().create_future()
        self.number = len(self.receiver.links)
        self.receiver.links.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, _, body = self.buffer.partition(b"\r\n\r\n")
        if len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0):
            return
        self.receiver.requests.append((self.number, self.buffer))
        self.buffer = b""
        self.receiver.came.set()
        answers = self.receiver.answers
        answer = answers[0] if len(answers) == 1 else answers.popleft()
        if answer == b"":
            self.transport.close()
        elif answer is not None:
            self.transport.write(answer)


def a_sender(events: Events | None = None, **limits: Any) -> HttpSender:
    clock = LoopClock(asyncio.get_running_loop(), EPOCH)
    return HttpSender(clock=clock, journal=events or Events(), limits=SenderLimits(**limits))


def ask(sender: HttpSender, url: str, body: bytes = b"a=b") -> "asyncio.Future[HttpResponse | HttpFailure]":
    future: asyncio.Future[HttpResponse | HttpFailure] = asyncio.get_running_loop().create_future()
    sender.send(HttpRequest(method="POST", url=url, body=body), future.set_result)
    return future


async def answer_to(sender: HttpSender, url: str) -> HttpResponse:
    outcome = await ask(sender, url)
    assert isinstance(outcome, HttpResponse), outcome
    return outcome


async def failure_of(sender: HttpSender, url: str) -> HttpFailure:
    outcome = await ask(sender, url)
    assert isinstance(outcome, HttpFailure), outcome
    return outcome


def test_a_request_is_answered(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            sender = a_sender()
            answer = await answer_to(sender, receiver.url("/status?x=1"))
            await sender.close()

            assert (answer.status, answer.body) == (200, b"ok")
            ((_, request),) = receiver.requests
            assert request.startswith(b"POST /status?x=1 HTTP/1.1\r\n")
            assert request.endswith(b"\r\n\r\na=b")

    run(main())


def test_requests_one_after_the_other_share_a_connection(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            events = Events()
            sender = a_sender(events)
            for _ in range(5):
                await answer_to(sender, receiver.url())
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0] * 5
            assert events.kinds == ["http.opened", "http.closed"]

    run(main())


def test_an_answer_that_closes_is_followed_by_a_new_connection(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(CLOSING) as receiver:
            sender = a_sender()
            for _ in range(3):
                await answer_to(sender, receiver.url())
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 1, 2]

    run(main())


def test_a_body_that_ends_with_the_connection_is_an_answer(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(b"HTTP/1.0 200 OK\r\n\r\nuntil the end") as receiver:
            sender = a_sender()
            asked = ask(sender, receiver.url())
            await receiver.has(1)
            receiver.links[0].transport.close()
            answer = await asked
            await sender.close()

            assert isinstance(answer, HttpResponse)
            assert answer.body == b"until the end"

    run(main())


def test_a_redirect_is_an_answer_and_is_not_followed(run: Run[None]) -> None:
    async def main() -> None:
        redirect = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        async with Receiver(redirect) as receiver:
            sender = a_sender()
            answer = await answer_to(sender, receiver.url())
            await sender.close()

            assert answer.status == 302
            assert answer.header("location") == "/elsewhere"
            assert len(receiver.requests) == 1

    run(main())


def test_requests_beyond_the_connections_wait_in_line_and_go_out_in_order(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None, None, OK) as receiver:
            sender = a_sender(connections_per_origin=2)
            asked = [ask(sender, receiver.url(f"/{n}")) for n in range(6)]
            await receiver.has(2)

            assert (sender.in_flight, sender.waiting) == (2, 4)

            for link in receiver.links:
                link.transport.write(OK)
            outcomes = await asyncio.gather(*asked)
            await sender.close()

            assert all(isinstance(outcome, HttpResponse) for outcome in outcomes)
            assert len(receiver.links) == 2
            paths = [request.split(b" ")[1] for _, request in receiver.requests]
            assert sorted(paths[:2]) == [b"/0", b"/1"]
            assert sorted(paths) == [b"/0", b"/1", b"/2", b"/3", b"/4", b"/5"]

    run(main())


def test_a_full_line_refuses_at_once_and_says_so(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(connections_per_origin=1, waiting_per_origin=1)
            held = [ask(sender, receiver.url()) for _ in range(2)]
            failure = await failure_of(sender, receiver.url())
            await receiver.has(1)
            await sender.close()

            assert failure.kind is FailureKind.CROWDED
            assert failure.detail == f"http://127.0.0.1:{receiver.port}: 1 requests wait already, which is the limit"
            assert all(future.done() for future in held)

    run(main())


def test_a_stale_connection_is_replaced_once_without_a_word(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, b"", OK) as receiver:
            events = Events()
            sender = a_sender(events)
            await answer_to(sender, receiver.url("/first"))
            await answer_to(sender, receiver.url("/second"))
            await sender.close()

            seen = [(number, request.split(b" ")[1]) for number, request in receiver.requests]
            assert seen == [(0, b"/first"), (0, b"/second"), (1, b"/second")]
            assert "http.retried" in events.kinds

    run(main())


def test_a_retry_jumps_the_line(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, b"", OK) as receiver:
            sender = a_sender(connections_per_origin=1)
            await answer_to(sender, receiver.url("/first"))
            await asyncio.gather(ask(sender, receiver.url("/second")), ask(sender, receiver.url("/third")))
            await sender.close()

            seen = [(number, request.split(b" ")[1]) for number, request in receiver.requests]
            assert seen == [(0, b"/first"), (0, b"/second"), (1, b"/second"), (1, b"/third")]

    run(main())


def test_a_fresh_connection_that_dies_is_a_failure(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(b"") as receiver:
            sender = a_sender()
            failure = await failure_of(sender, receiver.url())
            await sender.close()

            assert failure.kind is FailureKind.CLOSED
            assert len(receiver.requests) == 1

    run(main())


def test_a_request_is_sent_no_more_than_twice(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, b"") as receiver:
            sender = a_sender()
            await answer_to(sender, receiver.url())
            failure = await failure_of(sender, receiver.url())
            await sender.close()

            assert failure.kind is FailureKind.CLOSED
            assert len(receiver.requests) == 3

    run(main())


def test_a_connection_that_the_receiver_closed_while_idle_is_not_used(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            events = Events()
            sender = a_sender(events)
            await answer_to(sender, receiver.url())
            receiver.links[0].transport.close()
            await events.until("http.closed")
            await answer_to(sender, receiver.url())
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 1]
            assert "http.retried" not in events.kinds

    run(main())


def test_nobody_listening_is_a_failure_that_names_the_origin(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            port = receiver.port
        sender = a_sender()
        failure = await failure_of(sender, f"http://127.0.0.1:{port}/")
        await sender.close()

        assert failure.kind is FailureKind.UNREACHABLE
        assert failure.detail.startswith(f"http://127.0.0.1:{port}: ")

    run(main())


def test_an_unusable_request_fails_after_send_has_returned(run: Run[None]) -> None:
    async def main() -> None:
        sender = a_sender()
        asked = ask(sender, "http://a/\r\nX-Evil: 1")
        was_done = asked.done()
        failure = await asked
        await sender.close()

        assert not was_done
        assert isinstance(failure, HttpFailure)
        assert failure.kind is FailureKind.UNUSABLE

    run(main())


def test_a_silent_receiver_times_out_and_the_connection_is_gone(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(timeout_s=0.05)
            failure = await failure_of(sender, receiver.url())
            await receiver.links[0].gone
            await sender.close()

            assert failure.kind is FailureKind.TIMEOUT
            assert "0 bytes had come" in failure.detail

    run(main())


def test_the_time_in_line_counts() -> None:
    # In virtual time, where the three are asked for at the same moment: elsewhere a microsecond lies between them, and
    # the second may be sent in it.
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(timeout_s=0.05, connections_per_origin=1)
            outcomes = await asyncio.gather(*[ask(sender, receiver.url()) for _ in range(3)])
            await sender.close()

            assert [outcome.kind for outcome in outcomes if isinstance(outcome, HttpFailure)] == [
                FailureKind.TIMEOUT
            ] * 3
            assert len(receiver.requests) == 1

    virtually(main())


def test_an_answer_that_trickles_times_out() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Receiver(b"HTTP/1.1 200 OK\r\n") as receiver:
            sender = a_sender(timeout_s=15.0)

            def trickle() -> None:
                if receiver.links and not receiver.links[0].gone.done():
                    receiver.links[0].transport.write(b"X-A: b\r\n")
                if not asked.done():
                    loop.call_later(1.0, trickle)

            asked = ask(sender, receiver.url())
            loop.call_later(1.0, trickle)
            failure = await asked
            took_s = loop.time()
            await sender.close()

            assert isinstance(failure, HttpFailure)
            assert failure.kind is FailureKind.TIMEOUT
            assert took_s == 15.0

    virtually(main())


def test_an_idle_connection_is_closed_after_its_time_and_no_timer_is_left() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Receiver() as receiver:
            sender = a_sender(idle_s=4.0)
            await answer_to(sender, receiver.url())
            await receiver.links[0].gone

            assert 4.0 <= loop.time() <= 4.1
            assert isinstance(loop, VirtualLoop)
            await asyncio.sleep(3600)
            assert loop.jumps < 10

            await sender.close()

    virtually(main())


def test_a_receiver_that_never_answers_delays_no_other(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None) as silent, Receiver() as lively:
            sender = a_sender(connections_per_origin=1)
            stuck = [ask(sender, silent.url()) for _ in range(10)]
            await asyncio.gather(*[answer_to(sender, lively.url()) for _ in range(10)])

            assert not any(future.done() for future in stuck)

            await sender.close()

    run(main())


def test_a_connect_that_hangs_times_out() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        hung: asyncio.Future[None] = loop.create_future()

        async def hang(*_: object, **__: object) -> None:
            await hung

        loop.create_connection = hang  # type: ignore[method-assign,assignment]
        sender = a_sender()
        failure = await failure_of(sender, "http://10.255.255.1/")
        await sender.close()

        assert failure.kind is FailureKind.TIMEOUT
        assert "no connection in time" in failure.detail

    virtually(main())


def test_close_fails_everything_and_leaves_nothing(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, None) as receiver:
            sender = a_sender(connections_per_origin=2)
            await answer_to(sender, receiver.url())
            asked = [ask(sender, receiver.url()) for _ in range(4)]
            await receiver.has(2)
            await sender.close()

            outcomes = [future.result() for future in asked]
            kinds = [outcome.kind for outcome in outcomes if isinstance(outcome, HttpFailure)]
            assert kinds == [FailureKind.STOPPED] * 4
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert (sender.in_flight, sender.waiting) == (0, 0)

    run(main())


def test_a_closed_sender_refuses(run: Run[None]) -> None:
    async def main() -> None:
        sender = a_sender()
        await sender.close()
        failure = await failure_of(sender, "http://127.0.0.1:9/")

        assert failure.kind is FailureKind.STOPPED

    run(main())


def test_who_is_told_may_send_at_once_on_the_same_connection(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            sender = a_sender(connections_per_origin=1)
            request = HttpRequest(method="GET", url=receiver.url())
            left = 3
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def again(_: HttpResponse | HttpFailure) -> None:
                nonlocal left
                left -= 1
                if left:
                    sender.send(request, again)
                else:
                    ended.set_result(None)

            sender.send(request, again)
            await ended
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 0, 0]

    run(main())


def test_a_callback_that_raises_harms_no_other_request(run: Run[None]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        raised: list[object] = []
        loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
        async with Receiver() as receiver:
            sender = a_sender(connections_per_origin=1)

            def fails(_: HttpResponse | HttpFailure) -> None:
                raise LookupError("mine")

            sender.send(HttpRequest(method="GET", url=receiver.url()), fails)
            others = [ask(sender, receiver.url()) for _ in range(3)]
            outcomes = await asyncio.gather(*others)
            await sender.close()

            assert [type(error) for error in raised] == [LookupError]
            assert all(isinstance(outcome, HttpResponse) for outcome in outcomes)

    run(main())


def test_an_unknown_host_is_unreachable() -> None:
    async def main() -> None:
        sender = a_sender()
        failure = await failure_of(sender, "http://nowhere.test/")
        await sender.close()

        assert failure.kind is FailureKind.UNREACHABLE

    virtually(main())


def test_the_repr_counts() -> None:
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(connections_per_origin=1)
            held = [ask(sender, receiver.url()) for _ in range(3)]

            assert repr(sender) == "<HttpSender: 1 origins, 1 in flight, 2 waiting>"

            await sender.close()
            assert all(future.done() for future in held)

    virtually(main())


CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUbAUOQuS/oWUjbEc6YekKE/Yej/cwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAyMDIyM1oYDzIxMjYxMDI5
MDIwMjIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAToAHQ+WHooavDTQMMjq+MkNyLlIWEQMmJWxTCrdzShxJlHAPkv2fD6
n3tssQQMpLc6nVMWkr6oVL1YF5o1ozSlo28wbTAdBgNVHQ4EFgQUSuEhPcfUlcZZ
O0zvtdpCEDitrRMwHwYDVR0jBBgwFoAUSuEhPcfUlcZZO0zvtdpCEDitrRMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgC55cT46IdoOABzSJXNowjCyvuG/baPyZEnZp4LHQSiECIHSC
qnHmBacpL9cOXpzootd2RG+A/7SfOtktSRGtkIoP
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSK2ZgzTkznm1HJLD
hCrX6McFqnbN6wO2jainjEa6BLahRANCAAToAHQ+WHooavDTQMMjq+MkNyLlIWEQ
MmJWxTCrdzShxJlHAPkv2fD6n3tssQQMpLc6nVMWkr6oVL1YF5o1ozSl
-----END PRIVATE KEY-----
"""  # for localhost and 127.0.0.1, signed by itself, until 2126; made for this file, used nowhere else


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context, and that of a client which trusts it."""
    pem = folder / "localhost.pem"
    pem.write_text(CERTIFICATE)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def test_https_is_spoken_with_the_context_given_and_kept_alive(run: Run[None], tmp_path: Path) -> None:
    server_context, client_context = contexts(tmp_path)

    async def main() -> None:
        async with Receiver(context=server_context) as receiver:
            clock = LoopClock(asyncio.get_running_loop(), EPOCH)
            sender = HttpSender(clock=clock, journal=Events(), ssl=client_context)
            for _ in range(2):
                await answer_to(sender, f"https://127.0.0.1:{receiver.port}/")
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 0]

    run(main())


def test_a_certificate_that_nobody_vouches_for_is_unreachable(tmp_path: Path) -> None:
    server_context, _ = contexts(tmp_path)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server's side of the failed handshake
        async with Receiver(context=server_context) as receiver:
            sender = a_sender()
            failure = await failure_of(sender, f"https://127.0.0.1:{receiver.port}/")
            await sender.close()

            assert failure.kind is FailureKind.UNREACHABLE
            assert "CERTIFICATE_VERIFY_FAILED" in failure.detail
            assert receiver.requests == []

    asyncio.run(main())
