"""When a message is delivered at the earliest, and when nobody tries any more."""

from datetime import timedelta
from typing import Final, NamedTuple

from powerpack_carriers.errors import CarrierError
from powerpack_carriers.ports import Clock
from powerpack_carriers.profile import StoreHabit
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.hot import Terms
from powerpack_carriers.times import read_time

SCHEDULE_LATE_S_MAX: Final = 60.0
"""A schedule that passed no longer ago means "now": clocks of ESME and SMSC differ by seconds."""


class When(NamedTuple):
    """In the carrier's monotonic seconds."""

    starts_at: float
    expires_at: float


class TermsError(CarrierError):
    """An ESME asked for a time that can not be; ``status`` is the answer."""

    def __init__(self, problem: str, *, status: int) -> None:
        super().__init__(problem)
        self.status = status


def read_terms(terms: Terms, habit: StoreHabit, *, clock: Clock, before: When | None = None) -> When:
    """When a message on these terms starts and expires; raises TermsError.

    A relative validity counts from now, as a relative schedule does. A validity beyond the carrier's longest is cut, a
    schedule beyond it refused: operators do both (SMPP 3.4, 7.1.1.2). ``before`` is what a replace_sm keeps where it
    says nothing new.
    """
    now = clock.monotonic()
    starts_at = now if before is None else before.starts_at
    if terms.schedule_delivery_time:
        starts_at = now + _seconds_until("schedule_delivery_time", terms, clock)
        if starts_at < now - SCHEDULE_LATE_S_MAX:
            raise _wrong("schedule_delivery_time", terms, "which has passed")
        if starts_at > now + habit.schedule_s_max:
            raise _wrong("schedule_delivery_time", terms, f"expected {habit.schedule_s_max:g} s from now at most")
        starts_at = max(now, starts_at)
    latest = starts_at + habit.validity_s_max
    if terms.validity_period:
        expires_at = now + _seconds_until("validity_period", terms, clock)
        if expires_at <= starts_at:
            raise _wrong("validity_period", terms, "which ends before the delivery begins")
    elif terms.time_to_live_s is not None:
        expires_at = starts_at + terms.time_to_live_s
    else:
        expires_at = starts_at + habit.validity_s if before is None else before.expires_at
    return When(starts_at, min(expires_at, latest))


_STATUSES: Final = {
    "schedule_delivery_time": CommandStatus.ESME_RINVSCHED,
    "validity_period": CommandStatus.ESME_RINVEXPIRY,
}


def _seconds_until(field: str, terms: Terms, clock: Clock) -> float:
    now = clock.now()
    try:
        return (read_time(getattr(terms, field), now=now) - now) / timedelta(seconds=1)
    except ValueError as error:
        raise TermsError(f"{field}: {error}", status=_STATUSES[field]) from error


def _wrong(field: str, terms: Terms, problem: str) -> TermsError:
    return TermsError(f"{field}: found {getattr(terms, field)!r}, {problem}", status=_STATUSES[field])
