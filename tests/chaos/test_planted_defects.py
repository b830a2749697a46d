"""The proof that it catches: every planted defect is found by a shipped scenario within three seeds."""

import pytest

from chaos.planted import PLANTED
from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario_yaml import load_scenario

SEEDS = (7, 8, 9)


@pytest.mark.parametrize("defect", PLANTED)
def test_a_planted_defect_is_found(monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    planted = PLANTED[defect]
    planted.plant(monkeypatch)
    scenario = load_scenario(planted.scenario)

    found = (failure.check for seed in SEEDS for failure in run_scenario(scenario, seed).failures)
    assert any(check == planted.check for check in found)
