"""What a session says about a bind."""

import pytest

from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.events import Bind


def bind(command_id: int = CommandId.bind_receiver, version: int = 0x34) -> Bind:
    return Bind(
        command_id=command_id,
        system_id="esme",
        password="secret",
        system_type="",
        interface_version=version,
        addr_ton=0,
        addr_npi=0,
        address_range="",
    )


@pytest.mark.parametrize("kind", ["receiver", "transmitter", "transceiver"])
def test_a_bind_reads_as_its_kind_and_account_without_the_password(kind: str) -> None:
    it = bind(CommandId[f"bind_{kind}"])

    assert it.kind == kind
    assert str(it) == repr(it) == f"{kind} esme version 0x34"


@pytest.mark.parametrize(("version", "expected"), [(0x00, False), (0x33, False), (0x34, True), (0x50, True)])
def test_only_esmes_of_3_4_and_later_take_tlvs(version: int, expected: bool) -> None:
    assert bind(version=version).accepts_tlvs is expected
