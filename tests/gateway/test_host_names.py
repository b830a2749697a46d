"""Connections by name: asked for anew each time, past a host that is dead, and honest about what failed."""

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from powerpack_gateway.host_names import connect
from powerpack_lab.virtual import VirtualLoop
from powerpack_lab.wire import Conditions

NAME, DEAD, FIRST, SECOND = "smpp.carrier.test", "192.0.2.1", "10.0.0.1", "10.0.0.2"
SWALLOWS = Conditions(stalled=True)


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(seed=1)
    for host in (FIRST, SECOND):
        loop.run(loop.create_server(asyncio.Protocol, host, 2775))
    loop.network.shape(DEAD, 2775, to_server=SWALLOWS, to_client=SWALLOWS)
    yield loop
    loop.shutdown()


class Client(asyncio.Protocol):
    """Remembers where it got to."""

    reached = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.reached = transport.get_extra_info("peername")[0]


def _connected(loop: VirtualLoop, *answer: str, begin_with: int = 0) -> tuple[str, float, list[str]]:
    """Where a connection by a name gets to that leads to these addresses, when, and what failed before."""
    loop.network.names[NAME] = answer
    client, failed, began = Client(), list[str](), loop.time()
    loop.run(connect(lambda: client, NAME, 2775, within_s=10.0, begin_with=begin_with, failed=failed.append))
    return client.reached, round(loop.time() - began, 3), failed


def test_the_first_address_that_answers_is_taken(loop: VirtualLoop) -> None:
    assert _connected(loop, FIRST, SECOND) == (FIRST, 0.0, [])


def test_a_dead_host_takes_no_more_than_its_part_of_the_time(loop: VirtualLoop) -> None:
    where, took_s, failed = _connected(loop, DEAD, SECOND)

    assert (where, took_s) == (SECOND, 5.0)
    assert failed == ["192.0.2.1: no connection within 5 s"]


def test_a_host_that_refuses_takes_no_time(loop: VirtualLoop) -> None:
    where, took_s, failed = _connected(loop, "10.0.0.9", SECOND)

    assert (where, took_s) == (SECOND, 0.0)
    assert failed[0].startswith("10.0.0.9: [Errno 111] nothing listens")


def test_who_met_silence_begins_with_the_next_address(loop: VirtualLoop) -> None:
    assert [_connected(loop, FIRST, SECOND, begin_with=count)[0] for count in range(4)] == [FIRST, SECOND] * 2


def test_the_name_is_asked_for_anew_each_time(loop: VirtualLoop) -> None:
    assert [_connected(loop, FIRST)[0], _connected(loop, SECOND)[0]] == [FIRST, SECOND]


def test_when_all_fail_the_last_one_is_the_error(loop: VirtualLoop) -> None:
    loop.network.names[NAME] = (DEAD, "10.0.0.9")
    failed: list[str] = []

    with pytest.raises(OSError, match=r"^10\.0\.0\.9: \[Errno 111\] nothing listens"):
        loop.run(connect(Client, NAME, 2775, within_s=10.0, failed=failed.append))

    assert failed == ["192.0.2.1: no connection within 5 s"]


@pytest.mark.parametrize(("answer", "words"), [((), "has no address now"), (("other.test",), "is not known")])
def test_a_name_without_an_address_is_an_error_of_its_own(
    loop: VirtualLoop, answer: tuple[str, ...], words: str
) -> None:
    loop.network.names[NAME] = answer

    with pytest.raises(socket.gaierror, match=words):
        loop.run(connect(Client, NAME, 2775, within_s=10.0))


class Transport(asyncio.Transport):
    """Remembers whose it is, and whether it was aborted."""

    def __init__(self) -> None:
        super().__init__({"peername": (DEAD, 2775)})
        self.protocol: asyncio.BaseProtocol | None = None
        self.is_aborted = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def abort(self) -> None:
        self.is_aborted = True


@pytest.mark.parametrize("stands_in_time", [True, False])
def test_a_connection_that_stands_as_the_time_runs_out_is_not_taken_for_the_next_one(
    loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch, stands_in_time: bool
) -> None:
    """asyncio breaks off ``create_connection`` when the connection is made and its task not yet awake."""
    really, transport, client = loop.create_connection, Transport(), Client()
    loop.network.names[NAME] = (DEAD, SECOND)

    async def connecting(make: Callable[[], asyncio.Protocol], host: str, port: int) -> object:
        if host != DEAD:
            return await really(make, host, port)
        protocol = make()
        try:
            if stands_in_time:
                protocol.connection_made(transport)
            await asyncio.Event().wait()
        finally:
            if not stands_in_time:
                loop.call_soon(protocol.connection_made, transport)  # as it was called for before
        return None

    monkeypatch.setattr(loop, "create_connection", connecting)
    reaching = connect(lambda: client, NAME, 2775, within_s=10.0)
    if stands_in_time:
        with pytest.raises(OSError, match=r"192\.0\.2\.1: no connection within 5 s"):
            loop.run(reaching)
        assert (transport.protocol, client.reached) == (client, DEAD)
    else:
        loop.run(reaching)
        loop.settle()
        assert (transport.is_aborted, client.reached) == (True, SECOND)


def test_an_address_is_not_looked_up(loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(loop, "getaddrinfo", lambda host, *_, **__: asked.append(host))
    client = Client()

    loop.run(connect(lambda: client, FIRST, 2775, within_s=10.0))

    assert (client.reached, asked) == (FIRST, [])


def test_a_link_local_address_keeps_its_interface(monkeypatch: pytest.MonkeyPatch, loop: VirtualLoop) -> None:
    tried: list[str] = []

    async def lookup(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 2775, 0, 3))]

    async def refuse(_: object, host: str, port: int) -> None:
        tried.append(host)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(loop, "getaddrinfo", lookup)
    monkeypatch.setattr(loop, "create_connection", refuse)
    with pytest.raises(ConnectionRefusedError):
        loop.run(connect(Client, NAME, 2775, within_s=10.0))

    assert tried == ["fe80::1%3"]


@pytest.mark.parametrize("name", ["smpp..carrier.test", "x" * 64 + ".test", "smpp.\udc80.test"])
def test_a_name_that_nobody_can_ask_for_is_a_host_that_is_not_there(name: str) -> None:
    async def refused() -> None:  # on a real loop, as it is its resolver that refuses before it asks anybody
        with pytest.raises(OSError, match=r"is no host name"):
            await connect(asyncio.Protocol, name, 2775, within_s=10.0)

    asyncio.run(refused())
