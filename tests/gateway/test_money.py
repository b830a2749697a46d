"""Amounts are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.money import dollars, points


@pytest.mark.parametrize(("text", "amount"), [("0.50000", 50_000), ("1500", 150_000_000), ("0.0055", 550), ("0", 0)])
def test_dollars_are_counted_in_hundred_thousandths(text: str, amount: int) -> None:
    assert points(text) == amount


@given(st.integers(min_value=0, max_value=10**15))
def test_what_is_written_is_read_again(amount: int) -> None:
    assert points(dollars(amount)) == amount


def test_what_is_owed_has_a_minus() -> None:
    assert dollars(-50_000) == "-0.50000"
    assert dollars(-150_000) == "-1.50000"


@pytest.mark.parametrize("text", ["", "-1", "1.000001", "1e3", "1,50", "١", ".5", "1000000000000"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected dollars with at most five decimals"):
        points(text)
