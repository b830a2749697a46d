"""Which shipped scenario finds which planted defect, in how many seeds: the table in docs/chaos.md.

    nice .venv/bin/python benchmarks/planted_defects.py            # measure, and write the table into docs/chaos.md
    nice .venv/bin/python benchmarks/planted_defects.py --print    # measure, and print it

A defect is played with its own scenario from seed 7 on, until the check that should find it does, ten seeds at most.
"""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from chaos.planted import PLANTED, Planted  # noqa: E402 # tests are no package that could be installed
from powerpack_lab.chaos import run_scenario  # noqa: E402 # as above
from powerpack_lab.scenario_yaml import load_scenario  # noqa: E402 # as above

SEED, SEEDS_MAX = 7, 10
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


def table() -> str:
    """The table as Markdown."""
    rows = ["| planted defect | found by | check | seeds |", "|---|---|---|---|"]
    for defect, planted in PLANTED.items():
        seeds = seeds_until_found(planted)
        found = f"not in {SEEDS_MAX}" if seeds is None else str(seeds)
        check = planted.check if planted.check in ("counts", "latency", "liveness") else f"`{planted.check}`"
        rows.append(f"| {defect} | {planted.scenario} | {check} | {found} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, then print or write."""
    text = table()
    if "--print" in sys.argv:
        print(text)
        return
    page = ROOT / "docs" / "chaos.md"
    found = page.read_text("utf-8")
    page.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: BEGIN + text + END, found, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
