"""An SMSC for benchmarks that costs next to nothing: it binds whoever asks and accepts every submit_sm.

What becomes of receipts is each benchmark's own: ``submitted`` and ``acknowledged`` collect what is written after the
read that they belong to.
"""

import asyncio
import struct

HEADER = struct.Struct(">IIII")
SUBMIT_SM, DELIVER_SM, ENQUIRE_LINK, UNBIND, BIND_TRANSCEIVER, RESPONSE = 4, 5, 0x15, 6, 9, 0x80000000


class StubSmsc(asyncio.Protocol):
    """One link. ``out`` is what the read that is taken leaves to be written."""

    def __init__(self) -> None:
        self._held = b""
        self._ids = 0
        self.out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take every PDU that is whole, and write once."""
        data = self._held + data
        at, end = 0, len(data)
        while end - at >= 16:
            length, command, _, sequence = HEADER.unpack_from(data, at)
            if at + length > end:
                break
            if command == SUBMIT_SM:
                self.submitted(sequence, data, at)
            elif command == DELIVER_SM | RESPONSE:
                self.acknowledged()
            elif command in (BIND_TRANSCEIVER, ENQUIRE_LINK, UNBIND):
                body = b"stub\0" if command == BIND_TRANSCEIVER else b""
                self.out.append(HEADER.pack(16 + len(body), command | RESPONSE, 0, sequence) + body)
            at += length
        self._held = data[at:]
        self.taken()

    def submitted(self, sequence: int, data: bytes, at: int) -> None:
        """A submit_sm that begins at an octet of ``data``."""
        raise NotImplementedError

    def acknowledged(self) -> None:
        """A receipt was answered."""

    def taken(self) -> None:
        """The read is over."""
        self.write(self.out)
        self.out = []

    def write(self, pdus: list[bytes]) -> None:
        """Send these together."""
        if pdus:
            self._transport.write(b"".join(pdus))  # type: ignore[attr-defined]

    def accept(self, sequence: int) -> bytes:
        """Answer a submit_sm with the next id, which is returned."""
        self._ids += 1
        name = b"%010d" % self._ids
        self.out.append(HEADER.pack(27, SUBMIT_SM | RESPONSE, 0, sequence) + name + b"\0")
        return name

    def delivered(self, name: bytes, handset: bytes, sender: bytes) -> bytes:
        """The receipt of what was accepted last under an id: it arrived."""
        text = b"id:%b sub:001 dlvrd:001 submit date:2611220400 done date:2611220400 stat:DELIVRD err:000 text:" % name
        body = b"\0\x01\x01%b\0\x01\x01%b\0\x04\0\0\0\0\0\0\0\0%c%b" % (handset, sender, len(text), text)
        return HEADER.pack(16 + len(body), DELIVER_SM, 0, self._ids) + body


def addresses(data: bytes, at: int) -> tuple[bytes, bytes]:
    """Who sends and who is sent to, of a submit_sm without service_type."""
    source_end = data.index(0, at + 19)
    return data[at + 19 : source_end], data[source_end + 3 : data.index(0, source_end + 3)]
