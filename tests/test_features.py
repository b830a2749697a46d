"""The tables of features and of promises name tests that exist; nothing in them is open."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]

ROWS = [
    row
    for page in ("features.md", "gateway-durability.md", "carrier-promises.md", "plugin-promises.md")
    for row in re.findall(
        r"^\|(?! the page says| when| promise|---) ?(.*?) \| (.+?) \|$",
        (REPOSITORY / "docs" / page).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
]


def proofs_of(held_by: str) -> list[tuple[str, str]]:
    """The files and functions that a row names."""
    return re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)(?:::(test_\w+))?`", held_by)


def test_every_row_names_a_test_or_says_why_it_is_not_ours() -> None:
    silent = [said for said, held_by in ROWS if not proofs_of(held_by) and not re.match(r"not ours\b.+", held_by)]

    assert len(ROWS) > 100
    assert silent == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for said, held_by in ROWS:
        for file, function in proofs_of(held_by):
            path = REPOSITORY / file
            source = path.read_text(encoding="utf-8") if path.exists() else ""
            if not re.search(rf"^(async )?def {function}\b" if function else ".", source, re.MULTILINE):
                missing.append((said, file, function))

    assert missing == []
