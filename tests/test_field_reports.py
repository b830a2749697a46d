"""docs/field-reports.md: every test, fault, quirk, profile key, state, number and scenario that it names exists."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from powerpack_carriers.faults.registry import FAULTS
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.magic_numbers import MAGIC_OUTCOMES
from powerpack_carriers.profile import Profile
from powerpack_carriers.receipt_quirks import ReceiptQuirks
from powerpack_lab.scenario_yaml import load_scenario

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "field-reports.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)

ROWS_MIN = 100
"""A row that goes needs another reason than that it became hard."""


def named(cell: str, kind: str) -> list[str]:
    """The names behind a word: "faults `a`, `b`" has two."""
    found = re.findall(rf"\b{kind}s? ((?:`[^`]+`(?:, )?)+)", cell)
    return [name for group in found for name in re.findall(r"`([^`]+)`", group) if "/" not in name]


def has_key(kind: object, path: list[str]) -> bool:
    """Whether a profile may have a key, through its tables."""
    if not path:
        return True
    kinds = [each for each in (kind, *get_args(kind)) if is_dataclass(each)]
    for each in kinds:
        assert isinstance(each, type)
        hints = get_type_hints(each)
        if path[0] in {field.name for field in fields(each)}:
            return has_key(hints[path[0]], path[1:])
    return False


def test_rows_are_counted_and_say_something() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= ROWS_MIN
    assert len({what for _, what, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("number", "what", "where", "here", "gateway"), ROWS, ids=[f"row-{row[0]}" for row in ROWS])
def test_a_row_names_what_there_is(number: str, what: str, where: str, here: str, gateway: str) -> None:
    assert re.findall(r"\]\(https://[^)]+\)", where), f"{what}: nobody is named who reported it"
    for cell in (here, gateway):
        for file, function in re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", cell):
            assert f"def {function or 'test_'}" in (REPOSITORY / file).read_text(encoding="utf-8"), f"{file} {function}"
        assert [name for name in named(cell, "fault") if name not in FAULTS] == []
        quirks = {field.name for field in fields(ReceiptQuirks)}
        assert [name for name in named(cell, "quirk") if name not in quirks] == []
        assert [name for name in named(cell, "profile") if not has_key(Profile, name.split("."))] == []
        assert [name for name in named(cell, "state") if name not in set(HandsetState)] == []
        assert [name for name in named(cell, "number") if name not in MAGIC_OUTCOMES] == []
        for name in named(cell, "scenario"):
            assert load_scenario(name).name == name
        assert not cell.startswith("not done") or len(cell) > len("not done: "), f"{what}: not done has its reason"


def test_what_is_not_done_is_counted() -> None:
    """The page's own sentence, so that nobody has to count."""
    not_here, not_there = (sum(row[column].startswith("not done") for row in ROWS) for column in (3, 4))

    assert (
        f"Of {len(ROWS)} rows {not_here} can not be played here, and {not_there} are not done by our gateway." in PAGE
    )


def test_a_key_that_no_profile_has_is_found_out() -> None:
    assert has_key(Profile, ["mms", "size_max", "tollfree"])
    assert has_key(Profile, ["registration", "unregistered"])
    assert not has_key(Profile, ["registration", "nonsense"])
    assert not has_key(int, ["nonsense"])
