"""The connection is reset in the middle of a PDU."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetInPduConfig(WireFaultConfig):
    """Half of the PDU has left by then; a reset may overtake it, as TCP has it."""

    word: ClassVar[str] = "reset_in_pdu"

    def build(self, dice: Random) -> "ResetInPdu":
        return ResetInPdu()


class ResetInPdu:
    """Writes half, and hangs up."""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        wire.send_raw(pdu[: len(pdu) // 2])
        wire.abort("a fault of the carrier")
        return []
