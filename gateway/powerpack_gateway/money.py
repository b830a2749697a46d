"""Amounts of money: US dollars with five decimals, as Plivo prints them, counted in whole hundred-thousandths."""

POINTS_A_DOLLAR = 100_000


def points(dollars: str) -> int:
    """``"0.50000"`` as 50,000: exact, where a float is not. At most five decimals."""
    whole, _, decimals = dollars.partition(".")
    if len(decimals) > 5 or not (whole + decimals).isascii() or not (whole + decimals).isdecimal():
        raise ValueError(f"an amount is {dollars!r}, expected dollars with at most five decimals such as '0.50000'")
    return int(whole) * POINTS_A_DOLLAR + int(decimals.ljust(5, "0"))


def dollars(amount: int) -> str:
    """50,000 as ``"0.50000"``; what is owed has a minus."""
    whole, rest = divmod(abs(amount), POINTS_A_DOLLAR)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:05d}"
