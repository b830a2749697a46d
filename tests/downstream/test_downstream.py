"""Three small projects that use the lab, each with the tests its owner would write."""

from pathlib import Path

import pytest

from plugin_support import run_apart

PROJECTS = {"plain_script": 3, "webhook_app": 3, "smpp_sender": 4}
"""Each project and how many tests it has: one that is not collected must not pass for one that passed."""


@pytest.mark.parametrize("name", PROJECTS)
def test_the_projects_own_tests_pass(name: str) -> None:
    result = run_apart(Path(__file__).parent / name, "-q")

    assert result.returncode == 0, result.stdout
    assert f"{PROJECTS[name]} passed" in result.stdout


def test_every_project_is_run() -> None:
    folders = {each.name for each in Path(__file__).parent.iterdir() if (each / "pytest.ini").exists()}

    assert folders == set(PROJECTS)
