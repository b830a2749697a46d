"""What a list of messages costs the gateway when many are stored: a page by time, by state, by number.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/lists.py [--rows 10000 1000000]

One message in a hundred failed; times are a second apart. Shown are milliseconds for the first page, the best of five.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import SqliteStore

GROUP = 5_000


def message(store: SqliteStore, number: int) -> Message:
    """One that is finished."""
    return Message(
        id=number,
        uuid=store.ids.uuid(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        source=f"1833{2_000_000 + number % 2_000}",
        destination=f"1415{number % 10_000_000:07d}",
        text="Your code is 123456. Do not share it.",
        created_at=float(number),
        stage=Stage.DELIVERED if number % 100 else Stage.FAILED,
    )


async def measured(file: Path, rows: int) -> dict[str, float]:
    """Milliseconds by kind of list."""
    store = SqliteStore(file, secret=b"benchmark".ljust(32))
    await store.open()
    for begin in range(0, rows, GROUP):
        for number in range(begin + 1, begin + GROUP + 1):
            store.insert(message(store, number))
        await store.commit()
    lists = {
        "newest": MessageFilter(),
        "an hour in the middle": MessageFilter(time_gte=rows / 2, time_lt=rows / 2 + 3_600),
        "failed": MessageFilter(message_state="failed"),
        "inbound": MessageFilter(message_direction="inbound"),
        "to one handset": MessageFilter(to_number="14150000077"),
        "by one of our numbers": MessageFilter(from_number="18332000077"),
        "by one of our numbers that wrote nothing lately": MessageFilter(from_number="18339999999"),
        "to one handset in an hour": MessageFilter(to_number="14150000077", time_lt=3_600.0),
    }
    took = {}
    for name, wanted in lists.items():
        tries = []
        for _ in range(5):
            began = time.perf_counter()
            await store.messages(wanted, limit=20, offset=0)
            tries.append((time.perf_counter() - began) * 1e3)
        took[name] = min(tries)
    await store.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for rows in asked.rows:
            took = asyncio.run(measured(Path(folder) / f"{rows}.sqlite", rows))
            print(f"{rows:9,} stored: " + ", ".join(f"{name} {ms:.2f} ms" for name, ms in took.items()), flush=True)


if __name__ == "__main__":
    main()
