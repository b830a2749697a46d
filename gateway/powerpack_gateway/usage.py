"""Usage: what messages cost, added up for each day, type of number and service, so that a ledger stays readable.

A message is charged once a carrier has taken it; one that failed before is not (plivo_api.md 3.1). Days are UTC, as the
fees' are.

Where several gateways share the account each has lines of its own, under its name, which it alone writes, in the commit
that says that the message was taken; what a message costs is counted once, whoever is killed when.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
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
    """What one type of numbers sent on one day by one service; ``amount`` in hundred-thousandths of a dollar.

    ``writer`` is the gateway that counted it, empty for one that is alone, and for those that are no more.
    """

    day: date
    type: NumberType
    service: Service
    units: int = 0
    amount: int = 0
    writer: str = ""


_EPOCH = date(1970, 1, 1)

_Line = tuple[date, NumberType, Service]


def key_of(sent: Sent) -> str:
    """``2026-11-22/longcode/sms``, and the writer's name behind it, if it has one."""
    line = f"{sent.day}/{sent.type.value}/{sent.service.value}"
    return f"{line}/{sent.writer}" if sent.writer else line


class Usage:
    """All of it; ``writer`` is the gateway that counts here. Pure: whoever counts stores what is returned.

    Keys are texts and numbers: an enum's own hash is computed in Python, and this is asked for every message.
    """

    def __init__(self, sent: Iterable[Sent] = (), *, writer: str = "") -> None:
        self._writer = writer
        self._own: dict[tuple[int, str, str], tuple[str, Sent]] = {}
        self._others: dict[str, Sent] = {}
        self.total = 0
        """Everything, in hundred-thousandths of a dollar."""
        for each in sent:
            self.total += each.amount
            if each.writer == writer:
                self._own[(each.day - _EPOCH).days, each.type.value, each.service.value] = key_of(each), each
            else:
                self._others[key_of(each)] = each

    def count(self, kind: NumberType, service: Service, units: int, moment: float) -> tuple[str, Sent]:
        """A carrier took a message at a Unix time; what to store, and under which key."""
        day = int(moment // 86_400)
        found = self._own.get((day, kind._value_, service._value_))
        if found is None:
            sent = Sent(day=_EPOCH + timedelta(days=day), type=kind, service=service, writer=self._writer)
            found = self._own[day, kind._value_, service._value_] = key_of(sent), sent
        price = price_of(kind, service, units)
        sent = found[1]
        sent.units += units
        sent.amount += price
        self.total += price
        return found

    def charges(self) -> Iterator[Charge]:
        """The same as lines of the ledger; a day's line stands at its beginning, whoever counted it."""
        lines: dict[_Line, list[Sent]] = {}
        for each in (*self._others.values(), *(sent for _, sent in self._own.values())):
            lines.setdefault((each.day, each.type, each.service), []).append(each)
        for (day, kind, service), counted in lines.items():
            yield Charge(
                at=datetime.combine(day, time(), UTC),
                number="",
                type=kind,
                kind=_KINDS[service],
                amount=sum(each.amount for each in counted),
                units=sum(each.units for each in counted),
            )

    # Of several gateways.

    def heard(self, sent: Sent) -> None:
        """Another gateway says how far it has counted; a line only grows, so what says less is late."""
        key = key_of(sent)
        had = self._others.get(key)
        before = 0 if had is None else had.amount
        if sent.writer != self._writer and sent.amount > before:
            self._others[key] = sent
            self.total += sent.amount - before

    @property
    def writers(self) -> frozenset[str]:
        """The other gateways that have lines of their own."""
        return frozenset(each.writer for each in self._others.values() if each.writer)

    def read(self, sent: Iterable[Sent], since: date | None) -> None:
        """All lines of the database from a day on, None for all there are. What is not among them any more is in
        another line by now (``fold``); what was heard since of one that is among them is not lost."""
        others = {key: each for key, each in self._others.items() if since is not None and each.day < since}
        for each in sent:
            if each.writer != self._writer:
                key = key_of(each)
                had = self._others.get(key)
                others[key] = had if had is not None and had.amount > each.amount else each
        self._others = others
        self.total = sum(each.amount for each in self._others.values())
        self.total += sum(each.amount for _, each in self._own.values())

    def fold(self, dead: Collection[str]) -> tuple[list[Sent], list[Sent]]:
        """Add the lines of gateways that are no more to those of nobody: the lines to be stored, and to be deleted.

        Only for the one gateway that keeps the account, when it has read all that the dead have written.
        """
        gone = [each for each in self._others.values() if each.writer in dead]
        grown: dict[str, Sent] = {}
        for each in gone:
            del self._others[key_of(each)]
            nobodys = replace(each, writer="", units=0, amount=0)
            key = key_of(nobodys)
            line = grown[key] = self._others[key] = self._others.get(key, nobodys)
            line.units += each.units
            line.amount += each.amount
        return list(grown.values()), gone
