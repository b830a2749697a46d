"""What one selection costs, for pools of 10, 1,000 and 100,000 numbers: microseconds a call, best of ten runs.

Run: PYTHONPATH=gateway python benchmarks/selection.py
With ``--pairs 10000000`` that many handsets are remembered first; what they take is told in megabytes.
"""

import argparse
import itertools
import random
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime

from powerpack_gateway.encoding import encode_text
from powerpack_gateway.nanp import region_of
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.receipts import parse_receipt
from powerpack_gateway.selection import PoolEntry, Selector, Snapshot

AREA_CODES = ("415", "212", "206", "305", "512", "617", "702", "312", "404", "503")
CALLS = 5_000
RUNS = 10


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, help="measure with so many handsets remembered")
    asked = parser.parse_args()
    if asked.pairs is not None:
        pairs(asked.pairs)
        return
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


def pairs(count: int) -> None:
    """Selections for handsets that are known and new ones, with so many known, in each size of pool."""
    print(f"{'pairs':>12}{'numbers':>10}{'known':>8}{'new':>8}{'MB':>8}")
    for size in SIZES:
        selector = pool_of(size, sticky=True, local=True)
        names = [f"1{AREA_CODES[index % 10]}{3_000_000 + index}" for index in range(size)]
        before = megabytes()
        sticky = {f"1{2_000_000_000 + index}": names[index % size] for index in range(count)}
        selector.restore(Snapshot(sticky={Service.SMS.value: sticky}, busy_s={}, used={}), 0.0)
        del sticky
        used = megabytes() - before
        dice = random.Random(2)
        known = [f"1{2_000_000_000 + dice.randrange(count)}" for _ in range(CALLS * RUNS)]
        new = [f"1{AREA_CODES[index % 10]}{4_000_000 + index}" for index in range(CALLS * RUNS)]
        of_known, of_new = (cost_of(selector, handsets, 4.1 / size) for handsets in (known, new))
        print(f"{count:>12,}{size:>10,}{of_known:>8.2f}{of_new:>8.2f}{used:>8.0f}")
        del selector


def cost_of(selector: Selector, handsets: list[str], step_s: float) -> float:
    """Microseconds of one selection, one after the other at the rate that just fills the pool."""
    names, steps = iter(handsets), itertools.count(1)
    return best(lambda _: selector.select(next(names), "US", Service.SMS, next(steps) * step_s, 1))


def megabytes() -> float:
    """What this process has in memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


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
