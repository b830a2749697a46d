"""Which shipped scenario finds which planted defect, in how many seeds: the table in docs/chaos.md.

    nice .venv/bin/python benchmarks/planted_defects.py            # measure, and write the table into docs/chaos.md
    nice .venv/bin/python benchmarks/planted_defects.py --print    # measure, and print it

A defect is played with its own scenario from seed 7 on, until the check that should find it does, ten seeds at most.
Then LabMachine looks for it, as Hypothesis has it by default: 100 examples of 50 rules, the same ones each time. All
in all that is ten minutes of CPU.
"""

import argparse
import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from chaos.planted import PLANTED, Planted  # noqa: E402 # tests are no package that could be installed
from powerpack_lab.chaos import run_scenario  # noqa: E402 # as above
from powerpack_lab.hypothesis import LabMachine  # noqa: E402 # as above
from powerpack_lab.scenario_yaml import load_scenario  # noqa: E402 # as above

__all__ = ["PLANTED", "SEED", "write_table"]

SEED, SEEDS_MAX, EXAMPLES_MAX = 7, 10, 100
BEGIN, END = "<!-- planted defects: benchmarks/planted_defects.py -->\n", "<!-- end -->"


def seeds_until_found(planted: Planted) -> int | None:
    """How many seeds it took; None when ten were not enough."""
    scenario = load_scenario(planted.scenario)
    with pytest.MonkeyPatch.context() as patch:
        planted.plant(patch)
        for count, seed in enumerate(range(SEED, SEED + SEEDS_MAX), start=1):
            if any(failure.check == planted.check for failure in run_scenario(scenario, seed).failures):
                return count
    return None


def examples_until_found(planted: Planted) -> int | None:
    """How many examples it took LabMachine to see anything wrong; None when a hundred were not enough."""
    count = 0

    class Counted(LabMachine):
        def __init__(self) -> None:
            nonlocal count
            count += 1
            super().__init__()

    search = settings(
        max_examples=EXAMPLES_MAX,
        stateful_step_count=50,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.MonkeyPatch.context() as patch:
        planted.plant(patch)
        try:
            run_state_machine_as_test(Counted, settings=search)
        except AssertionError:
            return count - 1  # the last one is the failing one again, for its report
    return None


def table() -> str:
    """The table as Markdown."""
    rows = ["| planted defect | found by | check | seeds | LabMachine's examples |", "|---|---|---|---|---|"]
    for defect, planted in PLANTED.items():
        seeds, examples = seeds_until_found(planted), examples_until_found(planted)
        found = f"not in {SEEDS_MAX}" if seeds is None else str(seeds)
        drawn = f"not in {EXAMPLES_MAX}" if examples is None else str(examples)
        check = planted.check if planted.check in ("counts", "latency", "liveness") else f"`{planted.check}`"
        rows.append(f"| {defect} | {planted.scenario} | {check} | {found} | {drawn} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", help="leave docs/chaos.md as it is")
    asked = parser.parse_args()
    text = table()
    if asked.print:
        print(text)
        return
    write_table(BEGIN, text)


def write_table(begin: str, text: str) -> None:
    """Put a table where the page had the one before it, from ``begin`` on."""
    page = ROOT / "docs" / "chaos.md"
    found = page.read_text("utf-8")
    page.write_text(re.sub(f"{begin}.*?{END}", lambda _: begin + text + END, found, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
