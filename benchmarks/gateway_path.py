"""What one message costs the gateway itself: HTTP octets in, SQLite on a file, SMPP octets out and in.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/gateway_path.py [--messages N] [--callbacks] [--bulk N]

One process, virtual time, in-memory wires: no other process and no network stack disturb it, so the figures swing
less than those of ``end_to_end.py``; ``--count`` shows instructions under valgrind,
a long run less a short one, the same on every run. The
carrier is a stub that accepts and delivers at once; its own cost (some 5 us) is part of the figure. Shown is the CPU
time of a message: the least, the median and the mean of the batches, and the median in empty Python calls, measured
between the batches: that unit shrinks and grows with the machine's load.
"""

import argparse
import asyncio
import cProfile
import pstats
import random
import statistics
import tempfile
import time
from base64 import b64encode
from pathlib import Path

from instructions import instructions
from stub_smsc import StubSmsc, addresses
from toll_free_pool import AUTH_ID, AUTH_TOKEN, toll_free_pool

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.http.app import api_app
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import real_clock
from powerpack_lab.collector import settle_memory
from powerpack_lab.journal import Journal
from powerpack_lab.serving import serve_asgi
from powerpack_lab.virtual import VirtualLoop

POOL_SIZE = 2_000
CALLS = 20_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Smsc(StubSmsc):
    """Accepts everything and reports it delivered: in the same write, or ``receipts_after_s`` later."""

    receipts_after_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self._receipts: list[bytes] = []

    def submitted(self, sequence: int, data: bytes, at: int) -> None:
        sender, handset = addresses(data, at)
        self._receipts.append(self.delivered(self.accept(sequence), handset, sender))

    def taken(self) -> None:
        receipts, self._receipts = self._receipts, []
        if self.receipts_after_s and receipts:
            asyncio.get_running_loop().call_later(self.receipts_after_s, self.write, receipts)
        else:
            self.out.extend(receipts)
        super().taken()


class Sink(asyncio.Protocol):
    """The receiver of callbacks."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if answers := data.count(b" HTTP/1.1\r\n"):
            self._transport.write(OK * answers)  # type: ignore[attr-defined]


class Client(asyncio.Protocol):
    """One connection to the API that counts what is accepted."""

    accepted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, octets: bytes) -> None:
        self._transport.write(octets)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        assert data.startswith(b"HTTP/1.1 202"), data
        Client.accepted += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=100, help="also the size of a batch")
    parser.add_argument("--bulk", type=int, default=1, help="destinations of one request")
    parser.add_argument("--callbacks", action="store_true")
    parser.add_argument("--apart", action="store_true", help="receipts come 20 ms after the answers, not with them")
    parser.add_argument("--profile", action="store_true", help="under cProfile: shows where it goes, not how much")
    parser.add_argument("--count", action="store_true", help="instructions of a message, under valgrind")
    parser.add_argument("--counted", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.count:
        sizes = ("--connections", str(asked.connections), "--bulk", str(asked.bulk))
        ways = [f"--{each}" for each in ("callbacks", "apart") if getattr(asked, each)]
        same = ("--counted", *sizes, *ways)
        batches = (5, 15)
        short, long = (
            instructions(__file__, "--messages", str(each * asked.connections * asked.bulk), *same) for each in batches
        )
        each = (long - short) / (batches[1] - batches[0]) / asked.connections / asked.bulk
        print(f"{each:,.0f} instructions a message")
        return
    loop = VirtualLoop(seed=7)
    with tempfile.TemporaryDirectory() as folder:
        loop.run(run(loop, Path(folder) / "gateway.sqlite", asked))
    loop.settle()
    loop.shutdown()


async def run(loop: VirtualLoop, file: Path, asked: argparse.Namespace) -> None:
    """Set up, send, print."""
    if asked.apart:
        Smsc.receipts_after_s = 0.02
    await loop.create_server(Smsc, "127.0.0.1", 2775)
    await loop.create_server(Sink, "127.0.0.1", 8080)
    clock = real_clock(loop)
    gateway = Gateway(
        Settings(),
        store=SqliteStore(file, secret=b"benchmark".ljust(32)),
        routes=[
            RouteSettings(name="stub", hosts=(("127.0.0.1", 2775),), system_id="esme", password="secret", window=1_000)
        ],
        carrier_of=lambda number: "stub",
        clock=clock,
        journal=Journal(moment=clock.monotonic, at=clock.at),
        rng=random.Random(7),
        provision=toll_free_pool(POOL_SIZE),
    )
    await gateway.start()
    serving = await serve_asgi(loop, api_app(gateway), "127.0.0.1", 80)
    await asyncio.sleep(1.0)
    clients = []
    for _ in range(asked.connections):
        _, client = await loop.create_connection(Client, "127.0.0.1", 80)
        clients.append(client)
    powerpack = next(iter(gateway.holdings.powerpacks)).uuid
    url = '"url":"http://127.0.0.1:8080/status",' if asked.callbacks else ""
    credentials = b64encode(f"{AUTH_ID}:{AUTH_TOKEN}".encode()).decode()
    head = (
        f"POST /v1/Account/{AUTH_ID}/Message/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    settle_memory()
    profiler = cProfile.Profile()
    costs, calls = [], []
    batch = asked.connections * asked.bulk
    for first in range(0, asked.messages, batch):
        requests = []
        for begin in range(first, first + batch, asked.bulk):
            to = "<".join([f"1{212 + n % 7}{2_000_000 + n // 7}" for n in range(begin, begin + asked.bulk)])
            body = (
                f'{{"powerpack_uuid":"{powerpack}","text":"Your code is 123456. Do not share it.",{url}"dst":"{to}"}}'
            )
            requests.append(f"{head}{len(body)}\r\n\r\n{body}".encode())
        if asked.profile:
            profiler.enable()
        began = time.process_time()
        for client, octets in zip(clients, requests, strict=True):
            client.ask(octets)
        while True:
            await asyncio.sleep(0.005)
            if Client.accepted * asked.bulk == first + batch and not gateway.messages_under_way:
                break
        costs.append((time.process_time() - began) / batch * 1e6)
        profiler.disable()
        if not asked.counted:
            calls.append(call_ns())
    assert Client.accepted * asked.bulk == len(costs) * batch
    if not asked.counted:
        show(costs, calls, len(costs) * batch)
    if asked.profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(60)
    await serving.close(1.0)
    await gateway.stop()


def show(costs: list[float], calls: list[float], messages: int) -> None:
    """The figures of the batches."""
    print(
        f"{messages} messages: CPU us each: least {min(costs):.1f}, "
        f"median {statistics.median(costs):.1f}, mean {statistics.mean(costs):.1f}; "
        f"that is {statistics.median(costs) / statistics.median(calls) * 1e3:,.0f} empty calls "
        f"of {statistics.median(calls):.0f} ns"
    )


def call_ns() -> float:
    """What an empty function call takes at this moment: a neighbour on the other half of the core doubles it."""
    began = time.process_time()
    for _ in range(CALLS):
        nothing()
    return (time.process_time() - began) / CALLS * 1e9


def nothing() -> None:
    """An empty function."""


if __name__ == "__main__":
    main()
