"""Number pools: the numbers, short codes and toll-free numbers of a Powerpack (plivo_api.md 2.3).

``Number`` holds long codes and toll-free numbers, ``Tollfree`` the latter alone, ``Shortcode`` the short codes.
"""

from collections.abc import Callable, Iterator, Mapping

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import Paging, page
from powerpack_gateway.http.powerpack_shape import (
    PoolAddition,
    PoolFilter,
    PoolFind,
    PoolNumberList,
    PoolNumberShown,
    PoolRemoval,
    PoolShown,
    ShortcodeList,
    ShortcodeShown,
    Success,
    TollfreeAddition,
)
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.powerpacks import COUNTRIES, PoolNumber, Powerpack

STARTS_WITH_MAX = 10
"""Prefixes of one filter (plivo_api.md 2.3)."""

NUMBERS = (NumberType.LONGCODE, NumberType.TOLLFREE)
TOLLFREE = (NumberType.TOLLFREE,)
SHORT_CODES = (NumberType.SHORTCODE,)

_TYPE_WORDS: Mapping[NumberType, str] = {
    NumberType.LONGCODE: "fixed",
    NumberType.TOLLFREE: "tollfree",
    NumberType.SHORTCODE: "shortcode",
}
_TYPES: Mapping[str, tuple[NumberType, ...]] = {
    "fixed": (NumberType.LONGCODE,),
    "mobile": (),
    "tollfree": TOLLFREE,
    "toll-free": TOLLFREE,
}
"""The filter is documented as ``toll-free``, the attribute is ``tollfree`` (plivo_api.md 8, row 9)."""

_SERVICES: Mapping[str, Service] = {each.value: each for each in Service}


TAG = "Number pool"


async def get_pool(call: Call) -> Reply:
    """The pool and the addresses of its three lists."""
    pool = _powerpack(call).number_pool_uuid
    return Reply(
        body={
            "numbers": call.uri("NumberPool", pool, "Number"),
            "shortcodes": call.uri("NumberPool", pool, "Shortcode"),
            "tollfree": call.uri("NumberPool", pool, "Tollfree"),
            "uuid": pool,
        }
    )


async def list_numbers(call: Call) -> Reply:
    """Long codes and toll-free numbers that pass the filters."""
    given = call.parameters()
    wanted = _filter(given)
    return _page(call, given, lambda member: member.type in NUMBERS and wanted(member))


async def list_tollfree(call: Call) -> Reply:
    """Toll-free numbers."""
    return _page(call, call.parameters(), lambda member: member.type in TOLLFREE)


async def list_shortcodes(call: Call) -> Reply:
    """Short codes."""
    return _page(call, call.parameters(), lambda member: member.type in SHORT_CODES)


async def find_number(call: Call) -> Reply:
    """One number, when it is in the pool and can do the ``service`` that is asked for."""
    member = _member(call, NUMBERS)
    service = call.parameters().choice("service", _SERVICES)
    if service is Service.MMS and member.service is not Service.MMS:
        raise NotFound(f"number {member.number} is in this number pool with service 'sms', not 'mms'")
    return Reply(body=_present(call, member))


async def find_tollfree(call: Call) -> Reply:
    """One toll-free number."""
    return Reply(body=_present(call, _member(call, TOLLFREE)))


async def find_shortcode(call: Call) -> Reply:
    """One short code."""
    return Reply(body=_present(call, _member(call, SHORT_CODES)))


async def add_number(call: Call) -> Reply:
    """Put a number of the account into the pool, or with ``rent`` one that is for sale."""
    given = call.parameters()
    service = given.choice("service", _SERVICES) or Service.SMS
    known = call.gateway.holdings.numbers.get(call.ids["number"])
    if known is not None and known.type is NumberType.SHORTCODE:
        raise BadRequest(f"number {known.number} is a short code: support adds it to a Powerpack")
    return await _add(call, service=service, rent=given.flag("rent", default=False))


async def add_tollfree(call: Call) -> Reply:
    """Put a toll-free number into the pool; whether it can do MMS is detected (seed 001)."""
    number = call.ids["number"]
    known = call.gateway.holdings.numbers.get(number) or call.gateway.holdings.numbers.shelved(number)
    if known is not None and known.type is not NumberType.TOLLFREE:
        raise BadRequest(f"number {number} is a {known.type.value}, expected a tollfree number")
    return await _add(call, service=Service.SMS, rent=call.parameters().flag("rent", default=False))


async def remove_number(call: Call) -> Reply:
    """Take a number out of the pool, and with ``unrent`` out of the account."""
    return await _remove(call, NUMBERS)


async def remove_tollfree(call: Call) -> Reply:
    """Take a toll-free number out of the pool, and with ``unrent`` out of the account."""
    return await _remove(call, TOLLFREE)


async def remove_shortcode(call: Call) -> Reply:
    """Take a short code out of the pool; it stays in the account (plivo_api.md 2.3)."""
    member = _member(call, SHORT_CODES)
    await call.gateway.holdings.remove_from_pool(member.powerpack_uuid, member.number, unrent=False)
    return Reply(body={"response": "success"})


async def _add(call: Call, *, service: Service, rent: bool) -> Reply:
    powerpack = _powerpack(call)
    member = await call.gateway.holdings.add_to_pool(powerpack.uuid, call.ids["number"], service=service, rent=rent)
    return Reply(body=_present(call, member))


async def _remove(call: Call, types: tuple[NumberType, ...]) -> Reply:
    member = _member(call, types)
    unrent = call.parameters().flag("unrent", default=False)
    await call.gateway.holdings.remove_from_pool(member.powerpack_uuid, member.number, unrent=unrent)
    return Reply(body={"response": "success"})


def _powerpack(call: Call) -> Powerpack:
    return call.gateway.holdings.powerpacks.of_pool(call.ids["pool"])


def _member(call: Call, types: tuple[NumberType, ...]) -> PoolNumber:
    number = call.ids["number"]
    member = call.gateway.holdings.powerpacks.numbers(_powerpack(call).uuid).get(number)
    if member is None or member.type not in types:
        kinds = " or ".join(each.value for each in types)
        raise NotFound(f"{kinds} {number} is not in this number pool")
    return member


def _page(call: Call, given: Parameters, wanted: Callable[[PoolNumber], bool]) -> Reply:
    members: Iterator[PoolNumber] = filter(
        wanted, call.gateway.holdings.powerpacks.numbers(_powerpack(call).uuid).values()
    )
    return page(call, given, members, lambda member: _present(call, member), end="")


def _filter(given: Parameters) -> Callable[[PoolNumber], bool]:
    country = given.text("country_iso2")
    service = given.choice("service", _SERVICES)
    types = given.choice("type", _TYPES)
    prefixes = _prefixes(given, country)

    def wanted(member: PoolNumber) -> bool:
        return (
            (country is None or member.country == country.upper())
            and (service is not Service.MMS or member.service is Service.MMS)
            and (types is None or member.type in types)
            and (not prefixes or member.number.startswith(prefixes))
        )

    return wanted


def _prefixes(given: Parameters, country: str | None) -> tuple[str, ...]:
    """The prefixes with the country code that they are given without."""
    prefixes = given.comma_list("starts_with")
    if len(prefixes) > STARTS_WITH_MAX:
        raise BadRequest(f"starts_with has {len(prefixes)} prefixes, {STARTS_WITH_MAX} is the limit")
    if prefixes and (country is None or country.upper() not in COUNTRIES):
        raise BadRequest(f"starts_with needs country_iso2, expected one of {', '.join(COUNTRIES)}")
    return tuple(f"1{prefix}" for prefix in prefixes)


def _present(call: Call, member: PoolNumber) -> dict[str, object]:
    """A member as its list shows it; fixtures spell the pool's key in two ways (plivo_api.md 8, row 11)."""
    pool = call.gateway.holdings.powerpacks[member.powerpack_uuid].number_pool_uuid
    shown: dict[str, object] = {
        "added_on": iso(member.added_on),
        "country_iso2": member.country,
        "number_pool_uuid": pool,
        "service": member.service.value,
    }
    if member.type is NumberType.SHORTCODE:
        return {**shown, "shortcode": member.number}
    shown |= {
        "account_phone_number_resource": call.uri("Number", member.number),
        "number": member.number,
        "numberpool_uuid": pool,
        "type": _TYPE_WORDS[member.type],
    }
    # Python's fixtures say "tollfree" where Go and Java need "number" (plivo_api.md 2.3).
    return {**shown, "tollfree": member.number} if member.type is NumberType.TOLLFREE else shown


ROUTES = (
    Operation("GET", "/NumberPool/{pool}/", get_pool, tag=TAG, answers={200: PoolShown}),
    Operation(
        "GET", "/NumberPool/{pool}/Number/", list_numbers, tag=TAG, takes=PoolFilter, answers={200: PoolNumberList}
    ),
    Operation(
        "GET",
        "/NumberPool/{pool}/Number/{number}/",
        find_number,
        tag=TAG,
        takes=PoolFind,
        answers={200: PoolNumberShown},
    ),
    Operation(
        "POST",
        "/NumberPool/{pool}/Number/{number}/",
        add_number,
        tag=TAG,
        takes=PoolAddition,
        answers={200: PoolNumberShown},
    ),
    Operation(
        "DELETE",
        "/NumberPool/{pool}/Number/{number}/",
        remove_number,
        tag=TAG,
        takes=PoolRemoval,
        answers={200: Success},
    ),
    Operation(
        "GET", "/NumberPool/{pool}/Shortcode/", list_shortcodes, tag=TAG, takes=Paging, answers={200: ShortcodeList}
    ),
    Operation("GET", "/NumberPool/{pool}/Shortcode/{number}/", find_shortcode, tag=TAG, answers={200: ShortcodeShown}),
    Operation("DELETE", "/NumberPool/{pool}/Shortcode/{number}/", remove_shortcode, tag=TAG, answers={200: Success}),
    Operation(
        "GET", "/NumberPool/{pool}/Tollfree/", list_tollfree, tag=TAG, takes=Paging, answers={200: PoolNumberList}
    ),
    Operation("GET", "/NumberPool/{pool}/Tollfree/{number}/", find_tollfree, tag=TAG, answers={200: PoolNumberShown}),
    Operation(
        "POST",
        "/NumberPool/{pool}/Tollfree/{number}/",
        add_tollfree,
        tag=TAG,
        takes=TollfreeAddition,
        answers={200: PoolNumberShown},
    ),
    Operation(
        "DELETE",
        "/NumberPool/{pool}/Tollfree/{number}/",
        remove_tollfree,
        tag=TAG,
        takes=PoolRemoval,
        answers={200: Success},
    ),
)
