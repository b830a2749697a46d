"""What carriers answer to submits: accepted, refused for good, or for now; then whoever has to wait for that, waits.

Whether a refusal is for now, and who waits, says the table in ``remedies.py``. What has to go again goes back into its
``RouteQueue``, before what was first tried later; what is settled goes to ``Fates``.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, assert_never

from powerpack_gateway.deliveries import Deliveries
from powerpack_gateway.fates import Fates
from powerpack_gateway.history import note
from powerpack_gateway.messages import ErrorCode, Input, Message, Stage
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.route import MmsAnswer
from powerpack_gateway.mm7.statuses import Verdict
from powerpack_gateway.numbers import Service
from powerpack_gateway.pacing import Pacing
from powerpack_gateway.ports import Clock, Journal, unix_clock
from powerpack_gateway.receipts import Receipt, error_code_for_status
from powerpack_gateway.remedies import Remedy, ends_at, remedy_of
from powerpack_gateway.route_names import route_name
from powerpack_gateway.route_queue import RouteQueue, Submitted
from powerpack_gateway.settings import DeliverySettings
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import AllPlain
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.statuses import ESME_ROK, status_name
from powerpack_gateway.store.base import Store


class WayOut(Protocol):
    """What is asked of the dispatcher."""

    def serve(self, queue: RouteQueue) -> None:
        """Submit what waits and may go."""
        ...

    def serve_soon(self, queue: RouteQueue) -> None:
        """The same once in the loop's next turn, whoever else asks for it until then."""
        ...

    def keys_of(self, message: Message, carrier: str) -> Iterator[str]:
        """Whose messages it belongs to: its handset's, its number's, and those who share a limit of the carrier's."""
        ...

    def senders_of(self, message: Message, carrier: str) -> Sequence[str]:
        """The same without its handset."""
        ...


class CarrierAnswers:
    """One for a gateway, with the queue of each route by its name. Implements ``RouteHandler`` and ``MmsHandler``, and
    what a fleet's routes ask for. ``watch`` is told of a message that only waits for its receipt from now on."""

    def __init__(
        self,
        way: WayOut,
        queues: Mapping[str, RouteQueue],
        fates: Fates,
        deliveries: Deliveries,
        pacing: Pacing,
        store: Store,
        *,
        watch: Callable[[Message], None],
        settings: DeliverySettings,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._way = way
        self._queues = queues
        self._fates = fates
        self._deliveries = deliveries
        self._pacing = pacing
        self._store = store
        self._watch = watch
        self._settings = settings
        self._clock = clock
        self._unix = unix_clock(clock)
        self._journal = journal

    def route_ready(self, route: CarrierRoute) -> None:
        """Bound, or the window has room again."""
        self._way.serve(self._queues[route.name])

    def submit_answered(self, route: CarrierRoute, token: object, status: int, message_id: str) -> None:
        """A submit_sm_resp, or a generic_nack in its place."""
        assert isinstance(token, Submitted)
        message, queue = token.segment.message, self._queues[route.name]
        queue.answered(token)
        if message.is_left:
            return
        if status == ESME_ROK:
            queue.eased(message.destination)
            self._fates.accepted(route.name, message, token.segment.position, message_id)
        elif self._will_be_taken(queue, message, status):
            self._deferred(queue, token, _words(status))
            note(message, self._unix(), "answer", token.segment.position, status)
        else:
            code = error_code_for_status(status)
            note(message, self._unix(), "answer", token.segment.position, status)
            self._fates.fail(message, Input.REFUSE, code, f"{route.name} refused it with {_words(status)}")

    def all_plain(self, route: Route, link: str, read: AllPlain) -> None:
        """A whole read of submits that were accepted, and receipts of messages that arrived."""
        if read.answers:
            self._accepted_together(route, read.answers)
        if read.receipts:
            self._deliveries.take_receipts(route, link, read.receipts)

    def _accepted_together(self, route: Route, answers: Iterable[tuple[object, str]]) -> None:
        queue = self._queues[route.name]
        is_calm = queue.is_calm
        accepted: list[tuple[Message, str]] = []
        orders: list[int] = []
        for token, message_id in answers:
            assert isinstance(token, Submitted)
            message = token.segment.message
            if not is_calm or message.is_left or message.units != 1:
                self.submit_answered(route, token, ESME_ROK, message_id)
            else:
                orders.append(token.order)
                accepted.append((message, message_id))
        queue.answered_together(orders)
        if accepted:
            self._fates.accepted_together(route.name, accepted)

    def submit_unknown(self, route: CarrierRoute | MmsRoute, token: object, reason: str) -> None:
        """Submitted, and no answer will come: the route's policy decides (design.md 5)."""
        assert isinstance(token, Submitted)
        message, position = token.segment.message, token.segment.position
        self._queues[route.name].answered(token)
        if message.is_left:
            return
        self._journal.record("message.unknown", uuid=message.uuid, carrier=route.name, part=position, reason=reason)
        self._fates.move(message, Input.LOSE)
        note(message, self._unix(), "no_answer", position, reason)
        self._store.update(message)
        if self._queues[route.name].is_at_most_once:
            self._watch(message)
        elif message.attempts >= self._settings.attempts_max:
            self._fates.fail(
                message, Input.EXPIRE, ErrorCode.NETWORK_ERROR, f"no answer in {message.attempts} attempts"
            )
        elif not message.is_final:
            if isinstance(route, MmsRoute):
                # Where SMPP has lost its link and binds again, HTTP is ready at once: five tries would take no time.
                self._hold(self._queues[route.name])
            self._put_back(self._queues[route.name], token)

    def delivered(self, route: CarrierRoute, delivery: Delivery) -> None:
        """A receipt, or a message from a handset; acknowledged when what it changed is on disk."""
        self._deliveries.take(route, delivery)

    def batch_done(self, route: CarrierRoute) -> None:
        """Everything of one read was handed over: answers made room, and one commit acknowledges what was delivered."""
        queue = self._queues[route.name]
        if queue:
            self._way.serve(queue)
        self._deliveries.acknowledge()

    # MMS

    def mms_ready(self, route: MmsRoute) -> None:
        """The MMSC has answered something: there is room again."""
        self._way.serve(self._queues[route.name])

    def mms_answered(self, route: MmsRoute, token: object, answer: MmsAnswer) -> None:
        """What the MMSC said to a SubmitReq."""
        assert isinstance(token, Submitted)
        message, queue = token.segment.message, self._queues[route.name]
        queue.answered(token)
        match answer.verdict:
            case Verdict.ACCEPTED:
                queue.eased(message.destination)
                self._fates.accepted(route.name, message, token.segment.position, answer.message_id)
            case Verdict.LATER:
                self._hold(queue)
                self._deferred(queue, token, answer.why)
                note(message, self._unix(), "answer", 0, None, None, answer.why)
            case Verdict.REFUSED:
                note(message, self._unix(), "answer", 0, None, None, answer.why)
                self._fates.fail(message, Input.REFUSE, answer.code, f"{route.carrier} refused it with {answer.why}")

    def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        """A delivery report of an MMS; the caller answers it when what it changed is on disk."""
        self._fates.receipt(route_name(carrier, Service.MMS), receipt)

    def knows_mms(self, carrier: str, receipt: Receipt) -> bool:
        """Whether a delivery report is for a message that is under way here."""
        return self._fates.knows(route_name(carrier, Service.MMS), receipt)

    # Other gateways of a fleet

    def submit_returned(
        self, route: CarrierRoute | MmsRoute, token: object, key: str, wait_s: float, ago_s: float
    ) -> None:
        """The gateway that is bound to the carrier did not submit it (fleet/route_desk.py): it goes again, after
        ``wait_s`` if ``key`` is a limit's or a handset's. It was handed over ``ago_s`` ago."""
        assert isinstance(token, Submitted)
        message, queue = token.segment.message, self._queues[route.name]
        queue.answered(token)
        if message.is_left:
            return
        self._pacing.give_back(token.segment, route.name, ago_s)
        if not queue.is_at_most_once:
            message.attempts -= token.segment.position == 0  # it has not been tried
        if wait_s > 0:
            whose = next((each for each in self._way.keys_of(message, queue.carrier) if each == key), "")
            for each in (whose,) if whose else self._way.senders_of(message, queue.carrier):
                queue.asides.bar(each, self._clock.monotonic() + wait_s)
        self._deferred(queue, token, "not submitted by the gateway that is bound")

    def speaks_of_ours(self, route: CarrierRoute, delivery: Delivery) -> bool:
        """Whether a receipt is for a message that is under way here."""
        return self._fates.speaks_of_ours(route.name, delivery)

    def unheard(self, route: CarrierRoute, delivery: Delivery) -> None:
        """The carrier did not hear our acknowledgement, and will deliver it again."""
        self._deliveries.unheard(route.name, delivery)

    def doubted(self, route: CarrierRoute, deliveries: Sequence[Delivery]) -> None:
        """The carrier may not have heard that these came."""
        self._deliveries.doubted(route.name, deliveries)

    # Who waits

    def _will_be_taken(self, queue: RouteQueue, message: Message, status: int) -> bool:
        """Whether the carrier may take it later; then whatever has to wait for that, waits."""
        remedy = remedy_of(status)
        match remedy:
            case Remedy.NONE:
                return False
            case Remedy.ROUTE:
                self._hold(queue)
            case Remedy.DESTINATION:
                self._rest(queue, message.destination)
            case Remedy.MINUTE | Remedy.DAY:
                now = self._clock.now()
                until = ends_at(remedy, now)
                if message.expires_at and until.timestamp() >= message.expires_at:
                    return False  # it would only wait to expire
                wait_s = (until - now).total_seconds()
                for key in self._way.senders_of(message, queue.carrier):
                    queue.asides.bar(key, self._clock.monotonic() + wait_s)
                    self._journal.record("gateway.barred", carrier=queue.route.name, whose=key, seconds=wait_s)
            case _:
                assert_never(remedy)
        return True

    def _deferred(self, queue: RouteQueue, token: Submitted, why: str) -> None:
        """The carrier may take it later: it goes again, before what was first tried later."""
        message = token.segment.message
        self._journal.record("message.deferred", uuid=message.uuid, carrier=queue.route.name, why=why)
        if self._fates.move(message, Input.DEFER) or message.stage is Stage.QUEUED:
            self._put_back(queue, token)

    def _put_back(self, queue: RouteQueue, submitted: Submitted) -> None:
        """Submit it again as soon as the route takes it, together with what else comes back in this turn."""
        queue.give_back(submitted.again())
        self._way.serve_soon(queue)

    def _hold(self, queue: RouteQueue) -> None:
        """The carrier asked for less: the whole route waits, so that nothing overtakes (facts/carriers.md C01)."""
        settings = self._settings
        now = self._clock.monotonic()
        rest_s = queue.rest(now, least_s=settings.throttled_s_min, most_s=settings.throttled_s_max)
        if rest_s:
            self._journal.record("gateway.held", carrier=queue.route.name, seconds=rest_s, waiting=len(queue))
            queue.timer = asyncio.get_running_loop().call_at(queue.held_until, self._release, queue)

    def _release(self, queue: RouteQueue) -> None:
        queue.timer = None
        queue.held_until = 0.0
        self._way.serve(queue)

    def _rest(self, queue: RouteQueue, destination: str) -> None:
        """The handset's queue is full at the carrier: only its messages wait (facts/carriers.md C02)."""
        if queue.is_full(destination):
            self._hold(queue)
            return
        key, settings = f"to/{destination}", self._settings
        rest_s = queue.asides.rest(
            key, self._clock.monotonic(), least_s=settings.throttled_s_min, most_s=settings.throttled_s_max
        )
        if rest_s:
            self._journal.record("gateway.barred", carrier=queue.route.name, whose=key, seconds=rest_s)


def _words(status: int) -> str:
    """A command_status by its name, and as it is on the wire."""
    return f"{status_name(status)} (0x{status:08X})"
