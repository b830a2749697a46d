"""SMPP's times, ``YYMMDDhhmmsstnnp``: read with the present moment, written in UTC (SMPP 3.4, 7.1.1)."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Final

PIVOT_YEAR: Final = 38
"""Years 38 to 99 are of the last century (SMPP 3.4, Appendix C)."""

QUARTERS_MAX: Final = 48
"""The zone, in quarters of an hour from UTC."""

_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([-+R])", re.ASCII)


def read_time(text: str, *, now: datetime) -> datetime:
    """The moment that an absolute time, or a relative one from ``now`` on, stands for; aware, raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"found {text!r}, expected YYMMDDhhmmsstnnp: fifteen digits and +, - or R")
    year, month, day, hour, minute, second, tenth, quarters = map(int, found.groups()[:8])
    if found[9] == "R":
        if tenth or quarters:
            raise ValueError(f"found {text!r}, expected 000R at the end of a relative time")
        since = timedelta(days=day, hours=hour, minutes=minute, seconds=second)
        return _months_later(now, 12 * year + month) + since
    if quarters > QUARTERS_MAX:
        raise ValueError(f"found {text!r}, expected 00 to {QUARTERS_MAX} quarters of an hour from UTC")
    century = 1900 if year >= PIVOT_YEAR else 2000
    try:
        local = datetime(century + year, month, day, hour, minute, second, tenth * 100_000, tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"found {text!r}, which is no date: {error}") from error
    ahead = timedelta(minutes=15 * quarters)
    return local - ahead if found[9] == "+" else local + ahead


def write_time(moment: datetime) -> str:
    """An absolute time in UTC, exact to a second."""
    return moment.astimezone(UTC).strftime("%y%m%d%H%M%S000+")


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last where it has no such day."""
    if not months:
        return moment
    year, index = divmod(12 * moment.year + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=index + 1, day=min(moment.day, monthrange(year, index + 1)[1]))
