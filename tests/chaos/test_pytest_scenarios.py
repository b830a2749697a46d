"""Scenario files that pytest collects."""

from pathlib import Path

import pytest

import powerpack_lab.chaos
import powerpack_lab.scenario_yaml
from plugin_support import run_inside

IMPORTED_ONCE = (powerpack_lab.chaos, powerpack_lab.scenario_yaml)
"""Pytester forgets what a run in this process has imported; what was there before stays, and costs once."""

SCENARIO = """\
name: small
about: One text to one person.
length: 10s
handsets: [{name: ana, count: 1, first: +14155550101}]
traffic: [{to: ana, count: 1}]
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one scenario, which does not load our session's own plugins a second time."""
    Path("small.scenario.yaml").write_text(SCENARIO)
    return pytester


def _run(project: pytest.Pytester, *words: str) -> pytest.RunResult:
    return run_inside(project, *words)


def test_a_scenario_file_is_a_test(project: pytest.Pytester) -> None:
    run = _run(project, "-v")

    run.assert_outcomes(passed=1)
    run.stdout.fnmatch_lines(["small.scenario.yaml::small PASSED*"])


def test_seed_and_digest_are_in_the_junit_report(project: pytest.Pytester) -> None:
    _run(project, "--junitxml=junit.xml", "--powerpack-seed=11").assert_outcomes(passed=1)

    report = Path("junit.xml").read_text("utf-8")
    assert 'name="carrier_seed" value="11"' in report
    assert 'name="digest"' in report


def test_a_failure_says_how_to_repeat_it(project: pytest.Pytester) -> None:
    Path("small.scenario.yaml").write_text(SCENARIO + "expect: {counts: {delivered: 2}}\n")
    run = _run(project)

    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["again: powerpack-lab chaos replay *small.scenario.yaml --seed 7"])
    run.stdout.fnmatch_lines(["counts: delivered: found 1, expected 2"])
    run.stdout.fnmatch_lines(["FAILED small.scenario.yaml::small - counts: delivered: found 1*"])


def test_a_goal_that_no_seed_reaches_fails(project: pytest.Pytester) -> None:
    Path("small.scenario.yaml").write_text(SCENARIO + "expect: {sometimes: [suspended]}\n")

    _run(project).assert_outcomes(passed=1)
    run = _run(project, "--powerpack-scenario-seeds=2")
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(
        ["never in 2 seeds: suspended", "again: powerpack-lab chaos run *small.scenario.yaml --seed 7 --seeds 2"]
    )


def test_a_mistake_in_the_file_is_said_on_one_line(project: pytest.Pytester) -> None:
    Path("small.scenario.yaml").write_text(SCENARIO.replace("length", "lenght"))
    run = _run(project)

    run.stdout.fnmatch_lines(["*small.scenario.yaml:3: lenght: found an unknown key*did you mean length?"])


def test_other_yaml_is_none_of_ours(project: pytest.Pytester) -> None:
    Path("small.scenario.yaml").rename("small.yaml")

    assert _run(project).ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")])
def test_all_scenarios_are_in_one_html_report(project: pytest.Pytester, workers: tuple[str, ...]) -> None:
    Path("other.scenario.yaml").write_text(SCENARIO + "expect: {counts: {delivered: 2}}\n")
    _run(project, "--powerpack-scenario-html=report.html", *workers).assert_outcomes(passed=1, failed=1)

    report = Path("report.html").read_text("utf-8")
    assert "1 of 2 scenarios are broken" in report
    assert "delivered: found 1, expected 2" in report
