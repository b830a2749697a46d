"""The SMSC's side of one connection: octets in, events out, octets to write; no socket, no clock.

The caller's loop is: ``receive_data``, act on the events, write ``data_to_send()``. The session answers enquire_link,
unbind and everything that is wrong by itself; the application answers the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from powerpack_carriers.smpp.buffer import PDU_OCTETS_MAX, PduBuffer, RawPdu
from powerpack_carriers.smpp.codec import HEADER, encode, encode_body, encode_raw, encode_tlvs, without_tlvs
from powerpack_carriers.smpp.constants import (
    HEADER_OCTETS,
    INTERFACE_VERSION,
    RESPONSE_BIT,
    CommandId,
    CommandStatus,
    TlvTag,
    command_name,
)
from powerpack_carriers.smpp.errors import NotAllowed, RecoverableError, UnrecoverableError, WindowFull
from powerpack_carriers.smpp.events import (
    Bind,
    BindRequested,
    Broken,
    Event,
    Refused,
    RequestsReceived,
    Unbound,
    UnexpectedResponse,
    answers_at_end,
    requests_at_end,
)
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.hot import submit_sm_resp
from powerpack_carriers.smpp.output import Output
from powerpack_carriers.smpp.outstanding import Outstanding
from powerpack_carriers.smpp.pdus import BODIES, Pdu
from powerpack_carriers.smpp.rules import check
from powerpack_carriers.smpp.states import BOUND_STATES, TRANSITIONS, Role, SessionState, next_state
from powerpack_carriers.smpp.tlvs import Tlv

WINDOW_MAX: Final = 1_000
"""Requests of ours that may wait for an answer. SMPP 3.4, 2.5.2 advises 10; test traffic comes in larger waves."""

_SUBMIT_SM: Final = int(CommandId.submit_sm)
_SUBMIT_STATES: Final = tuple(TRANSITIONS[Role.ESME, CommandId.submit_sm])
_DELIVER_SM: Final = int(CommandId.deliver_sm)
_DELIVER_SM_RESP: Final = int(CommandId.deliver_sm_resp)
_DELIVER_STATES: Final = tuple(TRANSITIONS[Role.SMSC, CommandId.deliver_sm])
_CLOSED: Final = SessionState.CLOSED  # reading a member of an Enum costs, and this one is compared for every answer
_OVER: Final = (SessionState.UNBOUND, SessionState.CLOSED)
_BINDS: Final = (CommandId.bind_receiver, CommandId.bind_transmitter, CommandId.bind_transceiver)
_WITHOUT_RESPONSE: Final = (CommandId.outbind, CommandId.alert_notification)
_GENERIC_NACK: Final = int(CommandId.generic_nack)
_NOT_PENDING: Final = (0, None)
_PACK_HEADER: Final = HEADER.pack


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """What one peer may take of us."""

    pdu_octets_max: int = PDU_OCTETS_MAX
    window_max: int = WINDOW_MAX


DEFAULT_LIMITS: Final = SessionLimits()


class Session:
    """One connection as the SMSC sees it."""

    def __init__(self, *, system_id: str, limits: SessionLimits = DEFAULT_LIMITS) -> None:
        self.system_id = system_id
        self.limits = limits
        self._state = SessionState.OPEN
        self._bind: Bind | None = None
        self._bind_requested: BindRequested | None = None
        self._buffer = PduBuffer(length_max=limits.pdu_octets_max)
        self._held: list[RawPdu] = []
        self._received: list[RawPdu] = []
        self._output = Output()
        self._outstanding = Outstanding(window_max=limits.window_max)
        self._is_unbinding = False
        self._is_old = False

    # What it is

    @property
    def state(self) -> SessionState:
        """Where it is in the table of ``states``."""
        return self._state

    @property
    def bind(self) -> Bind | None:
        """What the ESME bound as; None before that."""
        return self._bind

    @property
    def is_bound(self) -> bool:
        """Whether an ESME is bound, in whatever direction."""
        return self._state in BOUND_STATES

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: unbound, or closed."""
        return self._state in _OVER

    @property
    def is_unbinding(self) -> bool:
        """Whether we have sent unbind: what is on its way is still served, nothing new should be sent."""
        return self._is_unbinding

    @property
    def is_old(self) -> bool:
        """Whether the ESME speaks a version below 3.4: it gets no TLVs and short message ids (SMPP 3.4, 3.4)."""
        return self._is_old

    @property
    def window_free(self) -> int:
        """How many requests may be sent now."""
        return self._outstanding.free

    @property
    def deliveries_free(self) -> int:
        """How many deliver_sm may be sent now; none where the ESME does not receive, and none on the way out."""
        if self._is_unbinding or self._state not in _DELIVER_STATES:
            return 0
        return self._outstanding.free

    @property
    def may_submit(self) -> bool:
        """Whether a submit_sm would be taken now and here, with nothing before it that still waits."""
        return self._state in _SUBMIT_STATES and not self._held and self._bind_requested is None

    def unanswered(self) -> list[object]:
        """The contexts of our requests that the peer has not answered, oldest first."""
        return self._outstanding.contexts()

    def withdraw(self, is_overdue: Callable[[object], bool]) -> list[object]:
        """Wait no more for the oldest requests, as long as ``is_overdue`` says so of their contexts; those contexts.

        An answer that comes nevertheless is an UnexpectedResponse.
        """
        return self._outstanding.withdraw(is_overdue)

    def __repr__(self) -> str:
        who = f" {self._bind}" if self._bind else ""
        return f"<Session {self._state.value}{who}, {len(self._outstanding)} unanswered>"

    # Octets in

    def receive_data(self, data: bytes) -> list[Event]:
        """Take what the peer sent and say what it means; act on it, and call again with ``b""`` until nothing comes.

        So a peer that sends ahead is served the same whether its octets come in one piece or in many: nothing behind a
        BindRequested is looked at until that is answered, and no end of the session until all before it was acted on.
        """
        events: list[Event] = []
        pdus, self._held = self._held, []
        self._received = []
        try:
            while self._state is not SessionState.CLOSED:
                if pdus:
                    self._take_all(pdus, events)
                pdus = self._buffer.feed(data)
                data = b""
                self._received += pdus
                if self._held or self._bind_requested is not None:
                    self._held += pdus
                    break
                if not pdus:
                    break
        except UnrecoverableError as error:
            if events:  # the buffer raises it again
                return events
            self._output.append(encode_raw(CommandId.generic_nack, error.command_status, error.sequence_number))
            self._state = SessionState.CLOSED
            events.append(Broken(error=error))
        return events

    @property
    def has_more(self) -> bool:
        """Whether ``receive_data(b"")`` might say something more, once all that it said was acted on."""
        return bool(self._held or len(self._buffer))

    def pdus_received(self) -> list[RawPdu]:
        """All PDUs that the last ``receive_data`` found, for a journal."""
        return self._received

    # Octets in, the short way: for whoever reads plain PDUs in one pass

    def take_rest(self, data: bytes) -> bytes:
        """``data`` behind the octets that wait for the end of their PDU, which are taken away."""
        rest = self._buffer.take_rest()
        return rest + data if rest else data

    def settle(self, numbers: bytes) -> bool:
        """Take answers to deliver_sm that say ESME_ROK; ``numbers`` are their sequence_numbers as on the wire, joined.

        False, and nothing is done, where one was not waited for.
        """
        return self._outstanding.settle(numbers)

    def receive_eof(self) -> list[Event]:
        """The peer sends no more: the session is closed; inside a PDU that is Broken."""
        octets = len(self._buffer)
        was_open = self._state is not SessionState.CLOSED
        self.close()
        if octets and was_open:
            return [Broken(error=UnrecoverableError(f"the connection ended after {octets} octets of a PDU"))]
        return []

    def _take_all(self, pdus: list[RawPdu], events: list[Event]) -> None:
        """Each PDU in its order; a submit_sm in a state that allows it and an answer that we wait for go the short way.

        ``requests`` and ``answered`` are those of the last event while it is of their kind. While the application
        ``owes`` answers, whatever the session might answer by itself is held: answers leave in the order of requests.
        """
        may_submit = self._state in _SUBMIT_STATES
        pending = self._outstanding.each()
        requests: list[RawPdu] | None = None
        answered: list[tuple[object, int]] | None = None
        owes = False
        for index, pdu in enumerate(pdus):
            command_id = pdu.command_id
            if command_id == _SUBMIT_SM and may_submit:
                try:
                    pdu.submit_sm()
                except RecoverableError as error:
                    if owes:
                        self._held = pdus[index:]
                        return
                    self._refuse(pdu, error.command_status, str(error), events)
                    requests = answered = None
                    continue
                if requests is None:
                    requests, answered, owes = requests_at_end(events), None, True
                requests.append(pdu)
                continue
            if command_id == _DELIVER_SM_RESP:
                expected, context = pending.get(pdu.sequence_number, _NOT_PENDING)
                if expected == _DELIVER_SM_RESP:
                    del pending[pdu.sequence_number]
                    if answered is None:
                        requests, answered = None, answers_at_end(events)
                    answered.append((context, pdu.command_status))
                    continue
            if (owes and not command_id & RESPONSE_BIT) or (events and command_id == CommandId.unbind):
                self._held = pdus[index:]
                return
            self._take(pdu, events)
            owes = owes or (bool(events) and isinstance(events[-1], RequestsReceived))
            if self._bind_requested is not None:
                self._held = pdus[index + 1 :]
                return
            may_submit = self._state in _SUBMIT_STATES
            requests = answered = None

    def _take(self, pdu: RawPdu, events: list[Event]) -> None:
        if pdu.command_id & RESPONSE_BIT:
            self._take_response(pdu, events)
        elif pdu.command_id not in BODIES:
            self._refuse(pdu, CommandStatus.ESME_RINVCMDID, f"{command_name(pdu.command_id)} is unknown", events)
        elif next_state(Role.ESME, self._state, pdu.command_id) is None:
            again = pdu.command_id in _BINDS and self._state in BOUND_STATES
            status = CommandStatus.ESME_RALYBND if again else CommandStatus.ESME_RINVBNDSTS
            problem = f"{command_name(pdu.command_id)} is not allowed in state {self._state.value}"
            self._refuse(pdu, status, problem, events)
        else:
            self._take_request(pdu, events)

    def _take_request(self, pdu: RawPdu, events: list[Event]) -> None:
        try:
            body = pdu.decode()
            check(body)
        except RecoverableError as error:
            self._refuse(pdu, error.command_status, str(error), events)
            return
        match pdu.command_id:
            case CommandId.enquire_link:
                self._output.append(encode_raw(CommandId.enquire_link_resp, 0, pdu.sequence_number))
            case CommandId.unbind:
                self.respond(pdu)
                events.append(Unbound(by_peer=True))
            case CommandId.bind_receiver | CommandId.bind_transmitter | CommandId.bind_transceiver:
                self._bind_requested = BindRequested(request=pdu, bind=Bind.of(body))
                events.append(self._bind_requested)
            case _:
                requests_at_end(events).append(pdu)

    def _take_response(self, pdu: RawPdu, events: list[Event]) -> None:
        """Answers settle what is pending; those to our enquire_link and unbind are ours; all others change nothing."""
        pending = self._outstanding.each()
        expected, context = pending.get(pdu.sequence_number, _NOT_PENDING)
        if expected and (pdu.command_id == expected or pdu.command_id == _GENERIC_NACK):
            del pending[pdu.sequence_number]
            answers_at_end(events).append((context, pdu.command_status))
        elif pdu.command_id == CommandId.unbind_resp and self._is_unbinding:
            if self._state is not SessionState.UNBOUND:
                self._state = SessionState.UNBOUND
                events.append(Unbound(by_peer=False))
        elif pdu.command_id != CommandId.enquire_link_resp:
            events.append(UnexpectedResponse(response=pdu))

    def _refuse(self, pdu: RawPdu, status: int, reason: str, events: list[Event]) -> None:
        """Answer with the request's own response, or with generic_nack where it has none (SMPP 3.4, 4.3)."""
        has_response = pdu.command_id in BODIES and pdu.command_id not in _WITHOUT_RESPONSE
        command_id = pdu.command_id | RESPONSE_BIT if has_response else CommandId.generic_nack
        self._output.append(encode_raw(command_id, status, pdu.sequence_number))
        events.append(Refused(request=pdu, command_status=status, reason=reason))

    # Answers

    def accept_bind(self, request: RawPdu) -> None:
        """Let the ESME in: bind_*_resp with ESME_ROK, and with sc_interface_version for those that know TLVs."""
        requested = self._settle_bind(request)
        self._bind = requested.bind
        self._is_old = not requested.bind.accepts_tlvs
        known = (Tlv.of(TlvTag.sc_interface_version, INTERFACE_VERSION),)
        self.respond(request, tlvs=known, system_id=self.system_id)

    def refuse_bind(self, request: RawPdu, status: int) -> None:
        """Keep the ESME out; it may try again on the same connection."""
        self._settle_bind(request)
        self.respond(request, status)

    def _settle_bind(self, request: RawPdu) -> BindRequested:
        requested = self._bind_requested
        if requested is None or requested.request is not request:
            raise NotAllowed(f"{request!r} is not the bind that waits for an answer")
        self._bind_requested = None
        return requested

    def respond(self, request: RawPdu, status: int = 0, *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> None:
        """Answer a request, now or later; on a closed session the answer has nobody to go to and is dropped."""
        if self._state is SessionState.CLOSED:
            return
        response = Pdu(
            command_id=request.command_id | RESPONSE_BIT,
            command_status=status,
            sequence_number=request.sequence_number,
            fields=fields,
            tlvs=() if self._is_old else tlvs,
        )
        self._output.append(encode(response))
        self._state = next_state(Role.SMSC, self._state, response.command_id, status) or self._state

    def respond_submit(self, request: RawPdu, message_id: bytes) -> None:
        """Accept a submit_sm: the short way to ``respond(request, message_id=...)``."""
        if self._state is not _CLOSED:
            self._output.append(submit_sm_resp(request.sequence_number, message_id))

    # Requests of ours

    def send_request(
        self,
        command_id: int,
        fields: dict[str, FieldValue] | None = None,
        tlvs: tuple[Tlv, ...] = (),
        *,
        context: object = None,
    ) -> int:
        """Queue a request; its sequence number. ``context`` comes back with the answer.

        Raises NotAllowed, WindowFull, ValueNotEncodable.
        """
        body = encode_body(command_id, fields or {}) + encode_tlvs(tlvs)
        return self.send_raw_request(command_id, body, context=context)

    def send_raw_request(self, command_id: int, body: bytes, *, context: object = None) -> int:
        """The same for a body with its TLVs that is encoded already, such as a DeliverSmTemplate's."""
        after = self._require(command_id)
        if self._is_old:
            body = without_tlvs(command_id, body)
        outstanding = self._outstanding
        if outstanding.free <= 0:
            raise WindowFull(f"{len(outstanding)} requests are unanswered, expected less before another")
        sequence_number = outstanding.next_number()
        if command_id not in _WITHOUT_RESPONSE:
            outstanding.each()[sequence_number] = (command_id | RESPONSE_BIT, context)
        self._output.append(encode_raw(command_id, 0, sequence_number, body))
        self._state = after
        return sequence_number

    def send_deliver_sm(self, body: bytes, context: object) -> int:
        """The short way to ``send_raw_request`` of a deliver_sm."""
        outstanding = self._outstanding
        if self._state not in _DELIVER_STATES or outstanding.free <= 0 or self._is_old:
            return self.send_raw_request(_DELIVER_SM, body, context=context)  # which says what is wrong
        sequence_number = outstanding.next_number()
        outstanding.each()[sequence_number] = (_DELIVER_SM_RESP, context)
        self._output.append(_PACK_HEADER(HEADER_OCTETS + len(body), _DELIVER_SM, 0, sequence_number) + body)
        return sequence_number

    def begin_deliveries(self, contexts: Sequence[object]) -> int | None:
        """Number so many deliver_sm, which ``queue`` then sends: the first number.

        None where they begin anew in between, and for an ESME that takes no TLVs. Check ``deliveries_free`` before.
        """
        return None if self._is_old else self._outstanding.add_deliveries(contexts)

    def queue(self, octets: bytes, count: int) -> None:
        """Send ``count`` whole PDUs that follow each other."""
        if self._state is not _CLOSED:
            self._output.extend(octets, count)

    def enquire_link(self) -> None:
        """Ask whether the peer is alive. Whatever it sends next says yes (SMPP 3.4, 4.11)."""
        self._require(CommandId.enquire_link)
        self._output.append(encode_raw(CommandId.enquire_link, 0, self._outstanding.next_number()))

    def unbind(self) -> None:
        """Ask the peer to end; what is on its way is still served until Unbound comes."""
        self._require(CommandId.unbind)
        self._output.append(encode_raw(CommandId.unbind, 0, self._outstanding.next_number()))
        self._is_unbinding = True

    def close(self) -> None:
        """The connection is gone: nothing comes in or goes out any more. ``unanswered`` keeps what was pending."""
        self._state = SessionState.CLOSED
        self._output.clear()

    def _require(self, command_id: int) -> SessionState:
        """The state after a request of ours; raises NotAllowed."""
        after = next_state(Role.SMSC, self._state, command_id)
        if after is None:
            raise NotAllowed(f"{command_name(command_id)} is not allowed in state {self._state.value}")
        return after

    # Octets out

    def octets_to_send(self) -> tuple[bytes, int]:
        """Everything queued since the last call, joined: write it at once. And how many PDUs that are."""
        return self._output.take()

    def pdus_to_send(self) -> list[bytes]:
        """The same, one item a PDU."""
        return self._output.take_each()

    def data_to_send(self) -> bytes:
        """The same, joined."""
        return self.octets_to_send()[0]
