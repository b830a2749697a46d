"""What it costs to store a message, in SQLite and in PostgreSQL, when little is stored and when much is.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/store.py [--store postgresql://...] [--rows 10000 ...]

Each message is kept, changed once (sent) and finished (delivered), in groups of ``--group``: a group holds so many new
messages, the change of as many earlier ones and the end of as many before those. Shown are microseconds a message, the
median of five runs of 2,000: of the wall's clock, and of this process's CPU. For PostgreSQL, in an empty database, also
the bytes of write-ahead log a message, the commits, and what a stored message takes with its indexes.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass

import asyncpg

from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.base import Store
from powerpack_lab.stores import store_at

MESSAGES = 2_000
ROUNDS = 5
FILLING = 5_000


class Silent:
    """Nobody reads what becomes of the connection."""

    def record(self, kind: str, /, **fields: object) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Microseconds a message."""

    wall_us: float
    cpu_us: float


def message(store: Store, number: int, stage: Stage = Stage.QUEUED) -> Message:
    return Message(
        id=number,
        uuid=store.ids.uuid(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        source=f"1833{2_000_000 + number % 2_000}",
        destination=f"1415{number % 10_000_000:07d}",
        text="Your code is 123456. Do not share it.",
        country="US",
        powerpack_uuid=f"3cb25f9f-0000-4000-8000-{number % 10:012d}",
        requester_ip="127.0.0.1",
        created_at=1.8e9 + number,
        expires_at=1.8e9 + number + 10_800,
        stage=stage,
        reasons=("sticky: no pair", "most free of 2000"),
    )


async def filled(store: Store, begin: int, end: int) -> None:
    """Finished messages, which nobody measures."""
    for first in range(begin, end, FILLING):
        for number in range(first, min(first + FILLING, end)):
            store.insert(message(store, number, Stage.DELIVERED))
        await store.commit()


async def one_run(store: Store, first: int, group: int) -> Cost:
    """So many messages from the first commit to the last."""
    under_way: list[list[Message]] = [[], []]
    began, cpu = time.perf_counter(), time.process_time()
    for begin in range(first, first + MESSAGES, group):
        new = [message(store, number) for number in range(begin, begin + group)]
        for each in new:
            store.insert(each)
        for each in under_way[0]:
            each.stage, each.sent_at, each.carrier, each.carrier_ids = Stage.SENT, 1.8e9, "generic", ("0A1B2C3D",)
            store.update(each)
        for each in under_way[1]:
            each.stage = Stage.DELIVERED
            store.update(each)
        await store.commit()
        under_way = [new, under_way[0]]
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return Cost(wall_us=wall_s / MESSAGES * 1e6, cpu_us=cpu_s / MESSAGES * 1e6)


async def measured(where: str, rows: list[int], group: int) -> None:
    store = store_at(where, secret=b"benchmark".ljust(32), journal=Silent())
    snapshot = await store.open()
    stored = snapshot.last_message_id + 1
    for goal in rows:
        await filled(store, stored, goal + 1)
        stored = max(stored, goal + 1)
        before = await of_server(where)
        costs = []
        for _ in range(ROUNDS):
            costs.append(await one_run(store, stored, group))
            stored += MESSAGES
        after = await of_server(where)
        wall_us = statistics.median(each.wall_us for each in costs)
        cpu_us = statistics.median(each.cpu_us for each in costs)
        more = ""
        if before is not None and after is not None:
            count = ROUNDS * MESSAGES
            wal, commits = (after[0] - before[0]) / count, (after[1] - before[1]) / count
            more = f", log {wal:,.0f} bytes, {commits:.3f} commits, {after[2] / stored:,.0f} bytes stored a message"
        name = where.partition(":")[0] if "://" in where else "sqlite"
        print(f"{name} {goal:9,} stored: {wall_us:.0f} us, {cpu_us:.0f} us CPU{more}", flush=True)
    await store.close()


async def of_server(where: str) -> tuple[int, int, int] | None:
    """Bytes of log so far, commits so far, and what the history takes with its indexes; None for a file."""
    if "://" not in where:
        return None
    connection = await asyncpg.connect(where)
    row = await connection.fetchrow(
        "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, (SELECT sum(last_group) FROM powerpack.writer),"
        " pg_total_relation_size('powerpack.message')"
    )
    await connection.close()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="", help="postgresql://..., empty; SQLite on a file if not given")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--group", type=int, default=50, help="new messages of a commit")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(asked.store or f"{folder}/store.sqlite", asked.rows, asked.group))


if __name__ == "__main__":
    main()
