"""docs/receipt-quirks.md says which scenario draws which quirk, and what that finds: read from the page, and true."""

import re
from pathlib import Path

import pytest

from chaos.planted import PLANTED
from powerpack_lab.scenario_yaml import load_scenario, shipped

PAGE = Path(__file__).parents[2].joinpath("docs/receipt-quirks.md").read_text("utf-8")
SWITCHES, _, REST = PAGE.partition("## In scenarios")
DRAWN = REST.partition("## Every switch")[0]

NOT_DRAWN = ("Q3",)


def _cells(page: str, quirk: str) -> list[str]:
    (row,) = re.findall(rf"^\| {quirk} \|.*$", page, re.MULTILINE)
    return [cell.strip() for cell in str(row).strip("|").split("|")]


def _drawn(scenario: str) -> set[str]:
    """The faults of a scenario and the switches of its receipts' quirks."""
    faults = load_scenario(scenario).faults
    names = {path.split(".")[1] for each in faults for path in each.settings if path.startswith("quirks.")}
    return names | {each.kind for each in faults}


@pytest.mark.parametrize("quirk", [f"Q{n}" for n in range(1, 30)])
def test_each_quirk_is_drawn_by_the_scenarios_that_are_named(quirk: str) -> None:
    _, drawn_by, defect = _cells(DRAWN, quirk)
    switches = set(re.findall(r"`(\w+)", _cells(SWITCHES, quirk)[2]))
    scenarios = re.findall(r"`([\w-]+)`", drawn_by)

    assert (not scenarios) == (quirk in NOT_DRAWN)
    assert [each for each in scenarios if each not in shipped()] == []
    # Before their answers receipts also come when the answer is late.
    also = {"late_response"} if quirk == "Q10" else set()
    assert [each for each in scenarios if not _drawn(each) & (switches | also)] == []
    if defect:
        assert PLANTED[defect].scenario in shipped()
        assert _drawn(PLANTED[defect].scenario) & (switches | also)
