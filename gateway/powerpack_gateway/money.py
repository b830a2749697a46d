"""Amounts of money: US dollars with five decimals, as Plivo prints them, counted in whole hundred-thousandths."""

import re

POINTS_A_DOLLAR = 100_000

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{0,5})?")
"""A trillion dollars at most: in points that is within 64 bits, which databases count in."""


def points(dollars: str) -> int:
    """``"0.50000"`` as 50,000: exact, where a float is not; ValueError beyond five decimals or twelve digits."""
    if _AMOUNT.fullmatch(dollars) is None:
        raise ValueError(
            f"an amount is {dollars!r}, expected dollars with at most five decimals (twelve digits) such as '0.50000'"
        )
    whole, _, decimals = dollars.partition(".")
    return int(whole) * POINTS_A_DOLLAR + int(decimals.ljust(5, "0"))


def dollars(amount: int) -> str:
    """50,000 as ``"0.50000"``; what is owed has a minus."""
    whole, rest = divmod(abs(amount), POINTS_A_DOLLAR)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:05d}"
