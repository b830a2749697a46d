"""Protocols that write down what they hear and do what a script says, and connections between two of them."""

import asyncio

from powerpack_lab.network import Connection, MemoryServer
from powerpack_lab.virtual import VirtualLoop


class Recorder(asyncio.Protocol):
    """Writes down what it is told, and does what the script says."""

    transport: asyncio.Transport

    def __init__(self, name: str, log: list[str], script: "Script") -> None:
        self.name = name
        self.log = log
        self.script = script
        self.received = bytearray()
        self.last = ""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def note(self, what: str) -> None:
        self.last = what
        self.log.append(f"{self.name} {what}")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.note("made")
        self.script.made(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.last != "data":  # how the kernel cuts a stream is not a promise
            self.note("data")
        self.script.data(self, data)

    def eof_received(self) -> bool:
        self.note("eof")
        return self.script.eof(self)

    def pause_writing(self) -> None:
        self.note("pause_writing")
        self.script.paused(self)

    def resume_writing(self) -> None:
        self.note("resume_writing")
        self.script.resumed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.note(f"lost {type(exc).__name__} {len(self.received)}")
        self.lost.set_result(None)


class Script:
    """What both ends do; by default nothing."""

    def __init__(self) -> None:
        self.ends: dict[str, Recorder] = {}
        self.is_complete: asyncio.Event | None = None

    def made(self, end: Recorder) -> None:
        self.ends[end.name] = end
        if len(self.ends) == 2:
            if self.is_complete is not None:
                self.is_complete.set()
            self.both(self.ends["client"], self.ends["server"])

    def both(self, client: Recorder, server: Recorder) -> None:
        pass

    def data(self, end: Recorder, data: bytes) -> None:
        pass

    def eof(self, end: Recorder) -> bool:
        return False

    def paused(self, end: Recorder) -> None:
        pass

    def resumed(self, end: Recorder) -> None:
        pass


async def connected(
    loop: VirtualLoop, port: int = 0, script: Script | None = None
) -> tuple[Recorder, Recorder, MemoryServer]:
    """A client and a server that are connected to each other."""
    script = script or Script()
    script.is_complete = asyncio.Event()
    log: list[str] = []
    server = await loop.create_server(lambda: Recorder("server", log, script), "127.0.0.1", port)
    port = server.sockets[0].getsockname()[1]
    _, client = await loop.create_connection(lambda: Recorder("client", log, script), "127.0.0.1", port)
    await script.is_complete.wait()
    return client, script.ends["server"], server


def the_connection(loop: VirtualLoop) -> Connection:
    [connection] = loop.network.connections
    return connection
