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
