"""Usage: what messages cost, added up for each day, type of number and service, so that a ledger stays readable.

A message is charged once a carrier has taken it; one that failed before is not (plivo_api.md 3.1). Days are UTC, as the
fees' are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from powerpack_gateway.money import points
from powerpack_gateway.numbers import RATES, NumberType, Service
from powerpack_gateway.rentals import Charge, ChargeKind

_KINDS = {Service.SMS: ChargeKind.SMS, Service.MMS: ChargeKind.MMS}


def price_of(kind: NumberType, service: Service, units: int) -> int:
    """What one message costs, in hundred-thousandths of a dollar."""
    return _PRICES[kind._value_, service._value_] * units


_PRICES = {
    (kind.value, service.value): points(rates.mms if service is Service.MMS else rates.sms)
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


_EPOCH = date(1970, 1, 1)


def _key(sent: Sent) -> str:
    """``2026-11-22/longcode/sms``."""
    return f"{sent.day}/{sent.type.value}/{sent.service.value}"


class Usage:
    """All of it. Pure: whoever counts stores what is returned.

    Keys are texts and numbers: an enum's own hash is computed in Python, and this is asked for every message.
    """

    def __init__(self, sent: Iterable[Sent] = ()) -> None:
        self._sent = {
            ((each.day - _EPOCH).days, each.type.value, each.service.value): (_key(each), each) for each in sent
        }
        self.total = sum(each.amount for _, each in self._sent.values())
        """Everything, in hundred-thousandths of a dollar."""

    def count(self, kind: NumberType, service: Service, units: int, moment: float) -> tuple[str, Sent]:
        """A carrier took a message at a Unix time; what to store, and under which key."""
        day = int(moment // 86_400)
        found = self._sent.get((day, kind._value_, service._value_))
        if found is None:
            sent = Sent(day=_EPOCH + timedelta(days=day), type=kind, service=service)
            found = self._sent[day, kind._value_, service._value_] = _key(sent), sent
        price = price_of(kind, service, units)
        sent = found[1]
        sent.units += units
        sent.amount += price
        self.total += price
        return found

    def charges(self) -> Iterator[Charge]:
        """The same as lines of the ledger; a day's line stands at its beginning."""
        for _, each in self._sent.values():
            at = datetime.combine(each.day, time(), UTC)
            yield Charge(
                at=at, number="", type=each.type, kind=_KINDS[each.service], amount=each.amount, units=each.units
            )
