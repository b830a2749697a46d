"""The HTML report: whole, readable without anything else, and true."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from chaos.planted import PLANTED
from powerpack_lab.chaos import run_scenario
from powerpack_lab.chaos_cli import chaos
from powerpack_lab.chaos_result import Result
from powerpack_lab.html_charts import SENDERS_MAX, Axis, duration
from powerpack_lab.html_report import DETAILED_MAX, Runs, html_report
from powerpack_lab.recording import record_run
from powerpack_lab.scenario_yaml import load_scenario, parse_scenario

VOID = frozenset({"meta", "line", "rect", "path"})
"""Tags without an end: HTML's own, and SVG's that close themselves."""


class _Balanced(HTMLParser):
    """Knows which tags are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def _parsed(page: str) -> _Balanced:
    parser = _Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def forgetful() -> str:
    """The report of a gateway that forgets STOP for what is queued."""
    with pytest.MonkeyPatch.context() as patch:
        PLANTED["forgets STOP for queued messages"].plant(patch)
        scenario = load_scenario("stop-while-queued")
        return html_report([Runs(given="stop-while-queued", scenario=scenario, results=[run_scenario(scenario, 7)])])


def test_a_page_is_whole_and_asks_for_nothing_else(forgetful: str) -> None:
    tags = _parsed(forgetful).seen

    assert forgetful.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert "url(" not in forgetful
    assert tags.count("svg") == 1 + SENDERS_MAX
    assert "prefers-color-scheme: dark" in forgetful
    assert "@media print" in forgetful


def test_too_few_delivered_are_told_with_what_became_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED["takes a throttle for a refusal"].plant(monkeypatch)
    scenario = load_scenario("throttled-by-the-carrier")
    result = run_scenario(scenario, 7)
    page = html_report([Runs(given="throttled-by-the-carrier", scenario=scenario, results=[result])])
    (failure,) = result.failures
    (uuid,) = failure.about

    assert failure.what == f"delivered: found 160, expected 200; there are 40 failed.20, the first is {uuid}"
    assert f"Message <code>{uuid}</code>" in page


def test_a_failure_is_told_with_the_command_that_repeats_it(forgetful: str) -> None:
    assert "$ powerpack-lab chaos replay stop-while-queued --seed 7" in forgetful
    assert re.search(
        r'<b>silent_after_stop</b> at [\d.]+ s, <a href="#e\d+">event \d+</a>: \d+ wrote to \d+ after its STOP',
        forgetful,
    )
    assert "<h1>Chaos: stop-while-queued is broken</h1>" in forgetful
    assert forgetful.count("what must hold: nothing goes to a handset from a sender that it opted out of") == 1


def test_of_a_time_that_was_exceeded_the_slowest_message_is_shown() -> None:
    scenario = load_scenario("dns-leads-to-the-other-host")
    scenario = replace(scenario, expect=replace(scenario.expect, delivered_within=1.0))
    result = run_scenario(scenario, 7)
    page = html_report([Runs(given=scenario.name, scenario=scenario, results=[result])])

    (uuid,) = result.failures[0].about
    assert f"<b>delivered_within</b>: the slowest message, {uuid}, took" in page
    assert "<h3>The failing message</h3>" in page
    assert f"<code>{uuid}</code>" in page
    assert ">DNS leads to other hosts at generic<" in page
    assert ">all is healed<" in page


def test_the_failing_message_is_followed_through_every_lane(forgetful: str) -> None:
    bad = re.findall(r'id="e(\d+)">[\d.]+</div><div class="step right bad"', forgetful)
    told = re.search(r'<b>silent_after_stop</b> at [\d.]+ s, <a href="#e(\d+)">event \1</a>', forgetful)

    assert told is not None
    assert bad == [told[1]]
    for words in (
        "“STOP” to",
        "suppression.added",
        "selects 1",
        "QUEUED → SUBMITTED (submit)",
        "webhook queued, signed",
    ):
        assert words in forgetful
    assert "<th>destination_addr</th><td>1415555" in forgetful
    assert "<th>octets</th><td>00 00 00" in forgetful


def test_what_people_write_is_text_and_no_markup() -> None:
    evil = "<script>alert({n})</script>"
    scenario = parse_scenario(
        f"name: evil\nabout: '{evil}'\nlength: 10s\nhandsets: [{{name: ana, count: 1, first: 14155550101}}]\n"
        f"traffic: [{{to: ana, count: 1, text: '{evil}'}}]\n",
        origin="evil.yaml",
    )
    page = html_report([Runs(given=evil, scenario=scenario, results=[run_scenario(scenario, 1)])])

    assert "script" not in _parsed(page).seen
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_holds_is_drawn_when_it_is_the_only_one() -> None:
    scenario = load_scenario("wires-cut-and-stalled")
    runs = Runs(given="wires-cut-and-stalled", scenario=scenario, results=[run_scenario(scenario, 7)])
    page = html_report([runs])

    assert "everything held" in page
    assert "The slowest message" in page
    assert "<title>tmobile: wires stall: 20s to 1m 50s</title>" in page
    assert "never arrived" in page or "s on its way" in page
    assert "It did not repeat" not in page
    assert "The slowest message" not in html_report([runs, runs])


def test_a_run_that_is_not_the_same_when_it_is_drawn_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario("stop-while-queued")
    with monkeypatch.context() as planted:
        PLANTED["forgets STOP for queued messages"].plant(planted)
        judged = run_scenario(scenario, 7)
    page = html_report([Runs(given="stop-while-queued", scenario=scenario, results=[judged])])
    drawn = run_scenario(scenario, 7)

    assert (
        f"<b>It did not repeat</b>: the digest was {judged.digest[:12]} and is {drawn.digest[:12]} in the run that is "
        "drawn below, which held."
    ) in page
    assert "powerpack-lab chaos run stop-while-queued --seed 7 --check-determinism" in page
    assert "<b>silent_after_stop</b>" in page


def test_many_broken_scenarios_are_listed_and_some_are_drawn() -> None:
    scenario = parse_scenario(
        "name: more\nabout: a\nlength: 10s\nhandsets: [{name: ana, count: 1, first: 14155550101}]\n"
        "traffic: [{to: ana, count: 1}]\nexpect: {counts: {delivered: 2}}\n",
        origin="more.yaml",
    )
    results = [run_scenario(scenario, 1)]
    page = html_report([Runs(given=f"more-{n}", scenario=scenario, results=results) for n in range(DETAILED_MAX + 2)])

    assert "7 of 7 scenarios are broken" in page
    assert "2 more scenarios are broken and not drawn here" in page
    assert page.count("<section>") == DETAILED_MAX


def test_the_command_writes_it(tmp_path: Path) -> None:
    run = CliRunner().invoke(chaos, ["run", "stop-in-part-two", "--html", str(tmp_path / "report.html")])

    assert run.exit_code == 0
    assert "everything held" in (tmp_path / "report.html").read_text("utf-8")


def test_a_recording_knows_whom_a_failure_is_about() -> None:
    scenario = load_scenario("stop-in-part-two")
    recording = record_run(scenario, 7)
    uuid, handset = recording.subject()

    assert any(event.text("uuid") == uuid and event.text("destination") == handset for event in recording.events)
    assert recording.under_way()[-1][1] == 0
    assert recording.ends_at < scenario.length


def test_a_result_survives_json() -> None:
    result = run_scenario(load_scenario("stop-in-part-two"), 7)

    again = Result.from_json(result.as_json())
    assert again.as_json() == result.as_json()
    assert again.invariants == result.invariants


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0"), (59.6, "1m"), (90, "1m 30s"), (86_400, "1d"), (90_061, "1d 1h 1m 1s")]
)
def test_durations_read_as_people_write_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_axis_stays_on_the_paper() -> None:
    axis = Axis(100.0)

    assert axis(-5.0) == axis(0.0) < axis(50.0) < axis(100.0) < axis(1e9)


def test_the_failing_message_is_the_one_whose_text_went_out() -> None:
    with pytest.MonkeyPatch.context() as patch:
        PLANTED["forgets STOP for queued messages"].plant(patch)
        recording = record_run(load_scenario("stop-while-queued"), 7)
    uuid, handset = recording.subject()

    failure = recording.worst()
    assert failure is not None
    shown = next(event for event in recording.events if event.n == failure.n)
    (text,) = [
        event.text("text") for event in recording.events if event.kind == "traffic.sent" and event.text("uuid") == uuid
    ]
    assert text.encode() in shown.raw
    assert handset.encode() in shown.raw


def test_a_goal_that_no_seed_reached_is_not_all_well() -> None:
    scenario = replace(load_scenario("undeliverable-numbers"), length=60.0)
    results = [replace(run_scenario(scenario, 7), goals={"stopped": 0})] * 2
    runs = Runs(given="undeliverable-numbers", scenario=scenario, results=results)
    page = html_report([runs])

    assert "everything held" not in page
    assert "<h1>Chaos: undeliverable-numbers never reached what it is about</h1>" in page
    assert '<span class="broken-word">never</span> stopped' in page
