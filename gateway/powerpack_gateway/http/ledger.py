"""The ledger: every fee of every number, the latest first. Plivo shows it on its console only, so the path is ours."""

from starlette.routing import Route

from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.paging import page
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.money import dollars
from powerpack_gateway.rentals import Charge, ChargeKind

_KINDS = {each.value: each for each in ChargeKind}


async def list_charges(call: Call) -> Reply:
    """What fell due up to now; ``number`` and ``kind`` narrow it."""
    given = call.parameters()
    number, kind = given.text("number"), given.choice("kind", _KINDS)
    charges = call.gateway.holdings.book.ledger.charges(call.gateway.clock.now())
    found = (
        each
        for each in reversed(charges)
        if (number is None or each.number == number.removeprefix("+")) and kind in (None, each.kind)
    )
    return page(call, given, found, _present)


def _present(charge: Charge) -> dict[str, object]:
    return {
        "amount": dollars(charge.amount),
        "charged_on": iso(charge.at),
        "kind": charge.kind.value,
        "number": charge.number,
        "number_type": charge.type.value,
    }


ROUTES = (Route("/Ledger/", list_charges, methods=["GET"]),)
