"""command_length says something else than the PDU's length (node-smpp issues 78 and 109)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class LyingLengthConfig(WireFaultConfig):
    """``length`` is what it says: 0 to 15 and huge ones can not be true."""

    word: ClassVar[str] = "lying_length"

    length: int = 0x80000009

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(LyingLengthConfig, self).__post_init__()
        between("length", self.length, 0, 0xFFFFFFFF)

    def build(self, dice: Random) -> "LyingLength":
        return LyingLength(self)


class LyingLength:
    """Writes it over the true one."""

    def __init__(self, config: LyingLengthConfig) -> None:
        self._length = config.length.to_bytes(4, "big")

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return [self._length + pdu[4:]]
