"""What chaos found in the gateway, and was mended: what waited for a route went out at once, over its number's rate."""

from pathlib import Path

import pytest

from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario_yaml import load_scenario

FOUND = Path(__file__).parent / "found"


@pytest.mark.parametrize("name", ["binds-refused", "carrier-down-for-an-hour", "long-texts-throttled"])
def test_a_number_keeps_its_rate_after_its_route_has_rested(name: str) -> None:
    result = run_scenario(load_scenario(str(FOUND / f"{name}.yaml")), 1)

    assert "\n".join(map(str, result.failures)) == ""
