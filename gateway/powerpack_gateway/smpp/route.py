"""Route: the way to one carrier, over as many links as its settings say."""

import asyncio
import functools
import random
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from powerpack_gateway.ports import Clock, Journal, pdu_recorder
from powerpack_gateway.smpp.binding import Binding
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import WindowFull
from powerpack_gateway.smpp.events import (
    AllPlain,
    Answered,
    BadPdu,
    BindRefused,
    Bound,
    Doubtful,
    Event,
    Unanswered,
    Unexpected,
)
from powerpack_gateway.smpp.link import Link
from powerpack_gateway.smpp.session import Session, Text
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.statuses import CREDENTIALS_REFUSED, status_name
from powerpack_gateway.smpp.submission import Submission

__all__ = ["Delivery", "Route", "RouteHandler", "RouteSettings", "Submission"]


class RouteHandler(Protocol):
    """Who uses a route. Every call may submit and acknowledge at once; both are written when the loop turns."""

    def route_ready(self, route: "Route") -> None:
        """Bound, or the window has room again after it had none."""

    def submit_answered(self, route: "Route", token: object, status: int, message_id: str) -> None:
        """The carrier answered. It may do so after ``submit_unknown`` for the same token: the answer then holds.

        ``message_id`` is empty if ``status`` is not 0, or if the carrier gave none (then no receipt can be matched).
        """

    def submit_unknown(self, route: "Route", token: object, reason: str) -> None:
        """Sent, and no answer will come or it is overdue: whether the carrier has the message is unknown."""

    def delivered(self, route: "Route", delivery: Delivery) -> None:
        """A receipt or a message from the carrier, to be acknowledged once it is safe."""

    def batch_done(self, route: "Route") -> None:
        """All that one read, one timer or one loss brought was handed over."""


@runtime_checkable
class PlainHandler(Protocol):
    """A handler that takes a read of nothing but plain answers and receipts at once."""

    def all_plain(self, route: "Route", link: str, read: AllPlain) -> None:
        """In place of ``submit_answered`` and ``delivered`` for each; answered with ``acknowledge_together``."""


@runtime_checkable
class DoubtHandler(Protocol):
    """A handler that wants to know which texts the carrier may bring once more."""

    def doubted(self, route: "Route", deliveries: Sequence[Delivery]) -> None:
        """They were acknowledged over a connection that is lost, and the carrier may not have read that."""


class Route:
    """Links to one carrier. ``start`` and everything after it run inside the event loop."""

    def __init__(
        self, settings: RouteSettings, handler: RouteHandler, *, clock: Clock, journal: Journal, rng: random.Random
    ) -> None:
        self.settings = settings
        self.name = settings.name
        """The carrier's name in the settings."""
        #: Responses of the carrier's that belonged to nothing.
        self.unexpected_responses = 0
        self._handler = handler
        self._plain_handler = handler if isinstance(handler, PlainHandler) else None
        self._clock = clock
        self._journal = journal
        self._bindings = [
            Binding(settings, functools.partial(self._make_link, kind), journal=journal, rng=rng)
            for _ in range(settings.binds)
            for kind in settings.bind_kinds
        ]
        # Every connection of this route has a name of its own, so that an acknowledgement can not reach a later one.
        self._connections = 0
        self._links: dict[str, Link] = {}
        self._bound: list[Link] = []
        self._turn = 0
        self._is_starved = True
        self._is_stopping = False
        self._is_alarmed = False
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        in_flight = sum(link.session.in_flight for link in self._links.values())
        bound = sum(link.session.is_bound for link in self._bound)
        return f"<Route {self.settings.name}: {bound} of {len(self._bindings)} bound, {in_flight} in flight>"

    @property
    def is_bound(self) -> bool:
        """Whether at least one link is bound."""
        return any(link.session.is_bound for link in self._bound)

    @property
    def window_free(self) -> int:
        """How many submits the route takes now; 0 when it is not bound."""
        return 0 if self._is_stopping else sum(link.window_free for link in self._bound)

    def start(self) -> None:
        """Begin to connect, and to connect again whenever a link is lost."""
        for binding in self._bindings:
            binding.start()

    async def stop(self, drain_s: float = 5.0) -> None:
        """Take no more submits, wait for the answers, unbind, close; all within ``drain_s``, then cut off.

        Whatever is unanswered at the end goes to ``submit_unknown``. No task, timer or connection stays.
        """
        self._is_stopping = True
        for binding in self._bindings:
            await binding.stop()
        try:
            async with asyncio.timeout(drain_s):
                await self._until(lambda: not any(link.session.in_flight for link in self._bound))
                self._unbind()
                await self._until(lambda: not self._links)
        except TimeoutError:
            self._unbind()
            # One turn of the loop, in which the unbinds are written.
            await asyncio.sleep(0)
            for link in list(self._links.values()):
                link.abort()
            await self._until(lambda: not self._links)

    def submit(self, submission: Submission, token: object) -> None:
        """Send a submit_sm on the next link that has room.

        Raises WindowFull if ``window_free`` is 0, InvalidSubmission if no submit_sm can carry it; then nothing is sent.
        """
        link = self._next_link()
        if link is None:
            self._is_starved = True
            raise WindowFull(self.settings.name)
        link.submit(submission, token)
        if link.window_free == 0 and self.window_free == 0:
            self._is_starved = True

    def submit_texts(self, texts: Sequence[tuple[Text, object]]) -> None:
        """``submit`` for each, with its token; no more than ``window_free``."""
        if len(self._bound) == 1 and not self._is_stopping:
            link = self._bound[0]
            link.submit_texts(texts)
            if link.window_free == 0:
                self._is_starved = True
            return
        for text, token in texts:
            self.submit(Submission(*text), token)

    def acknowledge(self, delivery: Delivery, status: int = 0) -> bool:
        """Answer a delivery; False if its connection is gone: then the carrier will deliver it again."""
        link = self._links.get(delivery.link)
        if link is None:
            return False
        link.acknowledge(delivery, status)
        return True

    def acknowledge_together(self, link: str, sequences: Sequence[int], status: int = 0) -> None:
        """Answer receipts that one connection brought; if it is gone the carrier will deliver them again."""
        found = self._links.get(link)
        if found is not None:
            found.acknowledge_together(sequences, status)

    # What the links say.

    def link_connected(self, link: Link) -> None:
        """Remember it; the session binds on its own."""
        self._links[link.name] = link
        binding = self._binding(link)
        at = {"host": binding.host, "port": binding.port, "address": link.address}
        self._journal.record("gateway.connected", route=self.name, link=link.name, **at)

    def link_events(self, link: Link, events: Sequence[Event]) -> None:
        """Hand over one batch."""
        handler = self._handler
        for event in events:
            if type(event) is Answered:
                handler.submit_answered(self, event.token, event.status, event.message_id)
            elif type(event) is Delivery:
                handler.delivered(self, event)
            elif type(event) is Unanswered:
                handler.submit_unknown(self, event.token, event.reason)
            elif type(event) is AllPlain and self._plain_handler is not None:
                self._plain_handler.all_plain(self, link.name, event)
            else:
                self._note(link, event)
        if events:
            handler.batch_done(self)
        self._offer_room()

    def link_writable(self, link: Link) -> None:
        """The room of a link came or went."""
        self._offer_room()

    def link_lost(self, link: Link, reason: str) -> None:
        """Journal it, and have its place taken again."""
        del self._links[link.name]
        if link in self._bound:
            self._bound.remove(link)
        self._journal.record("gateway.disconnected", route=self.name, link=link.name, reason=reason)
        self._binding(link).lost()
        self._offer_room()

    def _note(self, link: Link, event: Event) -> None:
        """What the handler need not know: it goes to the journal."""
        where = {"route": self.name, "link": link.name}
        match event:
            case Bound(system_id, version):
                self._bound.append(link)
                self._binding(link).bound()
                self._is_alarmed = False
                self._journal.record("gateway.bound", **where, system_id=system_id, sc_interface_version=version)
            case BindRefused(status):
                # An alarm: no repetition mends a wrong password. ESME_RALYBND and the like pass by themselves. One is
                # enough, however many links there are and however often they try, until a bind stands again.
                is_hopeless = status in CREDENTIALS_REFUSED
                alarm = is_hopeless and not self._is_alarmed
                if is_hopeless:
                    self._is_alarmed = True
                    self._binding(link).refused()
                self._journal.record(
                    "gateway.bind_refused", **where, status=status, status_name=status_name(status), alarm=alarm
                )
            case Doubtful(deliveries):
                if isinstance(self._handler, DoubtHandler):
                    self._handler.doubted(self, deliveries)
            case Unexpected(command_id, sequence, status, reason):
                self.unexpected_responses += 1
                self._journal.record(
                    "gateway.unexpected_response",
                    **where,
                    command_id=command_id,
                    sequence=sequence,
                    status=status,
                    reason=reason,
                )
            case BadPdu(command_id, sequence, reason):
                self._journal.record(
                    "gateway.bad_pdu", **where, command_id=command_id, sequence=sequence, reason=reason
                )
            case _:
                # Finished: the reason is journalled with the disconnection that follows.
                pass

    # Links.

    def _make_link(self, kind: BindKind) -> Link:
        self._connections += 1
        name = f"{self.name}#{self._connections}"
        session = Session(
            self.settings,
            kind=kind,
            link=name,
            trace=pdu_recorder(self._journal, name),
            takes_plain=self._plain_handler is not None,
        )
        return Link(session, self, name=name, close_timeout_s=self.settings.unbind_timeout_s, clock=self._clock)

    def _binding(self, link: Link) -> Binding:
        return next(binding for binding in self._bindings if binding.link is link)

    def _next_link(self) -> Link | None:
        """The links take turns; a full one is left out."""
        if self._is_stopping:
            return None
        links = self._bound
        for _ in links:
            self._turn = (self._turn + 1) % len(links)
            if links[self._turn].window_free > 0:
                return links[self._turn]
        return None

    def _offer_room(self) -> None:
        """Tell the handler when there is room after there was none."""
        if self._is_stopping:
            self._changed.set()
        elif self.window_free == 0:
            self._is_starved = True
        elif self._is_starved:
            self._is_starved = False
            self._handler.route_ready(self)

    # Stopping.

    def _unbind(self) -> None:
        for link in list(self._links.values()):
            link.unbind()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._changed.clear()
            await self._changed.wait()
