"""A memory transport keeps the promises of asyncio's socket transport: the same scripts are played over loopback."""

import asyncio
import socket
import struct

import pytest

from lab.recorder import Recorder, Script, connected
from powerpack_lab.virtual import VirtualLoop
from powerpack_lab.wire import WINDOW_BYTES

MIB = 1024 * 1024


class Echo(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(b"hello ")
        client.transport.write(b"world")

    def data(self, end: Recorder, data: bytes) -> None:
        if end.name == "server":
            end.transport.write(data)
        elif len(end.received) == 11:
            end.transport.close()


class HalfClose(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(b"question")
        client.transport.write_eof()

    def eof(self, end: Recorder) -> bool:
        if end.name == "client":
            return False
        end.transport.write(b"a long answer")
        asyncio.get_running_loop().call_soon(end.transport.close)
        return True


class ServerHangsUp(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        server.transport.close()


class Abort(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(b"last words")
        client.transport.abort()


class CloseFlushes(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(bytes(16 * MIB))
        client.transport.close()
        client.note(f"closing {client.transport.is_closing()} {client.transport.get_write_buffer_size() > 0}")


class AbortLosesTheBuffer(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        server.transport.pause_reading()
        client.transport.write(bytes(16 * MIB))
        client.transport.abort()
        client.note(f"buffered {client.transport.get_write_buffer_size()}")
        asyncio.get_running_loop().call_later(0.05, server.transport.abort)


class BackPressure(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        server.transport.pause_reading()
        client.transport.write(bytes(16 * MIB))
        asyncio.get_running_loop().call_later(0.01, server.transport.resume_reading)

    def resumed(self, end: Recorder) -> None:
        asyncio.get_running_loop().call_soon(end.transport.close)  # asyncio loses it twice if closed from here


class UnreadBytesReset(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        server.transport.pause_reading()
        client.transport.write(b"nobody will read this")
        asyncio.get_running_loop().call_later(0.02, server.transport.close)


class Linger(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        sock = server.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.transport.abort()


class WritesToTheDead(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        server.transport.close()

    def eof(self, end: Recorder) -> bool:
        def write() -> None:
            if not end.transport.is_closing():
                end.transport.write(b"anybody there?")
                asyncio.get_running_loop().call_later(0.01, write)

        write()
        return True


class ProtocolRaises(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(b"boom")

    def data(self, end: Recorder, data: bytes) -> None:
        raise KeyError("in data_received")


class EofRaises(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write_eof()

    def eof(self, end: Recorder) -> bool:
        raise KeyError("in eof_received")


class PausedFromTheStart(Script):
    def made(self, end: Recorder) -> None:
        if end.name == "server":
            end.transport.pause_reading()
            end.note(f"reading {end.transport.is_reading()}")
        super().made(end)

    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(b"early")

        def resume() -> None:
            server.note("resumes")
            server.transport.resume_reading()

        asyncio.get_running_loop().call_later(0.01, resume)

    def data(self, end: Recorder, data: bytes) -> None:
        end.transport.close()


class CallSoonBeforeSockets(Script):
    """What is called soon runs before what a socket brings, however the two were started."""

    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write(b"x")
        asyncio.get_running_loop().call_soon(self.then, client, 3)

    def then(self, client: Recorder, left: int) -> None:
        client.note(f"soon {left}")
        if left == 1:
            client.transport.close()
        elif left == 3:  # the bytes are taken in this turn, after this callback
            asyncio.get_running_loop().call_soon(self.then, client, 2)
        else:
            asyncio.get_running_loop().call_soon(self.then, client, 1)


class WriteAfterEof(Script):
    def both(self, client: Recorder, server: Recorder) -> None:
        client.transport.write_eof()
        try:
            client.transport.write(b"too late")
        except RuntimeError as error:
            client.note(str(error))


SCRIPTS = [
    Echo,
    HalfClose,
    ServerHangsUp,
    Abort,
    CloseFlushes,
    AbortLosesTheBuffer,
    BackPressure,
    UnreadBytesReset,
    Linger,
    WritesToTheDead,
    ProtocolRaises,
    EofRaises,
    PausedFromTheStart,
    CallSoonBeforeSockets,
    WriteAfterEof,
]


async def play(script: Script) -> list[str]:
    """The log of one connection, from the moment both ends are there."""
    loop = asyncio.get_running_loop()
    log: list[str] = []
    ends: list[Recorder] = []
    both = asyncio.Event()

    def end(name: str) -> Recorder:
        recorder = Recorder(name, log, script)
        ends.append(recorder)
        if len(ends) == 2:
            both.set()
        return recorder

    loop.set_exception_handler(lambda _, context: log.append(f"handler {context['message']} {context['exception']!r}"))
    server = await loop.create_server(lambda: end("server"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await loop.create_connection(lambda: end("client"), "127.0.0.1", port)
    await both.wait()
    await asyncio.gather(*[end.lost for end in ends])
    server.close()
    await server.wait_closed()
    return log


def by_end(log: list[str]) -> dict[str, list[str]]:
    """Which of two ends hears first of what happens to both is chance over sockets; what each hears is not."""
    return {name: [line for line in log if line.startswith(name)] for name in ("client", "server", "handler")}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_protocols_hear_the_same_in_memory_as_over_loopback(script: type[Script], loop: VirtualLoop) -> None:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        real = runner.run(play(script()))

    simulated = loop.run(play(script()))

    if script is AbortLosesTheBuffer:  # how much the kernel had taken is its own affair
        real, simulated = ([line.rpartition(" ")[0] for line in log] for log in (real, simulated))
    assert by_end(simulated) == by_end(real)
    if script is CallSoonBeforeSockets:
        assert simulated[2:] == real[2:]


def test_a_transport_closed_by_resume_writing_is_lost_once(loop: VirtualLoop) -> None:
    class ClosesWhenResumed(BackPressure):
        def resumed(self, end: Recorder) -> None:
            end.transport.close()

    log = loop.run(play(ClosesWhenResumed()))

    assert log.count("client lost NoneType 0") == 1


def test_a_full_window_stops_the_writer_until_the_reader_reads(loop: VirtualLoop) -> None:
    client, server, _ = loop.run(connected(loop))
    server.transport.pause_reading()

    client.transport.write(bytes(WINDOW_BYTES))
    at_the_window = client.transport.get_write_buffer_size(), "client pause_writing" in client.log
    client.transport.write(bytes(65_537))
    above = client.transport.get_write_buffer_size(), client.log[-1]
    server.transport.resume_reading()
    loop.settle()

    assert at_the_window == (0, False)
    assert above == (65_537, "client pause_writing")
    assert len(server.received) == WINDOW_BYTES + 65_537
    assert client.transport.get_write_buffer_size() == 0
    assert "client resume_writing" in client.log
