"""The account's phone numbers: list, get, edit, unrent (plivo_api.md 2.4).

Short codes are not among them: they come through support and are seen in their Powerpack's pool.
"""

from collections.abc import Mapping
from datetime import UTC

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.http.answers import Done, Empty
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.csv_export import csv_reply, wants_csv
from powerpack_gateway.http.documents import documents_of
from powerpack_gateway.http.number_filter import number_filter
from powerpack_gateway.http.number_shape import (
    NumberChanges,
    NumberFilter,
    NumberList,
    NumberShown,
    OwnNumbers,
    UnrentedList,
)
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import Paging, page
from powerpack_gateway.http.permission import owns
from powerpack_gateway.http.regions import country_name, region_name
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.nanp import country_of, parse_number, region_of, type_of
from powerpack_gateway.numbers import NumberType, PhoneNumber, Unrented, Verification, rates_of
from powerpack_gateway.rentals import next_renewal

EXPORTED = (
    *("number", "alias", "number_type", "country", "region", "city", "active", "application", "added_on"),
    *("renewal_date", "monthly_rental_rate", "sms_enabled", "mms_enabled", "voice_enabled", "tendlc_campaign_id"),
    *("tendlc_registration_status", "toll_free_sms_verification"),
)
"""The columns of ``format=csv`` (seed 002, Exporting a list of filtered numbers)."""

ALIAS_LENGTH_MAX = 255
"""Characters of an alias: what a console's column can still show."""

_TYPE_WORDS: Mapping[NumberType, str] = {NumberType.LONGCODE: "local", NumberType.TOLLFREE: "tollfree"}
_NO_APPLICATION = ("", "none")


TAG = "Number"


async def list_numbers(call: Call) -> Reply:
    """The numbers that pass the filters, in the order in which they were rented; all of them as CSV."""
    given = call.parameters()
    orders = call.gateway.registrar.verifications
    wanted = number_filter(given, now=call.gateway.clock.now(), order_of=orders.of_number)
    seen = (each for each in call.gateway.holdings.numbers if each.type in _TYPE_WORDS and owns(call, each))
    found = filter(wanted, seen)
    if wants_csv(given):
        return csv_reply("numbers", EXPORTED, (_present(call, each) for each in found))
    return page(call, given, found, lambda each: _present(call, each))


async def get_number(call: Call) -> Reply:
    """One number."""
    return Reply(body=_present(call, _number(call)))


async def edit_number(call: Call) -> Reply:
    """202: alias and application are changed. An ``app_id`` that is empty or "none" takes the application away."""
    given = call.parameters()
    number = _number(call).number
    app_id = given.text("app_id")
    asked = given.values.get("app_id")
    alias = given.text("alias")
    if alias is not None and len(alias) > ALIAS_LENGTH_MAX:
        raise BadRequest(f"alias has {len(alias)} characters, {ALIAS_LENGTH_MAX} is the limit")
    clear = isinstance(asked, str) and asked.lower() in _NO_APPLICATION
    subaccount, documents = given.text("subaccount"), documents_of(given)
    if subaccount not in (None, "none"):
        call.gateway.holdings.subaccounts[subaccount]  # raises for an unknown one, before anything is changed
    await call.gateway.holdings.orders.edit(
        number, alias=alias, application_id=None if clear else app_id, clear_application=clear
    )
    if given.values.get("subaccount") is not None:
        await call.gateway.holdings.orders.assign(number, None if subaccount in (None, "none") else subaccount)
    if documents is not None:
        await call.gateway.holdings.orders.submit_documents(number, documents)
    return Reply(status=202, body={"message": "changed"})


async def add_numbers(call: Call) -> Reply:
    """202: numbers that another carrier serves are the account's as well; they send SMS, and are unregistered."""
    given = read(call.parameters(), OwnNumbers)
    if given.subaccount is not None:
        call.gateway.holdings.subaccounts[given.subaccount]  # raises for an unknown one
    own = {
        each.number: each for each in [_own(each, given) for each in given.numbers]
    }  # one may be written in two ways
    await call.gateway.holdings.orders.add(list(own.values()))
    return Reply(status=202, body={"message": "changed"})


def _own(text: str, given: OwnNumbers) -> PhoneNumber:
    digits = parse_number(text)
    if digits is None:
        raise BadRequest(f"'{text}' is not a valid phone number.")
    kind = type_of(digits)
    return PhoneNumber(
        number=digits,
        type=kind,
        country=country_of(digits) or "",
        region=region_of(digits),
        application_id=given.app_id,
        subaccount=given.subaccount,
        verification=Verification.UNVERIFIED if kind is NumberType.TOLLFREE else None,
    )


async def list_unrented(call: Call) -> Reply:
    """The numbers that the account gave back within five days; buying one has it back (seed 002)."""
    found = call.gateway.holdings.numbers.reclaimable(call.gateway.clock.now())
    return page(call, call.parameters(), found, lambda each: _present_unrented(call, each))


async def unrent_number(call: Call) -> Reply:
    """204: the number is out of the account and of its Powerpack (seed 000)."""
    await call.gateway.holdings.orders.unrent(_number(call).number)
    return Reply(status=204)


def _number(call: Call) -> PhoneNumber:
    number = call.gateway.holdings.numbers[call.ids["number"]]
    if not owns(call, number):
        raise NotFound(f"number {number.number} not found in this account")
    if number.type not in _TYPE_WORDS:
        raise NotFound(f"number {number.number} is a short code: short codes are in their Powerpack's number pool")
    return number


def _present_unrented(call: Call, unrented: Unrented) -> dict[str, object]:
    number = unrented.number
    rates = rates_of(number.type, number.country)
    return {
        "country": country_name(number.country),
        "monthly_rental_rate": rates.monthly,
        "number": number.number,
        "number_type": _TYPE_WORDS[number.type],
        "reclaimable_until": iso(unrented.reclaimable_until),
        "reserved_until": iso(unrented.reserved_until),
        "resource_uri": call.uri("PhoneNumber", number.number),
        "setup_rate": rates.setup,
        "unrented_on": iso(unrented.since),
    }


def _present(call: Call, number: PhoneNumber) -> dict[str, object]:
    rates = rates_of(number.type, number.country)
    country = country_name(number.country)
    region = region_name(number.country, number.region)
    order = call.gateway.registrar.verifications.of_number(number.number)
    subaccount = call.gateway.holdings.subaccounts.get(number.subaccount or "")
    added_on = renewal_date = None
    if number.added_on is not None:
        added_on = number.added_on.astimezone(UTC).date().isoformat()
        renewal_date = next_renewal(number.added_on, call.gateway.clock.now()).date().isoformat()
    return {
        "active": number.suspended is None,
        "added_on": added_on,
        "alias": number.alias,
        "application": None if number.application_id is None else call.uri("Application", number.application_id),
        "carrier": "Plivo",
        "city": number.city,
        "cnam_lookup": "disabled",
        "compliance_application_id": number.documents,
        "compliance_status": number.activation.value or None,
        "country": country,
        "mms_enabled": number.mms_enabled,
        "mms_rate": rates.mms,
        "monthly_rental_rate": rates.monthly,
        "number": number.number,
        "number_type": _TYPE_WORDS[number.type],
        "region": ", ".join(part for part in (region, country.upper()) if part),
        "renewal_date": renewal_date,
        "resource_uri": call.uri("Number", number.number),
        "sms_enabled": True,
        "sms_rate": rates.sms,
        "sub_account": None if subaccount is None else call.uri("Subaccount", subaccount.auth_id),
        "sub_account_name": None if subaccount is None else subaccount.name,
        "tendlc_campaign_id": number.campaign_id,
        "tendlc_registration_status": number.registration.value if number.type is NumberType.LONGCODE else None,
        "toll_free_sms_verification": None if number.verification is None else number.verification.value,
        "toll_free_sms_verification_id": None if order is None else order.uuid,
        "toll_free_sms_verification_order_status": None if order is None else order.status.value,
        "voice_enabled": number.voice_enabled,
        "voice_rate": rates.voice,
    }


ROUTES = (
    Operation("POST", "/Number/", add_numbers, tag=TAG, takes=OwnNumbers, answers={202: Done}),
    Operation(
        "GET", "/Number/", list_numbers, tag=TAG, for_subaccounts=True, takes=NumberFilter, answers={200: NumberList}
    ),
    Operation("GET", "/Number/Unrented/", list_unrented, tag=TAG, takes=Paging, answers={200: UnrentedList}),
    Operation("GET", "/Number/{number}/", get_number, tag=TAG, for_subaccounts=True, answers={200: NumberShown}),
    Operation("POST", "/Number/{number}/", edit_number, tag=TAG, takes=NumberChanges, answers={202: Done}),
    Operation("DELETE", "/Number/{number}/", unrent_number, tag=TAG, answers={204: Empty}),
)
