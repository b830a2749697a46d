"""The in-memory network: names, listeners, refusals, and what stands on it: streams, TLS, HTTP."""

import asyncio
import contextvars
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from lab.recorder import Recorder, Script, connected
from powerpack_lab.network import Conditions
from powerpack_lab.virtual import VirtualLoop

MIB = 1024 * 1024


# -- names, addresses, listeners


def test_a_refused_connect_says_what_listens(loop: VirtualLoop) -> None:
    loop.run(loop.create_server(asyncio.Protocol, "localhost", 2775))
    loop.run(loop.create_server(asyncio.Protocol, "10.0.0.1", 80))

    with pytest.raises(ConnectionRefusedError) as caught:
        loop.run(loop.create_connection(asyncio.Protocol, "localhost", 2776))

    assert "nothing listens on 127.0.0.1:2776" in str(caught.value)
    assert "listening: 127.0.0.1:2775, 10.0.0.1:80" in str(caught.value)
    assert loop.network.connections == ()


@pytest.mark.parametrize("listens", ["localhost", "127.0.0.1", "0.0.0.0", "", None, "::1"])
@pytest.mark.parametrize("connects", ["localhost", "127.0.0.1", "0.0.0.0", b"LOCALHOST", "::"])
def test_all_names_of_this_host_are_one(loop: VirtualLoop, listens: str | None, connects: str | bytes) -> None:
    loop.run(loop.create_server(asyncio.Protocol, listens, 2775))

    transport, _ = loop.run(loop.create_connection(asyncio.Protocol, connects, 2775))

    assert transport.get_extra_info("peername") == ("127.0.0.1", 2775)
    transport.close()


def test_a_scenarios_names_lead_to_its_addresses(loop: VirtualLoop) -> None:
    loop.network.names["carrier.test"] = "10.0.0.1"
    loop.run(loop.create_server(asyncio.Protocol, "10.0.0.1", 2775))

    transport, _ = loop.run(loop.create_connection(asyncio.Protocol, "Carrier.Test", 2775))

    assert transport.get_extra_info("peername") == ("10.0.0.1", 2775)
    assert loop.run(loop.getaddrinfo("carrier.test", 80))[0][4] == ("10.0.0.1", 80)
    transport.close()


def test_an_unknown_name_is_not_looked_up_in_the_world(loop: VirtualLoop) -> None:
    loop.network.names["carrier.test"] = "10.0.0.1"

    with pytest.raises(socket.gaierror, match=r"'example.com' is not known .*known names: carrier.test"):
        loop.run(loop.create_connection(asyncio.Protocol, "example.com", 80))


def test_a_taken_address_is_refused_and_free_again_when_its_server_closes(loop: VirtualLoop) -> None:
    server = loop.run(loop.create_server(asyncio.Protocol, "localhost", 2775))

    with pytest.raises(OSError, match="address already in use"):
        loop.run(loop.create_server(asyncio.Protocol, "127.0.0.1", 2775))
    server.close()
    again = loop.run(loop.create_server(asyncio.Protocol, "127.0.0.1", 2775))

    assert again.is_serving()
    assert not server.is_serving()
    assert server.sockets == ()


def test_port_zero_gives_each_server_its_own(loop: VirtualLoop) -> None:
    servers = [loop.run(loop.create_server(asyncio.Protocol, "localhost", 0)) for _ in range(3)]

    ports = [server.sockets[0].getsockname()[1] for server in servers]

    assert len(dict.fromkeys(ports)) == 3
    assert loop.network.listening == tuple(("127.0.0.1", port) for port in ports)


def test_a_server_that_does_not_serve_yet_refuses(loop: VirtualLoop) -> None:
    server = loop.run(loop.create_server(asyncio.Protocol, "localhost", 2775, start_serving=False))

    with pytest.raises(ConnectionRefusedError):
        loop.run(loop.create_connection(asyncio.Protocol, "localhost", 2775))
    loop.run(server.start_serving())
    transport, _ = loop.run(loop.create_connection(asyncio.Protocol, "localhost", 2775))

    assert not transport.is_closing()
    transport.close()


def test_wait_closed_waits_for_the_last_connection(loop: VirtualLoop) -> None:
    client, _, server = loop.run(connected(loop))
    server.close()
    waiting = loop.create_task(server.wait_closed())
    loop.advance(1.0)
    before = waiting.done()

    client.transport.close()
    loop.settle()

    assert not before
    assert waiting.done()


def test_serve_forever_closes_when_cancelled(loop: VirtualLoop) -> None:
    server = loop.run(loop.create_server(asyncio.Protocol, "localhost", 2775))

    with pytest.raises(TimeoutError):
        loop.run(asyncio.wait_for(server.serve_forever(), 5.0))

    assert loop.network.listening == ()


def test_close_clients_and_abort_clients_end_the_connections(loop: VirtualLoop) -> None:
    first, _, server = loop.run(connected(loop, 2775))

    server.close_clients()
    loop.settle()
    closed = first.log[-1]
    second = loop.run(loop.create_connection(lambda: Recorder("client", first.log, Script()), "localhost", 2775))[1]
    server.abort_clients()
    loop.settle()

    assert closed.startswith("client lost None")
    assert second.lost.done()


def test_a_server_accepts_in_its_own_context_not_in_the_clients(loop: VirtualLoop) -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
    heard: list[str] = []

    class Hears(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            heard.append(who.get())

        def data_received(self, data: bytes) -> None:
            heard.append(who.get())

    async def act(name: str, do: Callable[[], Awaitable[object]]) -> None:
        who.set(name)
        await do()

    async def talk() -> None:
        transport, _ = await loop.create_connection(asyncio.Protocol, "localhost", 2775)
        transport.write(b"x")
        transport.close()

    loop.run(act("server", lambda: loop.create_server(Hears, "localhost", 2775)))
    loop.run(act("client", talk))
    loop.settle()

    assert heard == ["server", "server"]


def test_a_factory_that_raises_is_reported_and_the_server_goes_on(loop: VirtualLoop) -> None:
    reported: list[object] = []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    error = KeyError("no protocol today")
    moods = iter(["bad", "good"])

    def factory() -> asyncio.Protocol:
        if next(moods) == "bad":
            raise error
        return asyncio.Protocol()

    async def main() -> bytes:
        await loop.create_server(factory, "localhost", 2775)
        reader, writer = await asyncio.open_connection("localhost", 2775)
        data = await reader.read()
        writer.close()
        (await loop.create_connection(asyncio.Protocol, "localhost", 2775))[0].close()
        return data

    data = loop.run(main())
    loop.settle()

    assert data == b""
    assert reported == [error]


def test_libraries_find_a_socket_behind_the_transport(loop: VirtualLoop) -> None:
    client, server, _ = loop.run(connected(loop))

    sock = client.transport.get_extra_info("socket")

    assert sock.getpeername() == client.transport.get_extra_info("peername")
    assert sock.getsockname() == server.transport.get_extra_info("peername")
    assert sock.family is socket.AF_INET
    assert sock.fileno() == -1
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    client.transport.close()


# A day of small talk over bad wires, printed as a digest of who heard what when.
TRAFFIC = """
import asyncio, hashlib
from powerpack_lab.network import Conditions
from powerpack_lab.virtual import VirtualLoop

digest = hashlib.sha256()
loop = VirtualLoop(seed=11)

async def echo(reader, writer):
    while data := await reader.read(1000):
        digest.update(f"{loop.time()!r} server {data!r}".encode())
        writer.write(data)
    writer.close()

async def talk(number):
    reader, writer = await asyncio.open_connection("carrier.test", 2775)
    for turn in range(20):
        writer.write(f"{number}:{turn} ".encode() * 10)
        digest.update(f"{loop.time()!r} client {await reader.read(1000)!r}".encode())
        await asyncio.sleep(3600)
    writer.close()
    await writer.wait_closed()
    return number

async def main():
    loop.network.names["carrier.test"] = "10.0.0.1"
    server = await asyncio.start_server(echo, "10.0.0.1", 2775)
    bad = Conditions(latency_s=0.03, jitter_s=0.05, chunk=7)
    loop.network.shape("carrier.test", 2775, to_server=bad, to_client=bad)
    done, _ = await asyncio.wait([asyncio.create_task(talk(number)) for number in range(10)])
    digest.update(repr([task.result() for task in done]).encode())
    server.close()

loop.run(main())
loop.shutdown()
print(digest.hexdigest(), loop.jumps, loop.time())
"""


def test_traffic_over_bad_wires_is_the_same_in_every_process() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", TRAFFIC],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert len(printed[0].split()) == 3
    assert printed[0] == printed[1]


# -- what stands on it


def test_streams_work_unchanged(loop: VirtualLoop) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> int:
        server = await asyncio.start_server(echo, "localhost", 2775)
        loop.network.shape("localhost", 2775, to_server=Conditions(latency_s=0.01), to_client=Conditions(chunk=1000))
        reader, writer = await asyncio.open_connection("localhost", 2775)
        writer.write(bytes(MIB))
        writer.write_eof()
        await writer.drain()
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return len(received)

    assert loop.run(main()) == MIB
    assert loop.network.listening == ()


class ReadsNothingForAnHour(Script):
    def made(self, end: Recorder) -> None:
        end.transport.pause_reading()
        asyncio.get_running_loop().call_later(3600.0, end.transport.abort)


def test_a_drain_waits_for_the_reader(loop: VirtualLoop) -> None:
    async def main() -> None:
        await loop.create_server(lambda: Recorder("server", [], ReadsNothingForAnHour()), "localhost", 2775)
        _, writer = await asyncio.open_connection("localhost", 2775)
        writer.write(bytes(MIB))
        try:
            await asyncio.wait_for(writer.drain(), 60.0)
        finally:
            writer.transport.abort()

    with pytest.raises(TimeoutError):
        loop.run(main())
    loop.advance(3600.0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", path, "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def test_tls_works_over_memory(loop: VirtualLoop, certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()

    async def main() -> bytes:
        server = await asyncio.start_server(answer, "localhost", 2775, ssl=serving)
        reader, writer = await asyncio.open_connection("localhost", 2775, ssl=trusting)
        writer.write(b"secret\n")
        received = await reader.read()
        assert writer.get_extra_info("cipher") is not None
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return received

    assert loop.run(main()) == b"SECRET\n"


def test_a_tls_client_that_does_not_trust_the_server_is_told(loop: VirtualLoop, certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    loop.set_exception_handler(lambda *_: None)  # the server's end fails too

    async def main() -> None:
        await loop.create_server(asyncio.Protocol, "localhost", 2775, ssl=serving)
        await loop.create_connection(asyncio.Protocol, "localhost", 2775, ssl=True)

    with pytest.raises(ssl.SSLCertVerificationError):
        loop.run(main())
    loop.settle()


def test_httpx_streams_over_the_wires(loop: VirtualLoop) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        await asyncio.sleep(2.5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()

    async def main() -> str:
        await asyncio.start_server(serve, "10.0.0.1", 80)
        loop.network.names["api.test"] = "10.0.0.1"
        async with httpx.AsyncClient(timeout=5.0) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("http://10.0.0.2/")
            return (await client.get("http://api.test/")).text

    assert loop.run(main()) == "ok"
    assert loop.time() == 2.5
