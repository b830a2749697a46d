"""Usage: what messages cost, added up for each day, type of number and service, so that a ledger stays readable.

A message is charged once a carrier has taken it; one that failed before is not (plivo_api.md 3.1). Days are UTC, as the
fees' are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from powerpack_gateway.money import points
from powerpack_gateway.numbers import RATES, NumberType, Service
from powerpack_gateway.rentals import Charge, ChargeKind

_KINDS = {Service.SMS: ChargeKind.SMS, Service.MMS: ChargeKind.MMS}


def price_of(kind: NumberType, service: Service, units: int) -> int:
    """What one message costs, in hundred-thousandths of a dollar."""
    return _PRICES[kind, service] * units


_PRICES = {
    (kind, service): points(rates.mms if service is Service.MMS else rates.sms)
    for kind, rates in RATES.items()
    for service in Service
}


@dataclass(slots=True, kw_only=True)
class Sent:
    """What one type of numbers sent on one day by one service; ``amount`` in hundred-thousandths of a dollar."""

    day: date
    type: NumberType
    service: Service
    units: int = 0
    amount: int = 0

    @property
    def key(self) -> str:
        """``2026-11-22/longcode/sms``."""
        return f"{self.day}/{self.type.value}/{self.service.value}"


class Usage:
    """All of it. Pure: whoever counts stores what is returned."""

    def __init__(self, sent: Iterable[Sent] = ()) -> None:
        self._sent = {(each.day, each.type, each.service): each for each in sent}
        self.total = sum(each.amount for each in self._sent.values())
        """Everything, in hundred-thousandths of a dollar."""

    def count(self, kind: NumberType, service: Service, units: int, day: date) -> Sent:
        """A carrier took a message."""
        key = (day, kind, service)
        sent = self._sent.get(key)
        if sent is None:
            sent = self._sent[key] = Sent(day=day, type=kind, service=service)
        price = price_of(kind, service, units)
        sent.units += units
        sent.amount += price
        self.total += price
        return sent

    def charges(self) -> Iterator[Charge]:
        """The same as lines of the ledger; a day's line stands at its beginning."""
        for each in self._sent.values():
            at = datetime.combine(each.day, time(), UTC)
            yield Charge(
                at=at, number="", type=each.type, kind=_KINDS[each.service], amount=each.amount, units=each.units
            )
