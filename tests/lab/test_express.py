"""The express way of a connection: whole requests, pieces, pipelines, idle connections, and clients that leave."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from lab.test_serving import echo
from powerpack_lab.express import ExpressProtocol, Write
from powerpack_lab.serving import KEEP_ALIVE_S, Serving, serve_asgi
from powerpack_lab.virtual import VirtualLoop


class Shop:
    """Takes ``POST /fast`` and answers in its own time."""

    body_bytes_max = 100

    def __init__(self) -> None:
        self.express = self
        self.waiting: list[Callable[[], None]] = []
        self.at_once = True

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        await echo(scope, receive, send)  # type: ignore[arg-type]  # ASGI's three, whoever spells them

    def takes(self, method: bytes, target: bytes) -> bool:
        return (method, target) == (b"POST", b"/fast")

    def post(self, authorization: bytes | None, body: bytes, requester_ip: str, answer: Write) -> None:
        said = b"%b %b %b" % (authorization or b"-", body, requester_ip.encode())

        def reply() -> None:
            answer(202, ((b"x-way", b"short"),), said)

        if self.at_once:
            reply()
        else:
            self.waiting.append(reply)


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(seed=7)
    yield loop
    loop.settle()
    assert loop.network.connections == ()
    assert loop.tasks() == []
    loop.shutdown()


class Wire:
    """A client that writes octets and keeps what comes."""

    def __init__(self, loop: VirtualLoop, shop: Shop) -> None:
        self.loop = loop
        self.serving: Serving = loop.run(serve_asgi(loop, shop, "127.0.0.1", 0))
        self.reader, self.writer = loop.run(asyncio.open_connection("127.0.0.1", self.serving.port))

    def says(self, octets: bytes) -> bytes:
        self.writer.write(octets)
        return self.hears()

    def hears(self) -> bytes:
        self.loop.advance(0.1)
        buffered: bytearray = self.reader._buffer  # type: ignore[attr-defined]  # what has come, without waiting for more
        came = bytes(buffered)
        buffered.clear()
        return came

    @property
    def is_open(self) -> bool:
        return not self.reader.at_eof()

    def close(self) -> None:
        self.writer.close()
        self.loop.run(self.serving.close(1.0))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def wire(loop: VirtualLoop, shop: Shop) -> Iterator[Wire]:
    wire = Wire(loop, shop)
    yield wire
    wire.close()


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{each}\r\n" for each in headers)
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answered(body: bytes, *, close: bool = False) -> bytes:
    end = b"connection: close\r\n" if close else b""
    return (
        b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: %d\r\nx-way: short\r\n%b\r\n%b"
        % (len(body), end, body)
    )


def test_a_request_that_is_taken_gets_its_answer(wire: Wire) -> None:
    assert wire.says(post("/fast", b"hi", "Authorization: me")) == answered(b"me hi 127.0.0.1")
    assert wire.says(post("/fast", b"again")) == answered(b"- again 127.0.0.1")


def test_a_request_may_come_octet_by_octet(wire: Wire) -> None:
    request = post("/fast", b"slowly")

    early = b"".join(wire.says(bytes((octet,))) for octet in request[:-1])

    assert early == b""
    assert wire.says(request[-1:]) == answered(b"- slowly 127.0.0.1")


@pytest.mark.parametrize(
    "request_",
    [
        post("/slow-way", b"x"),
        post("/fast", b"x" * 101),
        b"POST /fast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        b"POST /fast HTTP/1.0\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
    ],
    ids=["another path", "a long body", "chunked", "HTTP/1.0"],
)
def test_everything_else_goes_to_the_app(wire: Wire, request_: bytes) -> None:
    answer = wire.says(request_)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\nPOST /" in answer


def test_a_pipeline_is_answered_in_order(wire: Wire, shop: Shop) -> None:
    shop.at_once = False
    early = wire.says(post("/fast", b"1") + post("/fast", b"2") + post("/app", b"3"))
    shop.at_once = True

    shop.waiting.pop()()
    answers = wire.hears()

    assert early == b""
    first = answered(b"- 1 127.0.0.1")
    assert answers.startswith(first)
    assert answers[len(first) :].count(b"HTTP/1.1 200 OK") == 2  # what comes behind it goes the long way
    assert answers.index(b"POST /fast 2") < answers.index(b"POST /app 3")


def test_a_client_may_ask_to_close(wire: Wire) -> None:
    assert wire.says(post("/fast", b"x", "Connection: close")) == answered(b"- x 127.0.0.1", close=True)
    assert not wire.is_open


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(wire: Wire, shop: Shop, loop: VirtualLoop) -> None:
    wire.says(post("/fast", b"x"))
    loop.advance(KEEP_ALIVE_S - 10)
    wire.says(post("/fast", b"y"))
    loop.advance(KEEP_ALIVE_S - 10)
    still_open = wire.is_open
    shop.at_once = False
    wire.says(post("/fast", b"z"))
    loop.advance(KEEP_ALIVE_S * 2)
    open_while_busy = wire.is_open
    shop.waiting.pop()()
    wire.hears()
    loop.advance(KEEP_ALIVE_S * 2)

    assert (still_open, open_while_busy, wire.is_open) == (True, True, False)


def test_a_client_that_left_hears_nothing_and_breaks_nothing(wire: Wire, shop: Shop) -> None:
    shop.at_once = False
    wire.says(post("/fast", b"x"))
    wire.writer.close()
    wire.loop.advance(0.1)

    shop.waiting.pop()()

    assert wire.hears() == b""


def test_the_end_waits_for_a_request_under_way(loop: VirtualLoop, shop: Shop) -> None:
    wire = Wire(loop, shop)
    shop.at_once = False
    wire.says(post("/fast", b"x"))
    closing = loop.create_task(wire.serving.close(5.0))
    loop.advance(1.0)
    was_closing = not closing.done()

    shop.waiting.pop()()

    assert was_closing
    assert wire.hears() == answered(b"- x 127.0.0.1", close=True)
    loop.run(closing)  # type: ignore[arg-type]  # a task is a coroutine's
    wire.writer.close()


def test_a_head_that_was_heard_before_is_not_parsed_again(
    wire: Wire, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    take = ExpressProtocol._take

    def counted(self: ExpressProtocol) -> object:
        parsed.append(self.url)
        return take(self)

    monkeypatch.setattr(ExpressProtocol, "_take", counted)
    first, second = post("/fast", b"one", "X-Test: heads"), post("/fast", b"two", "X-Test: heads")

    assert wire.says(first) == answered(b"- one 127.0.0.1")
    assert wire.says(second) == answered(b"- two 127.0.0.1")
    assert parsed == [b"/fast"]
    # In pieces, with something behind it, and with another length it is parsed.
    assert wire.says(first[:-1]) == b""
    assert wire.says(first[-1:]) == answered(b"- one 127.0.0.1")
    assert wire.says(first + second).startswith(answered(b"- one 127.0.0.1"))
    assert wire.says(post("/fast", b"three", "X-Test: heads")) == answered(b"- three 127.0.0.1")
    assert parsed == [b"/fast"] * 5
    # And while an answer is owed: it waits for its turn.
    shop.at_once = False
    assert wire.says(first) == b""
    assert wire.says(second) == b""
    shop.at_once = True
    shop.waiting.pop(0)()
    assert wire.hears().startswith(answered(b"- one 127.0.0.1"))
    monkeypatch.setattr(Shop, "takes", lambda *_: False)
    assert wire.says(first).startswith(b"HTTP/1.1 200 OK\r\n")
