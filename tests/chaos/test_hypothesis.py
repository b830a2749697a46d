"""The machine holds on the sound gateway, finds a planted defect and makes it small; mixes are what was asked for."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test

from chaos.planted import PLANTED
from powerpack_lab.chaos import run_scenario
from powerpack_lab.hypothesis import LabMachine, scenarios
from powerpack_lab.scenario import Handsets, Scenario, Traffic
from powerpack_lab.swarm import troubles

QUIET = replace(LabMachine.scenario, length=60.0, traffic=(Traffic(to="people", count=6, rate=1.0),))


class OnePerson(LabMachine):
    """Everything happens to one person, so that it is found sooner."""

    scenario = replace(LabMachine.scenario, handsets=(Handsets(name="ana", count=1, first="14155550101"),))


FEW = settings(
    max_examples=8,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_sound_gateway_holds_whatever_is_done_to_it() -> None:
    run_state_machine_as_test(LabMachine, settings=FEW)


@pytest.mark.timeout(400)  # most of it is Hypothesis making the failure small
def test_a_planted_defect_is_found_and_told_in_few_steps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    PLANTED["knows STOP in capitals only"].plant(monkeypatch)
    search = settings(FEW, max_examples=100, stateful_step_count=20, phases=[Phase.generate, Phase.shrink])

    with pytest.raises(AssertionError, match="silent_after_stop") as caught:
        run_state_machine_as_test(OnePerson, settings=search)
    steps = "\n".join(getattr(caught.value, "__notes__", [])) + capsys.readouterr().out
    assert 3 <= steps.count("state.") <= 10
    assert "state.reply(" in steps


def test_messages_wait_for_their_turn_so_that_a_stop_can_come_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED["forgets STOP for queued messages"].plant(monkeypatch)
    search = settings(FEW, max_examples=100, stateful_step_count=50, phases=[Phase.generate])

    with pytest.raises(AssertionError, match="silent_after_stop") as caught:
        run_state_machine_as_test(LabMachine, settings=search)
    assert caught.value.__context__ is None  # told once, and not again when the machine is taken down


@given(scenarios(QUIET, troubles_max=2, kinds=("throttle", "slow_wires", "cut")))
@FEW
def test_a_scenario_with_drawn_troubles_runs(scenario: Scenario) -> None:
    result = run_scenario(scenario, 0)

    assert result.failures == ()
    assert len(troubles(scenario)) <= 2


def test_without_hypothesis_all_else_works_and_this_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import powerpack_lab.chaos_cli\n"
        "try:\n    import powerpack_lab.hypothesis\nexcept ImportError as error:\n    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert run.stdout == "powerpack_lab.hypothesis needs Hypothesis: pip install hypothesis\n"
