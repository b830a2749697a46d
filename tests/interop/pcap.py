"""A capture file made of a journal's PDUs, for those who read captures: Ethernet, IP and TCP around each."""

from collections.abc import Iterable
from struct import Struct
from typing import Final

PORT: Final = 2775
"""The carrier's, whatever it was in truth."""

_FILE: Final = Struct("<IHHiIII")
_RECORD: Final = Struct("<IIII")
_IP: Final = Struct(">BBHHHBBH4s4s")
_TCP: Final = Struct(">HHIIBBHHH")
_ETHERNET: Final = b"\2\0\0\0\0\1" + b"\2\0\0\0\0\2" + b"\x08\0"
_SEGMENT_MAX: Final = 1_400
_ESME, _CARRIER = b"\x7f\0\0\1", b"\x7f\0\0\2"


def write_pcap(pdus: Iterable[tuple[str, str, bytes]]) -> bytes:
    """The file's octets. ``pdus`` are (link, direction as the carrier sees it, octets), in their order."""
    packets = [_FILE.pack(0xA1B2C3D4, 2, 4, 0, 0, 0x40000, 1)]
    ports: dict[str, int] = {}
    sent: dict[tuple[str, str], int] = {}
    for number, (link, direction, octets) in enumerate(pdus):
        port = ports.setdefault(link, 40_000 + len(ports))
        other = "<" if direction == ">" else ">"
        for start in range(0, len(octets), _SEGMENT_MAX):
            piece = octets[start : start + _SEGMENT_MAX]
            packet = _packet(
                piece,
                port=port,
                is_from_carrier=direction == ">",
                sequence=sent.get((link, direction), 1),
                acknowledged=sent.get((link, other), 1),
            )
            sent[link, direction] = sent.get((link, direction), 1) + len(piece)
            packets.append(_RECORD.pack(number, 0, len(packet), len(packet)) + packet)
    return b"".join(packets)


def _packet(octets: bytes, *, port: int, is_from_carrier: bool, sequence: int, acknowledged: int) -> bytes:
    source, target = (PORT, port) if is_from_carrier else (port, PORT)
    tcp = _TCP.pack(source, target, sequence, acknowledged, 5 << 4, 0x18, 0xFFFF, 0, 0)
    parties = (_CARRIER, _ESME) if is_from_carrier else (_ESME, _CARRIER)
    ip = _IP.pack(0x45, 0, _IP.size + len(tcp) + len(octets), 0, 0, 64, 6, 0, *parties)
    return _ETHERNET + ip + tcp + octets
