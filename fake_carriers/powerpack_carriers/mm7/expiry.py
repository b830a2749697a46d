"""ExpiryDate of a SubmitReq: a dateTime, or a duration from now (TS 23.140, 8.7.1.2; XML Schema part 2, 3.2)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from powerpack_carriers.mm7.errors import ValidationError

_DURATION: Final = re.compile(r"P(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,9})S)?)?")


def seconds_to(expiry: str, now: datetime) -> float:
    """Seconds from now until then; raises ValidationError for what is neither, and for what has passed."""
    duration = _DURATION.fullmatch(expiry)
    if duration is not None and any(duration.groups()):
        days, hours, minutes, seconds = (int(each or 0) for each in duration.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    try:
        moment = datetime.fromisoformat(expiry)
    except ValueError as error:
        expected = "a date such as 2026-03-02T12:00:00Z or a duration such as PT3H"
        raise ValidationError(f"ExpiryDate: found {expiry[:40]!r}, expected {expected}") from error
    left_s = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    if left_s <= 0:
        raise ValidationError(f"ExpiryDate: found {expiry[:40]}, which has passed")
    return left_s
