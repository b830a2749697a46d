"""The suppression list: who said STOP, to be read, exported and mended. Plivo shows it on its console; our path.

An entry is named by its scope, whose it is, and the handset: ``number/14155550180/14155550101``.
"""

from collections.abc import Callable, Mapping

from starlette.routing import Route

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.http.body import Parameters, shown
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.csv_export import csv_reply, wants_csv
from powerpack_gateway.http.paging import page
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.nanp import parse_number
from powerpack_gateway.suppression import Scope, SuppressionEntry

COLUMNS = ("scope", "key", "handset", "source_number", "since")

_SCOPES: Mapping[str, Scope] = {each.value: each for each in Scope}


async def list_opt_outs(call: Call) -> Reply:
    """Every STOP in force that passes the filters, or all of them as CSV."""
    given = call.parameters()
    wanted = _filter(given)
    found = (each for each in call.gateway.holdings.suppression if wanted(each))
    if wants_csv(given):
        return csv_reply("opt-outs", COLUMNS, (_present(call, each) for each in found))
    return page(call, given, found, lambda each: _present(call, each))


async def add_opt_out(call: Call) -> Reply:
    """201: a handset is on the list of a number, a campaign or a Powerpack; 201 as well when it was there."""
    given = call.parameters()
    scope = given.choice("scope", _SCOPES) or Scope.NUMBER
    key = given.required("key").removeprefix("+")
    if scope is Scope.NUMBER:
        call.gateway.holdings.numbers[key]
    elif scope is Scope.POWERPACK:
        call.gateway.holdings.powerpacks[key]
    else:
        call.gateway.registrar.campaigns[key]
    entry = await call.gateway.holdings.add_opt_out(scope, key, _handset("handset", given.required("handset")))
    return Reply(status=201, body=_present(call, entry))


async def remove_opt_out(call: Call) -> Reply:
    """204: the entry is off the list."""
    ids = call.ids
    await call.gateway.holdings.remove_opt_out(f"{ids['scope']}/{ids['key']}/{ids['handset']}")
    return Reply(status=204)


def _filter(given: Parameters) -> Callable[[SuppressionEntry], bool]:
    scope = given.choice("scope", _SCOPES)
    key = given.text("key")
    handset = given.text("handset")
    digits = None if handset is None else _handset("handset", handset)
    bare = None if key is None else key.removeprefix("+")
    return lambda entry: scope in (None, entry.scope) and bare in (None, entry.key) and digits in (None, entry.handset)


def _handset(name: str, given: str) -> str:
    number = parse_number(given)
    if number is None:
        raise BadRequest(f"{name} is {shown(given)}, expected a phone number with its country code")
    return number


def _present(call: Call, entry: SuppressionEntry) -> dict[str, object]:
    return {
        "handset": entry.handset,
        "key": entry.key,
        "resource_uri": call.uri("OptOut", entry.scope.value, entry.key, entry.handset),
        "scope": entry.scope.value,
        "since": iso(entry.since),
        "source_number": entry.source_number or None,
    }


ROUTES = (
    Route("/OptOut/", list_opt_outs, methods=["GET"]),
    Route("/OptOut/", add_opt_out, methods=["POST"]),
    Route("/OptOut/{scope}/{key}/{handset}/", remove_opt_out, methods=["DELETE"]),
)
