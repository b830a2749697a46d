"""What a configuration says in vain."""

import pytest

from powerpack_gateway.numbers import NumberType
from powerpack_lab.config import LabConfig, NumberConfig
from powerpack_lab.kept_state import said_in_vain
from powerpack_lab.lab import Lab

HELD = NumberConfig(number="14155550180", type=NumberType.LONGCODE, country="US", region="CA")


@pytest.fixture(scope="module")
def lab() -> Lab:
    with Lab(clock="virtual") as lab:
        return lab


def test_nothing_is_in_vain_where_configuration_and_state_agree(lab: Lab) -> None:
    config = LabConfig(auth_id=lab.auth_id, auth_token=lab.auth_token)

    assert said_in_vain(config, config.numbers, lab.stack.gateway) == ""
    assert said_in_vain(LabConfig(), (), lab.stack.gateway) == ""


def test_another_account_is_named(lab: Lab) -> None:
    config = LabConfig(auth_id="MA" + "Z" * 18, auth_token="another")

    line = said_in_vain(config, (), lab.stack.gateway)

    assert line == f"the configuration's auth_id is for a new state, and this one is of {lab.auth_id}"


def test_another_token_is_told_of_and_not_shown(lab: Lab) -> None:
    config = LabConfig(auth_id=lab.auth_id, auth_token="another")

    line = said_in_vain(config, (), lab.stack.gateway)

    assert line == "the configuration's auth_token is for a new state, and this one keeps its own"


def test_numbers_that_the_state_has_not_are_named(lab: Lab) -> None:
    others = [
        NumberConfig(number=f"1206555018{n}", type=NumberType.LONGCODE, country="US", region="WA") for n in range(3, 9)
    ]
    for_sale = NumberConfig(number="12125550189", type=NumberType.LONGCODE, country="US", region="NY", for_sale=True)

    line = said_in_vain(LabConfig(), [HELD, *others, for_sale], lab.stack.gateway)

    assert line == (
        "the configuration's numbers are for a new state, and this one has no 12065550183, 12065550184, 12065550185, "
        "12065550186, 12065550187 and 1 more: rent them through the API"
    )
