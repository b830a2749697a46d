"""Phone numbers for sale: search and buy (plivo_api.md 2.5)."""

from collections.abc import Callable, Mapping
from itertools import chain

from phonenumbers import SUPPORTED_REGIONS

from powerpack_gateway.activation import DOCUMENTS, Requirement, requirement_of
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.documents import documents_of
from powerpack_gateway.http.number_filter import TYPES, Wanted, services
from powerpack_gateway.http.number_shape import OfferFilter, OfferList, Purchase, PurchaseAnswer
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import page
from powerpack_gateway.http.port import ApiGateway
from powerpack_gateway.http.regions import country_name, region_name
from powerpack_gateway.numbers import NumberType, PhoneNumber, rates_of
from powerpack_gateway.rate_centers import lata_of, rate_center_of

NPANXX_DIGITS = 6

_TYPE_WORDS: Mapping[NumberType, str] = {NumberType.LONGCODE: "fixed", NumberType.TOLLFREE: "tollfree"}
_PLACES: Mapping[str, Callable[[PhoneNumber], tuple[str, ...]]] = {
    "city": lambda number: (number.city,),
    "rate_center": lambda number: (number.rate_center_name,),
    "region": lambda number: (number.region, region_name(number.country, number.region)),
    "lata": lambda number: (str(lata_of(number.rate_center_name)),),
}
"""Filters that name a place, and the names by which a number is found."""


TAG = "Phone number"


async def search_phone_numbers(call: Call) -> Reply:
    """The numbers for sale that pass the filters; an empty list when there are none."""
    given = call.parameters()
    tests = [_country(given), *_attributes(given), *services(given), *_exchange(given, call.gateway)]
    found = (
        each
        for each in call.gateway.holdings.book.offers()
        if each.type in _TYPE_WORDS and all(test(each) for test in tests)
    )
    return page(call, given, found, lambda each: _present(call, each))


async def buy_phone_number(call: Call) -> Reply:
    """201: the number is the account's from now on; documentation says 201, SDK mocks 202 (plivo_api.md 8, row 21)."""
    given = call.parameters()
    documents = documents_of(given)  # what is wrong about them is said before anything is bought
    bought = await call.gateway.holdings.orders.rent(call.ids["number"], application_id=given.text("app_id"))
    asked = requirement_of(bought.country, bought.type)
    entry: dict[str, object] = {"number": bought.number, "status": "Success"}
    if asked is not None:
        if documents is not None:
            await call.gateway.holdings.orders.submit_documents(bought.number, documents)
        entry |= {"status": "pending", "requirement": asked.words}
    status = "fulfilled" if asked is None else "pending"
    return Reply(status=201, body={"message": "created", "numbers": [entry], "status": status})


def _country(given: Parameters) -> Wanted:
    country = given.required("country_iso").upper()
    if country not in SUPPORTED_REGIONS:
        raise BadRequest(f"country_iso is {shown(country)}, expected an ISO 3166 code of two letters")
    return lambda number: number.country == country


def _attributes(given: Parameters) -> list[Wanted]:
    tests: list[Wanted] = []
    if (types := given.choice("type", TYPES)) is not None:
        tests.append(lambda number: number.type in types)
    if (pattern := given.text("pattern")) is not None:
        # The pattern stands after the country code, which is 1 for both countries here.
        tests.append(lambda number: number.number.startswith(f"1{pattern}"))
    for name, places in _PLACES.items():
        if (place := given.text(name)) is not None:
            tests.append(_is_at(place.casefold(), places))
    return tests


def _is_at(place: str, places: Callable[[PhoneNumber], tuple[str, ...]]) -> Wanted:
    return lambda number: place in (each.casefold() for each in places(number))


def _exchange(given: Parameters, gateway: ApiGateway) -> list[Wanted]:
    """``npanxx`` narrows to one exchange; ``local_calling_area`` widens that to its rate center (seed 002)."""
    npanxx = given.text("npanxx")
    is_wide = given.flag("local_calling_area", default=False)
    if npanxx is None:
        if is_wide:
            raise BadRequest("npanxx parameter is missing: local_calling_area widens the area of an npanxx")
        return []
    if len(npanxx) != NPANXX_DIGITS or not (npanxx.isascii() and npanxx.isdecimal()):
        raise BadRequest(f"npanxx is {shown(npanxx)}, expected {NPANXX_DIGITS} digits")
    prefix = f"1{npanxx}"
    if not is_wide:
        return [lambda number: number.number.startswith(prefix)]
    # Numbers that bring their own rate center speak for their exchange before the table does.
    known = chain(gateway.holdings.numbers, gateway.holdings.numbers.for_sale())
    centers = {each.rate_center for each in known if each.rate_center and each.number.startswith(prefix)}
    centers = centers or {rate_center_of(npanxx)} - {""}
    return [lambda number: number.number.startswith(prefix) or number.rate_center_name in centers]


def _present_requirement(asked: Requirement) -> dict[str, object]:
    return {
        "address": None if asked.address is None else asked.address.value,
        "documents": {kind: list(DOCUMENTS[kind]) for kind in asked.kinds},
        "identity": asked.identity,
    }


def _present(call: Call, number: PhoneNumber) -> dict[str, object]:
    rates = rates_of(number.type, number.country)
    asked = requirement_of(number.country, number.type)
    return {
        "city": number.city,
        "compliance_requirement": None if asked is None else _present_requirement(asked),
        "country": country_name(number.country).upper(),
        "lata": lata_of(number.rate_center_name),
        "mms_enabled": number.mms_enabled,
        "mms_rate": rates.mms,
        "monthly_rental_rate": rates.monthly,
        "number": number.number,
        "prefix": number.area_code,
        "rate_center": number.rate_center_name,
        "region": region_name(number.country, number.region) or country_name(number.country),
        "resource_uri": call.uri("PhoneNumber", number.number),
        "restriction": None if asked is None else "activation",
        "restriction_text": None if asked is None else asked.words,
        "setup_rate": rates.setup,
        "sms_enabled": True,
        "sms_rate": rates.sms,
        "status": number.onboarding.value,
        "sub_type": "local" if number.type is NumberType.LONGCODE else "tollfree",
        "type": _TYPE_WORDS[number.type],
        "voice_enabled": number.voice_enabled,
        "voice_rate": rates.voice,
    }


ROUTES = (
    Operation("GET", "/PhoneNumber/", search_phone_numbers, tag=TAG, takes=OfferFilter, answers={200: OfferList}),
    Operation(
        "POST", "/PhoneNumber/{number}/", buy_phone_number, tag=TAG, takes=Purchase, answers={201: PurchaseAnswer}
    ),
)
