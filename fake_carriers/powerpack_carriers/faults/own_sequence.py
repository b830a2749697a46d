"""The carrier numbers its own requests in a way of its own: from 0 on, or beyond 0x7FFFFFFF, where 3.4 ends (5.1.4).

A capture of Syniverse's has 2676551972; node-smpp began at 0 until pull request 17, vumi went on to 4,000,000,000 (88).
"""

from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, is_response
from powerpack_carriers.settings import between
from powerpack_carriers.smpp.buffer import PDU_OCTETS_MAX
from powerpack_carriers.smpp.constants import HEADER_OCTETS

NUMBER_MAX: Final = 0xFFFFFFFF
"""sequence_number has four octets (SMPP 3.4, 3.2)."""

WIRES_MAX: Final = 1_000
"""Connections whose numbering is remembered; a carrier has 500 at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSequenceConfig(WireFaultConfig):
    """``starts_at`` is the number of the first request on each connection; behind 0xFFFFFFFF comes 0.

    Add it before ESMEs bind, and leave it: answers to what left before it, or comes after it, find nobody.
    """

    word: ClassVar[str] = "own_sequence"

    starts_at: int = 0x80000000

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(OwnSequenceConfig, self).__post_init__()
        between("starts_at", self.starts_at, 0, NUMBER_MAX)
        if self.share < 1 or self.command is not None:
            raise ValueError("share and command: all requests of a connection are numbered together; expected neither")

    def build(self, dice: Random) -> "OwnSequence":
        return OwnSequence(self)


class OwnSequence:
    """Moves the numbers of requests on their way out, and those of their answers back on their way in."""

    def __init__(self, config: OwnSequenceConfig) -> None:
        self._first = config.starts_at
        self._moved_by: BoundedDict[str, int] = BoundedDict(WIRES_MAX)
        self._begun: BoundedDict[str, bytes] = BoundedDict(WIRES_MAX)

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        if is_response(pdu) or len(pdu) < HEADER_OCTETS:  # a piece: another fault was here before
            return [pdu]
        number = int.from_bytes(pdu[12:16], "big")
        moved_by = self._moved_by.get(wire.name)
        if moved_by is None:
            moved_by = self._moved_by[wire.name] = self._first - number
        return [_numbered(pdu, number + moved_by)]

    def on_read(self, wire: Wire, data: bytes) -> bytes:
        moved_by = self._moved_by.get(wire.name)
        if moved_by is None:
            return data
        data = (self._begun.take(wire.name) or b"") + data
        read = b""
        while len(data) >= HEADER_OCTETS:
            length = int.from_bytes(data[:4], "big")
            if not HEADER_OCTETS <= length <= PDU_OCTETS_MAX:
                return read + data  # the session says what is wrong with it, and nobody waits for its end
            if length > len(data):
                break
            pdu, data = data[:length], data[length:]
            read += _numbered(pdu, int.from_bytes(pdu[12:16], "big") - moved_by) if is_response(pdu) else pdu
        if data:
            self._begun[wire.name] = data
        return read


def _numbered(pdu: bytes, number: int) -> bytes:
    return pdu[:12] + (number & NUMBER_MAX).to_bytes(4, "big") + pdu[16:]
