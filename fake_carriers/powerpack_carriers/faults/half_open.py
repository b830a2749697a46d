"""The peer is gone and nobody says so: nothing is read and nothing is written, and the connection stands."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfOpenConfig(WireFaultConfig):
    """What was swallowed does not come again when the fault ends; enquire_links find the connection dead meanwhile."""

    word: ClassVar[str] = "half_open"

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(HalfOpenConfig, self).__post_init__()
        if self.share < 1 or self.command is not None:
            raise ValueError("share and command: a dead connection is wholly dead; expected neither")

    def build(self, dice: Random) -> "HalfOpen":
        return HalfOpen()


class HalfOpen:
    """Swallows everything."""

    def on_read(self, wire: Wire, data: bytes) -> bytes:
        return b""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return []
