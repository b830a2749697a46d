"""Failures of planted defects shrink to what a person would write: a message or three, to one phone, one trouble.

What shows only where a receipt comes within milliseconds of another one stays larger: eight messages.
"""

import pytest

from chaos.planted import PLANTED
from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario_problems import problems
from powerpack_lab.scenario_write import scenario_yaml
from powerpack_lab.scenario_yaml import load_scenario, parse_scenario
from powerpack_lab.shrink import shrink_scenario

RUNS_MAX = 100


@pytest.mark.parametrize(
    ("defect", "messages_max", "phones_max", "troubles"),
    [
        ("forgets what it had accepted when it is killed", 1, 1, 1),
        ("writes down what it did fifty milliseconds late", 8, 8, 1),
        ("sends every message twice", 1, 1, 0),
        ("signs no callback", 1, 1, 0),
        ("is never sticky", 2, 1, 0),
        ("forgets STOP for queued messages", 2, 1, 0),
        ("paces nothing", 3, 1, 0),
        ("rotates to dodge STOP", 2, 1, 0),
        ("waits for ever for a lost receipt", 1, 1, 1),
        ("takes a throttle for a refusal", 1, 1, 1),
    ],
)
def test_a_planted_defect_shrinks(
    monkeypatch: pytest.MonkeyPatch, defect: str, messages_max: int, phones_max: int, troubles: int
) -> None:
    planted = PLANTED[defect]
    planted.plant(monkeypatch)
    found = shrink_scenario(load_scenario(planted.scenario), 7, runs_max=RUNS_MAX)
    monkeypatch.undo()

    assert found is not None
    small = found.scenario
    assert found.failure.check == ("conserved" if planted.check == "liveness" else planted.check)
    assert run_scenario(small, 7).failures == (), "what is left must show the defect and nothing else"
    assert found.runs < RUNS_MAX
    assert sum(each.count for each in small.traffic) <= messages_max
    assert sum(each.count for each in small.handsets) <= phones_max
    assert len(small.steps) + len(small.faults) + len(small.wires) == troubles
    assert len(small.carriers) == 1
    assert problems(small) == []
    assert parse_scenario(scenario_yaml(small), origin="small") == small
