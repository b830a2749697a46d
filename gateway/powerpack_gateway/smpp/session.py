"""The ESME's side of one SMPP session, without any I/O.

The shell tells it of octets (``receive_data``), of time (``tick``) and of the end of the connection (``lost``), and
gets events. After every call it writes ``data_to_send()`` and calls ``tick`` again no later than ``next_deadline()``.
Times are seconds on any one scale that only grows.
"""

import struct
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from powerpack_gateway.smpp import scan, wire
from powerpack_gateway.smpp.commands import (
    ALERT_NOTIFICATION,
    DATA_SM,
    DELIVER_SM,
    ENQUIRE_LINK,
    ENQUIRE_LINK_RESP,
    GENERIC_NACK,
    OUTBIND,
    RESPONSE,
    SUBMIT_SM_RESP,
    UNBIND,
    UNBIND_RESP,
    command_name,
)
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import BadBody, NotAllowed, WindowFull
from powerpack_gateway.smpp.events import (
    AllPlain,
    Answered,
    BadPdu,
    BindRefused,
    Bound,
    Doubtful,
    Event,
    Finished,
    Unanswered,
    Unexpected,
)
from powerpack_gateway.smpp.frames import Frames
from powerpack_gateway.smpp.plain_read import read_plain
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.states import ACKNOWLEDGING, BOUND, RECEIVING, SUBMITTING, State, Step, after, allows
from powerpack_gateway.smpp.statuses import (
    ESME_RINVBNDSTS,
    ESME_RINVCMDID,
    ESME_RINVOPTPARSTREAM,
    ESME_RUNKNOWNERR,
    status_name,
)
from powerpack_gateway.smpp.submission import Submission

#: SMPP 3.4, 3.2: 1 to 0x7FFFFFFF, then 1 again.
SEQUENCE_MAX: Final = 0x7FFFFFFF

#: SMPP 3.4, 4.4.2: 65 octets with the NUL.
MESSAGE_ID_LENGTH_MAX: Final = 64

#: Submits that were given up, kept in case their answers come after all; the oldest is forgotten first. An hour of a
#: carrier that answers one in a hundred of 300 submits a second too late.
LATE_MAX: Final = 10_000

#: Our enquire_links that may still be answered; a carrier that never does so but sends other PDUs is alive.
ENQUIRIES_MAX: Final = 16

#: Texts whose acknowledgement may still be on its way: more than a carrier has unanswered at a time.
DOUBTFUL_MAX: Final = 1_000

_HEADER: Final = struct.Struct(">III")

_BOUND_AS: Final = {
    BindKind.TRANSMITTER: Step.BOUND_AS_TRANSMITTER,
    BindKind.RECEIVER: Step.BOUND_AS_RECEIVER,
    BindKind.TRANSCEIVER: Step.BOUND_AS_TRANSCEIVER,
}

#: Requests of the carrier's that have no response (SMPP 3.4, 4.1.7, 4.12).
_UNANSWERABLE: Final = (OUTBIND, ALERT_NOTIFICATION)


Text = tuple[str, str, bytes, int, int]
"""What a submit_sm says where all else is as usual: source, destination, short_message, data_coding, esm_class."""


class Trace(Protocol):
    """Is told of the PDUs of each read (``<``) before they are acted on, and of each write (``>``) as it is made."""

    def __call__(self, direction: str, pdus: Sequence[bytes], /) -> None: ...


class Session:
    """One bind, from connect to close.

    ``link`` is the name that deliveries carry; ``takes_plain`` asks for AllPlain where that is possible.
    """

    def __init__(
        self, settings: RouteSettings, *, kind: BindKind, link: str, trace: Trace, takes_plain: bool = False
    ) -> None:
        self.state = State.OPEN
        self.end_reason = ""
        self._settings = settings
        self._kind = kind
        self._link = link
        self._trace = trace
        self._takes_plain = takes_plain
        self._texts = wire.Texts(settings.source_plan, settings.destination_plan)
        self._frames = Frames(settings.pdu_length_max)
        self._output: list[bytes] = []
        self._output_length = 0
        self._sequence = 0
        self._bind_sequence = 0
        self._unbind_sequence = 0
        # sequence_number of a submit_sm -> its token and when it was sent; oldest first, for the timer is one for all.
        self._pending: dict[int, tuple[object, float]] = {}
        self._late: dict[int, object] = {}
        # Texts that were acknowledged, each with our first sequence_number whose answer proves that this was read.
        self._acknowledged: deque[tuple[int, Delivery]] = deque(maxlen=DOUBTFUL_MAX)
        self._enquiries: deque[int] = deque(maxlen=ENQUIRIES_MAX)
        self._phase_ends_at: float | None = None  # of BINDING, UNBINDING or UNBOUND; None while bound
        self._received_at = 0.0
        self._enquired_at = 0.0

    def __repr__(self) -> str:
        return f"<Session {self._link}: {self.state.value}, {len(self._pending)} in flight>"

    @property
    def is_bound(self) -> bool:
        """Whether the bind stands and nobody wants to end it."""
        return self.state in BOUND

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen: the connection is to be closed."""
        return self.state is State.CLOSED

    @property
    def window_free(self) -> int:
        """How many submits may be sent now; 0 where none may."""
        return self._settings.window - len(self._pending) if self.state in SUBMITTING else 0

    @property
    def in_flight(self) -> int:
        """How many submits wait for their answer."""
        return len(self._pending)

    @property
    def output_length(self) -> int:
        """Octets that wait for ``data_to_send``."""
        return self._output_length

    # What we want.

    def connected(self, now: float) -> None:
        """The connection is there: ask to bind."""
        self._move(Step.BIND)
        self._phase_ends_at = now + self._settings.bind_timeout_s
        self._received_at = self._enquired_at = now
        self._bind_sequence = self._next_sequence()
        self._send(wire.bind(self._kind, self._bind_sequence, self._settings))

    def submit(self, submission: Submission, token: object, now: float) -> None:
        """Send a submit_sm; its token comes back in Answered or Unanswered.

        Raises NotAllowed when unbound, WindowFull without room, InvalidSubmission; then nothing is sent or kept.
        """
        if self.state not in SUBMITTING:
            raise NotAllowed(Step.SUBMIT.value, self.state.value)
        pending = self._pending
        if len(pending) >= self._settings.window:
            raise WindowFull(self._link)
        source, destination = submission.ton_npis(self._settings.source_plan, self._settings.destination_plan)
        sequence = self._sequence % SEQUENCE_MAX + 1
        raw = wire.submit_sm(sequence, submission, source, destination)
        self._sequence = sequence
        pending[sequence] = (token, now)
        self._send(raw)

    def submit_texts(self, texts: Sequence[tuple[Text, object]], now: float) -> None:
        """``submit`` for each, with its token; WindowFull when not all have room, and then none is sent."""
        if self.state not in SUBMITTING:
            raise NotAllowed(Step.SUBMIT.value, self.state.value)
        pending = self._pending
        if len(pending) + len(texts) > self._settings.window:
            raise WindowFull(self._link)
        sequence = self._sequence
        write = self._texts.submit_sm
        for text, token in texts:
            sequence = sequence % SEQUENCE_MAX + 1
            raw = write(sequence, *text)
            self._sequence = sequence
            pending[sequence] = token, now
            self._output.append(raw)
            self._output_length += len(raw)

    def acknowledge(self, delivery: Delivery, status: int) -> None:
        """Answer a delivery of this session; harmless once the session is over."""
        if self.state in ACKNOWLEDGING:
            self._send(wire.delivery_resp(delivery, status))
            if not (status or delivery.is_receipt or delivery.is_intermediate):
                self._acknowledged.append((self._sequence + 1, delivery))

    def acknowledge_together(self, sequences: Sequence[int], status: int) -> None:
        """Answer several deliver_sm of this session."""
        if self.state in ACKNOWLEDGING:
            answers = wire.deliver_sm_resps(sequences, status)
            self._output += answers
            self._output_length += sum(map(len, answers))

    def unbind(self, now: float) -> None:
        """Ask to end the session; Finished says when it has ended, or that the carrier took too long."""
        self._move(Step.UNBIND)
        self._phase_ends_at = now + self._settings.unbind_timeout_s
        self._unbind_sequence = self._next_sequence()
        self._send(wire.request(UNBIND, self._unbind_sequence))

    def data_to_send(self) -> bytes:
        """Everything to be written since the last call."""
        output = self._output
        if not output:
            return b""
        self._trace(">", output)
        self._output = []  # the trace may keep the list
        self._output_length = 0
        return b"".join(output)

    # What we are told.

    def receive_data(self, data: bytes, now: float) -> list[Event]:
        """Take one read from the connection."""
        events: list[Event] = []
        pending, unpack = self._pending, _HEADER.unpack_from
        pdus, broken = self._frames.feed(data)
        if pdus:
            self._received_at = now
            self._trace("<", pdus)
            if self._takes_plain and broken is None and self._take_plain(pdus, events):
                return events
        for raw in pdus:
            command_id, status, sequence = unpack(raw, 4)
            if command_id == SUBMIT_SM_RESP and sequence in pending:
                events.append(self._answered(pending.pop(sequence)[0], status, raw, events))
            elif command_id & RESPONSE:
                self._receive_response(command_id, status, sequence, raw, events)
            else:
                self._receive_request(command_id, sequence, raw, now, events)
        if broken is not None:
            if self.state is not State.CLOSED:
                self._send(wire.generic_nack(0, broken.command_status))
            self._finish(str(broken), events)
        return events

    def _take_plain(self, pdus: Sequence[bytes], events: list[Event]) -> bool:
        """Take a whole read in few events, if it says nothing out of the ordinary and this state allows deliveries."""
        if self.state not in RECEIVING:
            return False
        pending = self._pending
        reads = read_plain(pdus, pending)
        for answers, receipts in reads:
            accepted = [(pending.pop(sequence)[0], message_id) for sequence, message_id in answers.items()]
            events.append(AllPlain(accepted, receipts))
        return bool(reads)

    def tick(self, now: float) -> list[Event]:
        """Do what is due by ``now``."""
        events: list[Event] = []
        settings = self._settings
        if self._phase_ends_at is not None and now >= self._phase_ends_at:
            self._finish(self._phase_failure(), events)
        if self.is_bound and settings.enquire_link_s is not None and now >= self._enquiry_due(settings.enquire_link_s):
            self._enquire_or_give_up(now, events)
        self._expire(now, events)
        return events

    def next_deadline(self) -> float | None:
        """When ``tick`` must be called; None if nothing is awaited."""
        deadlines = []
        if self._phase_ends_at is not None:
            deadlines.append(self._phase_ends_at)
        if self._settings.enquire_link_s is not None and self.state in BOUND:
            deadlines.append(self._enquiry_due(self._settings.enquire_link_s))
        for _token, sent_at in self._pending.values():
            deadlines.append(sent_at + self._settings.response_timeout_s)
            break
        return min(deadlines, default=None)

    def lost(self, reason: str) -> list[Event]:
        """The connection is gone: no answer that is missing now will ever come (SMPP 5.0, 2.6.3)."""
        events: list[Event] = []
        self._finish("the carrier unbound" if self.state is State.UNBOUND else reason, events)
        if doubtful := self._doubtful():
            events.append(Doubtful(doubtful))
        self._acknowledged.clear()
        events.extend(Unanswered(token, self.end_reason) for token, _sent_at in self._pending.values())
        self._pending.clear()
        self._late.clear()
        return events

    def _doubtful(self) -> list[Delivery]:
        """Whose acknowledgement nothing came after: a carrier that answered a later request of ours had read it."""
        unanswered = sorted((*self._pending, *self._late, *self._enquiries))
        return [
            delivery
            for first, delivery in self._acknowledged
            if len(unanswered) - bisect_left(unanswered, first) >= self._sequence - first + 1
        ]

    # Requests of the carrier's.

    def _receive_request(self, command_id: int, sequence: int, raw: bytes, now: float, events: list[Event]) -> None:
        if self.state is State.CLOSED:
            return
        if command_id in (DELIVER_SM, DATA_SM):
            self._receive_delivery(command_id, sequence, raw, events)
        elif command_id == ENQUIRE_LINK:
            self._move(Step.ENQUIRED)
            self._send(wire.response(ENQUIRE_LINK, sequence, 0))
        elif command_id == UNBIND:
            self._receive_unbind(sequence, now, events)
        elif command_id not in _UNANSWERABLE:
            self._send(wire.generic_nack(sequence, ESME_RINVCMDID))
            reason = f"{command_name(command_id)} is nothing that an ESME serves: answered ESME_RINVCMDID"
            events.append(BadPdu(command_id, sequence, reason))

    def _receive_delivery(self, command_id: int, sequence: int, raw: bytes, events: list[Event]) -> None:
        if self.state not in RECEIVING:
            self._refuse(command_id, sequence, ESME_RINVBNDSTS, events)
            return
        read = scan.deliver_sm if command_id == DELIVER_SM else scan.data_sm
        try:
            events.append(read(raw, sequence, self._link))
        except BadBody as error:
            is_in_tlvs = command_id == DELIVER_SM and error.command_status == ESME_RINVOPTPARSTREAM
            receipt = scan.receipt_alone(raw, sequence, self._link) if is_in_tlvs else None
            if receipt is not None:
                events += (BadPdu(command_id, sequence, f"{error}; but it is a receipt: its text was read"), receipt)
                return
            self._send(wire.response(command_id, sequence, error.command_status))
            events.append(BadPdu(command_id, sequence, str(error)))

    def _receive_unbind(self, sequence: int, now: float, events: list[Event]) -> None:
        if not allows(self.state, Step.UNBIND_ASKED):
            self._refuse(UNBIND, sequence, ESME_RINVBNDSTS, events)
            return
        before = self.state
        self._move(Step.UNBIND_ASKED)
        self._send(wire.response(UNBIND, sequence, 0))
        if self.state is not before:
            # The carrier closes once it has sent what it owes us; closing at once could lose our unbind_resp.
            self._phase_ends_at = now + self._settings.unbind_timeout_s

    def _refuse(self, command_id: int, sequence: int, status: int, events: list[Event]) -> None:
        self._send(wire.response(command_id, sequence, status))
        reason = f"{command_name(command_id)} has no place in state {self.state.value}: answered {status_name(status)}"
        events.append(BadPdu(command_id, sequence, reason))

    # Responses of the carrier's.

    def _receive_response(self, command_id: int, status: int, sequence: int, raw: bytes, events: list[Event]) -> None:
        """Everything but the expected answer to a submit."""
        if self.state is State.BINDING and self._answers_bind(command_id, sequence):
            self._receive_bind_resp(status, raw, events, is_nack=command_id == GENERIC_NACK)
        elif command_id == UNBIND_RESP and self.state is State.UNBINDING and sequence == self._unbind_sequence:
            # Whatever its status says: the carrier knows that we leave.
            self._finish("unbound", events)
        elif command_id in (ENQUIRE_LINK_RESP, GENERIC_NACK) and sequence in self._enquiries:
            self._enquiries.remove(sequence)
        elif command_id == GENERIC_NACK and sequence in self._pending:
            events.append(Answered(self._pending.pop(sequence)[0], status or ESME_RUNKNOWNERR, ""))
        elif command_id in (SUBMIT_SM_RESP, GENERIC_NACK) and sequence in self._late:
            token = self._late.pop(sequence)
            if command_id == GENERIC_NACK:
                events.append(Answered(token, status or ESME_RUNKNOWNERR, ""))
            else:
                events.append(self._answered(token, status, raw, events))
        else:
            reason = f"no request of ours with sequence_number {sequence} waits for a {command_name(command_id)}"
            events.append(Unexpected(command_id, sequence, status, reason))

    def _answered(self, token: object, status: int, raw: bytes, events: list[Event]) -> Answered:
        """The answer in a submit_sm_resp. A body that comes with an error means nothing (SMPP 3.4, 4.4.2)."""
        if status:
            return Answered(token, status, "")
        message_id = scan.message_id(raw)
        if len(message_id) > MESSAGE_ID_LENGTH_MAX:
            sequence = int.from_bytes(raw[12:16], "big")
            reason = (
                f"message_id has {len(message_id)} characters, expected at most {MESSAGE_ID_LENGTH_MAX}: taken as none"
            )
            events.append(Unexpected(SUBMIT_SM_RESP, sequence, status, reason))
            message_id = ""
        return Answered(token, status, message_id)

    def _answers_bind(self, command_id: int, sequence: int) -> bool:
        """Some carriers refuse a bind by a generic_nack that has lost its sequence number."""
        if command_id == GENERIC_NACK:
            return sequence in (0, self._bind_sequence)
        return command_id == self._kind.value | RESPONSE and sequence == self._bind_sequence

    def _receive_bind_resp(self, status: int, raw: bytes, events: list[Event], *, is_nack: bool) -> None:
        if is_nack:
            status = status or ESME_RUNKNOWNERR
        if status:
            events.append(BindRefused(status))
            self._finish(f"the carrier refused the bind: {status_name(status)}", events)
            return
        self._move(_BOUND_AS[self._kind])
        self._phase_ends_at = None
        events.append(Bound(*scan.bind_answer(raw)))

    # Time.

    def _enquiry_due(self, enquire_link_s: float) -> float:
        return max(self._received_at, self._enquired_at) + enquire_link_s

    def _enquire_or_give_up(self, now: float, events: list[Event]) -> None:
        """Silence counts only once we asked: a laptop that slept for hours must not lose its links when it wakes."""
        silent_s = now - self._received_at
        if self._enquired_at > self._received_at and silent_s >= self._settings.inactivity_s:
            self._finish(f"the carrier sent nothing for {silent_s:g} s", events)
            return
        self._move(Step.ENQUIRE)
        self._enquired_at = now
        sequence = self._next_sequence()
        self._enquiries.append(sequence)
        self._send(wire.request(ENQUIRE_LINK, sequence))

    def _expire(self, now: float, events: list[Event]) -> None:
        """Report the submits whose answer is overdue; their place in the window is free again."""
        timeout_s = self._settings.response_timeout_s
        overdue = []
        for sequence, (_token, sent_at) in self._pending.items():
            if now < sent_at + timeout_s:
                break
            overdue.append(sequence)
        for sequence in overdue:
            token, _sent_at = self._pending.pop(sequence)
            self._late[sequence] = token
            if len(self._late) > LATE_MAX:
                del self._late[next(iter(self._late))]
            events.append(Unanswered(token, f"no submit_sm_resp within {timeout_s:g} s"))

    def _phase_failure(self) -> str:
        settings = self._settings
        if self.state is State.BINDING:
            return f"no answer to the bind within {settings.bind_timeout_s:g} s"
        if self.state is State.UNBINDING:
            return f"no unbind_resp within {settings.unbind_timeout_s:g} s"
        return f"the carrier unbound and did not close within {settings.unbind_timeout_s:g} s"

    # Helpers.

    def _finish(self, reason: str, events: list[Event]) -> None:
        """End the session, once; the first reason stays."""
        if self.state is State.CLOSED:
            return
        self._move(Step.END)
        self._phase_ends_at = None
        self.end_reason = reason
        events.append(Finished(reason))

    def _move(self, step: Step) -> None:
        self.state = after(self.state, step)

    def _next_sequence(self) -> int:
        self._sequence = self._sequence % SEQUENCE_MAX + 1
        return self._sequence

    def _send(self, raw: bytes) -> None:
        self._output.append(raw)
        self._output_length += len(raw)
