"""The carrier takes everything and answers nothing, not even a bind or an enquire_link."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteConfig(WireFaultConfig):
    """With a ``command`` it is silent about that one only, such as ``bind_transceiver_resp`` or ``deliver_sm``."""

    word: ClassVar[str] = "mute"

    def build(self, dice: Random) -> "Mute":
        return Mute()


class Mute:
    """Writes nothing."""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return []
