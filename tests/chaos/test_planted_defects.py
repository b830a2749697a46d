"""The proof that it catches: every planted defect is found by a shipped scenario within three seeds."""

import re
from pathlib import Path

import pytest

from chaos.planted import PLANTED
from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario_yaml import load_scenario, shipped

SEEDS = (7, 8, 9)


@pytest.mark.parametrize("defect", PLANTED)
def test_a_planted_defect_is_found(monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    planted = PLANTED[defect]
    planted.plant(monkeypatch)
    scenario = load_scenario(planted.scenario)

    found = (failure.check for seed in SEEDS for failure in run_scenario(scenario, seed).failures)
    assert any(check == planted.check for check in found)


def test_the_documents_table_names_every_defect_and_what_finds_it() -> None:
    page = Path(__file__).parents[2].joinpath("docs/chaos.md").read_text("utf-8")
    (table,) = re.findall(r"<!-- planted defects: .*? -->\n(.*?)<!-- end -->", page, re.DOTALL)
    rows = [[cell.strip(" `") for cell in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]

    assert {name: (scenario, check) for name, scenario, check, *_ in rows} == {
        name: (planted.scenario, planted.check) for name, planted in PLANTED.items()
    }
    assert [name for name, _, _, seeds, _ in rows if not (seeds.isdigit() and 1 <= int(seeds) <= len(SEEDS))] == []
    assert {planted.scenario for planted in PLANTED.values()} <= set(shipped())


OF_THE_ISSUE = (
    "forgets STOP for queued messages",
    "matches receipts by id alone",
    "resends on timeout under at-most-once",
    "loses the window on unbind",
    "paces per message instead of per route",
    "lets a suspended number through",
    "rotates to dodge STOP",
    "counts messages instead of segments",
)
"""By name, as the gallery was asked for; and at least fifteen in all."""


def test_the_gallery_holds_what_was_asked_for() -> None:
    assert [name for name in OF_THE_ISSUE if name not in PLANTED] == []
    assert len(PLANTED) >= 15


def test_a_message_that_never_ends_is_told_of_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it waited for is behind its last event: the gateway that was killed."""
    PLANTED["forgets what it had accepted when it is killed"].plant(monkeypatch)

    failures = run_scenario(load_scenario("gateway-killed-under-load"), 7).failures
    story = next(each.story for each in failures if "at the end" in each.what)
    said = "\n".join(story)

    assert said.index(" accepted, from ") < said.index(" QUEUED -> SUBMITTED") < said.index(" the gateway is killed")
