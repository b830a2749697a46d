"""How a phone's long text travels: its parts in order or not, some late, twice, or never."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from powerpack_carriers.settings import between
from powerpack_carriers.text import PARTS_MAX

GAP_S_MAX: Final = 86_400.0
"""A day: every gateway has given the missing parts up by then."""


class PartOrder(StrEnum):
    """The order in which parts arrive."""

    IN_ORDER = "in_order"
    REVERSED = "reversed"
    SHUFFLED = "shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class InParts:
    """``at_least`` so many parts, although the text may fit into fewer; those ``lost`` never come, those ``twice`` come
    again at the end; part 1 is the first. ``gap_s`` seconds lie between one and the next.
    """

    at_least: int = 1
    order: PartOrder = PartOrder.IN_ORDER
    lost: tuple[int, ...] = ()
    twice: tuple[int, ...] = ()
    gap_s: float = 0.0

    def __post_init__(self) -> None:
        between("at_least", self.at_least, 1, PARTS_MAX)
        between("gap_s", self.gap_s, 0, GAP_S_MAX)
        for name, parts in (("lost", self.lost), ("twice", self.twice)):
            for part in parts:
                between(name, part, 1, PARTS_MAX)

    def loses_of(self, count: int) -> bool:
        """Whether one of a text's ``count`` parts never comes."""
        return any(part <= count for part in self.lost)

    def arranged(self, bodies: tuple[bytes, ...], dice: Random) -> list[bytes]:
        """The bodies that leave, in the order in which they do."""
        numbered = list(enumerate(bodies, start=1))
        if self.order is PartOrder.REVERSED:
            numbered.reverse()
        elif self.order is PartOrder.SHUFFLED:
            dice.shuffle(numbered)
        numbered += [(number, body) for number, body in numbered if number in self.twice]
        return [body for number, body in numbered if number not in self.lost]


WHOLE: Final = InParts()
"""As phones send: no more parts than needed, in order."""
