"""A gateway with 100,000 messages under way: memory, a kill and the start after it, a storm of all receipts, a stop.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/storm.py [--messages 100000] [--recovery] [--store URL]

The carrier is a stub in a process of its own: it accepts everything, keeps the receipts back, and sends them all at
once when it is told to, while sending goes on. The stop comes while --waiting messages have no answer. The gateway
keeps its state in an SQLite file, or in PostgreSQL (``--store postgresql://...``, an empty database). ``--recovery``
ends after the start that follows the kill. *accept*: from the request to the commit, through the gateway's own
``send``; *sent*: from there to the carrier's answer.
"""

import argparse
import asyncio
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from roles import Process, clock_and_journal, heard, lines_until_the_end, tell
from stub_smsc import StubSmsc
from toll_free_pool import toll_free_pool

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.messages import Message, Stage
from powerpack_gateway.sending import SendRequest
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.collector import settle_memory
from powerpack_lab.stores import store_at

ALMOST = 2_000  # open messages that a storm may leave: those that were sent meanwhile
RECEIPT_WINDOW = 1_000  # deliver_sm without an answer; carriers take 10 to some hundreds
POOL_SIZE = 5_000  # toll-free numbers at 25 a second each: the pool is never what is waited for
BATCH = 1_000


class Smsc(StubSmsc):
    """Accepts everything; receipts are kept back until ``storm``."""

    is_slow = False
    latest: "Smsc"

    def __init__(self) -> None:
        super().__init__()
        self._kept: deque[bytes] = deque()
        self._is_storming = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        Smsc.latest = self

    def submitted(self, sequence: int, data: bytes, at: int) -> None:
        if Smsc.is_slow:
            return
        # Without a handset, and from one number: the id alone says whose it is.
        self._kept.append(self.delivered(self.accept(sequence), b"", b"18332000000"))
        if self._is_storming:
            self.acknowledged()

    def acknowledged(self) -> None:
        self.out.extend(self._next(1))

    def storm(self) -> None:
        """All receipts as fast as they are taken."""
        self.write(self._next(RECEIPT_WINDOW))
        self._is_storming = True

    def _next(self, count: int) -> list[bytes]:
        return [self._kept.popleft() for _ in range(min(count, len(self._kept)))]


async def carrier_role() -> None:
    """Prints its port; ``storm`` and ``slow`` come by stdin."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Smsc, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)

    def act(line: str) -> None:
        if line.strip() == "storm":
            Smsc.latest.storm()
        Smsc.is_slow = line.strip() == "slow"

    await lines_until_the_end(act)


def gateway_on(where: str, port: int) -> Gateway:
    """A gateway whose only carrier is the stub."""
    loop = asyncio.get_running_loop()
    clock, journal = clock_and_journal(loop)
    return Gateway(
        Settings(under_way_max=1_000_000),
        store=store_at(where, secret=b"benchmark".ljust(32), journal=journal),
        routes=[
            RouteSettings(name="stub", hosts=(("127.0.0.1", port),), system_id="esme", password="secret", window=1_000)
        ],
        carrier_of=lambda number: "stub",
        clock=clock,
        journal=journal,
        rng=random.Random(7),
        provision=toll_free_pool(POOL_SIZE),
    )


def request(gateway: Gateway, numbers: Sequence[int]) -> SendRequest:
    """To so many handsets."""
    return SendRequest(
        destinations=tuple(f"1{212 + each % 7}{2_000_000 + each // 7}" for each in numbers),
        text="Your code is 123456. Do not share it.",
        powerpack_uuid=next(iter(gateway.holdings.powerpacks)).uuid,
    )


async def send(gateway: Gateway, first: int, count: int) -> None:
    """Accept so many, a thousand a request."""
    for begin in range(first, first + count, BATCH):
        await gateway.send(request(gateway, range(begin, min(begin + BATCH, first + count))))


async def until_sent(gateway: Gateway) -> None:
    """Return when the carrier has answered for everything."""
    await until(lambda: all(each.stage is Stage.SENT for each in gateway.under_way()))


async def until(holds: Callable[[], bool], every_s: float = 0.1) -> None:
    """Look again and again: the gateway tells its own parts only."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(every_s)


def resident_mib() -> float:
    """What this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def shown(words: str, seconds: list[float]) -> str:
    """Median, 99th percentile and longest, in milliseconds."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    median, most, longest = (f"{each * 1e3:.0f}" for each in (statistics.median(ordered), p99, ordered[-1]))
    return f"{words} {median} ms median, {most} p99, {longest} longest"


async def probe(gateway: Gateway, first: int, ended: asyncio.Event) -> tuple[list[float], list[float]]:
    """A message every 50 ms: how long until it is accepted, and how long from there until it is sent."""
    accepts: list[float] = []
    sents: list[float] = []

    async def one(number: int) -> None:
        began = time.monotonic()
        outcome = await gateway.send(request(gateway, [number]))
        accepted = time.monotonic()
        accepts.append(accepted - began)
        message = await gateway.message(outcome.message_uuids[0])
        await until(partial(_is_sent, message), 0.005)
        sents.append(time.monotonic() - accepted)

    async with asyncio.TaskGroup() as under_way:
        while not ended.is_set():
            under_way.create_task(one(first))
            first += 1
            await asyncio.sleep(0.05)
    return accepts, sents


def _is_sent(message: Message) -> bool:
    return message.sent_at is not None


async def measure(asked: argparse.Namespace, where: str, carrier: Process) -> None:
    """All of it, line by line."""
    port = int(heard(carrier))
    gateway = gateway_on(where, port)
    await gateway.start()
    await send(gateway, 0, 1_000)  # warm
    await until_sent(gateway)
    settle_memory()
    before = resident_mib()
    await send(gateway, 1_000, asked.messages - 1_000)
    await until_sent(gateway)
    count = len(gateway.under_way())
    print(f"{count} under way, each sent and without a receipt: {resident_mib() - before:.0f} MiB more", flush=True)

    assert isinstance(gateway.store, SqliteStore | PostgresStore)
    gateway.store.abandon()  # as kill -9: nothing more is written
    await gateway.dispatcher.routes["stub"].stop(0.0)
    began, cpu = time.monotonic(), time.process_time()
    gateway = gateway_on(where, port)
    await gateway.start()
    print(
        f"start with {len(gateway.under_way())} open messages after a kill: {time.monotonic() - began:.1f} s,"
        f" {time.process_time() - cpu:.1f} s of CPU",
        flush=True,
    )
    if asked.recovery:
        await gateway.stop(0.1)
        return
    settle_memory()
    await until(lambda: gateway.dispatcher.routes["stub"].is_bound)
    await storm(gateway, asked.messages, carrier)

    tell(carrier, "slow")
    await send(gateway, 2 * asked.messages, asked.waiting)
    began = time.monotonic()
    await gateway.stop(5.0)
    print(f"stop while {asked.waiting} wait for a carrier that does not answer: {time.monotonic() - began:.1f} s")
    began, cpu = time.monotonic(), time.process_time()
    gateway = gateway_on(where, port)
    await gateway.start()
    print(
        f"{len(gateway.under_way())} open messages at the next start: {time.monotonic() - began:.1f} s,"
        f" {time.process_time() - cpu:.1f} s of CPU"
    )
    await gateway.stop(0.1)


async def storm(gateway: Gateway, messages: int, carrier: Process) -> None:
    """Every receipt at once; sending goes on meanwhile. Those of the killed gateway's link are gone: send anew."""
    await send(gateway, messages, messages)
    await until(lambda: sum(each.stage is Stage.SENT for each in gateway.under_way()) >= 2 * messages)
    ended = asyncio.Event()
    quiet = asyncio.create_task(probe(gateway, 3 * messages, ended))
    await asyncio.sleep(3.0)
    ended.set()
    accepts, sents = await quiet
    print(shown("quiet: accept", accepts) + "; " + shown("sent", sents), flush=True)
    left = len(gateway.under_way()) - messages
    before = resident_mib()
    ended = asyncio.Event()
    probing = asyncio.create_task(probe(gateway, 4 * messages, ended))
    tell(carrier, "storm")
    began, peak = time.monotonic(), before
    while sum(each.stage is Stage.SENT for each in gateway.under_way()) > messages + ALMOST:
        await asyncio.sleep(0.2)
        peak = max(peak, resident_mib())
    took = time.monotonic() - began
    ended.set()
    accepts, sents = await probing
    print(f"storm of {left} receipts: {left / took:,.0f} a second, at most {peak - before:.0f} MiB more", flush=True)
    print(shown("in the storm: accept", accepts) + "; " + shown("sent", sents), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=29_000)
    parser.add_argument("--store", default="", help="postgresql://..., empty; SQLite on a file if not given")
    parser.add_argument("--recovery", action="store_true", help="end after the start that follows the kill")
    parser.add_argument("--role", choices=("carrier",), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role is not None:
        asyncio.run(carrier_role())
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, __file__, "--role", "carrier"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as carrier,
    ):
        try:
            asyncio.run(measure(asked, asked.store or f"{folder}/gateway.sqlite", carrier))
        finally:
            assert carrier.stdin is not None
            carrier.stdin.close()


if __name__ == "__main__":
    main()
