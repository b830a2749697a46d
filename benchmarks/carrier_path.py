"""What plain messages cost the carrier itself: SMPP octets in and out in memory, no other process, no kernel.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/carrier_path.py [--reads N] [--messages N ...]
[--receipts] [--count]

An ESME sends a read of so many submit_sm, waits 20 ms of virtual time, answers the receipts that came, and sends the
next read; what it does itself is part of the figure, and so are the virtual loop and its wire. Shown is the CPU time of
a read, least and median. ``--count``: instructions under ``valgrind --tool=cachegrind``, a long run less a short one,
so that the start cancels out; the same on every run, whatever else the machine does. Where reads of several sizes are
counted, the last column has what each message costs beyond those of the row before.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from instructions import instructions

from powerpack_carriers import Account, Carrier
from powerpack_carriers.profile import Rate, Throughput, load_profile
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

READ = 100
"""Messages of a read: what a client with a window of 100 sends at once."""
EPOCH = datetime(2026, 11, 22, tzinfo=UTC)
RECEIPT = b"stat:DELIVRD"
ANSWER = b"\0\0\0\x11\x80\0\0\5\0\0\0\0%b\0"
COUNTED = (100, 400)
"""Reads of the two runs of which one is taken from the other."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=1_000, help="how many")
    parser.add_argument("--messages", type=int, nargs="+", default=[READ], help="in a read, a row for each")
    parser.add_argument("--handsets", type=int, default=1, help="messages go to so many in turn; the C load has one")
    parser.add_argument("--receipts", action="store_true", help="each message asks for its receipt")
    parser.add_argument("--count", action="store_true", help="instructions, without and with receipts")
    asked = parser.parse_args()
    if asked.count:
        report_instructions(asked.messages, asked.handsets)
        return
    for messages in asked.messages:
        loop = VirtualLoop(seed=1)
        try:
            costs = loop.run(run(loop, asked.reads, messages, handsets=asked.handsets, receipts=asked.receipts))
        finally:
            loop.shutdown()
        least, median = min(costs), statistics.median(costs)
        print(
            f"{asked.reads} reads of {messages}: CPU us of a read: least {least:.1f}, median {median:.1f}; "
            f"of a message {least / messages:.2f}, {median / messages:.2f}"
        )


def report_instructions(sizes: Sequence[int], handsets: int) -> None:
    """Count each case and print its line."""
    print(f"{'receipts':8} {'messages of a read':>18} {'of a read':>10} {'of a message':>13} {'each beyond':>12}")
    for receipts in (False, True):
        before: tuple[int, float] | None = None
        for messages in sizes:
            options = ["--messages", str(messages), "--handsets", str(handsets), *["--receipts"] * receipts]
            short, long = (instructions(__file__, "--reads", str(reads), *options) for reads in COUNTED)
            read = (long - short) / (COUNTED[1] - COUNTED[0])
            beyond = "" if before is None else f"{(read - before[1]) / (messages - before[0]):,.0f}"
            print(
                f"{'with' if receipts else 'without':8} {messages:18} {read:10,.0f} {read / messages:13,.0f} "
                f"{beyond:>12}",
                flush=True,
            )
            before = messages, read


async def run(loop: VirtualLoop, reads: int, messages: int, *, handsets: int, receipts: bool) -> list[float]:
    """Send so many reads; CPU microseconds of each."""
    clock = LoopClock(loop, EPOCH)
    profile = replace(
        load_profile("generic"),
        checks_source=True,
        checks_destination=True,
        throughput=Throughput(longcode=Rate(per_second=1_000_000.0, burst=1_000_000)),
    )
    journal = Journal(moment=clock.monotonic, at=clock.at)
    accounts = (Account("esme", "password"),)
    costs: list[float] = []
    async with Carrier(profile, accounts=accounts, clock=clock, journal=journal, seed=3) as carrier:
        reader, writer = await asyncio.open_connection(carrier.host, carrier.port)
        fields: dict[str, FieldValue] = {"system_id": "esme", "password": "password", "interface_version": 0x34}
        writer.write(encode(Pdu(command_id=CommandId.bind_transceiver, sequence_number=1, fields=fields)))
        assert (await reader.read(1 << 20))[4:12] == b"\x80\0\0\x09\0\0\0\0", "the bind was refused"
        submits = b"".join([submit(number, number % handsets, receipts=receipts) for number in range(1, messages + 1)])
        answered = seen = 0
        answers = b""
        while seen < reads * messages or (receipts and answered < seen):
            began = time.process_time()
            writer.write(answers if len(costs) == reads else answers + submits)
            await asyncio.sleep(0.02)
            data = await reader.read(1 << 20)
            came = data.count(RECEIPT)
            answers = b"".join([ANSWER % n.to_bytes(4, "big") for n in range(answered + 1, answered + came + 1)])
            answered += came
            seen += data.count(b"\x80\0\0\x04\0\0\0\0")
            if len(costs) < reads:
                costs.append((time.process_time() - began) * 1e6)
        writer.close()
    return costs


def submit(number: int, handset: int, *, receipts: bool) -> bytes:
    """One of the messages that an application sends, each with its own text."""
    fields: dict[str, FieldValue] = {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": "12125550100",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": f"1415555{handset:04d}",
        "registered_delivery": int(receipts),
        "short_message": b"Your code is %06d. Do not share it." % number,
    }
    return encode(Pdu(command_id=CommandId.submit_sm, sequence_number=number, fields=fields))


if __name__ == "__main__":
    main()
