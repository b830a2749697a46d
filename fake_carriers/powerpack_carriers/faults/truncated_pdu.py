"""A PDU loses its end: what follows is read as the rest of it, and the stream is out of step."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncatedPduConfig(WireFaultConfig):
    """Where it is cut is drawn anew each time."""

    word: ClassVar[str] = "truncated_pdu"

    def build(self, dice: Random) -> "TruncatedPdu":
        return TruncatedPdu(dice)


class TruncatedPdu:
    """Cuts."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        # A single octet, which another fault has left or put there, has no shorter piece.
        return [pdu[: self._dice.randrange(1, len(pdu))]] if len(pdu) > 1 else []
