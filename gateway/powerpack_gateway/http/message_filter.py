"""The filters of ``GET Message/``: which messages a list wants (plivo_api.md 2.1)."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.number_filter import REGISTRATIONS
from powerpack_gateway.messages import MESSAGE_STATE, Direction
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.subaccounts import Subaccount

_DIRECTIONS: Mapping[str, str] = {each.value: each.value for each in Direction}
_STATES: Mapping[str, str] = {each: each for each in (*MESSAGE_STATE.values(), "rejected", "read")}
_TYPES: Mapping[str, str] = {each: each for each in (*(each.value for each in Service), "whatsapp")}

_NOBODY_HAS = ("conversation_id", "conversation_origin")
"""Filters for what this gateway does not know (WhatsApp): no message can match them."""

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?((?:[+-]|\s)\d{2}:\d{2}|Z)?")
_TIME_FORM = "YYYY-MM-DD HH:MM[:ss[.uuuuuu]]"


def message_filter(
    given: Parameters, numbers: Iterable[PhoneNumber], *, subaccount: Subaccount | None = None
) -> MessageFilter | None:
    """What a list wants, or None when no message of this gateway can match.

    ``numbers`` are the account's: a message belongs to the campaign and the subaccount of its number today.
    """
    if any(given.text(name) is not None for name in _NOBODY_HAS):
        return None
    exact_from, exact_before = _exactly(given)
    return MessageFilter(
        message_direction=given.choice("message_direction", _DIRECTIONS),
        message_state=given.choice("message_state", _STATES),
        message_type=given.choice("message_type", _TYPES),
        error_code=given.text("error_code"),
        powerpack_id=given.text("powerpack_id"),
        from_number=_number(given, "from_number", "from"),
        to_number=_number(given, "to_number", "to"),
        destination_country_iso2=_country(given),
        time_gt=_time(given, "message_time__gt"),
        time_gte=_latest(_time(given, "message_time__gte"), exact_from),
        time_lt=_earliest(_time(given, "message_time__lt"), exact_before),
        time_lte=_time(given, "message_time__lte"),
        numbers=_of_numbers(given, numbers, subaccount),
    )


def _of_numbers(
    given: Parameters, numbers: Iterable[PhoneNumber], subaccount: Subaccount | None
) -> tuple[str, ...] | None:
    """The numbers of a campaign, with a registration, of a subaccount; None when none of these is asked for."""
    campaign_id = given.text("tendlc_campaign_id")
    registration = given.choice("tendlc_registration_status", REGISTRATIONS)
    of_subaccount = given.text("subaccount")
    if campaign_id is None and registration is None and of_subaccount is None and subaccount is None:
        return None
    is_10dlc = campaign_id is not None or registration is not None
    return tuple(
        each.number
        for each in numbers
        if (each.type is NumberType.LONGCODE or not is_10dlc)
        and campaign_id in (None, each.campaign_id)
        and registration in (None, each.registration)
        and of_subaccount in (None, each.subaccount)
        and (subaccount is None or each.subaccount == subaccount.auth_id)
    )


def _number(given: Parameters, *names: str) -> str | None:
    """A number under the Python SDK's name or the CLI's, without a plus (which a query turns into a space)."""
    for name in names:
        number = given.text(name)
        if number is not None:
            return number.strip().removeprefix("+")
    return None


def _country(given: Parameters) -> str | None:
    country = given.text("destination_country_iso2")
    return None if country is None else country.upper()


def _time(given: Parameters, name: str) -> float | None:
    moment = given.text(name)
    return None if moment is None else _parse(name, moment)[0].timestamp()


def _exactly(given: Parameters) -> tuple[float | None, float | None]:
    """From and before: records show whole seconds, so an exact time means all of its last digit's unit."""
    moment = given.text("message_time")
    if moment is None:
        return None, None
    start, unit = _parse("message_time", moment)
    try:
        before = (start + unit).timestamp()
    except OverflowError:  # the last second of the calendar
        before = None
    return start.timestamp(), before


def _parse(name: str, moment: str) -> tuple[datetime, timedelta]:
    """A time, UTC unless it says otherwise, and the unit of its last digit."""
    match = _TIME.fullmatch(moment)
    if match is None:
        raise BadRequest(f"{name} is {shown(moment)}, expected {_TIME_FORM}")
    day, minute, second, zone = match.groups()
    # A plus in a query arrives as a space.
    offset = "" if zone is None else zone.replace(" ", "+")
    try:
        start = datetime.fromisoformat(f"{day}T{minute}{second or ''}{offset}")
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(moment)}, expected {_TIME_FORM}: {error}") from error
    if start.tzinfo is None:
        start = start.replace(tzinfo=UTC)
    if second is None:
        return start, timedelta(minutes=1)
    return start, timedelta(microseconds=1) if "." in second else timedelta(seconds=1)


def _latest(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _earliest(one: float | None, other: float | None) -> float | None:
    return min((each for each in (one, other) if each is not None), default=None)
