"""The same seed gives the same events: under every hash seed, in xdist's workers, on every CPython that is there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import pytest

import powerpack_lab.chaos
from chaos.shaky import Shaky
from lab.sandbox_support import command, environment
from plugin_support import SOURCES, run_inside
from powerpack_lab.chaos import run_scenario
from powerpack_lab.chaos_runs import first_difference
from powerpack_lab.scenario import Scenario
from powerpack_lab.scenario_yaml import load_scenario

IMPORTED_ONCE = (powerpack_lab.chaos,)
"""Pytester forgets what a run in this process has imported; what was there before stays, and costs once."""

SEED = 11

MANY_PARTS = ("everything-at-once", "stop-by-mms")
"""Between them: SMPP, MM7, webhooks, faults, wires, kills of the gateway, STOP and complaints."""

PRINT_DIGESTS = f"""
from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario_yaml import load_scenario
for name in {MANY_PARTS!r}:
    print(run_scenario(load_scenario(name), {SEED}).digest)
"""

OTHER_PYTHONS = [each for each in os.environ.get("POWERPACK_LAB_PYTHONS", "").split(os.pathsep) if each]
"""Interpreters that have our dependencies, as scripts/other-pythons makes them."""


def _digests(python: str, hash_seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(SOURCES)}
    run = subprocess.run([python, "-c", PRINT_DIGESTS], env=environment, capture_output=True, check=True)
    return run.stdout.decode().split()


@pytest.fixture(scope="module")
def expected() -> list[str]:
    return [run_scenario(load_scenario(name), SEED).digest for name in MANY_PARTS]


@pytest.mark.parametrize("hash_seed", ["271828"])  # ours is a random one
def test_another_process_with_another_hash_seed_gives_the_same_digest(expected: list[str], hash_seed: str) -> None:
    assert _digests(sys.executable, hash_seed) == expected
    assert [len(each) for each in expected] == [64, 64]


@pytest.mark.skipif(not OTHER_PYTHONS, reason="POWERPACK_LAB_PYTHONS names no other interpreter: scripts/other-pythons")
@pytest.mark.parametrize("python", OTHER_PYTHONS)
def test_another_python_gives_the_same_digest(expected: list[str], python: str) -> None:
    assert _digests(python, "random") == expected


def test_the_workers_of_xdist_give_the_same_digests(pytester: pytest.Pytester) -> None:
    shipped = Path(powerpack_lab.chaos.__file__).parent / "scenarios"
    names = ("stop-in-part-two", "same-ids-at-two-carriers", "stop-in-two-parts")
    for name in names:
        Path(f"{name}.scenario.yaml").write_text((shipped / f"{name}.yaml").read_text("utf-8"))
    options = ("-p", "xdist", "-n", "2", "--junitxml=junit.xml", f"--powerpack-seed={SEED}")
    run_inside(pytester, *options).assert_outcomes(passed=len(names))

    told = {
        str(case.get("name")): {each.get("name"): each.get("value") for each in case.iter("property")}["digest"]
        for case in ElementTree.parse("junit.xml").iter("testcase")
    }
    assert told == {name: run_scenario(load_scenario(name), SEED).digest for name in names}


PLANTED = """
import time
import powerpack_gateway.signatures
powerpack_gateway.signatures.new_nonce = lambda _: {nonce}
"""
"""Python runs a sitecustomize first, in the command's own process and in those that it makes."""


@pytest.mark.parametrize(
    ("what", "nonce"),
    [
        ("the order of a set", '" ".join({"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"})'),
        ("an address", "str(id(object()))"),
        ("the wall's clock", "str(time.time_ns())"),
    ],
)
def test_the_command_names_the_first_event_into_which_a_gateway_lets(what: str, nonce: str, tmp_path: Path) -> None:
    tmp_path.joinpath("sitecustomize.py").write_text(PLANTED.replace("{nonce}", nonce))
    ours = environment()
    ours["PYTHONPATH"] = os.pathsep.join((str(tmp_path), ours["PYTHONPATH"]))
    run = subprocess.run(
        command("chaos", "run", "stop-in-part-two", "--check-determinism"),
        env=ours,
        capture_output=True,
        text=True,
        check=False,
    )

    said, first, second = run.stderr.splitlines()
    assert run.returncode == 6, what
    assert re.search(r": stop-in-part-two, seed 7: not the same twice: event \d+ differs$", said)
    assert (first[:15], second[:15]) == ("  first run:  5", "  second run: 5")
    assert "webhook.received" in first
    assert "webhook.received" in second
    assert first.split("nonce:")[1] != second.split("nonce:")[1]


def test_of_a_long_event_the_place_where_it_differs_is_shown() -> None:
    found = first_difference(cast(Scenario, Shaky(long=True)), SEED)

    assert found is not None
    shown = [line.split("hash ")[1][:8] for line in (found.first, found.second)]
    assert shown[0] != shown[1]
    assert max(len(found.first), len(found.second)) < 500


def test_the_first_event_that_differs_is_named() -> None:
    found = first_difference(cast(Scenario, Shaky()), SEED)

    assert found is not None
    assert str(found).startswith(f"event {found.n} differs\n  first run:  ")
    assert found.n > 1
    assert found.first.partition(" ")[2].partition(" ")[0] == found.second.partition(" ")[2].partition(" ")[0]
    assert found.first != found.second
