"""Moments and days as the API writes them."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """``2019-10-09T11:24:35.085797Z``: Powerpacks and their pools."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
