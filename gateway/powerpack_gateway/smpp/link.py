"""Link: one TCP connection to a carrier, the pump between a session and the event loop."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol, cast

from powerpack_gateway.ports import Clock
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import Event
from powerpack_gateway.smpp.session import Session, Text
from powerpack_gateway.smpp.submission import Submission

#: Octets that may wait while the carrier does not read: 60,000 deliver_sm_resps, an hour of a busy bind's receipts.
#: One that sends deliveries but reads no answers for so long is broken, and memory is not endless.
OUTPUT_LENGTH_MAX: Final = 1 << 20


class LinkOwner(Protocol):
    """Who hears what happens on a link."""

    def link_connected(self, link: "Link") -> None:
        """The connection is there; the bind goes out next."""

    def link_events(self, link: "Link", events: Sequence[Event]) -> None:
        """All events of one read, one timer or the end of the connection."""

    def link_writable(self, link: "Link") -> None:
        """The carrier began or ceased to read: there is more room, or none."""

    def link_lost(self, link: "Link", reason: str) -> None:
        """The connection is gone; nothing comes after this."""


class Link(asyncio.Protocol):
    """One connection. Everything queued in one turn of the loop leaves in one write; one timer serves all deadlines."""

    def __init__(self, session: Session, owner: LinkOwner, *, name: str, close_timeout_s: float, clock: Clock) -> None:
        self.name = name
        self.session = session
        self.address = ""
        """Where it is connected to, in digits; empty before."""
        self._owner = owner
        self._close_timeout_s = close_timeout_s
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._flush_handle: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closes_at: float | None = None
        self._is_writable = True

    def __repr__(self) -> str:
        return f"<Link {self.name}: {self.session.state.value}, {self.session.in_flight} in flight>"

    @property
    def window_free(self) -> int:
        """How many submits may be given to it now."""
        return self.session.window_free if self._is_writable else 0

    def submit(self, submission: Submission, token: object) -> None:
        """Queue a submit_sm; raises as :meth:`Session.submit` does."""
        self.session.submit(submission, token, self._clock.monotonic())
        if self._flush_handle is None:
            self._flush_handle = self._loop.call_soon(self._flush)

    def submit_texts(self, texts: Sequence[tuple[Text, object]]) -> None:
        """Queue many."""
        self.session.submit_texts(texts, self._clock.monotonic())
        self._flush_soon()

    def acknowledge(self, delivery: Delivery, status: int) -> None:
        """Queue the answer to a delivery."""
        self.session.acknowledge(delivery, status)
        self._flush_soon()

    def acknowledge_together(self, sequences: Sequence[int], status: int) -> None:
        """Queue the answers to several deliver_sm."""
        self.session.acknowledge_together(sequences, status)
        self._flush_soon()

    def unbind(self) -> None:
        """Ask the carrier to end the session; a link that is not bound is closed at once."""
        if self.session.is_bound:
            self.session.unbind(self._clock.monotonic())
            self._flush_soon()
        else:
            self.close()

    def close(self) -> None:
        """Write what is queued, then close; a carrier that does not take it in time is cut off."""
        self._flush()
        if self._transport is not None and self._closes_at is None:
            self._closes_at = self._clock.monotonic() + self._close_timeout_s
            self._transport.close()
            self._arm()

    def abort(self) -> None:
        """Close without waiting for anything."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because not every loop's transports inherit from asyncio's: uvloop's and in-memory ones do not.
        self._transport = cast("asyncio.Transport", transport)
        peer: tuple[object, ...] | None = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._owner.link_connected(self)
        self.session.connected(self._clock.monotonic())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._hand_over(self.session.receive_data(data, self._clock.monotonic()))

    def pause_writing(self) -> None:
        self._is_writable = False
        self._owner.link_writable(self)

    def resume_writing(self) -> None:
        self._is_writable = True
        self._flush_soon()
        self._owner.link_writable(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        for handle in (self._flush_handle, self._timer):
            if handle is not None:
                handle.cancel()
        self._flush_handle = self._timer = None
        events = self.session.lost(f"the connection broke: {exc}" if exc else "the carrier closed the connection")
        self._owner.link_events(self, events)
        self._owner.link_lost(self, self.session.end_reason)

    # The pump.

    def _hand_over(self, events: list[Event]) -> None:
        try:
            if events:
                self._owner.link_events(self, events)
        finally:
            # Even if the owner fails: a link without its timer would stay for ever.
            if self.session.is_over:
                self.close()
            self._flush_soon()

    def _flush_soon(self) -> None:
        if self._flush_handle is None and self._transport is not None:
            self._flush_handle = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write once. What the carrier does not take yet stays in the session, whose length is bounded."""
        self._flush_handle = None
        transport, session = self._transport, self.session
        if transport is None or self._closes_at is not None:
            return
        if self._is_writable:
            data = session.data_to_send()
            if data:
                transport.write(data)
        elif session.output_length > OUTPUT_LENGTH_MAX:
            self._owner.link_events(
                self, session.lost(f"the carrier reads nothing: {session.output_length} octets wait for it")
            )
            transport.abort()
            return
        self._arm()

    def _arm(self) -> None:
        """See that the timer rings at the next deadline. One that rings too early is cheaper than to move it."""
        deadline = self._closes_at if self._closes_at is not None else self.session.next_deadline()
        if deadline is None or (self._timer is not None and self._timer.when() <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._ring, deadline)

    def _ring(self, deadline: float) -> None:
        self._timer = None
        if self._closes_at is not None:
            if deadline >= self._closes_at:
                self.abort()
            else:
                self._arm()
            return
        # asyncio rings up to one clock resolution early, when nothing would be due yet.
        now = max(self._clock.monotonic(), deadline)
        self._hand_over(self.session.tick(now))
