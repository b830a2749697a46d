"""TON and NPI go by the form of a number, and by the carrier's plan."""

import pytest

from powerpack_gateway.smpp.addresses import (
    DESTINATION_PLAN,
    SOURCE_PLAN,
    NumberForm,
    NumberingPlan,
    TonNpi,
    number_form,
)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("14155550123", NumberForm.E164),
        ("+14155550123", NumberForm.E164),
        ("1234567", NumberForm.E164),
        ("+123456", NumberForm.E164),
        ("123456", NumberForm.SHORT_CODE),
        ("7726", NumberForm.SHORT_CODE),
        ("ACME", NumberForm.ALPHANUMERIC),
        ("4Sale", NumberForm.ALPHANUMERIC),
        ("", NumberForm.ALPHANUMERIC),
        ("١٢٣٤٥", NumberForm.ALPHANUMERIC),
    ],
)
def test_the_form_of_a_number(address: str, form: NumberForm) -> None:
    assert number_form(address) is form


@pytest.mark.parametrize(
    ("address", "source", "destination"),
    [("14155550123", (1, 1), (1, 1)), ("12345", (3, 0), (0, 0)), ("ACME", (5, 0), (5, 0))],
)
def test_the_default_plans(address: str, source: tuple[int, int], destination: tuple[int, int]) -> None:
    assert SOURCE_PLAN.ton_npi(address) == source
    assert DESTINATION_PLAN.ton_npi(address) == destination


def test_a_carrier_may_want_its_own_plan() -> None:
    plan = NumberingPlan(short_code=TonNpi(6, 9))

    assert plan.ton_npi("12345") == (6, 9)
