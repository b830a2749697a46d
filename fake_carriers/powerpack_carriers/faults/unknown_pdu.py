"""A PDU that SMPP 3.4 does not know comes between the others: a vendor's own, or one of SMPP 5.0."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig
from powerpack_carriers.settings import between
from powerpack_carriers.smpp.constants import HEADER_OCTETS

VENDOR_COMMAND = 0x0001_0200
"""The first that 3.4, 5.1.2.1 sets aside for vendors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPduConfig(WireFaultConfig):
    """``command_id`` is what it calls itself, ``octets`` how long its body is."""

    word: ClassVar[str] = "unknown_pdu"

    command_id: int = VENDOR_COMMAND
    octets: int = 8

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(UnknownPduConfig, self).__post_init__()
        between("command_id", self.command_id, 0, 0xFFFF_FFFF)
        between("octets", self.octets, 0, 10_000)

    def build(self, dice: Random) -> "UnknownPdu":
        return UnknownPdu(self, dice)


class UnknownPdu:
    """Puts one in front; its sequence numbers are its own."""

    def __init__(self, config: UnknownPduConfig, dice: Random) -> None:
        self._config = config
        self._dice = dice
        self._count = 0x7000_0000

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        self._count += 1
        length = HEADER_OCTETS + self._config.octets
        header = (length, self._config.command_id, 0, self._count)
        body = self._dice.randbytes(self._config.octets)
        return [b"".join(each.to_bytes(4, "big") for each in header) + body, pdu]
