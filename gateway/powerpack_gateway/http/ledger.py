"""The ledger: fees and what messages cost, the latest first. Plivo shows it on its console only: the path is ours."""

from dataclasses import dataclass

from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.money import dollars
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.rentals import Charge, ChargeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFilter(Paging):
    """Which charges a list wants."""

    number: str | None = None
    kind: ChargeKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeShown:
    """One charge, in US dollars: a number's fee, or a day's messages from all numbers of a type."""

    amount: str
    charged_on: str
    kind: ChargeKind
    number: str
    number_type: NumberType
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeList:
    """Some charges."""

    meta: ListMeta
    objects: tuple[ChargeShown, ...]


async def list_charges(call: Call) -> Reply:
    """What fell due up to now, the latest first."""
    given = call.parameters()
    wanted = read(given, ChargeFilter)
    number = None if wanted.number is None else wanted.number.removeprefix("+")
    charges = call.gateway.holdings.book.charges()
    found = (each for each in reversed(charges) if number in (None, each.number) and wanted.kind in (None, each.kind))
    return page(call, given, found, _shown)


def _shown(charge: Charge) -> ChargeShown:
    return ChargeShown(
        amount=dollars(charge.amount),
        charged_on=iso(charge.at),
        kind=charge.kind,
        number=charge.number,
        number_type=charge.type,
        units=charge.units,
    )


ROUTES = (Operation("GET", "/Ledger/", list_charges, tag="Ledger", takes=ChargeFilter, answers={200: ChargeList}),)
