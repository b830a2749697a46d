"""Parked receipts: those that came before anybody knew their id, or belong to nobody."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from powerpack_gateway.receipts import Receipt

PARKED_MAX = 10_000
"""Receipts that came before their submit_sm_resp, or belong to nobody; the oldest go first, into the journal."""

PARKED_S_MAX = 600.0
"""How long before its submit_sm_resp a receipt may come: a response timer is a minute. One that is older was for an
earlier message with that id."""


class CarrierId(NamedTuple):
    """An id and the route of the carrier that gave it."""

    carrier: str
    message_id: str


class Between(NamedTuple):
    """The addresses of the PDU that brought a receipt: handset and sender, or the other way round; empty: not told."""

    source: str = ""
    destination: str = ""


class Parked(NamedTuple):
    """A receipt that nobody waits for yet. ``at`` is Unix seconds."""

    receipt: Receipt
    between: Between
    at: float


class ParkedReceipts:
    """Several may name one id: an intermediate one and the final one, or those of handsets to which a carrier gave the
    same id."""

    def __init__(self) -> None:
        self.by_number: OrderedDict[int, tuple[CarrierId, Parked]] = (
            OrderedDict()
        )  # in the order of coming; empty, nearly always
        self._numbers_of: dict[CarrierId, list[int]] = {}
        self._last = 0

    def add(self, key: CarrierId, parked: Parked) -> list[CarrierId]:
        """Keep one; returns the ids of those that had to make room."""
        self._last += 1
        self.by_number[self._last] = key, parked
        self._numbers_of.setdefault(key, []).append(self._last)
        lost = []
        while len(self.by_number) > PARKED_MAX:
            lost.append(self._drop_oldest())
        return lost

    def taken(self, keys: Iterable[CarrierId], now: float, is_for: Callable[[Between], bool]) -> list[Parked]:
        """Take out what may be for a message: all under the first of these ids that has some, in order."""
        for key in keys:
            numbers = self._numbers_of.get(key, ())
            wanted = [number for number in numbers if self._may_be(number, now, is_for)]
            if wanted:
                return [self._drop(number)[1] for number in wanted]
        return []

    def let_go(self, now: float) -> list[CarrierId]:
        """Forget what came too long ago; returns the ids."""
        old = []
        while self.by_number and now - next(iter(self.by_number.values()))[1].at > PARKED_S_MAX:
            old.append(self._drop_oldest())
        return old

    def _may_be(self, number: int, now: float, is_for: Callable[[Between], bool]) -> bool:
        parked = self.by_number[number][1]
        return now - parked.at <= PARKED_S_MAX and is_for(parked.between)

    def _drop_oldest(self) -> CarrierId:
        return self._drop(next(iter(self.by_number)))[0]

    def _drop(self, number: int) -> tuple[CarrierId, Parked]:
        key, parked = self.by_number.pop(number)
        numbers = self._numbers_of[key]
        numbers.remove(number)
        if not numbers:
            del self._numbers_of[key]
        return key, parked
