"""Takes accepted messages to the carriers, and hands what the carriers say to ``Fates`` and ``Deliveries``.

The way of a message here: its turn comes (``Turns``), STOP and expiry are looked at once more, its parts go to the
route of the carrier that serves the handset, each part is answered, and comes back if the carrier wants it later. No
task, future or timer belongs to a message; there is one timer for all turns, and one for each route that is held back.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, assert_never

from powerpack_gateway.deadlines import Deadlines
from powerpack_gateway.deliveries import Deliveries
from powerpack_gateway.encoding import EncodedText, Part, encode_text
from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fates import Fates
from powerpack_gateway.history import note
from powerpack_gateway.messages import ErrorCode, Input, Message, Stage
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.route import MmsAnswer
from powerpack_gateway.mm7.statuses import Verdict
from powerpack_gateway.numbers import Service
from powerpack_gateway.pacing import Pacing
from powerpack_gateway.plain_submits import Owner as PlainOwner
from powerpack_gateway.plain_submits import PlainSubmits
from powerpack_gateway.ports import Clock, Journal, unix_clock
from powerpack_gateway.receipts import (
    Receipt,
    error_code_for_status,
)
from powerpack_gateway.remedies import Remedy, ends_at, remedy_of
from powerpack_gateway.route_names import route_name
from powerpack_gateway.route_queue import RouteQueue, Segment, Submitted
from powerpack_gateway.settings import DeliverySettings, UnknownOutcome
from powerpack_gateway.shared_limits import Limit, mms_limits
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import AllPlain
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.statuses import ESME_ROK, status_name
from powerpack_gateway.smpp.submission import Submission
from powerpack_gateway.store.base import Store
from powerpack_gateway.throughput import Rate, Turn
from powerpack_gateway.turns import Turns

WHOLE = EncodedText(0, 1, (Part(0, b""),))
"""An MMS is one part, whose text and media the route reads when it goes."""

_UNANSWERED = ("",)
"""The carrier's ids of a message of one part."""

_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""

NOTE_AGAIN_S = 1.0
"""When what could not be noted before it is submitted at most once is noted again: as soon as the store tries."""

_UNDER_WAY = (Stage.QUEUED, Stage.SUBMITTED, Stage.UNKNOWN)


class Owner(PlainOwner, Protocol):
    """What the dispatcher asks of the gateway around it."""

    def may_send(self, message: Message) -> ErrorCode | None:
        """The code it fails with, or None when nothing forbids it now (STOP, suspension, unrented number)."""
        ...

    def why_forbidden(self, message: Message, code: ErrorCode) -> str:
        """The same in words."""
        ...

    def choose_again(self, message: Message) -> Turn | None:
        """Select a number anew, since its own left the pool; None when there is none."""
        ...

    def changed(self, messages: Sequence[Message]) -> None:
        """Messages came to the same stage at the same moment: keep them and tell their callbacks."""
        ...

    def received(self, carrier: str, delivery: Delivery) -> None:
        """A carrier handed over something that is no receipt."""
        ...

    def rate_of(self, number: str) -> Rate:
        """How fast a number may go."""
        ...

    def limits_of(self, number: str, carrier: str) -> Sequence[Limit]:
        """What a number shares with others on the way to a carrier."""
        ...

    def under_way(self) -> Iterable[Message]:
        """Every message that is not finished; not a live view."""
        ...


class Dispatcher:
    """The motor between the store and the routes; one for a gateway. Implements ``RouteHandler``."""

    def __init__(
        self,
        owner: Owner,
        store: Store,
        *,
        carrier_of: Callable[[str], str | None],
        settings: DeliverySettings,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._owner = owner
        self._store = store
        self._carrier_of = carrier_of
        self._settings = settings
        self._clock = clock
        self._unix = unix_clock(clock)
        self._journal = journal
        self._queues: dict[str, RouteQueue] = {}
        self._mm7_routes: dict[str, MmsRoute] = {}
        self._at_most_once: dict[str, bool] = {}
        self._may_be_at_most_once = False
        self._turns: Turns[Segment] = Turns(self._take_turns)
        self._pacing = Pacing(owner.rate_of, self._enqueue, clock, limits_of=self._limits_of, held=self._held_back)
        self._deadlines = Deadlines(owner.under_way, self._late, settings=settings, clock=clock)
        self._fates = Fates(store, changed=owner.changed, watch=self._deadlines.watch, clock=clock, journal=journal)
        self._plain = PlainSubmits(owner, self._pacing, self._fates, unix=self._unix, monotonic=clock.monotonic)
        self._deliveries = Deliveries(self._fates, store, received=owner.received, clock=clock, journal=journal)
        self.parked: set[str] = set()
        """Leases whose messages are about to go to another gateway: nothing of theirs is submitted any more."""

    def add_route(self, name: str, route: CarrierRoute) -> None:
        """Make a carrier reachable."""
        self._add_queue(RouteQueue(route, name, self._serve_soon), route.settings.unknown_outcome)

    def add_mm7_route(self, route: MmsRoute) -> None:
        """Make a carrier reachable for MMS."""
        self._mm7_routes[route.carrier] = route
        self._add_queue(RouteQueue(route, route.carrier, self._serve_soon), None)

    def _add_queue(self, queue: RouteQueue, policy: UnknownOutcome | None) -> None:
        name = queue.route.name
        self._queues[name] = queue
        self._at_most_once[name] = (policy or self._settings.unknown_outcome) is UnknownOutcome.AT_MOST_ONCE
        self._may_be_at_most_once = any(self._at_most_once.values())

    @property
    def routes(self) -> Mapping[str, CarrierRoute]:
        """The routes of SMS by carrier."""
        return {name: queue.route for name, queue in self._queues.items() if not isinstance(queue.route, MmsRoute)}

    @property
    def mm7_routes(self) -> Mapping[str, MmsRoute]:
        """The routes of MMS by carrier."""
        return self._mm7_routes

    @property
    def waiting(self) -> int:
        """Messages whose turn has not come, and parts that wait for a route."""
        return len(self._turns) + len(self._pacing) + sum(map(len, self._queues.values()))

    def schedule(self, message: Message, turn: Turn, encoded: EncodedText | None = None) -> None:
        """Send a stored message, each part when its number's turn for it comes.

        Parts that a carrier has accepted already are left out, so that a restart goes on where it was. ``encoded`` is
        its text, where the caller has encoded it: that serves if it is of one part, and needs no reference.
        """
        if len(message.carrier_ids) != message.units:
            message.carrier_ids = ("",) * message.units
        if message.service is Service.MMS:
            encoded = WHOLE
        elif encoded is None or encoded.units > 1:
            encoded = encode_text(message.text, message.id % 255)
        now = self._clock.monotonic()
        for index, part in enumerate(encoded.parts):
            if message.carrier_ids[index]:
                continue
            segment = Segment(message, index, part, encoded.data_coding)
            wait_s = turn.wait_of_part(index)
            if wait_s <= 0:
                self._take_turns([segment])
            else:
                self._turns.put(now + wait_s, segment)
        self._deadlines.watch(message)

    def schedule_all(self, messages: Sequence[tuple[Message, Turn]], encoded: EncodedText | None) -> None:
        """``schedule`` for new texts of one request, all with the same words."""
        if encoded is None or encoded.units > 1:
            for message, turn in messages:
                self.schedule(message, turn, encoded)
            return
        now = self._clock.monotonic()
        part, data_coding = encoded.parts[0], encoded.data_coding
        ready: list[Segment] = []
        for message, turn in messages:
            message.carrier_ids = _UNANSWERED
            segment = _make(Segment, (message, 0, part, data_coding, None, False))
            wait_s, _, paced_from_s = turn
            if wait_s <= 0 and paced_from_s <= 0:
                ready.append(segment)
            else:
                self._turns.put(now + turn.wait_of_part(0), segment)
        if ready:
            self._take_turns(ready)
        self._deadlines.watch(messages[0][0])  # the others wait as long

    def block(self, message: Message, code: ErrorCode, why: str) -> None:
        """End a stored message before it is sent. What is over a toll-free tier is undelivered (plivo_api.md 5)."""
        self._fates.fail(message, Input.UNDELIVER if code is ErrorCode.TOLLFREE_LIMIT else Input.BLOCK, code, why)

    def adopt(self, message: Message) -> bool:
        """After a restart: receipts for its parts find it again. Returns whether it may be submitted (again).

        Where at most once is promised, what may have been submitted only waits for its receipt, or its expiry.
        """
        self._fates.expect(message)
        may_submit = message.stage in _UNDER_WAY
        if may_submit and message.attempts and self._is_at_most_once(message):
            message.stage = Stage.UNKNOWN
            may_submit = False
        self._deadlines.watch(message)
        return may_submit

    def _is_parked(self, message: Message) -> bool:
        """Whether another gateway goes on with a message, or is about to."""
        return message.is_left or (bool(self.parked) and message.lease in self.parked)

    def leave(self, message: Message) -> None:
        """Another gateway goes on with a message: whatever comes for it here is not for us."""
        message.is_left = True
        self._fates.forget(message)

    def close(self) -> None:
        """Forget every turn and timer; what is on disk is taken up at the next start."""
        self._turns.clear()
        self._pacing.close()
        self._deadlines.close()
        for queue in self._queues.values():
            queue.asides.clear()
            if queue.timer is not None:
                queue.timer.cancel()

    # Turns

    def _take_turns(self, segments: list[Segment]) -> None:
        if not self._may_be_at_most_once:
            self._enqueue(segments)
            return
        first: list[Segment] = []
        noted_first: list[Segment] = []
        for segment in segments:
            if not self._is_parked(segment.message):
                (noted_first if self._is_at_most_once(segment.message) else first).append(segment)
        self._enqueue(first)
        if noted_first:
            self._note_and_enqueue(noted_first)

    def _note_and_enqueue(self, segments: list[Segment]) -> None:
        """At most once holds over a crash as well: on disk it counts as submitted before it can be."""
        for segment in segments:
            segment.message.attempts = 1
            self._store.update(segment.message)

        def noted(error: StoreError | None) -> None:
            if error is None:
                self._enqueue(segments)
            elif not isinstance(error, StoreFenced):  # then they are others' to send
                # Nothing is unknown: it was not submitted. It waits for room on the disk, until its expiry.
                moment = self._clock.monotonic() + NOTE_AGAIN_S
                for segment in segments:
                    self._turns.put(moment, segment)

        self._store.when_durable(noted)

    def _is_at_most_once(self, message: Message) -> bool:
        """The policy for unknown outcomes of the route that a message takes."""
        carrier = message.carrier or self._carrier_of(message.destination) or ""
        return self._at_most_once.get(route_name(carrier, message.service), False)

    def _enqueue(self, segments: list[Segment]) -> None:
        """Put segments whose turn has come behind the others for their carrier, which are served together."""
        for segment in segments:
            message = segment.message
            carrier = self._carrier_of(message.destination)
            if carrier is not None and message.service is not Service.SMS:
                carrier = route_name(carrier, message.service)
            queue = None if carrier is None else self._queues.get(carrier)
            if queue is None:
                self._fates.fail(message, Input.BLOCK, ErrorCode.NO_ROUTE, f"no carrier serves {message.destination}")
                continue
            queue.waiting.append(segment)
            if not queue.is_called:
                self._serve_soon(queue)

    def _still_wanted(self, segment: Segment) -> bool:
        """Whether it may go out now; if not, its message has been ended or it is back in line."""
        message = segment.message
        now = self._unix()
        if message.expires_at and now >= message.expires_at and message.stage is not Stage.SUBMITTED:
            self._fates.fail(message, Input.EXPIRE, ErrorCode.EXPIRED, "its message_expiry passed before its turn came")
            return False
        forbidden = self._owner.may_send(message)
        if forbidden is None:
            return True
        has_begun = message.stage is not Stage.QUEUED or any(message.carrier_ids)
        if forbidden is ErrorCode.INVALID_SOURCE and message.powerpack_uuid is not None and not has_begun:
            turn = self._owner.choose_again(message)
            if turn is not None:
                note(message, now, "reselected", message.source)
                moment = self._clock.monotonic() + turn.wait_of_part(segment.position)
                self._turns.put(moment, segment._replace(paced_by=None))
                return False
        self._fates.fail(message, Input.BLOCK, forbidden, self._owner.why_forbidden(message, forbidden))
        return False

    def sent_before(self, sent: Iterable[tuple[str, str]]) -> None:
        """Take up the counts of limits by the day: (source, destination) of what was sent since midnight."""
        counts = Counter(
            limit
            for source, destination in sent
            for limit in self._owner.limits_of(source, self._carrier_of(destination) or "")
            if limit.rate.per_day is not None
        )
        for limit, count in counts.items():
            self._pacing.count(limit, count)

    def _limits_of(self, segment: Segment, carrier: str) -> Sequence[Limit]:
        message = segment.message
        shared = self._owner.limits_of(message.source, carrier)
        return shared if message.service is Service.SMS else (*shared, *mms_limits(message.source))

    def _held_back(self, segment: Segment, limit: Limit, wait_s: float) -> None:
        """A limit that numbers share is reached: say so where the message's other reasons are."""
        message = segment.message
        message.reasons = (*message.reasons, f"waits: {limit.words}")
        note(message, self._unix(), "paced", limit.words)
        self._store.update(message)
        self._journal.record("message.paced", uuid=message.uuid, limit=limit.words, wait_s=wait_s)

    def _late(self, message: Message) -> None:
        """Its deadline passed."""
        if message.stage is Stage.SENT:
            why = f"{message.carrier} sent no receipt within {self._settings.receipt_wait_s:g} s"
            self._fates.fail(message, Input.UNDELIVER, ErrorCode.UNKNOWN, why)
        else:
            self._fates.fail(message, Input.EXPIRE, ErrorCode.EXPIRED, "its message_expiry passed")

    # To the carrier

    def _serve(self, queue: RouteQueue) -> None:
        """Submit what waits, as long as the window has room and the carrier did not ask for less."""
        queue.is_called = False
        if self._clock.monotonic() < queue.held_until:
            return
        route = queue.route
        room = queue.room
        is_at_most_once = self._at_most_once[route.name]
        while room > 0:
            if isinstance(route, Route) and not self.parked:
                room -= self._plain.submit(queue, route, room, counts_attempts=not is_at_most_once)
            submitted = queue.take() if room else None
            if submitted is None:
                return
            segment = submitted.segment
            message = segment.message
            if self._is_parked(message):
                self._pacing.settled(segment)
                continue
            if message.stage not in _UNDER_WAY or message.carrier_ids[segment.position]:
                # Another part was refused, a receipt ended it, or a late answer accepted this part.
                self._pacing.settled(segment)
                continue
            if queue.must_wait(message):
                queue.give_back(submitted)
                return
            if queue.asides and self._put_aside(queue, submitted):
                continue
            if not self._still_wanted(segment):
                self._pacing.settled(segment)
                continue
            if not self._pacing.may_go(segment, route.name):
                continue
            if message.stage is not Stage.SUBMITTED:
                self._fates.move(message, Input.SUBMIT)
                message.carrier = queue.carrier
            if not is_at_most_once:
                message.attempts += segment.position == 0
            note(message, self._unix(), "submit", queue.carrier, segment.position)
            queue.sent(submitted)
            room -= 1
            if isinstance(route, MmsRoute):
                route.submit(message, submitted)
                continue
            part = segment.part
            route.submit(
                Submission(
                    message.source, message.destination, part.short_message, segment.data_coding, part.esm_class
                ),
                submitted,
            )

    def _put_aside(self, queue: RouteQueue, submitted: Submitted) -> bool:
        """Keep a segment by itself if its handset or its sender has to wait."""
        key = queue.asides.barring(self._keys_of(submitted.segment.message, queue.carrier))
        if key is None:
            return False
        self._pacing.settled(submitted.segment)
        queue.asides.put(key, submitted.again())
        return True

    def _keys_of(self, message: Message, carrier: str) -> Iterator[str]:
        """Whose messages it belongs to: its handset's, its number's, and those who share a limit of the carrier's."""
        yield f"to/{message.destination}"
        yield from self._senders_of(message, carrier)

    def _senders_of(self, message: Message, carrier: str) -> Sequence[str]:
        shared = [each.key for each in self._owner.limits_of(message.source, carrier) if each.key.startswith(carrier)]
        return shared or [f"from/{message.source}"]

    def _serve_soon(self, queue: RouteQueue) -> None:
        """Serve it once in the loop's next turn, whoever else asks for it until then."""
        if not queue.is_called:
            queue.is_called = True
            asyncio.get_running_loop().call_soon(self._serve, queue)

    def _put_back(self, queue: RouteQueue, submitted: Submitted) -> None:
        """Submit it again as soon as the route takes it, together with what else comes back in this turn."""
        queue.give_back(submitted.again())
        self._serve_soon(queue)

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
        self._serve(queue)

    # RouteHandler: from the carrier

    def route_ready(self, route: CarrierRoute) -> None:
        """Bound, or the window has room again."""
        self._serve(self._queues[route.name])

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
            self._deferred(queue, token)
            note(message, self._unix(), "answer", token.segment.position, status)
        else:
            code = error_code_for_status(status)
            note(message, self._unix(), "answer", token.segment.position, status)
            refused = f"{route.name} refused it with {status_name(status)} (0x{status:08X})"
            self._fates.fail(message, Input.REFUSE, code, refused)

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
                self._deferred(queue, token)
                note(message, self._unix(), "answer", 0, None, None, answer.why)
            case Verdict.REFUSED:
                note(message, self._unix(), "answer", 0, None, None, answer.why)
                self._fates.fail(message, Input.REFUSE, answer.code, f"{route.carrier} refused it with {answer.why}")

    def mms_ready(self, route: MmsRoute) -> None:
        """The MMSC has answered something: there is room again."""
        self._serve(self._queues[route.name])

    def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        """A delivery report of an MMS; the caller answers it when what it changed is on disk."""
        self._fates.receipt(route_name(carrier, Service.MMS), receipt)

    def knows_mms(self, carrier: str, receipt: Receipt) -> bool:
        """Whether a delivery report is for a message that is under way here."""
        return self._fates.knows(route_name(carrier, Service.MMS), receipt)

    def _deferred(self, queue: RouteQueue, token: Submitted) -> None:
        """The carrier may take it later: it goes again, before what was first tried later."""
        message = token.segment.message
        if self._fates.move(message, Input.DEFER) or message.stage is Stage.QUEUED:
            self._put_back(queue, token)

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
                for key in self._senders_of(message, queue.carrier):
                    queue.asides.bar(key, self._clock.monotonic() + wait_s)
                    self._journal.record("gateway.barred", carrier=queue.route.name, whose=key, seconds=wait_s)
            case _:
                assert_never(remedy)
        return True

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
        if self._at_most_once[route.name]:
            self._deadlines.watch(message)
        elif message.attempts >= self._settings.attempts_max:
            self._fates.fail(
                message, Input.EXPIRE, ErrorCode.NETWORK_ERROR, f"no answer in {message.attempts} attempts"
            )
        elif not message.is_final:
            if isinstance(route, MmsRoute):
                # Where SMPP has lost its link and binds again, HTTP is ready at once: five tries would take no time.
                self._hold(self._queues[route.name])
            self._put_back(self._queues[route.name], token)

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
        if not self._at_most_once[route.name]:
            message.attempts -= token.segment.position == 0  # it has not been tried
        if wait_s > 0:
            whose = next((each for each in self._keys_of(message, queue.carrier) if each == key), "")
            for each in (whose,) if whose else self._senders_of(message, queue.carrier):
                queue.asides.bar(each, self._clock.monotonic() + wait_s)
        self._deferred(queue, token)

    def speaks_of_ours(self, route: CarrierRoute, delivery: Delivery) -> bool:
        """Whether a receipt is for a message that is under way here."""
        return self._fates.speaks_of_ours(route.name, delivery)

    def unheard(self, route: CarrierRoute, delivery: Delivery) -> None:
        """The carrier did not hear our acknowledgement, and will deliver it again."""
        self._deliveries.unheard(route.name, delivery)

    def delivered(self, route: CarrierRoute, delivery: Delivery) -> None:
        """A receipt, or a message from a handset; acknowledged when what it changed is on disk."""
        self._deliveries.take(route, delivery)

    def batch_done(self, route: CarrierRoute) -> None:
        """Everything of one read was handed over: answers made room, and one commit acknowledges what was delivered."""
        queue = self._queues[route.name]
        if queue:
            self._serve(queue)
        self._deliveries.acknowledge()
