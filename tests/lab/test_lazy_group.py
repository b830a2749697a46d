"""Commands that are imported when they are asked for."""

import sys
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from powerpack_lab.lazy_group import INTERRUPTED, LazyGroup


def test_who_interrupts_a_command_that_begins_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def slow() -> None:
        raise KeyboardInterrupt

    module = ModuleType("slow_cli")
    monkeypatch.setattr(module, "slow", slow, raising=False)
    monkeypatch.setitem(sys.modules, "slow_cli", module)

    result = CliRunner().invoke(LazyGroup("main", lazy={"slow": "slow_cli"}), ["slow"])

    assert (result.exit_code, result.output) == (INTERRUPTED, "")
    assert INTERRUPTED == 130


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["sandbox", "--port", "8080"], "there is no command 'sandbox'; there are carrier, up; did you mean up?"),
        (["carier"], "there is no command 'carier'; there are carrier, up; did you mean carrier?"),
        (["xyz"], "there is no command 'xyz'; there are carrier, up\n"),
    ],
)
def test_a_command_that_there_is_not_is_answered_with_the_one_that_was_meant(args: list[str], said: str) -> None:
    group = LazyGroup(
        "main", lazy={"carrier": "no_module"}, spoken_of={"sandbox": "up"}, commands=[click.Command("up")]
    )

    result = CliRunner().invoke(group, args)

    assert result.exit_code == 2
    assert said in result.output
