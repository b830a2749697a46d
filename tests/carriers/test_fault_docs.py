"""docs/faults.md: the tests that it names exist, and it has every fault."""

import re
from pathlib import Path

import pytest

from powerpack_carriers.faults.registry import FAULTS

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!what happens|---)(.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("word", FAULTS)
def test_every_fault_is_on_the_page(word: str) -> None:
    assert [what for what, how, _ in ROWS if f"`{word}`" in how]


@pytest.mark.parametrize(("what", "test"), [(what, test) for what, _, test in ROWS])
def test_every_test_on_the_page_exists(what: str, test: str) -> None:
    for each in test.split("; our gateway: "):
        found = re.fullmatch(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", each)

        assert found, what
        assert f"def {found[2] or 'test_'}" in (REPOSITORY / found[1]).read_text(encoding="utf-8")
