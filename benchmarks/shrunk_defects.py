"""How small the failures of planted defects become, and what that takes: the table in docs/chaos.md.

    nice .venv/bin/python benchmarks/shrunk_defects.py            # measure, and write the table into docs/chaos.md
    nice .venv/bin/python benchmarks/shrunk_defects.py --print    # measure, and print it
    nice .venv/bin/python benchmarks/shrunk_defects.py --out DIR  # and write the shrunk files there
    nice .venv/bin/python benchmarks/shrunk_defects.py --only rotates --print

Each is shrunk with seed 7 and 200 runs at most. What is left must be a file that reads as the same scenario, fail in
the same check with the defect, and hold without it. All of it takes some minutes of CPU.
"""

import sys
import time
from pathlib import Path

import pytest
from planted_defects import PLANTED, SEED, write_table

from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario import Scenario
from powerpack_lab.scenario_write import scenario_yaml
from powerpack_lab.scenario_yaml import load_scenario, parse_scenario
from powerpack_lab.shrink import Shrunk, shrink_scenario

RUNS_MAX = 200
BEGIN = "<!-- shrunk defects: benchmarks/shrunk_defects.py -->\n"
COLUMNS = ("planted defect", "check", "messages", "phones", "troubles", "runs", "CPU", "on the sound gateway")


def size(scenario: Scenario) -> tuple[int, int, int]:
    """Messages, phones, troubles."""
    troubles = (*scenario.steps, *scenario.faults, *scenario.wires, *scenario.dns)
    return (
        sum(each.count for each in scenario.traffic),
        sum(each.count for each in scenario.handsets),
        len(troubles) + (scenario.webhooks is not None),
    )


def shrunk(defect: str) -> tuple[Shrunk | None, float]:
    """What became of the scenario that finds it, and the seconds of CPU it took; None if what was written differs."""
    planted = PLANTED[defect]
    with pytest.MonkeyPatch.context() as patch:
        planted.plant(patch)
        began = time.process_time()
        found = shrink_scenario(load_scenario(planted.scenario), SEED, runs_max=RUNS_MAX)
        took_s = time.process_time() - began
        assert found is not None, f"{planted.scenario} does not find {defect!r} with seed {SEED}"
        again = parse_scenario(scenario_yaml(found.scenario), origin=defect)
        failures = run_scenario(again, SEED).failures
    fails_again = any(each.check == found.failure.check for each in failures)
    return (found if fails_again and again == found.scenario else None), took_s


def row(defect: str, out: Path | None) -> str:
    """One line of the table."""
    found, took_s = shrunk(defect)
    if found is None:
        return f"| {defect} | what was written does not fail |" + " |" * (len(COLUMNS) - 2)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        name = "".join(each if each.isalnum() else "-" for each in defect)
        (out / f"{name}.yaml").write_text(scenario_yaml(found.scenario), encoding="utf-8")
    before, after = size(load_scenario(PLANTED[defect].scenario)), size(found.scenario)
    sizes = [f"{one} → {other}" for one, other in zip(before, after, strict=True)]
    sound = run_scenario(found.scenario, SEED).failures
    held = "holds" if not sound else f"**{sound[0].check}**"
    return f"| {defect} | {' | '.join([found.failure.check, *sizes, str(found.runs), f'{took_s:.1f} s', held])} |"


def main() -> None:
    """Measure, then print or write."""
    options = sys.argv[1:]
    only = options[options.index("--only") + 1] if "--only" in options else ""
    out = Path(options[options.index("--out") + 1]) if "--out" in options else None
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for defect in PLANTED:
        if only in defect:
            rows.append(row(defect, out))
            print(rows[-1], flush=True)
    if "--print" not in options:
        write_table(BEGIN, "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
