"""docs/pytest.md has every fixture, word of the marker and ini option, and names none that there is not."""

import re
from pathlib import Path

from powerpack_lab import factories, plugin, plugin_settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "pytest.md").read_text(encoding="utf-8")


def first_cells(header: str) -> set[str]:
    """The words in the first column of a table of the page, without their values."""
    table = PAGE.partition(f"| {header} |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {word.partition("=")[0] for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_every_page_is_found_from_the_index() -> None:
    named = set(re.findall(r"\]\(([a-z0-9-]+\.md)", (DOCS / "README.md").read_text(encoding="utf-8")))

    assert sorted({each.name for each in DOCS.glob("*.md")} - named) == ["README.md"]


def test_every_fixture_is_there() -> None:
    fixtures = {name for name, value in vars(plugin).items() if _is_fixture(value)}

    assert first_cells("fixture") == fixtures
    assert len(fixtures) == 8


def test_every_word_of_the_marker_is_there() -> None:
    assert first_cells("marker `@pytest.mark.powerpack(...)`") == set(plugin_settings.KNOWN)


def test_every_ini_option_is_there() -> None:
    source = Path(plugin.__file__).read_text(encoding="utf-8")

    assert first_cells("ini option") == set(re.findall(r'addini\("(\w+)"', source))


def test_every_factory_is_there() -> None:
    assert set(re.findall(r"`(\w+Factory)`", PAGE)) == set(factories.__all__)


def _is_fixture(value: object) -> bool:
    return type(value).__name__ == "FixtureFunctionDefinition"
