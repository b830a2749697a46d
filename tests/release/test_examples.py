"""The projects in ``examples/``: each is installed beside our wheel, and the tests its owner would write pass."""

import shutil
import tomllib
from pathlib import Path

import pytest

from lab.sandbox_support import REPOSITORY
from release.apart import PYTEST, run

EXAMPLES = REPOSITORY / "examples"

TESTS = {"plain_script": 3, "smpp_sender": 4, "fastapi_appointments": 4, "flask_orders": 6, "django_login": 3}
"""Each project and how many tests it has: one that is not collected must not pass for one that passed."""

PLUGINS = {"fastapi_appointments": {"asyncio"}, "django_login": {"django"}}
"""The plugins that a project asks for; its own environment would not have the others, which ours has."""


def options(name: str) -> list[str]:
    """What makes pytest in our environment the pytest of the project's own."""
    unwanted = {"asyncio", "django"} - PLUGINS.get(name, set())
    return [each for plugin in sorted(unwanted) for each in ("-p", f"no:{plugin}")]


@pytest.mark.parametrize("name", TESTS)
def test_an_examples_own_tests_pass_where_it_is_installed(name: str, python: Path, tmp_path: Path) -> None:
    for each in ("pyproject.toml", *(path.name for path in (EXAMPLES / name).glob("test_*.py"))):
        shutil.copy(EXAMPLES / name / each, tmp_path / each)

    done = run(python, *PYTEST, "-q", *options(name), cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{TESTS[name]} passed" in done.stdout


def test_every_example_is_run_and_says_that_it_needs_us() -> None:
    projects = {each.parent.name: tomllib.loads(each.read_text()) for each in EXAMPLES.glob("*/pyproject.toml")}

    assert set(projects) == set(TESTS) == {each.name for each in EXAMPLES.iterdir() if each.is_dir()}
    for project in projects.values():
        assert "powerpack-lab" in project["project"]["optional-dependencies"]["test"]
