"""The pages say what the code does: links, options, examples, and the kinds of the journal."""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lab.sandbox_support import REPOSITORY, environment
from powerpack_gateway.numbers import NumberType
from powerpack_lab import cli
from powerpack_lab.config import DEFAULT_NUMBERS, load_config
from powerpack_lab.journal_kinds import KINDS
from powerpack_lab.lab import Lab
from powerpack_lab.sandbox import facts_of

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]

SOURCES = [
    file for root in ("gateway", "fake_carriers", "fixtures") for file in sorted((REPOSITORY / root).rglob("*.py"))
]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())


def text_of(name: str) -> str:
    """A page of docs/."""
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The examples in one language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


# Links


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    files = [each.split("#")[0] for each in targets if not each.startswith(("http://", "https://", "#"))]

    assert [each for each in files if not (page.parent / each).exists()] == []


# The journal


_RECORDS = ("record", "record_group")


def recorded() -> Iterator[tuple[str, Path]]:
    """Every kind that some source records, and where."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            for kind in kinds_of(node):
                yield kind, file


def kinds_of(call: ast.Call) -> list[str]:
    """The kinds in ``x.record("...")``, ``partial(x.record, "...")``, and of groups; also behind an underscore."""
    function, arguments = call.func, call.args
    if arguments and isinstance(function, ast.Attribute) and function.attr == "partial":
        function, arguments = arguments[0], arguments[1:]
    if not arguments or not isinstance(function, ast.Attribute) or function.attr.lstrip("_") not in _RECORDS:
        return []
    words = [each.value for each in ast.walk(arguments[0]) if isinstance(each, ast.Constant)]
    return [each for each in words if isinstance(each, str)]


def test_every_kind_of_event_has_its_row_and_every_row_its_event() -> None:
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \|", text_of("journal.md"), re.MULTILINE)
    kinds = dict(recorded())

    assert sorted(set(kinds) - set(rows)) == [], "recorded, but not in docs/journal.md"
    assert sorted(set(rows) - set(kinds)) == [], "in docs/journal.md, but recorded nowhere"
    assert sorted(set(rows) ^ KINDS) == [], "in docs/journal.md or in journal_kinds.py, and not in both"
    assert len(rows) == len(set(rows))


# The command


def commands() -> dict[str, click.Command]:
    """All commands, whether they are imported yet or not."""
    context = click.Context(cli.main)
    found = {name: cli.main.get_command(context, name) for name in cli.main.list_commands(context)}
    return {name: each for name, each in found.items() if each is not None}


def options_of(command: click.Command) -> set[str]:
    """The long names of its options."""
    return {name for each in command.params for name in each.opts if name.startswith("--")}


PAGE_OF = {"up": "sandbox.md", "demo": "sandbox.md", "carrier": "carrier.md", "gateway": "gateway.md"}
"""Where the options of a command are explained."""


@pytest.mark.parametrize("name", PAGE_OF)
def test_every_option_is_in_the_page_about_its_command(name: str) -> None:
    assert sorted(each for each in options_of(commands()[name]) if each not in text_of(PAGE_OF[name])) == []


@pytest.mark.parametrize("page", sorted(set(PAGE_OF.values())))
def test_the_page_about_a_command_names_no_option_that_is_not_there(page: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text_of(page)))

    assert named <= {
        option for name, each in PAGE_OF.items() if each == page for option in options_of(commands()[name])
    }


def typed() -> Iterator[tuple[str, str]]:
    """Each page and the calls that it shows to be copied; not those with [--options] to choose from."""
    for page in PAGES:
        for block in (*blocks(page, "sh"), *blocks(page, "yaml")):
            for line in block.replace("\\\n", " ").splitlines():
                call = re.search(r"(?:^|\s)powerpack-lab( .*)", line)
                if call and "[" not in line:
                    yield page.name, call[1]


@pytest.mark.parametrize(("page", "call"), [pytest.param(*each, id=" ".join(each)) for each in typed()])
def test_every_call_that_can_be_copied_is_understood(
    page: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    words = shlex.split(call, comments=True)
    command: click.Command | None = cli.main
    context = click.Context(cli.main)
    words = words[: next((i for i, each in enumerate(words) if each in {"&", "&&", ";", "|"}), len(words))]

    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(context, words)

    assert command is not None
    command.make_context(command.name, words, parent=context)


def test_every_option_and_command_says_what_it_is_for() -> None:
    for command in commands().values():
        assert command.help
        for each in command.params:
            assert not isinstance(each, click.Option) or each.help, f"{command.name} {each.name}"


@pytest.mark.parametrize("words", [["--help"], ["chaos", "--help"]], ids=" ".join)
def test_no_command_of_a_list_is_cut_off_in_mid_sentence(words: list[str]) -> None:
    _, heading, listed = CliRunner().invoke(cli.main, words, terminal_width=80).stdout.partition("Commands:\n")

    assert heading
    assert "..." not in listed


def lines_of_commands(page: Path) -> list[str]:
    """What a page tells people to type, without what the shell makes of it."""
    found = re.findall(r"^(?:- run: )?(?:\S*/)?powerpack-lab (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.split(r"\s[&#|>\\](?:\s|$)", each)[0].strip() for each in found]


def test_every_command_in_a_page_is_one_that_there_is() -> None:
    wrong = []
    lines = [(page.name, line) for page in PAGES for line in lines_of_commands(page)]
    for page, line in lines:
        words = shlex.split(re.sub(r"[\[\]]", "", line))
        command: click.Command = cli.main
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0)) if words else None
            assert found is not None, f"{page}: powerpack-lab {line}"
            command = found
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        named = {word.partition("=")[0] for word in words if word.startswith("-")}
        if not named <= {*known, "--help"}:
            wrong.append(f"{page}: powerpack-lab {line}")

    assert len(lines) >= 15
    assert wrong == []


def test_the_example_of_a_ready_file_has_its_keys() -> None:
    with Lab(clock="virtual") as lab:
        facts = facts_of(lab.stack)
    (example,) = blocks(REPOSITORY / "docs" / "sandbox.md", "json")

    assert re.findall(r'"(\w+)":', example) == list(_keys(facts))


def _keys(value: object) -> Iterator[str]:
    """The keys of an object and of the objects in it, in order; of a list those of its first."""
    if isinstance(value, list):
        yield from _keys(value[0])
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _keys(each)


def test_the_example_of_a_configuration_is_accepted(tmp_path: Path) -> None:
    (example,) = blocks(REPOSITORY / "docs" / "sandbox.md", "toml")
    (tmp_path / "lab.toml").write_text(example, encoding="utf-8")

    config = load_config(tmp_path / "lab.toml")

    assert [each.port for each in config.carriers] == [2775]


def test_the_page_counts_what_a_fresh_sandbox_holds() -> None:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
    offered = Counter((each.type, each.country) for each in DEFAULT_NUMBERS if each.for_sale)
    local, canadian = offered[NumberType.LONGCODE, "US"], offered[NumberType.LONGCODE, "CA"]
    tollfree = offered[NumberType.TOLLFREE, "US"]
    pooled = [each for each in DEFAULT_NUMBERS if not each.for_sale]
    page = " ".join(text_of("sandbox.md").split())

    assert (
        f"for sale {words[local]} US local, {words[canadian]} Canadian and {words[tollfree]} toll-free numbers" in page
    )
    for each in pooled:
        shown = each.number[1:4] if each.type is NumberType.LONGCODE else each.number
        assert re.search(rf"\b{shown}\b", page), shown


# Examples in Python


@each_page
def test_every_example_is_python(page: Path) -> None:
    for code in blocks(page, "python"):
        compile(code, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.timeout(300)  # a lab for each, on machines that do other things too
def test_the_examples_that_are_tests_pass(tmp_path: Path) -> None:
    names = []
    for page in PAGES:
        for index, code in enumerate(blocks(page, "python")):
            if re.search(r"^def test_\w+\(.*\):", code, re.MULTILINE):
                names.append(f"test_{page.stem.replace('-', '_').lower()}_{index}.py")
                (tmp_path / names[-1]).write_text(code, encoding="utf-8")
    plugin = ("-p", "powerpack_lab.plugin", "-p", "no:cacheprovider")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, *names],
        cwd=tmp_path,
        env={**environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", **_no_addopts()},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert len(names) >= 2
    assert done.returncode == 0, done.stdout + done.stderr


def _no_addopts() -> dict[str, str]:
    """The options of whoever runs us are not those of our readers."""
    return {"PYTEST_ADDOPTS": ""} if "PYTEST_ADDOPTS" in os.environ else {}
