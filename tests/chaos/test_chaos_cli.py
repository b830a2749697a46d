"""The commands: what they print, what they write, and what their exit codes say."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from lab.sandbox_support import command, environment
from powerpack_lab.chaos_cli import chaos
from powerpack_lab.scenario_yaml import json_schema, load_scenario, shipped

SMALL = "stop-in-part-two"

BROKEN = """\
name: too-much
about: It wants more than there is.
handsets: [{name: ana, count: 1, first: +14155550101}]
traffic: [{to: ana, count: 2}]
faults: [{kind: duplicate_receipt}]
expect:
  counts: {delivered: 3}
"""


def _chaos(*words: str | Path) -> Result:
    return CliRunner().invoke(chaos, [str(word) for word in words])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "too-much.yaml"
    path.write_text(BROKEN)
    return path


def test_a_run_prints_one_json_object() -> None:
    run = _chaos("run", SMALL, "--seed", "3", "--json")

    result = json.loads(run.stdout)
    assert run.exit_code == 0
    assert (result["name"], result["seed"], result["ok"]) == (SMALL, 3, True)
    assert {"digest", "invariants", "virtual_s", "cpu_s"} <= result.keys()
    assert set(result["invariants"].values()) == {True}


def test_a_broken_run_is_exit_code_1_and_says_how_to_repeat_it(broken: Path) -> None:
    run = _chaos("run", broken, "--seed", "5")

    assert run.exit_code == 1
    assert "counts: delivered: found 2, expected 3" in run.stdout
    assert f"again: powerpack-lab chaos replay {broken} --seed 5" in run.stdout


def test_several_seeds_are_one_object_with_all_runs() -> None:
    run = _chaos("run", SMALL, "--seeds", "2", "--jobs", "1", "--json")

    assert [each["seed"] for each in json.loads(run.stdout)["runs"]] == [7, 8]


def test_a_goal_that_no_seed_reaches_is_exit_code_7(tmp_path: Path) -> None:
    path = tmp_path / "quiet.yaml"
    path.write_text(BROKEN.replace("counts: {delivered: 3}", "sometimes: [suspended]"))
    run = _chaos("run", path, "--seeds", "2", "--jobs", "1")

    assert run.exit_code == 7
    assert "never reached in any seed: suspended" in run.stdout


@pytest.mark.parametrize("words", [["run", "nothing-like-it"], ["run", "--sed", "1"], ["fly"], ["validate", "x.yaml"]])
def test_a_wrong_call_is_exit_code_4(words: list[str]) -> None:
    assert _chaos(*words).exit_code == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
def test_a_report_for_which_there_is_no_room_is_exit_code_8_and_costs_no_other(tmp_path: Path, broken: Path) -> None:
    page = tmp_path / "report.html"
    run = _chaos("run", SMALL, "--junitxml", "/dev/full", "--html", page)
    red = _chaos("run", broken, "--html", "/dev/full")

    assert run.exit_code == 8
    assert run.stderr.count("/dev/full can not be written (No space left on device)") == 1
    assert "</html>" in page.read_text()
    assert red.exit_code == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
def test_a_small_scenario_for_which_there_is_no_room_is_printed(broken: Path) -> None:
    run = _chaos("shrink", broken, "--out", "/dev/full")

    assert run.exit_code == 8
    assert "name: too-much" in run.stdout


def test_two_reports_can_not_be_one_file(tmp_path: Path) -> None:
    run = _chaos("run", SMALL, "--junitxml", tmp_path / "out", "--html", f"{tmp_path}/./out")

    assert run.exit_code == 4
    assert f"--html: found {tmp_path}/out, which --junitxml writes; expected a file of its own" in run.stderr


def test_a_name_that_nobody_knows_has_no_line() -> None:
    assert "chaos: no-such: found no such file and no such scenario" in _chaos("run", "no-such").stderr


def test_after_the_time_limit_no_run_begins() -> None:
    run = _chaos("run", SMALL, "--seeds", "3", "--jobs", "1", "--time-limit", "0s", "--json")

    assert run.exit_code == 2
    assert json.loads(run.stdout) == {"runs": [], "not_run": 3}
    assert "the time limit is over: 3 of 3 runs did not begin" in run.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--time-limit", "soon"), "found 'soon', expected a duration such as 90s"),
        (("--junitxml", "/no/such/folder/x.xml"), "expected a file in a folder that exists"),
        (("--html", f"{'long' * 100}.html"), "can not be written (File name too long)"),
        (("--jobs", "0"), "0 is not in the range"),
    ],
)
def test_a_wrong_option_is_told_before_anything_runs(words: tuple[str, ...], expected: str) -> None:
    run = _chaos("run", SMALL, *words)

    assert run.exit_code == 4
    assert expected in run.stderr
    assert run.stdout == ""


def _running(broken: Path, *words: str | Path) -> subprocess.Popen[str]:
    """A thousand seeds on two processes, of which one has ended: so both processes are there."""
    run = subprocess.Popen(
        command("chaos", "run", broken, "--seeds", "1000", "--jobs", "2", *words),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert run.stdout is not None, "it is a pipe"
    assert run.stdout.readline().startswith("too-much seed 7: BROKEN")
    return run


@pytest.mark.parametrize("is_for_all", [True, False], ids=["of a terminal", "of one process"])
def test_ctrl_c_ends_all_processes_and_tells_what_there_is(broken: Path, tmp_path: Path, is_for_all: bool) -> None:
    run = _running(broken, "--junitxml", tmp_path / "junit.xml")
    (os.killpg if is_for_all else os.kill)(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=200)

    assert re.fullmatch(r"powerpack-lab chaos: interrupted: \d+ of 1000 runs had ended, and are told\n", said)
    assert run.returncode == 2
    assert 'failures="1"' in (tmp_path / "junit.xml").read_text("utf-8")


def test_processes_end_with_the_one_that_began_them(broken: Path) -> None:
    run = _running(broken)
    run.kill()
    run.communicate(timeout=200)  # which ends when nobody holds the pipes any more

    assert run.returncode == -signal.SIGKILL


def test_github_gets_annotations_and_a_summary(broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "step.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run = _chaos("run", broken, SMALL, "--seed", "5", "--json", "--jobs", "1")

    (line,) = run.stderr.splitlines()
    assert line.startswith(f"::error file={broken},line=1,title=too-much%2C seed 5::counts: delivered: found 2, expec")
    assert line.endswith(f"%0Aagain: powerpack-lab chaos replay {broken} --seed 5")
    assert summary.read_text("utf-8").startswith("before\n# Chaos")


def test_an_annotation_stands_where_the_checkout_has_the_file(
    broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sms").mkdir()
    moved = broken.rename(tmp_path / "sms" / "too-much.yaml")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "sms")  # as a step's working-directory does

    assert _chaos("run", "too-much.yaml").stderr.startswith("::error file=sms/too-much.yaml,line=1,")
    moved.write_text(BROKEN.replace("count: 2", "count: two"))
    said = _chaos("validate", "too-much.yaml")
    assert said.exit_code == 4
    assert said.stderr.splitlines()[1].startswith("::error file=sms/too-much.yaml,line=4,title=not a scenario::")


def test_a_summary_that_can_not_be_written_is_a_report_that_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "gone" / "step.md"))
    run = _chaos("run", SMALL)

    assert run.exit_code == 8
    assert "step.md can not be written (No such file or directory)" in run.stderr


def test_elsewhere_github_gets_nothing(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    assert _chaos("run", broken).stderr == ""


def test_a_determined_run_is_found_to_be_so() -> None:
    run = _chaos("run", SMALL, "--check-determinism")

    assert run.exit_code == 0
    assert "the same twice, event by event" in run.stdout


def test_a_junit_report_names_scenario_seed_and_failure(broken: Path, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    run = _chaos("run", broken, SMALL, "--seed", "5", "--junitxml", report)

    suite = ElementTree.parse(report).getroot()[0]
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert run.exit_code == 1
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert properties["carrier_seed"] == "5"
    assert "expected 3" in str(suite[0].find("failure").get("message"))  # type: ignore[union-attr] # it failed
    assert suite[1].find("failure") is None


def test_a_summary_has_a_row_a_scenario_and_the_first_failure(broken: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    _chaos("run", broken, SMALL, "--seed", "5", "--markdown", summary, "--jobs", "1")

    text = summary.read_text("utf-8")
    assert f"| {SMALL} | 5 | held |" in text
    assert f"| {broken} | 5 | **BROKEN** |" in text
    assert "At the end of the run: delivered: found 2, expected 3" in text
    assert f"$ powerpack-lab chaos replay {broken} --seed 5" in text


def test_a_replay_tells_what_happens() -> None:
    run = _chaos("replay", SMALL, "--seed", "3")

    assert "suppression.added" in run.stdout
    assert "submit_sm" not in run.stdout
    assert "submit_sm" in _chaos("replay", SMALL, "--seed", "3", "--pdus").stdout


def test_a_shrunk_failure_is_a_scenario_file_that_still_fails(broken: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.yaml"
    run = _chaos("shrink", broken, "--out", out, "--runs", "20")

    assert run.exit_code == 0, run.output
    assert load_scenario(str(out)).faults == ()
    assert _chaos("run", out).exit_code == 1


def test_what_holds_can_not_be_shrunk(tmp_path: Path) -> None:
    assert _chaos("shrink", SMALL, "--out", tmp_path / "small.yaml").exit_code == 5


def test_the_list_is_that_of_the_shipped_scenarios() -> None:
    assert json.loads(_chaos("list", "--json").stdout) == list(shipped())
    assert "A STOP comes between two parts" in _chaos("list").stdout


def test_validate_and_schema() -> None:
    assert _chaos("validate", SMALL).exit_code == 0
    assert json.loads(_chaos("schema").stdout) == json_schema()
