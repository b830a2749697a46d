"""How each number stands with its recipients and the carriers. Plivo writes e-mails about it; the path is ours."""

from dataclasses import dataclass

from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.numbers import PhoneNumber

TAG = "Compliance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One number in the last 24 hours; ``flagged`` and ``suspended`` say why, or are null."""

    complaints: int
    flagged: str | None
    messaged: int
    number: str
    opt_out_rate: float
    opted_out: int
    suspended: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingList:
    """Some numbers."""

    meta: ListMeta
    objects: tuple[Standing, ...]


async def list_standings(call: Call) -> Reply:
    """How every number stands."""
    return page(call, call.parameters(), call.gateway.holdings.numbers, lambda each: _standing(call, each))


async def get_standing(call: Call) -> Reply:
    """How one number stands."""
    return Reply.of(_standing(call, call.gateway.holdings.numbers[call.ids["number"]]))


def _standing(call: Call, number: PhoneNumber) -> Standing:
    compliance, now = call.gateway.holdings.compliance, call.gateway.clock.now()
    rate = compliance.opt_out_rate(number.number, now)
    return Standing(
        complaints=compliance.complaints(number.number, now),
        flagged=compliance.verdict(number.number, now).reason or None,
        messaged=rate.messaged,
        number=number.number,
        opt_out_rate=round(rate.share, 4),
        opted_out=rate.opted_out,
        suspended=number.suspended,
    )


ROUTES = (
    Operation("GET", "/Compliance/", list_standings, tag=TAG, takes=Paging, answers={200: StandingList}),
    Operation("GET", "/Compliance/{number}/", get_standing, tag=TAG, answers={200: Standing}),
)
