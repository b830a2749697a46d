"""Runs: on several processes, bad checks that are never good, and scenarios made small."""

import os
from dataclasses import replace
from typing import cast

import pytest
import yaml

from powerpack_lab.chaos import run_scenario
from powerpack_lab.chaos_result import CheckerCrashed, Failure
from powerpack_lab.chaos_runs import run_seeds
from powerpack_lab.invariants_of_sending import Sticky
from powerpack_lab.observed import Observed
from powerpack_lab.reductions import ALL
from powerpack_lab.scenario import CarrierWords, Fault, Scenario
from powerpack_lab.scenario_problems import problems
from powerpack_lab.scenario_units import Bounds
from powerpack_lab.scenario_write import scenario_yaml
from powerpack_lab.scenario_yaml import load_scenario, parse_scenario, shipped
from powerpack_lab.shrink import shrink_with
from powerpack_lab.swarm import resolved

TOLD = Failure(check="told", what="")
SMALL = load_scenario("stop-in-part-two")


def test_another_seed_is_another_run() -> None:
    one, two = (run_scenario(SMALL, seed).digest for seed in (1, 2))

    assert one != two


def test_results_of_several_processes_are_those_of_one() -> None:
    alone = [(each.seed, each.digest) for each in run_seeds(SMALL, range(3), 1)]

    assert [(each.seed, each.digest) for each in run_seeds(SMALL, range(3), 2)] == alone


class _Deadly:
    """Ends the process that unpickles it."""

    name = "deadly"

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_a_process_that_dies_is_no_success() -> None:
    deadly = cast(Scenario, _Deadly())

    with pytest.raises(CheckerCrashed, match="scenario deadly, seed 3, or one beside it: its process died"):
        list(run_seeds(deadly, range(3, 5), 2))


def test_an_oracle_that_breaks_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    def see(event: Observed) -> None:
        raise KeyError(event.n)

    monkeypatch.setattr(Sticky, "handlers", lambda self: {"number.selected": see})

    with pytest.raises(CheckerCrashed, match="seed 1: an oracle broke: KeyError"):
        run_scenario(SMALL, 1)


def test_what_does_not_settle_in_time_fails() -> None:
    result = run_scenario(replace(load_scenario("expired-in-the-queue"), length=20.0, settles_within=5.0), 1)

    assert "liveness" in [failure.check for failure in result.failures]


def test_counts_and_latency_are_held() -> None:
    expect = replace(SMALL.expect, counts={"delivered": Bounds(low=0, high=0)}, delivered_within=0.001)
    result = run_scenario(replace(SMALL, expect=expect), 1)

    assert [failure.check for failure in result.failures] == ["counts", "delivered_within"]


def test_a_failure_shrinks_to_what_it_needs() -> None:
    def fails(scenario: Scenario) -> tuple[Failure, ...]:
        throttled = any(fault.kind == "throttle" for fault in scenario.faults)
        enough = sum(traffic.count for traffic in scenario.traffic) >= 5
        return (TOLD,) if throttled and enough else ()

    found = shrink_with(fails, load_scenario("everything-at-once"), runs_max=500)

    assert found is not None
    assert [fault.kind for fault in found.scenario.faults] == ["throttle"]
    assert [traffic.count for traffic in found.scenario.traffic] == [5]
    assert found.scenario.steps == ()
    assert found.scenario.handsets[0].behaviours == ()
    assert found.scenario.handsets[0].count == 1


def test_a_fault_stays_what_it_is_when_it_shrinks() -> None:
    """An error, a status or a host with another number is another trouble; what comes at every tenth comes at each."""
    own = {"undeliverable": {"error": "012"}, "disconnect": {"after": "10"}, "fail_over": {"listener": "2"}}
    faults = tuple(Fault(kind=kind, carrier="generic", share=0.5, settings=each) for kind, each in own.items())
    whole = replace(SMALL, carriers=(CarrierWords(name="generic", ports=2),), faults=faults)
    found = shrink_with(lambda each: (TOLD,) if len(each.faults) == len(own) else (), whole, runs_max=500)

    assert found is not None
    assert [each.settings for each in found.scenario.faults] == [{"error": "012"}, {"after": "1"}, {"listener": "2"}]
    assert [each.share for each in found.scenario.faults] == [1.0] * len(own)


def test_what_few_people_do_everybody_does_when_it_shrinks() -> None:
    whole = load_scenario("everything-at-once")

    def fails(scenario: Scenario) -> tuple[Failure, ...]:
        (group,) = scenario.handsets
        stops = sum(group.count * each.share for each in group.behaviours if each.text == "STOP")
        return (TOLD,) if stops >= 1 else ()

    found = shrink_with(fails, whole, runs_max=500)

    assert found is not None
    (group,) = found.scenario.handsets
    assert (group.count, [(each.text, each.share) for each in group.behaviours]) == (1, [("STOP", 1.0)])
    assert len(found.scenario.carriers) == 1
    assert {} not in yaml.safe_load(scenario_yaml(found.scenario)).values()
    assert parse_scenario(scenario_yaml(found.scenario), origin="small") == found.scenario


def test_a_wrong_count_keeps_its_messages() -> None:
    """Of fewer messages fewer come from a number nearby, which says nothing about the gateway."""
    whole = load_scenario("local-numbers")
    wrong = Failure(check="counts", what="local: found 38, expected 110 or more")
    found = shrink_with(lambda _: (wrong,), whole, runs_max=500)

    assert found is not None
    assert (found.scenario.traffic, found.scenario.handsets) == (whole.traffic, whole.handsets)
    assert found.scenario.expect.counts == {"local": whole.expect.counts["local"]}
    assert found.scenario.faults == ()


def test_a_count_of_all_messages_is_one_of_all_that_are_left() -> None:
    whole = load_scenario("throttled-by-the-carrier")
    counts = {"delivered": Bounds(low=200, high=200), "failed": Bounds(low=0, high=0)}
    whole = replace(whole, expect=replace(whole.expect, counts=counts))

    def fails(scenario: Scenario) -> tuple[Failure, ...]:
        wrong = [name for name in scenario.expect.counts if scenario.faults or name == "failed"]
        return tuple(Failure(check="counts", what=f"{name}: found 100, expected another") for name in wrong)

    found = shrink_with(fails, whole, runs_max=500)

    assert found is not None
    assert [each.count for each in found.scenario.traffic] == [1]
    assert found.scenario.expect.counts == {"delivered": Bounds(low=1, high=1)}
    assert len(found.scenario.faults) == 1


def test_what_holds_is_not_shrunk() -> None:
    assert shrink_with(lambda _: (), SMALL, runs_max=10) is None


def test_every_candidate_is_another_scenario() -> None:
    whole = load_scenario("everything-at-once")

    assert all(candidate != whole for reduction in ALL for candidate in reduction(whole, TOLD))


def test_every_candidate_can_be_run() -> None:
    for name in shipped():
        whole = resolved(load_scenario(name), 7)
        for reduction in ALL:
            for candidate in reduction(whole, replace(TOLD, moment=whole.length / 2)):
                assert problems(candidate) == []


def test_another_failure_that_comes_first_does_not_hide_the_one_that_is_looked_for() -> None:
    other = Failure(check="accountable", what="")

    def fails(scenario: Scenario) -> tuple[Failure, ...]:
        return (TOLD,) if len(scenario.faults) > 1 else (other, TOLD)

    found = shrink_with(fails, load_scenario("everything-at-once"), runs_max=500)

    assert found is not None
    assert found.failure == TOLD
    assert found.scenario.faults == ()


def test_no_more_runs_are_spent_than_were_granted() -> None:
    found = shrink_with(lambda _: (TOLD,), load_scenario("everything-at-once"), runs_max=3)

    assert found is not None
    assert found.runs == 3
