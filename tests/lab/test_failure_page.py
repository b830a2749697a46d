"""docs/failures.md shows what its wrong tests print: they are run here, and every line of the page is looked for."""

import re
from pathlib import Path

import pytest

from plugin_support import run_inside

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"

CHANGING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    (r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(\.\d+)?", "<time>"),
    (r"submit date:\d+", "submit date:<time>"),
    (r"\bMA[A-Z0-9]{18}\b", "<auth_id>"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
    (r"--powerpack-seed=\d+", "--powerpack-seed=<seed>"),
    (r"(message_id=|for id |id:|message_id='|message_ids=\[')[0-9a-f]+", r"\1<id>"),
    (r"\d+ (from|numbers|phones)\b", r"<n> \1"),
    (r"\d+(\.\d+)? s later", "<n> s later"),
    (r"is (QUEUED|SUBMITTED|SENT) since <time>: expect", "is QUEUED since <time>: expect"),
)
"""What is another one in every run, or may be after a change elsewhere; and what the page has in its place."""


def settled(text: str) -> str:
    """The text with what changes replaced."""
    for pattern, name in CHANGING:
        text = re.sub(pattern, name, text)
    return text


def test_every_line_of_the_page_is_printed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # as wide as the rules on the page
    page = PAGE.read_text(encoding="utf-8")
    pytester.path.joinpath("test_mistakes.py").write_text("\n\n".join(re.findall(r"```py\n(.*?)```", page, re.DOTALL)))

    result = run_inside(pytester)
    printed = [line.rstrip() for line in settled(result.stdout.str()).splitlines()]

    tests = re.findall(r"^def (test_\w+)", page, re.MULTILINE)
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == len(tests) >= 8
    for shown in re.findall(r"```text\n(.*?)```", page, re.DOTALL):
        for block in shown.split("...\n"):
            lines = block.splitlines()
            here = [n for n, line in enumerate(printed) if printed[n : n + len(lines)] == lines]
            assert here, f"not printed:\n{block}\nprinted:\n" + "\n".join(printed)
