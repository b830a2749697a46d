"""Lookup: what a number is and who serves it; at ``/v1/Number/{number}``, outside the account (plivo_api.md 2.10)."""

from dataclasses import dataclass
from typing import Literal

from phonenumbers import PhoneNumberFormat, format_number
from phonenumbers import parse as parse_e164

from powerpack_gateway.countries import COUNTRIES, Country
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.shape import read
from powerpack_gateway.nanp import country_of, parse_number, type_of
from powerpack_gateway.networks import network_of
from powerpack_gateway.numbers import NumberType

TAG = "Lookup"

_NOWHERE = Country("", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRequest:
    """What to look up."""

    type: Literal["carrier"] = "carrier"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryShown:
    """Which country a number belongs to."""

    name: str
    iso2: str
    iso3: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatShown:
    """A number as people and machines write it."""

    e164: str
    national: str
    international: str
    rfc3966: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierShown:
    """Who serves a number. ``ported`` is null: who had it before is not known here."""

    mobile_country_code: str
    mobile_network_code: str
    name: str
    type: Literal["mobile", "fixed"]
    ported: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What is known of a number."""

    phone_number: str
    country: CountryShown
    format: FormatShown
    carrier: CarrierShown
    resource_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNumber:
    """Why a number could not be looked up, in the words of the look-up's own errors."""

    error: str
    error_code: int
    message: str


async def look_up(call: Call) -> Reply:
    """The carrier to which messages to a number go at this moment, and how the number is written."""
    wanted = read(call.parameters(), LookupRequest)
    digits = parse_number(call.ids["number"])
    if digits is None:
        said = f"'{call.ids['number']}' is not a valid phone number."
        return Reply.of(UnknownNumber(error=said, error_code=404, message=said), status=404)
    parsed = parse_e164(f"+{digits}")
    country = COUNTRIES.get(country_of(digits) or "", _NOWHERE)
    carrier = call.gateway.carrier_of(digits)
    network = network_of(carrier)
    return Reply.of(
        Lookup(
            phone_number=f"+{digits}",
            country=CountryShown(name=country.name, iso2=country.iso2, iso3=country.iso3),
            format=FormatShown(
                e164=f"+{digits}",
                national=format_number(parsed, PhoneNumberFormat.NATIONAL),
                international=format_number(parsed, PhoneNumberFormat.INTERNATIONAL),
                rfc3966=format_number(parsed, PhoneNumberFormat.RFC3966),
            ),
            carrier=CarrierShown(
                mobile_country_code=network.mcc,
                mobile_network_code=network.mnc,
                name=network.name or carrier or "",
                type="fixed" if type_of(digits) is NumberType.TOLLFREE else "mobile",
                ported=None,
            ),
            resource_uri=f"/v1/Number/+{digits}?type={wanted.type}",
        )
    )


ROUTES = (
    Operation(
        "GET",
        "/v1/Number/{number}/",
        look_up,
        tag=TAG,
        takes=LookupRequest,
        answers={200: Lookup, 404: UnknownNumber},
    ),
)
"""Their paths are whole."""
