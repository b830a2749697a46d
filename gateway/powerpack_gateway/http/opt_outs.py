"""The suppression list: who said STOP, to be read, exported and mended. Plivo shows it on its console; our path.

An entry is named by its scope, whose it is, and the handset: ``number/14155550180/14155550101``.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.answers import Empty
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.csv_export import csv_reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.nanp import parse_number
from powerpack_gateway.suppression import Scope, SuppressionEntry

TAG = "Opt-out"

COLUMNS = ("scope", "key", "handset", "source_number", "since")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutFilter(Paging):
    """Which entries a list wants; ``format`` csv is all of them in a file."""

    scope: Scope | None = None
    key: str | None = None
    handset: str | None = None
    format: Literal["json", "csv"] = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutForm:
    """Whose list a handset joins: ``key`` is the number, the campaign's id or the Powerpack's uuid."""

    scope: Scope = Scope.NUMBER
    key: Annotated[str, Meta(min_length=1)]
    handset: Annotated[str, Meta(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutShown:
    """One STOP in force; ``source_number`` is who was told, null for what was added by hand."""

    handset: str
    key: str
    resource_uri: str
    scope: Scope
    since: str
    source_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutList:
    """Some entries."""

    meta: ListMeta
    objects: tuple[OptOutShown, ...]


async def list_opt_outs(call: Call) -> Reply:
    """Every STOP in force that passes the filters, or all of them as CSV."""
    given = call.parameters()
    wanted = read(given, OptOutFilter)
    handset = None if wanted.handset is None else _handset(wanted.handset)
    key = None if wanted.key is None else wanted.key.removeprefix("+")
    found = (
        each
        for each in call.gateway.holdings.suppression
        if wanted.scope in (None, each.scope) and key in (None, each.key) and handset in (None, each.handset)
    )
    if wanted.format == "csv":
        return csv_reply("opt-outs", COLUMNS, (asdict(_shown(call, each)) for each in found))
    return page(call, given, found, lambda each: _shown(call, each))


async def add_opt_out(call: Call) -> Reply:
    """Put a handset on the list of a number, a campaign or a Powerpack; nothing changes when it is there."""
    form = read(call.parameters(), OptOutForm)
    key = form.key.removeprefix("+")
    match form.scope:
        case Scope.NUMBER:
            call.gateway.holdings.numbers[key]
        case Scope.POWERPACK:
            call.gateway.holdings.powerpacks[key]
        case Scope.CAMPAIGN:
            call.gateway.registrar.campaigns[key]
    entry = await call.gateway.holdings.opt_outs.add(form.scope, key, _handset(form.handset))
    return Reply.of(_shown(call, entry), status=201)


async def remove_opt_out(call: Call) -> Reply:
    """Take an entry off the list."""
    ids = call.ids
    await call.gateway.holdings.opt_outs.remove(f"{ids['scope']}/{ids['key']}/{ids['handset']}")
    return Reply(status=204)


def _handset(given: str) -> str:
    number = parse_number(given)
    if number is None:
        raise BadRequest(f"handset is {shown(given)}, expected a phone number with its country code")
    return number


def _shown(call: Call, entry: SuppressionEntry) -> OptOutShown:
    return OptOutShown(
        handset=entry.handset,
        key=entry.key,
        resource_uri=call.uri("OptOut", entry.scope.value, entry.key, entry.handset),
        scope=entry.scope,
        since=iso(entry.since),
        source_number=entry.source_number or None,
    )


ROUTES = (
    Operation("GET", "/OptOut/", list_opt_outs, tag=TAG, takes=OptOutFilter, answers={200: OptOutList}),
    Operation("POST", "/OptOut/", add_opt_out, tag=TAG, takes=OptOutForm, answers={201: OptOutShown}),
    Operation("DELETE", "/OptOut/{scope}/{key}/{handset}/", remove_opt_out, tag=TAG, answers={204: Empty}),
)
