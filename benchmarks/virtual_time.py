"""What virtual time costs: a day of one number, a day of nothing, a day of a large Powerpack, a fresh world.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/virtual_time.py [--rounds 3] [--messages 5000]

Each case is a scenario that runs as `powerpack-lab chaos run` runs it: a gateway over HTTP, carriers over SMPP,
callbacks and receipts, every invariant after every event. CPU time of this process. The large day is run with fewer
messages than the 200,000 of issue 6 unless told otherwise, and the cost of a message is shown beside it.
"""

import argparse
import statistics
import time

from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario import Scenario
from powerpack_lab.scenario_yaml import parse_scenario

POWERPACK_NUMBERS = 1_000
PHONES = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--messages", type=int, default=5_000, help="of the large day")
    asked = parser.parse_args()
    cases = (
        ("a fresh world, one message, an hour", a_day(messages=1, length="1h"), 1),
        ("24 h with one message", a_day(messages=1), 1),
        ("24 h of a long code at 200 a day", a_day(messages=200), 200),
        (
            f"24 h of {POWERPACK_NUMBERS:,} numbers, {asked.messages:,} messages",
            a_large_day(asked.messages),
            asked.messages,
        ),
    )
    print(f"{'':50} {'CPU ms':>9} {'us/message':>11}  events")
    for name, scenario, messages in cases:
        spent, events = [], 0
        for _ in range(asked.rounds if messages <= 1_000 else 1):
            seconds, events = measured(scenario)
            spent.append(seconds)
        median = statistics.median(spent)
        print(f"{name:50} {median * 1e3:9,.0f} {median / messages * 1e6:11,.0f}  {events:,}", flush=True)


def measured(scenario: Scenario) -> tuple[float, int]:
    """CPU seconds of a run, and how many events it had; ends the benchmark where the run is not sound."""
    began = time.process_time()
    result = run_scenario(scenario, seed=1)
    seconds = time.process_time() - began
    if not result.ok:
        raise SystemExit(f"{scenario.name}: {result.failures[0]}")
    return seconds, result.events


def a_day(*, messages: int, length: str = "24h") -> Scenario:
    """One long code that writes to a few phones, evenly."""
    text = f"""
        name: one-long-code
        about: One long code, spread over the time.
        length: {length}
        powerpack:
          numbers: [{{number: "+14155550180", region: "CA"}}]
        handsets: [{{name: people, count: 20, first: "+14155550101"}}]
        traffic: [{{to: people, count: {messages}, rate: {max(messages, 24)}/d}}]
    """
    return parse_scenario(text, origin="one-long-code")


def a_large_day(messages: int) -> Scenario:
    """A large Powerpack; one in a hundred says STOP."""
    numbers = ", ".join(f'{{number: "+1415{2_000_000 + index}"}}' for index in range(POWERPACK_NUMBERS))
    text = f"""
        name: large-day
        about: A large Powerpack, spread over a day.
        length: 24h
        powerpack:
          numbers: [{numbers}]
        handsets:
          - name: people
            count: {PHONES}
            first: "+14085550101"
            behaviours: [{{act: reply, text: "STOP", nth: 1, share: 1%, after: 1m}}]
        traffic: [{{to: people, count: {messages}, rate: {messages}/d}}]
    """
    return parse_scenario(text, origin="large-day")


if __name__ == "__main__":
    main()
