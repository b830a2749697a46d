"""Scenario files: what they mean, what is wrong with them and where, and their schema."""

import json
from pathlib import Path

import pytest
import yaml

from powerpack_carriers import Act
from powerpack_carriers.faults.registry import FAULTS, plain_form
from powerpack_lab.scenario import Scenario, Verb
from powerpack_lab.scenario_write import scenario_yaml
from powerpack_lab.scenario_yaml import ScenarioError, json_schema, load_scenario, parse_scenario, shipped

GOOD = """\
name: small
about: One text to one person.
handsets:
  - name: ana
    count: 1
    first: +14155550101
traffic:
  - to: ana
    count: 1
"""


def _error(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, origin="small.yaml")
    return str(caught.value)


def test_a_phone_number_survives() -> None:
    assert parse_scenario(GOOD, origin="small.yaml").handsets[0].first == "14155550101"


def test_words_with_units_become_values() -> None:
    text = GOOD + "length: 1h30m\nfaults:\n  - {kind: throttle, share: 20%, at: 4s}\nsteps:\n  - {at: 2m, do: heal}\n"
    scenario = parse_scenario(
        text.replace("    count: 1\nlength", "    count: 010\n    rate: 1/4s\nlength"), origin="small.yaml"
    )

    assert (scenario.length, scenario.faults[0].share, scenario.steps[0].do) == (5_400.0, 0.2, Verb.HEAL)
    assert (scenario.traffic[0].rate, scenario.traffic[0].count) == (0.25, 10)


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ("about:", "abuot:", "small.yaml:2: abuot: found an unknown key, expected one of 18 words; did you mean"),
        ("about:", "abuot:", "; did you mean about?"),
        ("count: 1", "count: many", "small.yaml:5: handsets[0].count: found 'many', expected a whole number up to"),
        ("count: 1", "count: 0", "small.yaml:5: handsets[0].count: found 0, expected at least 1"),
        ("to: ana\n    count: 1", "to: ana\n    count: 0", "traffic[0].count: found 0, expected at least 1"),
        ("to: ana", "to: anna", "small.yaml:8: traffic[0].to: found 'anna', expected one of ana"),
        ("+14155550101", "Ana", "small.yaml:6: handsets[0].first: found 'Ana', expected a phone number"),
        ("name: small\n", "", "small.yaml:1: name: missing"),
        ("to: ana", "to: ana\n    text: Hello", "traffic[0].text: found 'Hello', expected {n} in it"),
        ("to: ana", "to: ana\n    rate: 0/s", "traffic[0].rate: found '0/s', expected a rate such as 10/s"),
        ("to: ana", "to: ana\n    expiry: 4h", "traffic[0].expiry: found 14400 s, expected 5 s to 10799 s"),
        (
            "traffic:",
            "faults: [{kind: throtle}]\ntraffic:",
            "faults[0].kind: found 'throtle', expected one of",
        ),
        ("traffic:", "faults: [{kind: throttle, settings: {x: 1}}]\ntraffic:", "faults[0].settings: fault 'throttle'"),
        ("traffic:", "steps: [{at: 1s, do: port}]\ntraffic:", "steps[0].number: missing: port needs it"),
        ("traffic:", "expect: {sometimes: [x]}\ntraffic:", "expect.sometimes[0]: found 'x', expected one of throttled"),
        ("traffic:", "expect: {counts: {sent: 5..1}}\ntraffic:", "expect.counts.sent: found '5..1', expected a number"),
        ("traffic:", "handsets: []\ntraffic:", "handsets: found twice, expected it once"),
        ("traffic:", "traffic: {}\nfoo:", "traffic: found keys and values, expected a list"),
        ("about:", "about: [", "small.yaml:"),
        ("to: ana", "to: ana\n    text: !n Hi", "small.yaml:9: found the tag '!n', expected none: quotes are missing"),
        ("traffic:", "traffic: !foo", "found the tag '!foo', expected none"),
        ("about:", "? !foo about\n:", "found the tag '!foo', expected none"),
        (
            "to: ana",
            "to: ana\n    text: Code: {n}",
            "small.yaml:9: not YAML: mapping values are not allowed here; quotes",
        ),
        ("traffic:", "faults: [{kind: {n} x}]\ntraffic:", "; quotes may be missing around a text with {, }"),
        (
            "    count: 1",
            "\tcount: 1",
            "found character '\\t' that cannot start any token; indent with blanks, not with tabs",
        ),
        (
            "traffic:",
            "campaigns: [{name: a, tier: best}]\ntraffic:",
            "campaigns[0].tier: found 'best', expected one",
        ),
        ("traffic:", "wires: [{carrier: acme}]\ntraffic:", "wires[0].carrier: found 'acme', expected one of att"),
        (
            "traffic:",
            "wires: [{bandwidth: 8}]\ntraffic:",
            "wires[0].bandwidth: found '8', expected a bandwidth such as 8k",
        ),
        (
            "traffic:",
            "wires: [{bandwidth: 1B/s}]\ntraffic:",
            "found '1B/s', expected a bandwidth such as 8kB/s or 64kbi",
        ),
        ("traffic:", "dns: [{answer: nothing}]\ntraffic:", "dns[0].carrier: missing"),
        ("traffic:", "dns: [{carrier: at, answer: nothing}]\ntraffic:", "dns[0].carrier: found 'at', expected one of"),
        ("traffic:", "dns: [{carrier: att, answer: none}]\ntraffic:", "dns[0].answer: found 'none', expected one of"),
        (
            "traffic:",
            "dns: [{carrier: att, answer: other_hosts}]\ntraffic:",
            "dns[0].answer: found other_hosts, and att has one host: expected ports: 2 or more there",
        ),
        (
            "traffic:",
            "dns: [{carrier: att, answer: nothing, at: 11m}]\ntraffic:",
            "dns[0].at: found 660 s, when all is healed",
        ),
        ("traffic:", "mix: {kinds: [rain]}\ntraffic:", "mix.kinds[0]: found 'rain', expected one of throttle"),
        ("traffic:", "mix: {troubles: 5..1}\ntraffic:", "mix.troubles: found '5..1', expected a number or bounds"),
        ("traffic:", "steps: [{at: 1s, do: kill_gateway}]\ntraffic:", "steps[0].down: missing: kill_gateway needs it"),
        ("traffic:", "expect: {counts: {bob.delivered: 1}}\ntraffic:", "counts.bob.delivered: found 'bob.delivered'"),
        (
            "traffic:",
            "faults: [{kind: throtle}]\ntraffic:",
            f"expected one of {len(FAULTS)} words; did you mean throttle?",
        ),
        (
            "traffic:",
            "faults:\n  - kind: fail_over\n    settings:\n      listener: 2\ntraffic:",
            "small.yaml:10: faults[0].settings.listener: found 2, expected 1 to 1, as att has",
        ),
        (
            "traffic:",
            "faults: [{kind: throttle, settings: {source: +14155550182}}]\ntraffic:",
            "faults[0].settings.source: found '14155550182', expected a number of the Powerpack or a phone of ana (+1",
        ),
        (
            "traffic:",
            "faults: [{kind: mute, settings: {system_id: esm}}]\ntraffic:",
            "powerpack, esme; did you mean esme?",
        ),
        ("traffic:", "faults: [{kind: throttle, at: 11m}]\ntraffic:", "faults[0].at: found 660 s, when all is healed"),
        (
            "traffic:",
            "steps: [{at: 11m, do: heal}]\ntraffic:",
            "steps[0].at: found 660 s, when all is healed: expected",
        ),
        (
            "traffic:",
            "steps: [{at: 1s, do: unrent, number: +14155550182}]\ntraffic:",
            "steps[0].number: found '14155550182', which is no number of the Powerpack; expected one of 1",
        ),
        (
            "traffic:",
            "steps: [{at: 1s, do: reply, text: Hi, number: +14155550102}]\ntraffic:",
            "steps[0].number: found '14155550102', which is no phone of the scenario; expected one of ana (+1415",
        ),
        ("traffic:", "carriers: [{name: acme}]\ntraffic:", "carriers[0].name: found 'acme', expected one of att,"),
        (
            "traffic:",
            "carriers: [{name: acme, profile: at}]\ntraffic:",
            "carriers[0].profile: found 'at', expected one of",
        ),
        ("traffic:", "carriers: [{name: att, ports: 0}]\ntraffic:", "carriers[0].ports: found 0, expected 1 to 10"),
        (
            "traffic:",
            "carriers: [{name: att}, {name: att}]\ntraffic:",
            "carriers[1].name: found 'att', which is the name",
        ),
        (
            "traffic:",
            "campaigns: [{name: a, numbers: [+14155550100]}]\ntraffic:",
            "campaigns[0].numbers[0]: found '14155550100', which is no number of the Powerpack; expected one of",
        ),
        (
            "traffic:",
            "campaigns:\n  - {name: a, numbers: [+14155550180]}\n  - {name: b, numbers: [+14155550180]}\ntraffic:",
            "small.yaml:9: campaigns[1].numbers[0]: found '14155550180', which is in campaign 'a' too",
        ),
        ("traffic:", "expect: {counts: {acepted: 1}}\ntraffic:", "local; did you mean accepted?"),
        ("to: ana", "to: ana\n    shape: day", "traffic[0].rate: missing: a day's shape needs"),
        ("to: ana", "to: ana\n    shape: round", "traffic[0].shape: found 'round', expected one of steady, day"),
        ("to: ana", "to: ana\n    burst: 0", "traffic[0].burst: found 0, expected at least 1"),
        ("to: ana", "to: ana\n    texts: ['{n}', Hi]", "traffic[0].texts[1]: found 'Hi', expected {n} in it"),
    ],
)
def test_a_mistake_is_named_with_its_line(change: str, to: str, expected: str) -> None:
    assert expected in _error(GOOD.replace(change, to, 1))


def test_a_carrier_with_two_ports_has_a_second_listener() -> None:
    text = (
        GOOD + "carriers: [{name: att, ports: 2}]\nfaults: [{kind: fail_over, carrier: att, settings: {listener: 2}}]"
    )

    assert parse_scenario(text, origin="small.yaml").carriers[0].ports == 2


def test_a_share_of_a_faults_own_is_read_as_one_and_a_number_as_text() -> None:
    text = GOOD + 'faults: [{kind: mo_flood, settings: {stop_share: 50%, to: "14155550180", texts: 3}}]'
    config = parse_scenario(text, origin="small.yaml").faults[0].config()

    assert plain_form(config) == {"stop_share": 0.5, "to": "14155550180", "texts": 3}


def test_lists_tables_of_tables_and_numbers_below_zero_are_settings_too() -> None:
    text = GOOD + (
        'faults: [{kind: receipt_quirk, settings: {quirks.fields: "id, stat", quirks.tlvs: none, '
        'quirks.dates: "0000000000", quirks.utc_offset_minutes: -480, quirks.stat_words.DELIVERED: "0"}}]'
    )
    config = parse_scenario(text, origin="small.yaml").faults[0].config()

    assert plain_form(config) == {
        "quirks": {
            "fields": ["id", "stat"],
            "tlvs": [],
            "dates": "0000000000",
            "utc_offset_minutes": -480,
            "stat_words": {"DELIVERED": "0"},
        }
    }


def test_an_empty_file_is_no_scenario() -> None:
    assert _error("") == "small.yaml:1: found an empty file, expected a scenario"


def test_a_name_that_nobody_knows_says_what_was_meant() -> None:
    with pytest.raises(ScenarioError, match="did you mean stop-flood"):
        load_scenario("stop-flod")


def test_a_directory_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="found a directory, expected a scenario or the name of a shipped one"):
        load_scenario(str(tmp_path))


def test_a_tag_of_yamls_own_says_nothing_new() -> None:
    assert parse_scenario(GOOD.replace("about: ", "about: !!str "), origin="small.yaml").name == "small"


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(GOOD)

    assert load_scenario(str(tmp_path / "small.yaml")).name == "small"


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_is_named_as_its_file_and_survives_writing(name: str) -> None:
    scenario = load_scenario(name)

    assert scenario.name == name
    assert scenario.expect.except_invariants == (("within_rate",) if name == "tmobile-cap-at-noon" else ())
    assert scenario.expect.sometimes
    assert parse_scenario(scenario_yaml(scenario), origin=name) == scenario


def test_the_schema_names_every_key_and_is_json() -> None:
    schema = json.loads(json.dumps(json_schema()))

    assert sorted(schema["properties"]) == sorted(Scenario.__slots__)
    assert schema["required"] == ["name", "about", "handsets", "traffic"]
    assert schema["$defs"]["Behaviour"]["properties"]["act"] == {"enum": [each.value for each in Act]}


def test_yaml_itself_would_have_lost_the_plus() -> None:
    assert yaml.safe_load("first: +14155550101") == {"first": 14155550101}
