"""Ids of commands, held against smpplib."""

import pytest
from smpplib import command_codes

from powerpack_gateway.smpp import commands

NAMES = [name for name in vars(commands) if name.isupper() and name != "RESPONSE" and not name.startswith("_")]


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_smpplibs(name: str) -> None:
    assert getattr(commands, name) == command_codes.commands[name.lower()]


def test_a_known_command_has_its_name() -> None:
    assert commands.command_name(commands.DELIVER_SM) == "deliver_sm"


def test_a_vendors_command_is_shown_as_a_number() -> None:
    assert commands.command_name(0x00010200) == "command 0x00010200"
