"""An answer has a sequence number that was never asked (jsmpp issue 166, JamaaSMPP issue 50)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, is_response
from powerpack_carriers.settings import between

SEQUENCE_MAX = 0x7FFFFFFF
"""SMPP 3.4, 5.1.4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongSequenceConfig(WireFaultConfig):
    """``off_by`` is added to the number of responses; requests are left alone."""

    word: ClassVar[str] = "wrong_sequence"

    off_by: int = 1_000_000

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(WrongSequenceConfig, self).__post_init__()
        between("off_by", self.off_by, -SEQUENCE_MAX, SEQUENCE_MAX)

    def concerns_pdu(self, pdu: bytes) -> bool:
        return is_response(pdu) and super(WrongSequenceConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "WrongSequence":
        return WrongSequence(self)


class WrongSequence:
    """Counts differently."""

    def __init__(self, config: WrongSequenceConfig) -> None:
        self._off_by = config.off_by

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        number = (int.from_bytes(pdu[12:16], "big") + self._off_by) % (SEQUENCE_MAX + 1)
        return [pdu[:12] + number.to_bytes(4, "big") + pdu[16:]]
