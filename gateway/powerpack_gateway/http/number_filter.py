"""The filters of ``GET Number/``: which of the account's numbers a list wants (plivo_api.md 2.4)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.body import Parameters
from powerpack_gateway.numbers import NumberType, PhoneNumber, Registration, Verification
from powerpack_gateway.registration.verifications import OrderStatus, TollfreeVerification
from powerpack_gateway.rentals import next_renewal

Wanted = Callable[[PhoneNumber], bool]

TYPES: Mapping[str, tuple[NumberType, ...]] = {
    "local": (NumberType.LONGCODE,),
    "fixed": (NumberType.LONGCODE,),
    "mobile": (),
    "national": (),
    "tollfree": (NumberType.TOLLFREE,),
}
"""Plivo's words for types of numbers; the countries here have neither mobile nor national ones."""

SERVICES: Mapping[str, Wanted] = {
    "voice": lambda number: number.voice_enabled,
    "sms": lambda number: True,
    "mms": lambda number: number.mms_enabled,
}

REGISTRATIONS: Mapping[str, Registration] = {
    "unregistered": Registration.UNREGISTERED,
    "in_progress": Registration.PROCESSING,
    "processing": Registration.PROCESSING,
    "registered": Registration.COMPLETED,
    "completed": Registration.COMPLETED,
}
"""Documentation, fixtures and seed 002 have three sets of words for the same (plivo_api.md 8, row 8)."""

_VERIFICATIONS: Mapping[str, Verification] = {each.value: each for each in Verification}
_CNAM_LOOKUPS: Mapping[str, bool] = {"enabled": False, "disabled": True}
_ORDER_STATUSES: Mapping[str, OrderStatus] = {each.value.lower(): each for each in OrderStatus}
OrderOf = Callable[[str], TollfreeVerification | None]
"""The latest toll-free verification that was asked for a number."""

_COMPARISONS: Mapping[str, Callable[[date, date], bool]] = {
    "renewal_date": lambda has, asked: has == asked,
    "renewal_date__lt": lambda has, asked: has < asked,
    "renewal_date__lte": lambda has, asked: has <= asked,
    "renewal_date__gt": lambda has, asked: has > asked,
    "renewal_date__gte": lambda has, asked: has >= asked,
}


def number_filter(given: Parameters, *, now: datetime, order_of: OrderOf) -> Wanted:
    """One test for everything that a list asks for; raises BadRequest for words that mean nothing."""
    tests = [*_attributes(given), *services(given), *_renewals(given, now), *_orders(given, order_of)]
    return lambda number: all(test(number) for test in tests)


def services(given: Parameters) -> list[Wanted]:
    """The services that a number has to have, all of them."""
    tests = []
    for word in given.comma_list("services"):
        test = SERVICES.get(word.lower())
        if test is None:
            raise BadRequest(f"services has {shown(word)}, expected some of {', '.join(SERVICES)}")
        tests.append(test)
    return tests


def _attributes(given: Parameters) -> list[Wanted]:
    tests: list[Wanted] = []
    if given.choice("cnam_lookup", _CNAM_LOOKUPS) is False:
        tests.append(lambda number: False)
    if (types := given.choice("type", TYPES)) is not None:
        tests.append(lambda number: number.type in types)
    if (prefix := given.text("number_startswith")) is not None:
        digits = prefix.strip().removeprefix("+")
        tests.append(lambda number: number.number.startswith(digits))
    if (subaccount := given.text("subaccount")) is not None:
        tests.append(lambda number: number.subaccount == subaccount)
    if (alias := given.text("alias")) is not None:
        tests.append(lambda number: number.alias == alias)
    if (campaign_id := given.text("tendlc_campaign_id")) is not None:
        tests.append(lambda number: number.campaign_id == campaign_id)
    if (registration := given.choice("tendlc_registration_status", REGISTRATIONS)) is not None:
        tests.append(lambda number: number.type is NumberType.LONGCODE and number.registration is registration)
    if (verification := given.choice("toll_free_sms_verification", _VERIFICATIONS)) is not None:
        tests.append(lambda number: number.verification is verification)
    return tests


def _orders(given: Parameters, order_of: OrderOf) -> list[Wanted]:
    wanted = given.choice("toll_free_sms_verification_order_status", _ORDER_STATUSES)
    if wanted is None:
        return []
    return [lambda number: (order := order_of(number.number)) is not None and order.status is wanted]


def _renewals(given: Parameters, now: datetime) -> list[Wanted]:
    return [
        _renewal(holds, _day(name, asked), now)
        for name, holds in _COMPARISONS.items()
        if (asked := given.text(name)) is not None
    ]


def _renewal(holds: Callable[[date, date], bool], asked: date, now: datetime) -> Wanted:
    return lambda number: number.added_on is not None and holds(next_renewal(number.added_on, now).date(), asked)


def _day(name: str, asked: str) -> date:
    try:
        return date.fromisoformat(asked)
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(asked)}, expected YYYY-MM-DD") from error
