"""What a year of renewals costs: CPU milliseconds for accounts of 10, 100 and 1,000 numbers, the median of five.

Run: PYTHONPATH=gateway python benchmarks/rent.py
"""

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta

from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.rentals import Ledger

BEGIN = datetime(2026, 1, 1, 9, tzinfo=UTC)


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print(f"{'numbers':>8}{'told, ms':>12}{'charges':>10}{'listed, ms':>12}")
    for count in (10, 100, 1_000):
        rounds = [year(count) for _ in range(5)]
        told, listed = (statistics.median(each[place] for each in rounds) for place in (0, 1))
        print(f"{count:>8,}{told:>12.2f}{rounds[0][2]:>10,}{listed:>12.2f}")


def year(count: int) -> tuple[float, float, int]:
    """Milliseconds to tell every renewal at its moment and to list the whole ledger at the end; how long it is."""
    ledger = Ledger()
    for index in range(count):
        number = PhoneNumber(number=f"1415{5_550_000 + index}", type=NumberType.LONGCODE, country="US")
        ledger.begin(number, BEGIN + timedelta(hours=index))
    end = BEGIN + timedelta(days=365)
    begun = time.process_time()
    while (moment := ledger.next_renewal()) is not None and moment <= end:
        ledger.renewed(moment)
    told = time.process_time()
    charges = ledger.charges(end)
    return (told - begun) * 1e3, (time.process_time() - told) * 1e3, len(charges)


if __name__ == "__main__":
    main()
