"""Mixes: drawn from the seed, written out, and never shifted by one another."""

from dataclasses import replace

import pytest

from powerpack_carriers.faults.registry import FAULTS
from powerpack_lab.scenario import CarrierWords, Dns, DnsAnswer, Fault, Mix, Scenario, Step, Verb, Webhooks, Wires
from powerpack_lab.scenario_units import Bounds
from powerpack_lab.scenario_write import scenario_yaml
from powerpack_lab.scenario_yaml import load_scenario, parse_scenario
from powerpack_lab.swarm import KINDS, resolved, troubles

QUIET = replace(load_scenario("anything-goes"), mix=None)
SEEDS = range(60)


def _mixed(**mix: object) -> Scenario:
    return replace(QUIET, mix=Mix(**mix))  # type: ignore[arg-type] # its own fields


def test_a_seed_draws_the_same_mix_each_time_and_seeds_differ() -> None:
    drawn = [resolved(_mixed(), seed) for seed in SEEDS]

    assert [resolved(_mixed(), seed) for seed in SEEDS] == drawn
    assert len({troubles(scenario) for scenario in drawn}) == len(drawn)


def test_a_mix_is_written_out() -> None:
    scenario = resolved(_mixed(), 3)

    assert scenario.mix is None
    assert resolved(scenario, 99) == scenario
    assert parse_scenario(scenario_yaml(scenario), origin="mixed") == scenario


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_trouble_inside_the_time_of_trouble(kind: str) -> None:
    scenario = resolved(_mixed(kinds=(kind,), troubles=Bounds(low=1, high=1)), 5)

    (told,) = troubles(scenario)[:1]
    assert told
    moments = [
        *(each.at for each in scenario.faults),
        *(each.at for each in scenario.wires),
        *(each.at for each in scenario.dns),
        *(each.at for each in scenario.steps),
    ]
    assert all(0 <= moment <= scenario.length for moment in moments)
    for fault in scenario.faults:
        fault.config()


def test_every_fault_of_the_carriers_is_drawn() -> None:
    drawn = {fault.kind for kind in KINDS for fault in resolved(_mixed(kinds=(kind,)), 5).faults}

    assert drawn == set(FAULTS)


@pytest.mark.parametrize("kind", ["silent_port", "dns"])
def test_what_only_new_connections_meet_comes_with_a_cut_while_it_lasts(kind: str) -> None:
    for seed in SEEDS:
        scenario = resolved(_mixed(kinds=(kind,), troubles=Bounds(low=1, high=1)), seed)

        trouble = scenario.dns[0] if kind == "dns" else scenario.faults[0]
        (cut,) = scenario.steps
        assert (cut.do, cut.carrier) == (Verb.CUT, trouble.carrier or cut.carrier)
        assert trouble.at <= cut.at <= trouble.until


def test_dns_names_other_hosts_only_where_a_carrier_has_some() -> None:
    two = replace(_mixed(kinds=("dns",)), carriers=(CarrierWords(name="att", ports=2),))

    def drawn(scenario: Scenario) -> set[DnsAnswer]:
        return {dns.answer for seed in SEEDS for dns in resolved(scenario, seed).dns}

    assert drawn(_mixed(kinds=("dns",))) == set(DnsAnswer) - {DnsAnswer.OTHER_HOSTS}
    assert drawn(two) == set(DnsAnswer)


def test_as_many_as_were_asked_for() -> None:
    mix = _mixed(kinds=("throttle", "cut"), troubles=Bounds(low=3, high=4))

    counts = {len(scenario.faults) + len(scenario.steps) for scenario in (resolved(mix, seed) for seed in SEEDS)}
    assert counts == {3, 4}


def test_what_is_likely_is_so_in_its_share_of_the_seeds() -> None:
    fault = Fault(kind="throttle", likely=0.5)
    scenario = replace(QUIET, faults=(fault, replace(fault, likely=0.0)), wires=(Wires(likely=0.5),))

    runs = [resolved(scenario, seed) for seed in range(200)]
    assert 70 <= sum(len(run.faults) for run in runs) <= 130
    assert 70 <= sum(len(run.wires) for run in runs) <= 130


def test_a_step_happens_at_a_random_moment_within_its_time() -> None:
    scenario = replace(QUIET, steps=(Step(at=10.0, within=5.0, do=Verb.HEAL),))

    moments = [resolved(scenario, seed).steps[0].at for seed in SEEDS]
    assert len(set(moments)) > len(SEEDS) / 2
    assert 10.0 <= min(moments) < max(moments) <= 15.0


def test_trouble_is_told_in_the_order_in_which_it_begins() -> None:
    scenario = replace(
        QUIET,
        faults=(Fault(kind="throttle", carrier="att", share=0.2, at=30.0, until=60.0),),
        wires=(Wires(stalled=True, at=10.0), Wires(latency=0.1, jitter=0.2, chunk=7, carrier="att", at=20.0)),
        steps=(Step(at=5.0, do=Verb.PORT, number="14155550101", carrier="att"),),
        webhooks=Webhooks(fails=0.5, slow=2.0, at=40.0),
        dns=(Dns(carrier="att", answer=DnsAnswer.DEAD_HOST_FIRST, at=50.0, until=60.0),),
    )

    assert troubles(scenario) == (
        "5 s: port att 14155550101",
        "10 s: wires stall",
        "20 s: wires take 0.1 to 0.3 s, give 7 octets at a time at att",
        "30 s to 60 s: throttle at att 20%",
        "40 s: webhooks fail 50%, take 2 s",
        "50 s to 60 s: DNS leads to a dead host first at att",
    )
