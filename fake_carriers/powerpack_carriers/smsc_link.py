"""One TCP connection of an ESME: a session, a transport, and the timers that end what hangs.

::

    socket -> filters -> Session -> SmscHandler        (what to answer is the handler's business)
    socket <- filters <- Session <- SmscLink.respond, respond_submit, deliver

All requests of one read reach the handler in one call, and all answers to them leave in one write.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, cast

from powerpack_carriers.group_records import GroupJournal
from powerpack_carriers.hard_reset import reset
from powerpack_carriers.link_watch import LinkWatch
from powerpack_carriers.mailbox import WriteReceipts
from powerpack_carriers.owed import Owed, SentTogether
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, status_name
from powerpack_carriers.smpp.events import (
    Bind,
    BindRequested,
    Broken,
    Event,
    Refused,
    RequestsReceived,
    ResponsesReceived,
    Unbound,
    UnexpectedResponse,
)
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.session import Session
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.smsc_handler import LinkFilter, SmscHandler
from powerpack_carriers.smsc_limits import SmscLimits


class LinkOwner(Protocol):
    """What a link needs of its SMSC."""

    name: str
    handler: SmscHandler
    limits: SmscLimits
    clock: Clock
    journal: Journal
    groups: GroupJournal
    filters: list[LinkFilter]
    read_into: memoryview
    """Where the loop puts what a socket has; each link takes its octets away at once, so that one is enough for all."""

    def admit(self, link: "SmscLink") -> bool:
        """Whether there is room for one more."""
        ...

    def forget(self, link: "SmscLink") -> None:
        """The link is gone."""
        ...


class SmscLink(asyncio.BufferedProtocol):
    """One TCP connection of an ESME; with an ``outbind_password`` it is we who called.

    ``listener``: by which port it came, the first is 1; 0 where we called.
    """

    def __init__(self, owner: LinkOwner, name: str, *, listener: int = 1, outbind_password: str | None = None) -> None:
        self.name = name
        self.listener = listener
        self.session = Session(system_id=owner.name[:15], limits=owner.limits.session)
        self.respond_submit = self.session.respond_submit
        """Accept a submit_sm; otherwise as ``respond``."""
        self.system_id = ""
        """The account; empty before the bind."""
        self.peer = ""
        self.was_unbound = False
        """Whether one side said goodbye with unbind before the connection ended."""
        self._outbind_password = outbind_password
        self.connected_at: datetime = owner.clock.now()
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._watch = LinkWatch(self, owner.limits)
        self._late: dict[int, asyncio.TimerHandle] = {}
        self._late_count = 0
        self._unwritten: list[bytes] = []
        self._unwritten_octets = 0
        self._is_writable = True
        self._is_stalled = False
        self._reason = ""

    # What it is

    @property
    def bind(self) -> Bind | None:
        """What the ESME bound as; None before that."""
        return self.session.bind

    @property
    def is_bound(self) -> bool:
        """Whether an ESME is bound here."""
        return self.session.is_bound

    @property
    def is_writable(self) -> bool:
        """Whether the peer takes what we write; False while the socket's buffers are full."""
        return self._is_writable

    @property
    def window_free(self) -> int:
        """How many deliveries may be sent before one is answered."""
        return self.session.window_free

    @property
    def deliveries_free(self) -> int:
        """How often deliver() may be called now: bound to receive, room in the window, and not on the way out."""
        return self.session.deliveries_free if self._is_writable else 0

    @property
    def can_deliver(self) -> bool:
        """Whether deliver() may be called now."""
        return self.deliveries_free > 0

    def unanswered(self) -> list[object]:
        """The contexts of deliveries that were not answered, oldest first; also after the end."""
        return self.session.unanswered()

    def withdraw(self, is_overdue: Callable[[object], bool]) -> list[object]:
        """Wait no more for the oldest deliveries while ``is_overdue`` says so of their contexts; those contexts."""
        return self.session.withdraw(is_overdue)

    def __repr__(self) -> str:
        who = f"{self.bind.kind} {self.bind.system_id}" if self.bind else "not bound"
        return f"<SmscLink {self.name} {self.session.state.value}: {who}, {len(self.unanswered())} unanswered>"

    # What the handler does

    def respond(self, request: RawPdu, status: int = 0, *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> None:
        """Answer a request; outside a call of the handler ``flush`` afterwards. Harmless when the link is gone."""
        self.session.respond(request, status, tlvs=tlvs, **fields)

    def deliver(self, pdu: Pdu | bytes, context: object = None) -> int:
        """Send deliver_sm or data_sm; its sequence number. ``context`` comes back through ``responses``.

        ``bytes`` are the body of a deliver_sm, as a DeliverSmTemplate makes it; the header is the session's.
        Check ``can_deliver`` before each, ``flush`` after the last. Raises NotAllowed, WindowFull, ValueNotEncodable.
        """
        if isinstance(pdu, bytes):
            return self.session.send_deliver_sm(pdu, context)
        return self.session.send_request(pdu.command_id, pdu.fields, pdu.tlvs, context=context)

    def deliver_receipts(self, owed: Sequence[Owed], write: WriteReceipts, now: float) -> bool:
        """Send receipts that ``write`` makes, each with the context (receipt, ``now``); False where that can not be.

        Check ``deliveries_free`` before, ``flush`` afterwards.
        """
        first = self.session.begin_deliveries(SentTogether(owed, now))
        if first is None:
            return False
        self.session.queue(write(owed, first), len(owed))
        return True

    def flush(self) -> None:
        """Write all that is queued, at once. The link does this itself after each read."""
        if self._owner.filters:
            pdus = self.session.pdus_to_send()
            if pdus:
                for filter_ in self._owner.filters:
                    pdus = filter_.outgoing(self, pdus)
                self._write(pdus)
            return
        octets, count = self.session.octets_to_send()
        transport = self._transport
        if not count or transport is None or transport.is_closing():
            return
        self._owner.groups.record_octets("carrier", self.name, ">", octets, count)
        if self._is_writable:
            transport.write(octets)
        else:
            self._put(octets)

    def send_raw(self, data: bytes) -> None:
        """Write octets past session and filters: for faults."""
        self._write([data])

    def send_raw_later(self, delay_s: float, data: bytes) -> None:
        """The same after a while, unless the link is gone by then."""
        self._late_count += 1
        self._late[self._late_count] = self._loop.call_later(delay_s, self._send_late, self._late_count, data)

    def stall(self) -> None:
        """Stop taking octets from the peer, so that its writes block in the end: for faults."""
        self._is_stalled = True
        self._pause_or_resume_reading()

    def resume(self) -> None:
        """Take them again."""
        self._is_stalled = False
        self._pause_or_resume_reading()

    def unbind(self, reason: str = "") -> None:
        """Send unbind to a bound ESME and close when it answers, or when it does not in time; close others at once."""
        self._reason = self._reason or reason
        if not self.session.is_bound:
            self.close("closed by the carrier")
        elif not self.session.is_unbinding:
            self.session.unbind()
            self.flush()
            self._watch.ending("no unbind_resp")

    def close(self, reason: str) -> None:
        """Write what is queued, then close the connection; a peer that does not take it in time is cut off."""
        if self._transport is None or self._transport.is_closing():
            return
        self.flush()
        self._reason = self._reason or reason
        self.session.close()
        self._transport.close()
        self._watch.ending("output not taken")

    def abort(self, reason: str) -> None:
        """Reset the connection at once: what is queued is lost."""
        self._reason = self._reason or reason
        self.session.close()
        if self._transport is not None:
            reset(self._transport)

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because not every loop's transports inherit from asyncio's: uvloop's do not.
        self._transport = transport = cast(asyncio.Transport, transport)
        self.peer = _name_of(transport.get_extra_info("peername"))
        self._watch.heard_at_s = self._loop.time()
        self._owner.journal.record("carrier.connected", link=self.name, peer=self.peer)
        if self._owner.admit(self):
            self._watch.connected()
            if self._outbind_password is not None:
                fields: dict[str, FieldValue] = {
                    "system_id": self.session.system_id,
                    "password": self._outbind_password,
                }
                self.session.send_request(CommandId.outbind, fields)
                self.flush()
        else:
            self.abort(f"more than {self._owner.limits.links_max} connections")

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._owner.read_into

    def buffer_updated(self, nbytes: int) -> None:
        owner, session = self._owner, self.session
        data = bytes(owner.read_into[:nbytes])
        self._watch.heard_at_s = self._loop.time()
        if owner.filters:
            for filter_ in owner.filters:
                data = filter_.incoming(self, data)
        elif session.may_submit:
            data = session.take_rest(data)
            data = data[owner.handler.plain(self, data) :]
        if data:
            self._receive(data)
        if session.bind is not None:
            owner.handler.heard(self)
        self.flush()
        if session.is_over:
            self.close(self._reason or "closed by the carrier")

    def eof_received(self) -> bool:
        for event in self.session.receive_eof():
            self._act(event)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.session.close()
        self._watch.cancel()
        for timer in self._late.values():
            timer.cancel()
        self._late.clear()
        self._unwritten.clear()
        self._transport = None
        reason = self._reason or (f"connection lost: {exc}" if exc else "closed by the ESME")
        self._owner.journal.record("carrier.disconnected", link=self.name, system_id=self.system_id, reason=reason)
        self._owner.forget(self)
        if self.bind is not None:
            self._owner.handler.unbound(self, reason)

    def pause_writing(self) -> None:
        # A peer that does not read is not read either, so that its requests can not fill our memory with answers.
        self._is_writable = False
        self._pause_or_resume_reading()

    def resume_writing(self) -> None:
        self._is_writable = True
        unwritten, self._unwritten, self._unwritten_octets = self._unwritten, [], 0
        if unwritten:
            self._put(b"".join(unwritten))
        self._pause_or_resume_reading()
        if self.session.bind is not None:
            # What waited for room would wait for the ESME's next PDU, and it may have nothing more to say.
            self._owner.handler.heard(self)
            self.flush()

    # Inside

    def _receive(self, data: bytes) -> None:
        """Feed the session and do what it says, until it has nothing more to say."""
        while True:
            events = self.session.receive_data(data)
            received = self.session.pdus_received()
            if received:
                self._owner.groups.record_pdus("carrier", self.name, "<", [pdu.raw for pdu in received])
            if not events:
                return
            for event in events:
                self._act(event)
            if not self.session.has_more:
                return
            data = b""

    def _act(self, event: Event) -> None:
        handler, journal = self._owner.handler, self._owner.journal
        match event:
            case RequestsReceived():
                handler.requests(self, event.requests)
            case ResponsesReceived():
                handler.responses(self, event.answered)
            case BindRequested():
                self._answer_bind(event)
            case Refused():
                journal.record(
                    "carrier.refused", link=self.name, status=status_name(event.command_status), reason=event.reason
                )
            case UnexpectedResponse():
                journal.record("carrier.unexpected_response", link=self.name, raw=event.response.raw)
            case Unbound():
                self.was_unbound = True
                self._reason = self._reason or f"unbound by the {'ESME' if event.by_peer else 'carrier'}"
            case Broken():
                self._reason = self._reason or str(event.error)

    def _answer_bind(self, event: BindRequested) -> None:
        bind, journal = event.bind, self._owner.journal
        status = self._owner.handler.authenticate(self, bind)
        if status != CommandStatus.ESME_ROK:
            self.session.refuse_bind(event.request, status)
            journal.record("carrier.bind_refused", link=self.name, system_id=bind.system_id, status=status_name(status))
            return
        self.session.accept_bind(event.request)
        self._watch.bound()
        journal.record("carrier.bound", link=self.name, system_id=bind.system_id, bind=bind.kind)
        self.system_id = bind.system_id
        self._owner.handler.bound(self)

    def _write(self, pdus: list[bytes]) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._owner.groups.record_pdus("carrier", self.name, ">", pdus)
        self._put(b"".join(pdus))

    def _put(self, data: bytes) -> None:
        if self._transport is None or not data:
            return
        if self._is_writable:
            self._transport.write(data)
            return
        self._unwritten.append(data)
        self._unwritten_octets += len(data)
        if self._unwritten_octets > self._owner.limits.output_octets_max:
            self.abort(f"the ESME left {self._unwritten_octets} octets unread")

    def _send_late(self, key: int, data: bytes) -> None:
        del self._late[key]
        self.send_raw(data)

    def _pause_or_resume_reading(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._is_stalled or not self._is_writable:
            transport.pause_reading()
        else:
            transport.resume_reading()


def _name_of(address: object) -> str:
    """``address:port`` of a socket's name."""
    match address:
        case (host, port, *_):
            return f"{host}:{port}"
        case _:
            return str(address)
