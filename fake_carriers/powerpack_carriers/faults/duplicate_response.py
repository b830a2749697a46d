"""A request is answered more than once."""

from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, is_response
from powerpack_carriers.settings import READ, between, read_status
from powerpack_carriers.smpp.constants import CommandStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateResponseConfig(WireFaultConfig):
    """``copies`` come besides the first, at once; with a ``status`` they say that instead, and have no body."""

    word: ClassVar[str] = "duplicate_response"

    copies: int = 1
    status: int = field(default=CommandStatus.ESME_ROK, metadata={READ: read_status})

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DuplicateResponseConfig, self).__post_init__()
        between("copies", self.copies, 1, 100)

    def concerns_pdu(self, pdu: bytes) -> bool:
        return is_response(pdu) and super(DuplicateResponseConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "DuplicateResponse":
        return DuplicateResponse(self)


class DuplicateResponse:
    """Repeats itself."""

    def __init__(self, config: DuplicateResponseConfig) -> None:
        self._copies = config.copies
        self._status = config.status

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        copy = b"\0\0\0\x10" + pdu[4:8] + self._status.to_bytes(4, "big") + pdu[12:16] if self._status else pdu
        return [pdu, *[copy] * self._copies]
