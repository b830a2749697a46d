"""Which types of numbers a recipient's network does not take, as the operator knows it.

Seed 000 names three reasons why a short code falls back although it goes first: it is over its rate, the network is not
compatible with it, the carrier's routing asks for something else. The first is measured; the others are told here, by
the carriers' names, since no public table has them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from powerpack_gateway.lanes import Away
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.reasons import Reason


class Obstacle(StrEnum):
    """Why a network does not take a type."""

    INCOMPATIBLE = "incompatible"
    ROUTING = "routing"


_REASONS = {Obstacle.INCOMPATIBLE: Reason.INCOMPATIBLE, Obstacle.ROUTING: Reason.ROUTED_AWAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRule:
    """One carrier, and a type that messages to it do not go out from."""

    carrier: str
    type: NumberType
    obstacle: Obstacle


class NetworkRules:
    """``carrier_of`` says which carrier serves a number."""

    def __init__(self, rules: Iterable[NetworkRule], carrier_of: Callable[[str], str | None]) -> None:
        self._carrier_of = carrier_of
        self._away: dict[str, Away] = {}
        for each in rules:
            self._away[each.carrier] = (*self._away.get(each.carrier, ()), (each.type, _REASONS[each.obstacle]))

    def away(self, destination: str) -> Away:
        """The types that are out for a recipient, with their reasons; without rules nobody's carrier is asked for."""
        return self._away.get(self._carrier_of(destination) or "", ()) if self._away else ()
