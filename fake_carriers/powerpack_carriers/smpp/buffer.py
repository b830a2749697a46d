"""From a stream of octets to whole PDUs."""

from struct import Struct
from typing import Final

from powerpack_carriers.smpp.codec import decode
from powerpack_carriers.smpp.constants import HEADER_OCTETS, command_name, status_name
from powerpack_carriers.smpp.errors import UnrecoverableError
from powerpack_carriers.smpp.hot import SubmitSm, scan_submit_sm
from powerpack_carriers.smpp.pdus import Pdu

PDU_OCTETS_MAX: Final = 70_000
"""SMPP 3.4 names no limit. message_payload takes 65,535 octets, all other fields and TLVs some 3,000 more."""

_HEADER: Final = Struct(">IIII")

_FOREIGN: Final = (
    (b"GET ", "HTTP"),
    (b"POST", "HTTP"),
    (b"PUT ", "HTTP"),
    (b"HEAD", "HTTP"),
    (b"HTTP", "HTTP"),
    (b"OPTI", "HTTP"),
    (b"PRI ", "HTTP/2"),
    (b"AMQP", "AMQP"),
    (b"\x16\x03", "TLS"),
    (b"SSH-", "SSH"),
)
"""First octets of what else is sent to a wrong port (node-smpp issues 168 and 230 met HTTP and AMQP)."""


class RawPdu:
    """One PDU as it came, its header read and its body not yet."""

    __slots__ = ("_submit_sm", "command_id", "command_status", "raw", "sequence_number")

    def __init__(self, raw: bytes, command_id: int, command_status: int, sequence_number: int) -> None:
        self.raw = raw
        self.command_id = command_id
        self.command_status = command_status
        self.sequence_number = sequence_number
        self._submit_sm: SubmitSm | None = None

    def decode(self) -> Pdu:
        """All of it; raises RecoverableError where the body is malformed."""
        return decode(self.raw)

    def submit_sm(self) -> SubmitSm:
        """What the hot path needs of a submit_sm, read once; raises RecoverableError where it is malformed."""
        if self._submit_sm is None:
            self._submit_sm = scan_submit_sm(self.raw)
        return self._submit_sm

    def __repr__(self) -> str:
        name, status = command_name(self.command_id), status_name(self.command_status)
        return f"<RawPdu {name} seq={self.sequence_number} {status} {len(self.raw)} octets>"


class PduBuffer:
    """Keeps the octets of a PDU that has not come to its end yet."""

    __slots__ = ("_length_max", "_rest")

    def __init__(self, *, length_max: int = PDU_OCTETS_MAX) -> None:
        self._length_max = length_max
        self._rest = b""

    def __len__(self) -> int:
        return len(self._rest)

    def take_rest(self) -> bytes:
        """The octets that are kept; none is from now on."""
        rest, self._rest = self._rest, b""
        return rest

    def feed(self, data: bytes) -> list[RawPdu]:
        """The PDUs that are whole now, in order.

        A command_length that can not be raises UnrecoverableError, but only once it is next in line: PDUs before it are
        returned first, so feed ``b""`` until nothing comes. Nothing is ever allocated by a claimed length.
        """
        buffer = self._rest + data if self._rest else data
        position = 0
        end = len(buffer)
        found: list[RawPdu] = []
        unpack = _HEADER.unpack_from
        length_max = self._length_max
        while end - position >= HEADER_OCTETS:
            length, command_id, command_status, sequence_number = unpack(buffer, position)
            if not HEADER_OCTETS <= length <= length_max:
                if not found:
                    raise self._wrong_length(length, sequence_number, buffer[position : position + 4])
                break
            after = position + length
            if after > end:
                break
            # A slice of bytes is a copy: it does not keep the whole read alive.
            found.append(RawPdu(buffer[position:after], command_id, command_status, sequence_number))
            position = after
        self._rest = buffer[position:]
        return found

    def _wrong_length(self, length: int, sequence_number: int, head: bytes) -> UnrecoverableError:
        problem = f"found command_length {length}, expected {HEADER_OCTETS} to {self._length_max}"
        foreign = next((name for start, name in _FOREIGN if head.startswith(start)), "")
        if foreign:
            return UnrecoverableError(f"{problem}; this looks like {foreign}, not SMPP")
        return UnrecoverableError(problem, sequence_number=sequence_number)


def split_pdus(octets: bytes) -> list[bytes]:
    """Whole PDUs that follow each other, one by one; what their lengths do not account for is the last of the list."""
    pdus: list[bytes] = []
    position, end = 0, len(octets)
    while position < end:
        length = int.from_bytes(octets[position : position + 4], "big")
        after = position + length if length >= HEADER_OCTETS else end
        pdus.append(octets[position:after])
        position = after
    return pdus
