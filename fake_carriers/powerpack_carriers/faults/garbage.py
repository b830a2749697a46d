"""Octets that are no PDU come between PDUs."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class GarbageConfig(WireFaultConfig):
    """``octets`` of them, drawn anew each time, in front of the PDU."""

    word: ClassVar[str] = "garbage"

    octets: int = 16

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(GarbageConfig, self).__post_init__()
        between("octets", self.octets, 1, 65_536)

    def build(self, dice: Random) -> "Garbage":
        return Garbage(self, dice)


class Garbage:
    """Puts them there."""

    def __init__(self, config: GarbageConfig, dice: Random) -> None:
        self._octets = config.octets
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return [self._dice.randbytes(self._octets), pdu]
