"""Sessions in each of their states, octets for them to read, and what they would write."""

import struct
from collections.abc import Sequence

from powerpack_gateway.smpp.events import (
    Event,
)
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.submission import Submission

HELLO = Submission("12065550100", "14155550123", b"hello")
DELIVER_BODY = b"\0\x01\x0114155550123\0\x03\x0012345\0\x04\0\0\0\0\0\0\0\0\x02hi"

BIND_RESP = {
    BindKind.RECEIVER: 0x80000001,
    BindKind.TRANSMITTER: 0x80000002,
    BindKind.TRANSCEIVER: 0x80000009,
}


def pdu(command_id: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


def sent(session: Session) -> list[tuple[int, int, int]]:
    """command_id, command_status and sequence_number of everything that waits to be written."""
    data, pdus = session.data_to_send(), []
    while data:
        length, command_id, status, sequence = struct.unpack_from(">IIII", data)
        pdus.append((command_id, status, sequence))
        data = data[length:]
    return pdus


def no_trace(direction: str, pdus: Sequence[bytes]) -> None:
    pass


def new(kind: BindKind = BindKind.TRANSCEIVER, **changes: object) -> Session:
    values: dict[str, object] = {
        "name": "acme",
        "hosts": (("127.0.0.1", 2775),),
        "system_id": "esme1",
        "password": "secret",
        "window": 3,
    }
    settings = RouteSettings(**(values | changes))  # type: ignore[arg-type]  # each test changes what it is about
    return Session(settings, kind=kind, link="acme#1", trace=no_trace)


def binding(kind: BindKind = BindKind.TRANSCEIVER, **changes: object) -> Session:
    session = new(kind, **changes)
    session.connected(0.0)
    session.data_to_send()
    return session


def bound(kind: BindKind = BindKind.TRANSCEIVER, **changes: object) -> Session:
    session = binding(kind, **changes)
    session.receive_data(pdu(BIND_RESP[kind], 1, body=b"smsc\0"), 0.0)
    return session


def unbinding() -> Session:
    session = bound()
    session.unbind(0.0)
    session.data_to_send()
    return session


def unbound() -> Session:
    session = bound()
    session.receive_data(pdu(0x06, 9), 0.0)
    session.data_to_send()
    return session


def whole(session: Session, data: bytes) -> list[Event]:
    return session.receive_data(data, 1.0)


def octet_by_octet(session: Session, data: bytes) -> list[Event]:
    return [event for octet in data for event in session.receive_data(bytes([octet]), 1.0)]


def with_a_tail(session: Session, data: bytes) -> list[Event]:
    return session.receive_data(data + pdu(0x15, 99)[:11], 1.0)


FEEDS = [whole, octet_by_octet, with_a_tail]
