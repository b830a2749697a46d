"""Moments and days as the API writes them."""

from calendar import monthrange
from datetime import UTC, date, datetime


def iso(moment: datetime) -> str:
    """``2019-10-09T11:24:35.085797Z``: Powerpacks and their pools."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def next_renewal(added_on: date, today: date) -> date:
    """The first monthly anniversary of a number's rent after today; short months end it early."""
    months = (today.year - added_on.year) * 12 + today.month - added_on.month
    this_month = _months_later(added_on, months)
    return this_month if this_month > today else _months_later(added_on, months + 1)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
