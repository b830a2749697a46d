"""Names of statuses, held against smpplib."""

import pytest
from smpplib import consts

from powerpack_gateway.smpp import statuses


@pytest.mark.parametrize("name", [name for name in vars(statuses) if name.startswith("ESME_")])
def test_a_status_is_smpplibs(name: str) -> None:
    assert getattr(statuses, name) == getattr(consts, f"SMPP_{name}")


def test_a_known_status_has_its_name() -> None:
    assert statuses.status_name(0x58) == "ESME_RTHROTTLED"


def test_a_carriers_own_status_is_shown_as_a_number() -> None:
    assert statuses.status_name(9802) == "0x0000264A"
