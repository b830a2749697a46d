"""A request is answered more than once."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.settings import between
from powerpack_carriers.smpp.constants import RESPONSE_BIT


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateResponseConfig(WireFaultConfig):
    """``copies`` come besides the first, at once."""

    word: ClassVar[str] = "duplicate_response"

    copies: int = 1

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DuplicateResponseConfig, self).__post_init__()
        between("copies", self.copies, 1, 100)

    def concerns_pdu(self, pdu: bytes) -> bool:
        return bool(command_id_of(pdu) & RESPONSE_BIT) and super(DuplicateResponseConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "DuplicateResponse":
        return DuplicateResponse(self)


class DuplicateResponse:
    """Repeats itself."""

    def __init__(self, config: DuplicateResponseConfig) -> None:
        self._copies = config.copies

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return [pdu] * (1 + self._copies)
