"""A gateway under steady load: how long a 202 takes, what a message costs among a million, what one under way takes.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/steady.py [--messages 10000] [--stored 10000 1000000]

Processes and cores as in ``end_to_end.py``, without callbacks. For each number of messages that are *stored* already:
the *saturated* rate and CPU (100 connections, each sends when it got its 202), the median of --rounds; then requests at
a third and at two thirds of that rate, at random moments whatever the answers (an open loop): milliseconds from the
moment a request was due to its 202, which includes its wait for a free connection. Last, *memory*: --in-flight messages
wait for receipts that a carrier holds back; resident MiB more than before, by 100,000.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import roles
from end_to_end import (
    CONNECTIONS,
    CORES,
    Client,
    Connection,
    ask,
    child,
    post_all,
)
from roles import Process, clock_and_journal, heard, lines_until_the_end
from store import filled

from powerpack_carriers import Account, Carrier
from powerpack_gateway.store.sqlite import SqliteStore

SECRET = b"benchmark".ljust(32)
TEXT = "Your code is 123456. Do not share it."
BULK = 100
HELD_S = 3_600.0
ENDED_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A gateway that has started."""

    port: int
    powerpack_uuid: str
    process: Process

    @property
    def body(self) -> dict[str, str]:
        """What every request says."""
        return {"powerpack_uuid": self.powerpack_uuid, "text": TEXT}

    def until_ended(self, left: int = 0) -> None:
        """Return when no more than so many messages are under way."""
        until = time.monotonic() + ENDED_WITHIN_S
        while (under_way := ask(self.process).under_way) > left:
            if time.monotonic() > until:
                raise RuntimeError(f"{under_way} messages did not end within {ENDED_WITHIN_S:g} s")
            time.sleep(0.02)


class OpenLoop(Client):
    """Requests at random moments, whether or not earlier ones were answered."""

    def __init__(self, body: dict[str, str], messages: int, per_s: float, ended: asyncio.Future[None]) -> None:
        super().__init__(body, messages, 1, ended)
        self.took_s: list[float] = []
        self._per_s = per_s
        self._messages_due = messages
        self._idle: list[Connection] = []
        self._waiting: deque[float] = deque()
        self._due: dict[Connection, float] = {}
        self._clock = asyncio.get_running_loop().time

    async def run(self, port: int) -> None:
        await self.start(port, CONNECTIONS)
        rng = random.Random(7)
        due = self._clock()
        for _ in range(self._messages_due):
            due += rng.expovariate(self._per_s)
            if due > self._clock():
                await asyncio.sleep(due - self._clock())
            self._waiting.append(due)
            if self._idle:
                self.free(self._idle.pop())
        await self.ended

    def free(self, connection: Connection) -> None:
        """It carries the next request that is due, or waits for one."""
        if self._waiting:
            self._due[connection] = self._waiting.popleft()
            connection.post(self.next_request())
        else:
            self._idle.append(connection)

    def accepted(self, connection: Connection) -> None:
        """One more 202."""
        self.took_s.append(self._clock() - self._due.pop(connection))
        super().accepted(connection)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stored", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--in-flight", type=int, default=100_000)
    parser.add_argument("--role", choices=("holding",), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role == "holding":
        asyncio.run(holding_role())
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "gateway.sqlite"
        with carrier_of("carrier") as smpp_port:
            with running(file, smpp_port):
                pass  # the file has its account and numbers now
            for goal in asked.stored:
                asyncio.run(fill(file, goal))
                with running(file, smpp_port) as gateway:
                    show(gateway, asked, goal)
    if asked.in_flight:
        with (
            tempfile.TemporaryDirectory() as folder,
            carrier_of("holding") as smpp_port,
            running(Path(folder) / "gateway.sqlite", smpp_port) as gateway,
        ):
            memory(gateway, asked.in_flight)


def show(gateway: Running, asked: argparse.Namespace, stored: int) -> None:
    """The lines of one number of stored messages."""
    rates, costs = [], []
    for _ in range(asked.rounds):
        before, began = ask(gateway.process), time.monotonic()
        asyncio.run(post_all(gateway.port, gateway.body, asked.messages, 1))
        gateway.until_ended()
        rates.append(asked.messages / (time.monotonic() - began))
        costs.append((ask(gateway.process).cpu_s - before.cpu_s) / asked.messages * 1e6)
    saturated = statistics.median(rates)
    print(f"{stored:9,} stored: saturated {saturated:,.0f}/s, {statistics.median(costs):.0f} us CPU", flush=True)
    for share in (1 / 3, 2 / 3):
        took = asyncio.run(open_loop(gateway, asked.messages, saturated * share))
        gateway.until_ended()
        cuts = statistics.quantiles(took, n=1_000)
        print(
            f"{'':9}  at {saturated * share:,.0f}/s: 202 after {cuts[499] * 1e3:.1f} ms median, "
            f"{cuts[989] * 1e3:.1f} p99, {cuts[998] * 1e3:.1f} p99.9",
            flush=True,
        )


async def open_loop(gateway: Running, messages: int, per_s: float) -> list[float]:
    """Seconds to each 202."""
    client = OpenLoop(gateway.body, messages, per_s, asyncio.get_running_loop().create_future())
    await client.run(gateway.port)
    return client.took_s


def memory(gateway: Running, messages: int) -> None:
    """What messages under way take, by 100,000."""
    asyncio.run(post_all(gateway.port, gateway.body, BULK * CONNECTIONS, BULK))  # what grows once has grown
    before = ask(gateway.process)
    asyncio.run(post_all(gateway.port, gateway.body, messages, BULK))
    after = ask(gateway.process)
    assert after.under_way == before.under_way + messages, after
    by = (after.resident_mib - before.resident_mib) / messages * 100_000
    print(f"{messages:9,} under way: {by:.0f} MiB more by 100,000, {after.resident_mib:.0f} in all", flush=True)


async def fill(file: Path, goal: int) -> None:
    """Finished messages in the file, so many with those that are there."""
    store = SqliteStore(file, secret=SECRET)
    snapshot = await store.open()
    await filled(store, snapshot.last_message_id + 1, goal + 1)
    await store.close()


@contextmanager
def running(file: Path, smpp_port: int) -> Iterator[Running]:
    """A gateway on the first core; whoever asks is on the last."""
    with child("gateway", CORES[0], "--port", str(smpp_port), "--store", str(file)) as process:
        port, powerpack_uuid = heard(process).split()
        os.sched_setaffinity(0, {CORES[-1]})
        yield Running(port=int(port), powerpack_uuid=powerpack_uuid, process=process)


@contextmanager
def carrier_of(role: str) -> Iterator[int]:
    """A carrier on the last core, as ``end_to_end.py`` has it, or one that holds its receipts back; its port."""
    is_plain = role == "carrier"
    with child(role, CORES[-1], "--loop", "asyncio") if is_plain else roles.child(__file__, role, CORES[-1]) as process:
        yield int(heard(process).split()[0])


async def holding_role() -> None:
    """A carrier whose receipts come after an hour: prints its port."""
    clock, journal = clock_and_journal(asyncio.get_running_loop())
    carrier = Carrier("generic", accounts=(Account("powerpack", "password"),), clock=clock, journal=journal)
    carrier.faults.add("delay_receipt", delay_s_min=HELD_S, delay_s_max=HELD_S)
    await carrier.start()
    print(carrier.port, flush=True)
    await lines_until_the_end(lambda _: None)
    await carrier.stop()


if __name__ == "__main__":
    main()
