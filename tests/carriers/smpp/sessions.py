"""A session for tests, in whatever state, and what it says when it is driven."""

from powerpack_carriers.smpp.codec import decode, encode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.events import (
    BindRequested,
    Event,
    Refused,
    RequestsReceived,
    ResponsesReceived,
)
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.session import Session, SessionLimits
from powerpack_carriers.smpp.states import SessionState

BIND_OF = {
    SessionState.BOUND_TX: CommandId.bind_transmitter,
    SessionState.BOUND_RX: CommandId.bind_receiver,
    SessionState.BOUND_TRX: CommandId.bind_transceiver,
}
ENQUIRE_LINK = encode_raw(CommandId.enquire_link, 0, 9)


def bind(command_id: int = CommandId.bind_transceiver, version: int = 0x34) -> bytes:
    fields: dict[str, FieldValue] = {"system_id": "esme", "password": "pwd", "interface_version": version}
    return encode(Pdu(command_id=command_id, sequence_number=1, fields=fields))


def submit(sequence_number: int = 2, text: bytes = b"hi") -> bytes:
    fields: dict[str, FieldValue] = {"source_addr": "12", "destination_addr": "34", "short_message": text}
    return encode(Pdu(command_id=CommandId.submit_sm, sequence_number=sequence_number, fields=fields))


def bound(state: SessionState = SessionState.BOUND_TRX, *, window_max: int = 10) -> Session:
    session = Session(system_id="smsc", limits=SessionLimits(window_max=window_max))
    (event,) = session.receive_data(bind(BIND_OF[state]))
    assert isinstance(event, BindRequested)
    session.accept_bind(event.request)
    session.data_to_send()
    return session


def unbound() -> Session:
    session = bound()
    session.receive_data(encode_raw(CommandId.unbind, 0, 2))
    session.data_to_send()
    return session


def in_state(state: SessionState) -> Session:
    match state:
        case SessionState.OPEN:
            return Session(system_id="smsc")
        case SessionState.OUTBOUND:
            session = Session(system_id="smsc")
            session.send_request(CommandId.outbind, {"system_id": "smsc"})
        case SessionState.UNBOUND:
            session = unbound()
        case SessionState.CLOSED:
            session = bound()
            session.close()
        case _:
            session = bound(state)
    session.data_to_send()
    assert session.state is state
    return session


def sent(session: Session) -> list[Pdu]:
    return [decode(raw) for raw in session.pdus_to_send()]


def drive(session: Session, chunks: list[bytes]) -> tuple[list[str], list[bytes], bytes]:
    """Feed a session whose application answers at once: what it was asked, what was written (sorted), and the last PDU.

    Responses may leave in another order than their requests came (SMPP 3.4, 2.5.2); ends may not overtake them.
    """
    asked: list[str] = []
    written: list[bytes] = []
    for chunk in chunks:
        events = session.receive_data(chunk)
        while events:
            for event in events:
                asked += act(session, event)
            events = session.receive_data(b"")
        written += session.pdus_to_send()
    return asked, sorted(written), written[-1] if session.state is SessionState.CLOSED else b""


def act(session: Session, event: Event) -> list[str]:
    match event:
        case BindRequested():
            session.accept_bind(event.request)
            return [f"bind {event.bind}"]
        case RequestsReceived():
            for request in event.requests:
                if request.command_id == CommandId.submit_sm:
                    session.respond_submit(request, b"%d" % request.sequence_number)
                else:
                    session.respond(request, CommandStatus.ESME_RSYSERR)
            return [repr(request) for request in event.requests]
        case ResponsesReceived():
            return [f"{context} {status}" for context, status in event.answered]
        case Refused():
            return [event.reason]
        case _:
            return [type(event).__name__]
