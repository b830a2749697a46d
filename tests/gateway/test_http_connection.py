"""One connection, fed by hand: every answer whole, byte by byte, and with bytes behind it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from powerpack_gateway.http_connection import (
    Carried,
    Connection,
    Exchange,
    FailureKind,
    HttpFailure,
    HttpResponse,
    SenderLimits,
)
from powerpack_gateway.http_request import Origin

ORIGIN = Origin("http", "receiver.test", 80)
TINY = SenderLimits(head_size_max=200, body_size_max=8)


class Wire(asyncio.Transport):
    """The transport: keeps what was written and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


@dataclass
class Desk:
    """The owner: keeps what it was told."""

    limits: SenderLimits = field(default_factory=SenderLimits)
    told: list[str] = field(default_factory=list)
    failures: list[HttpFailure] = field(default_factory=list)

    def made(self, connection: Connection) -> None:
        self.told.append("made")

    def release(self, connection: Connection) -> None:
        self.told.append("released")

    def forget(self, connection: Connection, reason: str) -> None:
        self.told.append(f"forgotten: {reason}")

    def lost(self, connection: Connection) -> None:
        self.told.append("lost")

    def retry(self, connection: Connection, exchange: Carried) -> None:
        self.told.append("retry")

    def fail(self, connection: Connection, exchange: Carried, kind: FailureKind, detail: str) -> None:
        self.failures.append(HttpFailure(kind=kind, detail=detail))


class Bench:
    """A connection that has written its first request."""

    def __init__(self, limits: SenderLimits | None = None) -> None:
        self.answers: list[HttpResponse | HttpFailure] = []
        self.desk = Desk(limits=limits or SenderLimits())
        self.wire = Wire()
        self.connection = Connection(self.desk, ORIGIN, self.exchange(b"first"))
        self.connection.connection_made(self.wire)

    def exchange(self, raw: bytes) -> Exchange:
        return Exchange(raw, self.answers.append, 15.0)

    @property
    def answer(self) -> HttpResponse:
        (answer,) = self.answers
        assert isinstance(answer, HttpResponse)
        return answer

    @property
    def failure(self) -> HttpFailure:
        (failure,) = self.desk.failures
        return failure


def on_a_loop(act: Callable[[], None]) -> None:
    """Connections are made on a running loop."""

    async def main() -> None:
        act()

    asyncio.run(main())


def fed(*pieces: bytes, limits: SenderLimits | None = None, ends: bool = False) -> Bench:
    made: list[Bench] = []

    def act() -> None:
        bench = Bench(limits)
        made.append(bench)
        for piece in pieces:
            bench.connection.data_received(piece)
        if ends:
            bench.connection.connection_lost(None)

    on_a_loop(act)
    return made[0]


KEPT = [
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="length"),
    pytest.param(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b"", id="no reason phrase"),
    pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", id="204"),
    pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b"", id="304"),
    pytest.param(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, b"", id="redirect"),
    pytest.param(b"HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad", 500, b"bad", id="500"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n",
        200,
        b"ok!",
        id="chunked",
    ),
    pytest.param(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        200,
        b"ok",
        id="after 1xx",
    ),
    pytest.param(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="1.0 kept"
    ),
]
ENDED = [
    pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="close"),
    pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="1.0"),
]
UNTIL_EOF = [
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end", id="no framing"),
    pytest.param(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"", id="1.0 empty"),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzz", b"zz", id="an encoding that is no framing"),
]


def bytewise(raw: bytes) -> list[bytes]:
    return [raw[i : i + 1] for i in range(len(raw))]


@pytest.mark.parametrize("is_bytewise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize(("raw", "status", "body"), KEPT)
def test_an_answer_frees_the_connection(raw: bytes, status: int, body: bytes, is_bytewise: bool) -> None:
    bench = fed(*(bytewise(raw) if is_bytewise else [raw]))

    assert (bench.answer.status, bench.answer.body, bench.answer.is_whole) == (status, body, True)
    assert bench.desk.told == ["made", "released"]
    assert bench.wire.ended == ""


@pytest.mark.parametrize("is_bytewise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize(("raw", "status", "body"), ENDED)
def test_an_answer_that_ends_the_connection_is_an_answer(
    raw: bytes, status: int, body: bytes, is_bytewise: bool
) -> None:
    bench = fed(*(bytewise(raw) if is_bytewise else [raw]))

    assert (bench.answer.status, bench.answer.body) == (status, body)
    assert bench.desk.told == ["made", "forgotten: not kept alive"]
    assert bench.wire.ended == "aborted"


@pytest.mark.parametrize("is_bytewise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize(("raw", "body"), UNTIL_EOF)
def test_a_body_without_framing_ends_with_the_connection(raw: bytes, body: bytes, is_bytewise: bool) -> None:
    bench = fed(*(bytewise(raw) if is_bytewise else [raw]), ends=True)

    assert (bench.answer.status, bench.answer.body) == (200, body)
    assert bench.desk.failures == []


@pytest.mark.parametrize(
    "tail", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTT", b"junk"], ids=["an answer", "a part", "junk"]
)
@pytest.mark.parametrize(("raw", "status", "body"), KEPT + ENDED)
def test_bytes_behind_the_answer_end_the_connection_and_are_nobodys(
    raw: bytes, status: int, body: bytes, tail: bytes
) -> None:
    bench = fed(raw + tail)

    assert (bench.answer.status, bench.answer.body) == (status, body)
    assert bench.desk.told == ["made", "forgotten: not kept alive"]


def test_the_next_request_goes_out_on_the_same_wire_and_gets_its_own_answer() -> None:
    def act() -> None:
        bench = Bench()
        bench.connection.data_received(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 1\r\n\r\na")
        bench.connection.begin(bench.exchange(b"second"))
        bench.connection.data_received(b"HTTP/1.1 201 Created\r\nX-B: 2\r\nContent-Length: 1\r\n\r\nb")

        assert bench.wire.written == [b"first", b"second"]
        second = bench.answers[1]
        assert isinstance(second, HttpResponse)
        assert (second.status, second.body, second.header("x-b"), second.header("x-a")) == (201, b"b", "2", None)

    on_a_loop(act)


def test_the_same_answer_again_is_the_same_and_what_differs_is_read_anew() -> None:
    usual = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def act() -> None:
        bench = Bench()
        for raw in (usual, usual, usual.replace(b"ok", b"no"), usual, usual):
            bench.connection.data_received(raw)
            bench.connection.begin(bench.exchange(b"next"))

        bodies = [each.body for each in bench.answers if isinstance(each, HttpResponse)]
        assert bodies == [b"ok", b"ok", b"no", b"ok", b"ok"]
        assert bench.desk.told == ["made"] + ["released"] * 5

    on_a_loop(act)


@pytest.mark.parametrize(
    "behind",
    [b"no", b"n", b"nop", b"HTTP/1.1 200 OK\r\n", b"n\0"],
    ids=["another body", "too little", "too much", "another answer", "octets that are no text"],
)
def test_a_head_that_is_known_ends_where_its_length_says(behind: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n"

    def act() -> None:
        bench = Bench()
        bench.connection.data_received(head + b"ok")
        bench.connection.begin(bench.exchange(b"next"))
        bench.connection.data_received(head + behind)

        answers = [each for each in bench.answers if isinstance(each, HttpResponse)]
        assert [each.body for each in answers] == [b"ok", behind[:2]][: 1 + (len(behind) >= 2)]
        assert {each.header("x-a") for each in answers} == {"1"}
        is_kept = bench.desk.told[-1] == "released"
        assert is_kept is (len(behind) <= 2), "what comes behind an answer is nobody's"

    on_a_loop(act)


def test_a_known_head_behind_half_of_another_answer_is_its_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"

    def act() -> None:
        bench = Bench()
        bench.connection.data_received(head + b"ok")
        bench.connection.begin(bench.exchange(b"next"))
        bench.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(head) + 2))
        bench.connection.data_received(head + b"no")

        assert [each.body for each in bench.answers if isinstance(each, HttpResponse)] == [b"ok", head + b"no"]

    on_a_loop(act)


def test_a_chunked_answer_does_not_lend_its_head_to_another() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def act() -> None:
        bench = Bench()
        for body in (b"2\r\nok\r\n0\r\n\r\n", b"1\r\na\r\n0\r\n\r\n "):
            bench.connection.data_received(head + body)
            if bench.connection.exchange is None:
                bench.connection.begin(bench.exchange(b"next"))

        assert [each.body for each in bench.answers if isinstance(each, HttpResponse)] == [b"ok", b"a"]

    on_a_loop(act)


def test_the_usual_answer_behind_half_of_another_is_not_taken_for_an_answer() -> None:
    usual = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    longer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(usual)

    def act() -> None:
        bench = Bench()
        for raw in (usual, longer + usual[:5], usual[5:]):
            bench.connection.data_received(raw)
            if bench.connection.exchange is None:
                bench.connection.begin(bench.exchange(b"next"))

        bodies = [each.body for each in bench.answers if isinstance(each, HttpResponse)]
        assert bodies == [b"", usual]

    on_a_loop(act)


def test_an_answer_in_pieces_does_not_become_usual() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    def act() -> None:
        bench = Bench()
        bench.connection.data_received(whole[:20])
        bench.connection.data_received(whole[20:])
        bench.connection.begin(bench.exchange(b"next"))
        bench.connection.data_received(whole[20:])

        assert [type(each) for each in bench.answers] == [HttpResponse]
        assert bench.desk.told[-1].startswith("forgotten")
        assert [each.kind for each in bench.desk.failures] == [FailureKind.MALFORMED]

    on_a_loop(act)


def test_a_header_is_found_in_any_case() -> None:
    bench = fed(b"HTTP/1.1 200 OK\r\ncontent-TYPE: application/xml\r\nContent-Length: 0\r\n\r\n")

    assert bench.answer.header("Content-Type") == "application/xml"


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx",
    ],
)
def test_what_is_not_http_is_a_failure_that_shows_what_came(raw: bytes) -> None:
    bench = fed(raw)

    assert bench.failure.kind is FailureKind.MALFORMED
    assert repr(raw[:10])[:-1] in bench.failure.detail
    assert bench.wire.ended == "aborted"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 " + b"O" * 300,
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 300,
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 30,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 12,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"e" * 300,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: " + b"t" * 300,
    ],
    ids=["reason", "one header", "many headers", "1xx for ever", "chunk extension", "trailer"],
)
def test_a_head_that_does_not_end_is_cut_off(raw: bytes) -> None:
    bench = fed(*bytewise(raw)[:250], limits=TINY)

    assert bench.failure.kind is FailureKind.TOO_LARGE
    assert bench.wire.ended == "aborted"


def test_a_body_at_the_limit_is_whole() -> None:
    bench = fed(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n12345678", limits=TINY)

    assert (bench.answer.body, bench.answer.is_whole) == (b"12345678", True)
    assert bench.wire.ended == ""


def test_a_body_over_the_limit_that_has_come_whole_is_cut_and_the_connection_kept() -> None:
    bench = fed(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890", limits=TINY)

    assert (bench.answer.body, bench.answer.is_whole) == (b"12345678", False)
    assert bench.wire.ended == ""


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000\r\n", b""], ids=["length", "until eof"])
def test_the_rest_of_a_body_over_the_limit_is_not_waited_for(framing: bytes) -> None:
    bench = fed(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n1234", b"567890", limits=TINY)

    assert (bench.answer.status, bench.answer.body, bench.answer.is_whole) == (200, b"12345678", False)
    assert bench.wire.ended == "aborted"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    ],
    ids=["nothing", "half a head", "a 1xx", "half a body", "no last chunk"],
)
def test_an_answer_cut_short_by_the_peer_is_a_failure(raw: bytes) -> None:
    bench = fed(*([raw] if raw else []), ends=True)

    assert bench.answers == []
    assert bench.failure.kind is FailureKind.CLOSED
    assert f"closed by the peer, {len(raw)} bytes into the answer" in bench.failure.detail


def test_a_reset_does_not_end_a_body_without_framing_well() -> None:
    def act() -> None:
        bench = Bench()
        bench.connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        bench.connection.connection_lost(ConnectionResetError("reset"))

        assert bench.answers == []
        assert bench.failure.kind is FailureKind.CLOSED
        assert "ConnectionResetError: reset" in bench.failure.detail

    on_a_loop(act)


def test_a_stale_connection_asks_for_a_retry_before_it_leaves() -> None:
    def act() -> None:
        bench = Bench()
        bench.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        bench.connection.begin(bench.exchange(b"second"))
        bench.connection.connection_lost(None)

        assert bench.desk.told == ["made", "released", "lost", "retry", "forgotten: closed by the peer"]
        assert bench.desk.failures == []

    on_a_loop(act)


def test_a_kept_connection_that_dies_inside_the_answer_is_not_retried() -> None:
    def act() -> None:
        bench = Bench()
        bench.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        bench.connection.begin(bench.exchange(b"second"))
        bench.connection.data_received(b"H")
        bench.connection.connection_lost(None)

        assert "retry" not in bench.desk.told
        assert bench.failure.kind is FailureKind.CLOSED

    on_a_loop(act)


def test_an_idle_connection_that_is_spoken_to_is_given_up() -> None:
    def act() -> None:
        bench = Bench()
        bench.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        bench.connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

        assert bench.wire.ended == "aborted"
        assert len(bench.answers) == 1
        assert bench.desk.told[-1].startswith("forgotten: unasked for: b'HTTP/1.1 408")

    on_a_loop(act)


def test_a_connection_given_up_while_it_opened_writes_nothing() -> None:
    def act() -> None:
        answers: list[HttpResponse | HttpFailure] = []
        desk, wire = Desk(), Wire()
        connection = Connection(desk, ORIGIN, Exchange(b"first", answers.append, 15.0))
        connection.expire()
        connection.connection_made(wire)

        assert wire.written == []
        assert wire.ended == "aborted"
        assert [failure.kind for failure in desk.failures] == [FailureKind.TIMEOUT]

    on_a_loop(act)
