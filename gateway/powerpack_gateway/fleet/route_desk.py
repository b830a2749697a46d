"""The route desk: the gateway that is bound to a carrier submits for all of them, and hands out what the carrier says.

To those who submit here the desk is what the carrier is to a gateway alone: it takes what its window has room for,
answers each, and hands over deliveries that it acknowledges to the carrier only after they were acknowledged to it.

Before anything goes out, the desk looks once more whether this gateway lives, whether its handset said STOP, and at the
limits that numbers share: it is the one place that sees all traffic to the carrier. What may not go goes back.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from powerpack_gateway.compliance import SPAM_SERVICE
from powerpack_gateway.defects import Defects
from powerpack_gateway.doubts import Doubts
from powerpack_gateway.fleet.fair_queues import FairQueues
from powerpack_gateway.fleet.gates import Gates
from powerpack_gateway.id_forms import candidate_ids
from powerpack_gateway.nanp import parse_source, without_prefix
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.receipts import UnreadableReceipt, parse_receipt
from powerpack_gateway.shared_limits import Limit
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import InvalidSubmission
from powerpack_gateway.smpp.events import Event
from powerpack_gateway.smpp.link import Link
from powerpack_gateway.smpp.route import Route, RouteHandler
from powerpack_gateway.smpp.statuses import ESME_RX_T_APPN
from powerpack_gateway.smpp.submission import Submission

ESME_RSUBMITFAIL: Final = 0x45

IDS_MAX: Final = 200_000
"""Carrier's ids whose sender is remembered, some 40 MB: the receipts of minutes. One for an older id is found by its
number, or offered round."""

STOPPED_S: Final = 0.5
"""How long a handset's messages wait at their gateway when only the desk knows of its STOP: the feed is faster."""


ACKNOWLEDGE_S: Final = 1.0
"""How long a desk that closes waits for deliveries to be acknowledged: the carrier would bring them again."""


class Client(Protocol):
    """A gateway that submits here, this one included. ``ref`` is the client's own, ``number`` the desk's."""

    def answered(self, ref: int, status: int, message_id: str) -> None:
        """The carrier answered; it may still do so after ``unanswered``."""

    def unanswered(self, ref: int, reason: str) -> None:
        """Whether the carrier has it is unknown."""

    def returned(self, ref: int, key: str, wait_s: float) -> None:
        """It was not submitted. ``key`` is a shared limit's, or ``to/`` and the handset: whatever it stands for has to
        wait ``wait_s`` seconds; empty when the carrier is not bound, then ``room`` follows when it is."""

    def room(self, window: int) -> None:
        """How many submits may be unanswered from now on."""

    def delivered(self, number: int, delivery: Delivery, *, is_offer: bool) -> None:
        """To be acknowledged, or declined if it is an offer."""

    def unheard(self, delivery: Delivery) -> None:
        """A delivery that was acknowledged here did not reach the carrier as such: it will come again."""

    def done(self) -> None:
        """All of one read was handed over."""


class Surroundings(Protocol):
    """What the desk asks of the gateway around it."""

    @property
    def gateway_id(self) -> str:
        """This gateway."""
        ...

    def is_alive(self) -> bool:
        """Whether nobody can have taken this gateway for dead."""
        ...

    def is_stopped(self, source: str, destination: str) -> bool:
        """Whether a STOP forbids this pair, as far as is known here."""
        ...

    def limits_of(self, number: str, carrier: str, /) -> Sequence[Limit]:
        """What a number shares with others on the way to a carrier."""
        ...

    def holder_of_number(self, number: str) -> str | None:
        """The gateway that works for a number; this one for a number of nobody's, None while it has no gateway."""
        ...

    def keeper(self) -> str | None:
        """The gateway that keeps the documents, or None while there is none."""
        ...

    def caught_up(self, then: Callable[[bool], None]) -> None:
        """Call when every document that is committed now is known here; with False when that can not be had."""
        ...


class WatchedRoute(Route):
    """A route that says when it may be bound or no longer is."""

    changed: Callable[[], None] = staticmethod(lambda: None)

    def link_events(self, link: Link, events: Sequence[Event]) -> None:
        """As the route does, and look."""
        super().link_events(link, events)
        self.changed()

    def link_lost(self, link: Link, reason: str) -> None:
        """As the route does, and look."""
        super().link_lost(link, reason)
        self.changed()


class _Asked(NamedTuple):
    client: str
    ref: int
    submission: Submission
    is_answer: bool


class _Pending(NamedTuple):
    """A delivery, who has it now, and to whom it is offered if that one declines."""

    delivery: Delivery
    client: str
    others: tuple[str, ...]


class RouteDesk:
    """The desk of one route. ``route`` is made by a function, since the route needs its handler, which is the desk."""

    def __init__(
        self,
        make_route: Callable[[RouteHandler], WatchedRoute],
        around: Surroundings,
        *,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self.gates = Gates(clock)
        self._around = around
        self._journal = journal
        self._defects = Defects(journal)
        self._doubts = Doubts()
        self._clock = clock
        self._clients: dict[str, Client] = {}
        self._asked: FairQueues[_Asked] = FairQueues(self._room, self._submit)
        self._ids: OrderedDict[str, str] = OrderedDict()
        self._pending: dict[int, _Pending] = {}
        self._numbers = 0
        self._touched: dict[str, None] = {}
        self._is_closed = False
        self.route = make_route(self)
        self.route.changed = self._look
        settings = self.route.settings
        self._window = settings.window * settings.binds
        self._was_bound = False

    def __repr__(self) -> str:
        return f"<RouteDesk {self.route.name}: {len(self._clients)} gateways, {len(self._asked)} wait, {self.route!r}>"

    def start(self) -> None:
        """Begin to bind."""
        self.route.start()

    async def stop(self, drain_s: float) -> None:
        """Give back what was not submitted, wait for answers, unbind; what is unanswered then is told so."""
        self._close()
        ends_at = asyncio.get_running_loop().time() + min(drain_s, ACKNOWLEDGE_S)
        while self._pending:
            if asyncio.get_running_loop().time() >= ends_at:
                break
            await asyncio.sleep(0.02)
        await self.route.stop(drain_s)

    def add(self, name: str, client: Client) -> None:
        """A gateway may submit from now on."""
        self._clients[name] = client
        self._asked.add(name)
        client.room(self._window if self._was_bound else 0)

    def remove(self, name: str) -> None:
        """A gateway is gone: what it asked for and was not submitted is forgotten, what it had to acknowledge comes
        again."""
        if self._clients.pop(name, None) is None:
            return
        self._asked.remove(name)
        self._touched.pop(name, None)
        for number in [number for number, pending in self._pending.items() if pending.client == name]:
            self.route.acknowledge(self._pending.pop(number).delivery, ESME_RX_T_APPN)

    def look_again(self) -> None:
        """This gateway may send again after a while in which it could not tell whether it lives."""
        self._asked.serve_soon()

    def limits_of(self, source: str) -> list[Limit]:
        """The carrier's limits that a number shares; the account's is for all carriers, and kept by each gateway."""
        own = f"{self.route.name}/"
        return [each for each in self._around.limits_of(source, self.route.name) if each.key.startswith(own)]

    # What clients say.

    def submit(self, client: str, ref: int, submission: Submission, *, is_answer: bool) -> None:
        """Submit as soon as the window has room."""
        if not self._was_bound or self._is_closed:
            self._clients[client].returned(ref, "", 0.0)
            return
        self._asked.put(client, _Asked(client, ref, submission, is_answer))

    def acknowledge(self, client: str, number: int, status: int) -> None:
        """What a delivery changed is on disk, or could not be kept.

        A handset's words may be a STOP, which holds for all gateways' messages from the moment at which the carrier
        hears that it came: so what its gateway wrote is read here first.
        """
        pending = self._pending.pop(number, None)
        if pending is None:
            return
        is_foreign = client != self._around.gateway_id
        if is_foreign and status == 0 and not pending.delivery.is_receipt:

            def then(is_known: bool) -> None:
                self._acknowledge(client, pending.delivery, 0 if is_known else ESME_RX_T_APPN)

            self._around.caught_up(then)
        else:
            self._acknowledge(client, pending.delivery, status)

    def decline(self, number: int) -> None:
        """The receipt that was offered speaks of no message there: offer it to the next."""
        pending = self._pending.pop(number, None)
        if pending is not None:
            self._offer(pending.delivery, pending.others)
            self.batch_done(self.route)

    def _acknowledge(self, client: str, delivery: Delivery, status: int) -> None:
        if not self.route.acknowledge(delivery, status) and status == 0 and client in self._clients:
            self._clients[client].unheard(delivery)

    # RouteHandler: what the carrier says.

    def route_ready(self, route: Route) -> None:
        """Bound, or the window has room again."""
        self._look()
        self._asked.serve_soon()

    def submit_answered(self, route: Route, token: object, status: int, message_id: str) -> None:
        """Pass the answer on; nobody hears it if its gateway is gone."""
        assert isinstance(token, _Asked)
        if message_id:
            self._ids[message_id] = token.client
            if len(self._ids) > IDS_MAX:
                self._ids.popitem(last=False)
        client = self._clients.get(token.client)
        if client is not None:
            self._touched[token.client] = None
            client.answered(token.ref, status, message_id)

    def submit_unknown(self, route: Route, token: object, reason: str) -> None:
        """Pass on that no answer will come."""
        assert isinstance(token, _Asked)
        client = self._clients.get(token.client)
        if client is not None:
            self._touched[token.client] = None
            client.unanswered(token.ref, reason)

    def delivered(self, route: Route, delivery: Delivery) -> None:
        """Find the gateway that a receipt or a handset's message is for."""
        try:
            self._hand_on(delivery)
        except Exception as error:  # noqa: BLE001 -- journalled and told; raised, it would cost the link, again and again
            self.route.acknowledge(delivery, self._defects.status_after(error, self.route.name, delivery))

    def doubted(self, route: Route, deliveries: Sequence[Delivery]) -> None:
        """The carrier may not have heard that these came: their gateways have them."""
        self._doubts.add(self.route.name, deliveries, self._clock.monotonic())

    def _hand_on(self, delivery: Delivery) -> None:
        if delivery.is_receipt or delivery.is_intermediate:
            self._receipt(delivery)
            return
        if self._doubts.settles(self.route.name, delivery, self._clock.monotonic()):
            fields = {"carrier": self.route.name, "source": delivery.source, "destination": delivery.destination}
            self._journal.record("inbound.redelivered", **fields)
            self.route.acknowledge(delivery)
            return
        if without_prefix(delivery.source) == SPAM_SERVICE:
            holder = self._around.keeper()
        else:
            holder = self._around.holder_of_number(_number_of(delivery))
        self._hand_over(delivery, holder, ())

    def batch_done(self, route: Route) -> None:
        """One read is handed over: every gateway that got something of it commits once."""
        touched, self._touched = self._touched, {}
        for name in touched:
            if name in self._clients:
                self._clients[name].done()
        self._asked.serve_soon()

    def _receipt(self, delivery: Delivery) -> None:
        """Who was told the id gets it; else the number's gateway, and then every other, is asked whether it knows."""
        try:
            message_id = parse_receipt(delivery.short_message, delivery.tlvs).message_id
        except UnreadableReceipt:
            self._hand_over(delivery, self._around.gateway_id, ())  # which journals what it is
            return
        known = self._ids.get(message_id)
        if known is None:
            known = next((self._ids[form] for form in candidate_ids(message_id) if form in self._ids), None)
        # Who was told may have left the message to another since, so that it is an offer to him, too.
        holder = self._around.holder_of_number(_number_of(delivery))
        names = dict.fromkeys(each for each in (known, holder, *self._clients) if each is not None)
        self._offer(delivery, tuple(names))

    def _offer(self, delivery: Delivery, names: tuple[str, ...]) -> None:
        """Ask one after another; who holds the number has the last word, since the answer may be on its way yet."""
        if names:
            self._hand_over(delivery, names[0], names[1:], is_offer=True)
        else:
            self._hand_over(delivery, self._around.holder_of_number(_number_of(delivery)), ())

    def _hand_over(
        self, delivery: Delivery, name: str | None, others: tuple[str, ...], *, is_offer: bool = False
    ) -> None:
        client = self._clients.get(name or "")
        if client is None or name is None:
            if is_offer:
                self._offer(delivery, others)
            else:  # nobody works for it at the moment: the carrier keeps it, and brings it again
                self.route.acknowledge(delivery, ESME_RX_T_APPN)
            return
        self._numbers += 1
        self._pending[self._numbers] = _Pending(delivery, name, others)
        self._touched[name] = None
        client.delivered(self._numbers, delivery, is_offer=is_offer)

    # Out.

    def _look(self) -> None:
        """Tell everybody when the route is bound, or no longer is."""
        is_bound = self.route.is_bound and not self._is_closed
        if is_bound is self._was_bound:
            return
        self._was_bound = is_bound
        for client in self._clients.values():
            client.room(self._window if is_bound else 0)
        if not is_bound:
            self._give_back()

    def _close(self) -> None:
        self._is_closed = True
        self._look()
        self._give_back()

    def _give_back(self) -> None:
        for asked in self._asked.taken_out():
            self._clients[asked.client].returned(asked.ref, "", 0.0)

    def _room(self) -> int:
        """None while it is not certain that this gateway lives: what waits goes on then, or ends with it."""
        return self.route.window_free if self._around.is_alive() else 0

    def _submit(self, asked: _Asked) -> None:
        submission, client = asked.submission, self._clients[asked.client]
        source, destination = submission.source, submission.destination
        if not asked.is_answer and self._around.is_stopped(source, destination):
            client.returned(asked.ref, f"to/{destination}", STOPPED_S)
            return
        closed = self.gates.closed(self.limits_of(source))
        if closed is not None:
            limit, wait_s = closed
            self._journal.record("fleet.paced", route=self.route.name, limit=limit.words, wait_s=wait_s)
            client.returned(asked.ref, limit.key, wait_s)
            return
        try:
            self.route.submit(submission, asked)
        except InvalidSubmission as error:
            self._journal.record("fleet.unsubmittable", route=self.route.name, error=str(error))
            client.answered(asked.ref, ESME_RSUBMITFAIL, "")


def _number_of(delivery: Delivery) -> str:
    """Our number, to which a delivery is addressed."""
    destination = without_prefix(delivery.destination)
    return parse_source(destination) or destination
