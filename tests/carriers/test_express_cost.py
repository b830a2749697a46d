"""What a plain message costs, counted in function calls: the same on every machine, unlike time.

benchmarks/README.md has instructions and microseconds. The bounds leave room for a fifth more; whoever needs that
room should have a reason.
"""

import asyncio
import sys

import pytest

import powerpack_carriers
from carriers.both_ways import many
from carriers.builders import EPOCH
from carriers.esme import Esme
from function_calls import Calls
from powerpack_carriers.carrier import Carrier
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

READ = 100
"""Messages of one read, as a client with a window of 100 sends them."""
READS = 20
OURS = tuple(path for path in powerpack_carriers.__path__)
RECEIPT = b"stat:DELIVRD"


def calls_per_message(*, registered_delivery: int) -> tuple[float, float]:
    """Calls of Python functions and of built-in ones for a message, its receipt and the answer to that included."""

    async def scenario(loop: VirtualLoop) -> tuple[float, float]:
        clock = LoopClock(loop, EPOCH)
        journal = Journal(moment=clock.monotonic, at=clock.at)
        async with Carrier(clock=clock, journal=journal, seed=3) as carrier:
            esme = await Esme.bound(carrier)
            reader, writer = esme._reader, esme._writer
            submits = many(READ, registered_delivery=registered_delivery)
            writer.write(submits)
            await asyncio.sleep(1)  # what is found out once is known from here on
            answered = 0
            with Calls(OURS) as calls:
                for _ in range(READS):
                    data = await reader.read(1 << 20)
                    receipts = data.count(RECEIPT)
                    numbers = range(answered + 1, answered + receipts + 1)
                    answered += receipts
                    answers = [b"\0\0\0\x11\x80\0\0\5\0\0\0\0%b\0" % number.to_bytes(4, "big") for number in numbers]
                    writer.write(b"".join(answers) + submits)
                    await asyncio.sleep(0.02)
            await asyncio.sleep(1)
            assert (await reader.read(1 << 20)).count(RECEIPT) > 0 or not registered_delivery
            assert len(carrier.received) == (READS + 1) * READ
            await esme.close()
            return calls.python / READS / READ, calls.builtin / READS / READ

    loop = VirtualLoop(seed=1)
    try:
        return loop.run(scenario(loop))
    finally:
        loop.shutdown()


@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or coverage makes calls of its own")
@pytest.mark.parametrize(
    ("registered_delivery", "python_max", "builtin_max"),
    [(0, 0.8, 2.35), (1, 1.54, 3.9)],
    ids=["without", "with receipt"],
)
def test_a_plain_message_costs_few_calls(registered_delivery: int, python_max: float, builtin_max: float) -> None:
    python, builtin = calls_per_message(registered_delivery=registered_delivery)

    assert python <= python_max
    assert builtin <= builtin_max
