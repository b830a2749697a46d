"""Profiles: what comes with the package, and what is wrong in one's own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from random import Random

import pytest

from powerpack_carriers import content, registration
from powerpack_carriers.caps import Per, Service
from powerpack_carriers.errors import ProfileError
from powerpack_carriers.numbering import NumberType
from powerpack_carriers.profile import (
    MessageIdHabit,
    Outcome,
    Rate,
    ReceiptHabit,
    ResponseHabit,
    SessionHabit,
    load_profile,
    parse_profile,
    profile_names,
    read_profile,
)
from powerpack_carriers.smpp.constants import CommandStatus, MessageState

MINIMAL = """\
name = "mine"
country = "US"
dated = 2026-11-22

[receipt]
delay_s_min = 1
delay_s_max = 2
"""


def test_the_package_has_eight_profiles() -> None:
    assert profile_names() == ("att", "bell", "generic", "rogers", "telus", "tmobile", "uscellular", "verizon")


@pytest.mark.parametrize("name", profile_names())
def test_each_profile_is_sound_and_called_as_its_file(name: str) -> None:
    assert load_profile(name).name == name


@pytest.mark.parametrize(
    ("names", "country", "tollfree", "shortcode"),
    [(("att", "tmobile", "verizon", "uscellular"), "US", 25, 100), (("rogers", "bell", "telus"), "CA", 1, 10)],
    ids=["US", "CA"],
)
def test_named_carriers_limit_each_source_number(
    names: tuple[str, ...], country: str, tollfree: int, shortcode: int
) -> None:
    for name in names:
        profile = load_profile(name)
        throughput = profile.throughput

        assert profile.country == country
        assert throughput.rate(NumberType.LONGCODE) == Rate(per_second=0.25, burst=2)
        assert throughput.rate(NumberType.TOLLFREE) == Rate(per_second=tollfree, burst=tollfree)
        assert throughput.rate(NumberType.SHORTCODE) == Rate(per_second=shortcode, burst=shortcode)
        assert throughput.excess_status == CommandStatus.ESME_RTHROTTLED
        assert (profile.receipt.delay_s_min, profile.receipt.delay_s_max) == (0.2, 1.0)


def test_the_generic_carrier_admits_everything_at_any_rate() -> None:
    profile = load_profile("generic")

    assert not profile.checks_source
    assert not profile.checks_destination
    assert [profile.throughput.rate(kind) for kind in NumberType] == [None, None, None]
    assert (profile.receipt.delay_s_min, profile.receipt.delay_s_max) == (0.05, 0.2)


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile("../secrets")

    assert str(caught.value) == (
        "profile '../secrets': found no such profile, expected one of att, bell, generic, "
        "rogers, telus, tmobile, uscellular, verizon"
    )


@pytest.mark.parametrize("name", ["tmoble", "T-Mobile", "TMOBILE"])
def test_a_profile_that_is_nearly_one_is_told_which(name: str) -> None:
    with pytest.raises(ProfileError, match=r"uscellular, verizon; did you mean tmobile\?$"):
        load_profile(name)


def test_a_profile_needs_a_name_a_country_and_a_date() -> None:
    profile = parse_profile('name = "mine"\ncountry = "US"\ndated = 2026-11-22\n', origin="x.toml")

    assert profile.receipt == load_profile("tmobile").receipt
    for key in ("name", "country", "dated"):
        with pytest.raises(ProfileError, match=f"x.toml, key '{key}': missing"):
            parse_profile("\n".join(each for each in MINIMAL.split("\n") if not each.startswith(key)), origin="x.toml")


def test_a_profile_of_one_s_own_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINIMAL + '[[outcomes]]\nstate = "UNDELIVERABLE"\nshare = 0.1\nerror = "069"\n', encoding="utf-8")

    profile = read_profile(file)

    assert profile.outcomes == (Outcome(state=MessageState.UNDELIVERABLE, share=0.1, error="069"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = ", "x.toml: Invalid value (at"),
        (
            MINIMAL + "delay = 1\n",
            "x.toml, line 8, key 'receipt.delay': unknown; expected one of delay_s_min, delay_s_max",
        ),
        (MINIMAL.replace("= 1", '= "1"'), "x.toml, line 6, key 'receipt.delay_s_min': found '1', expected a number"),
        (
            MINIMAL.replace("= 2\n", "= 0.5\n"),
            "x.toml, line 7, key 'receipt.delay_s_max': found 0.5, expected 1 to 86400",
        ),
        (MINIMAL.replace('"US"', '"FR"'), "x.toml, line 2, key 'country': found 'FR', expected 'US', 'CA' or 'any'"),
        (MINIMAL.replace('"mine"', '"My Own"'), "x.toml, line 1, key 'name': found 'My Own', expected 1 to 15 of a-z"),
        (MINIMAL.replace("dated", "date"), "x.toml, line 3, key 'date': unknown"),
        (
            MINIMAL + "[throughput]\n[throughput.longcode]\nper_second = 1\nburst = 0.5\n",
            "x.toml, line 11, key 'throughput.longcode.burst': found 0.5, expected a whole number",
        ),
        (
            MINIMAL + '[[outcomes]]\nstate = "EXPIRED"\nshare = 1\nerror = "1"\n[[outcomes]]\nstate = "GONE"\n',
            "x.toml, line 13, key 'outcomes[1].state': found 'GONE', expected one of 'ENROUTE', 'DELIVERED'",
        ),
        (
            MINIMAL + '[[outcomes]]\nstate = "EXPIRED"\nshare = 0.6\nerror = "1"\n' * 2,
            "x.toml, line 8, key 'outcomes': the shares sum up to 1.2, expected 1 at most",
        ),
        (
            MINIMAL + 'template = "id:{id} {nonsense}"\n',
            "x.toml, line 8, key 'receipt.template': found {nonsense}, expected one of id, sub",
        ),
        (MINIMAL.replace("= 2\n", "= 2\n[throughput]\n"), ""),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(text: str, problem: str) -> None:
    if not problem:
        assert parse_profile(text, origin="x.toml").name == "mine"
        return
    with pytest.raises(ProfileError) as caught:
        parse_profile(text, origin="x.toml")

    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Rate(per_second=0, burst=1), "per_second: found 0, expected"),
        (lambda: Rate(per_second=1, burst=0), "burst: found 0, expected"),
        (lambda: MessageIdHabit(width=65), "width: found 65, expected 4 to 64"),
        (lambda: ReceiptHabit(delay_s_min=-1, delay_s_max=1), "delay_s_min: found -1, expected"),
        (lambda: Outcome(state=MessageState.EXPIRED, share=1.1, error="1"), "share: found 1.1, expected 0 to 1"),
        (lambda: ResponseHabit(delay_s_min=2, delay_s_max=1), "delay_s_max: found 1, expected 2 to 600"),
        (lambda: SessionHabit(window_size=0), "window_size: found 0, expected"),
        (lambda: SessionHabit(binds_max=0), "binds_max: found 0, expected"),
    ],
)
def test_figures_have_bounds_in_python_too(make: object, problem: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError) as caught:
        make()

    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("name", "per", "class_", "segments"),
    [
        ("att", Per.CAMPAIGN, "A", 4500),
        ("att", Per.CAMPAIGN, "D", 2400),
        ("att", Per.CAMPAIGN, "F", 240),
        ("att", Per.CAMPAIGN, "T", 75),
        ("att", Per.CAMPAIGN, "W", 15),
        ("att", Per.NUMBER, "G", 60),
        ("att", Per.NUMBER, "Y", 720),
        ("tmobile", Per.BRAND, "top", 200_000),
        ("tmobile", Per.BRAND, "high mid", 40_000),
        ("tmobile", Per.BRAND, "low mid", 10_000),
        ("tmobile", Per.BRAND, "low", 2_000),
    ],
)
def test_published_quotas_are_in_the_profiles(name: str, per: Per, class_: str, segments: int) -> None:
    (limit,) = [each for each in load_profile(name).limits if each.per is per and each.service is not Service.MMS]

    assert dict(limit.by_class)[class_] == segments


def test_the_excess_has_the_carriers_own_status() -> None:
    assert {limit.excess.status for limit in load_profile("att").limits} == {105}
    assert {limit.excess.status for limit in load_profile("tmobile").limits} == {9802}


def test_the_generic_carrier_has_no_policy_at_all() -> None:
    profile = load_profile("generic")

    assert (profile.limits, profile.tollfree_optout) == ((), None)
    assert (profile.registration, profile.content) == (registration.NO_RULES, content.NO_RULES)


SOURCES = re.compile(
    r"\b(Apeiron|Bandwidth|Bird|Clickatell|goconvey|Hustle|Infobip|messangi|Plivo|Sinch|SMPP 3\.4|Telnyx|Zipwhip)\b"
    r"|\bours\b|session\.WINDOW_MAX"
)
"""Who published a figure; or nobody did, and we say so."""

SAID_AT_THE_HEAD = {
    "throughput.longcode": "longcode: ",
    "throughput.tollfree": "tollfree: ",
    "throughput.shortcode": "shortcode: ",
    "receipt": "delays",
    "sessions": "limits on sessions",
}
"""Tables whose figures the head of a file is about, with the words that say so."""


def figures(text: str) -> Iterator[tuple[str, str]]:
    """The settings of a profile that have a figure in them, each with all comments that are about it."""
    head = text[: text.index("\nname = ")]
    table, about, block = "", "", ""
    for line in text[len(head) :].splitlines():
        setting, _, inline = line.partition(" #")
        if line.startswith("#"):
            block += line
        elif header := re.match(r"\[+([\w.]+)\]+", line):
            # A table without a comment goes on with that of its namesake, or of the table that it is part of.
            goes_on = table and (header[1] == table or header[1].startswith(f"{table}."))
            table, about = header[1], block or (about if goes_on else "")
            about += head if SAID_AT_THE_HEAD.get(table, "nowhere") in head else ""
            block = ""
        elif re.search(r"=.*\d", setting) and not setting.startswith("dated"):
            yield f"[{table}] {setting}", block + about + inline
        elif not line:
            block = ""


@pytest.mark.parametrize("name", profile_names())
def test_every_figure_of_a_carrier_has_a_source(name: str) -> None:
    text = (resources.files("powerpack_carriers") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")
    found = list(figures(text))

    assert text.startswith("# ")
    assert len(found) >= 4
    assert [setting for setting, comments in found if not SOURCES.search(comments)] == []


def test_a_figure_without_a_source_is_found() -> None:
    text = "# Acme.\nname = \"acme\"\n\n# Bird.\n[sessions]\nbinds_max = 1\n\n[receipt]\ndelay_s_max = 1\nform = 'a'\n"

    assert [setting for setting, comments in figures(text) if not SOURCES.search(comments)] == [
        "[receipt] delay_s_max = 1"
    ]


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_dated(name: str) -> None:
    assert date(2026, 1, 1) <= load_profile(name).dated <= date(2030, 1, 1)


def test_a_response_is_at_once_or_within_its_bounds() -> None:
    assert ResponseHabit().drawn_from(Random(1)) is None
    draw = ResponseHabit(delay_s_min=1, delay_s_max=2).drawn_from(Random(1))

    assert draw is not None
    delays = [draw() for _ in range(100)]
    assert 1 <= min(delays) < 1.1
    assert 1.9 < max(delays) <= 2


def test_a_patient_carrier_waits_for_answers_for_ever_unless_somebody_said_how_long() -> None:
    profile = load_profile("tmobile")
    hasty = replace(profile, sessions=SessionHabit(deliver_within_s=5))

    assert profile.patient() == replace(profile, sessions=replace(profile.sessions, deliver_within_s=0))
    assert hasty.patient() is hasty
