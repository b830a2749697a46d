"""What one selection costs, for pools of 10, 1,000 and 100,000 numbers: microseconds a call, best of ten runs.

Run: PYTHONPATH=gateway python benchmarks/selection.py
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

from powerpack_gateway.encoding import encode_text
from powerpack_gateway.nanp import region_of
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.receipts import parse_receipt
from powerpack_gateway.selection import PoolEntry, Selector

AREA_CODES = ("415", "212", "206", "305", "512", "617", "702", "312", "404", "503")
CALLS = 5_000
RUNS = 10


def main() -> None:
    """Print the tables."""
    print(f"{'select':<32}{'10':>10}{'1,000':>10}{'100,000':>10}")
    for name, sticky, local in (
        ("new handset", True, False),
        ("new handset, local connect", True, True),
        ("sticky handset", True, True),
        ("no sticky sender", False, False),
    ):
        costs = [selection_cost(size, sticky=sticky, local=local, known=name == "sticky handset") for size in SIZES]
        print(f"{name:<32}" + "".join(f"{cost:>10.2f}" for cost in costs))
    receipt = b"id:1234567890 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000"
    tlvs = {0x001E: b"1234567890\0", 0x0427: b"\x02"}
    text = "Your code is 123456. Do not share it."
    print(f"{'encode_text, ASCII, one part':<32}{best(lambda _: encode_text(text)):>10.2f}")
    print(f"{'parse_receipt, standard':<32}{best(lambda _: parse_receipt(receipt, tlvs)):>10.2f}")
    pause = longest_pause(100_000)
    print(f"longest single selection after 100,000 numbers became free at once: {pause * 1e3:.0f} ms")


SIZES = (10, 1_000, 100_000)


def selection_cost(size: int, *, sticky: bool, local: bool, known: bool) -> float:
    """Microseconds of one selection at the rate that just fills the pool."""
    selector = pool_of(size, sticky=sticky, local=local)
    step_s = 4.1 / size
    handsets = [f"1{AREA_CODES[index % 10]}{2_000_000 + index}" for index in range(CALLS * RUNS)]
    if known:
        handsets = [handsets[index % size] for index in range(CALLS * RUNS)]
        for index in range(min(size, len(handsets))):
            selector.select(handsets[index], "US", Service.SMS, 0.0, 1)
    clock = iter(index * step_s for index in range(CALLS * RUNS))
    names = iter(handsets)
    return best(lambda _: selector.select(next(names), "US", Service.SMS, next(clock), 1))


def longest_pause(size: int) -> float:
    """Seconds of the one selection that finds every number free again."""
    selector = pool_of(size, sticky=False, local=False)
    for index in range(size):
        selector.select(f"1415{2_000_000 + index}", "US", Service.SMS, 0.0, 1)
    begun = time.perf_counter()
    selector.select("12125550100", "US", Service.SMS, 1_000.0, 1)
    return time.perf_counter() - begun


def pool_of(size: int, *, sticky: bool, local: bool) -> Selector:
    """Long codes spread over ten area codes."""
    powerpack = Powerpack(
        uuid="u",
        number_pool_uuid="p",
        name="benchmark",
        sticky_sender=sticky,
        local_connect=local,
        created_on=datetime(2026, 11, 22, tzinfo=UTC),
    )
    numbers = (f"1{AREA_CODES[index % 10]}{3_000_000 + index}" for index in range(size))
    entries = (
        PoolEntry(
            number=number,
            type=NumberType.LONGCODE,
            country="US",
            area_code=number[1:4],
            region=region_of(number),
            rate=0.25,
            daily_cap=100_000,
        )
        for number in numbers
    )
    return Selector(powerpack, entries, rng=random.Random(1))


def best(call: Callable[[None], object]) -> float:
    """Microseconds of one call, in the best of the runs."""
    costs = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        for _ in range(CALLS):
            call(None)
        costs.append((time.perf_counter() - begun) / CALLS * 1e6)
    return min(costs)


if __name__ == "__main__":
    main()
