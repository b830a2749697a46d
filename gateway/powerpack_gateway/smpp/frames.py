"""Frames: the octets of a connection, cut into PDUs (SMPP 3.4, 3.1, 3.2)."""

from collections.abc import Iterator
from typing import Final

from powerpack_gateway.smpp.errors import BadFrame

HEADER_LENGTH: Final = 16

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

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each PDU that ``data`` completes, in order, each a copy of its own; to be exhausted by the caller.

        Raises BadFrame where a command_length is impossible, after the PDUs before it; from then on nothing is yielded.
        """
        if self._is_broken:
            return
        buffer = data
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return
            buffer = bytes(self._held)
            self._held.clear()
        start, end = 0, len(buffer)
        needed = 4
        while end - start >= 4:
            needed = self._length(buffer, start)
            stop = start + needed
            if stop > end:
                break
            yield buffer[start:stop]
            start = stop
            needed = 4
        if start < end:
            self._held += buffer[start:]
        self._needed = needed

    def _length(self, buffer: bytes, start: int) -> int:
        """The command_length at ``start``, judged as soon as it is there: nothing is ever allocated by its value."""
        length = int.from_bytes(buffer[start : start + 4], "big")
        if HEADER_LENGTH <= length <= self._pdu_length_max:
            return length
        self._is_broken = True
        looks_like = next((name for mark, name in _OTHER_PROTOCOLS if buffer.startswith(mark, start)), "")
        raise BadFrame(length, self._pdu_length_max, looks_like)
