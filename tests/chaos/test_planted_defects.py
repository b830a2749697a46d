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


def test_a_message_that_never_ends_is_told_of_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it waited for is behind its last event: the gateway that was killed."""
    PLANTED["forgets what it had accepted when it is killed"].plant(monkeypatch)

    failures = run_scenario(load_scenario("gateway-killed-under-load"), 7).failures
    story = next(each.story for each in failures if "at the end" in each.what)
    kinds = [line.split()[1] for line in story]

    assert kinds.index("message.accepted") < kinds.index("message.stage") < kinds.index("scenario.gateway_down")
