"""Frames: the octets of a connection, cut into PDUs (SMPP 3.4, 3.1, 3.2)."""

import struct
from typing import Final

from powerpack_gateway.smpp.errors import BadFrame

HEADER_LENGTH: Final = 16

_LENGTH: Final = struct.Struct(">I").unpack_from

#: What the first octets say when the port belongs to another service, or to TLS.
_OTHER_PROTOCOLS: Final = (
    (b"HTTP", "HTTP"),
    (b"AMQP", "AMQP"),
    (b"SSH-", "SSH"),
    (b"\x15\x03", "TLS"),
    (b"\x16\x03", "TLS"),
)


class Frames:
    """Collects octets until a PDU is whole. What it holds is bounded by the longest PDU plus one read."""

    def __init__(self, pdu_length_max: int) -> None:
        self._pdu_length_max = pdu_length_max
        self._held = bytearray()
        self._needed = 4
        self._is_broken = False

    def feed(self, data: bytes) -> tuple[list[bytes], BadFrame | None]:
        """The PDUs that ``data`` completes, in order, each a copy of its own.

        The error says that a command_length behind them is impossible; from then on there are no more PDUs.
        """
        pdus: list[bytes] = []
        if self._is_broken:
            return pdus, None
        buffer = data
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return pdus, None
            buffer = bytes(self._held)
            self._held.clear()
        start, end = 0, len(buffer)
        length_max = self._pdu_length_max
        needed = 4
        while end - start >= 4:
            # Judged as soon as it is there: nothing is ever allocated by its value.
            needed = _LENGTH(buffer, start)[0]
            if not HEADER_LENGTH <= needed <= length_max:
                self._is_broken = True
                looks_like = next((name for mark, name in _OTHER_PROTOCOLS if buffer.startswith(mark, start)), "")
                return pdus, BadFrame(needed, length_max, looks_like)
            stop = start + needed
            if stop > end:
                break
            pdus.append(buffer[start:stop])
            start = stop
            needed = 4
        if start < end:
            self._held += buffer[start:]
        self._needed = needed
        return pdus, None
