"""Takes accepted messages to the carriers, whose answers are for ``CarrierAnswers``.

The way of a message here: its turn comes (``Turns``), STOP and expiry are looked at once more, its parts go to the
route of the carrier that serves the handset, each part is answered, and comes back if the carrier wants it later. No
task, future or timer belongs to a message; there is one timer for all turns, and one for each route that is held back.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from powerpack_gateway.carrier_answers import CarrierAnswers
from powerpack_gateway.deadlines import Deadlines
from powerpack_gateway.deliveries import Deliveries
from powerpack_gateway.encoding import EncodedText, Part, encode_text
from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fates import Fates
from powerpack_gateway.history import note
from powerpack_gateway.messages import ErrorCode, Input, Message, Stage
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.numbers import Service
from powerpack_gateway.pacing import Pacing
from powerpack_gateway.plain_submits import Owner as PlainOwner
from powerpack_gateway.plain_submits import PlainSubmits
from powerpack_gateway.ports import Clock, Journal, unix_clock
from powerpack_gateway.route_names import route_name
from powerpack_gateway.route_queue import RouteQueue, Segment, Submitted
from powerpack_gateway.settings import DeliverySettings, UnknownOutcome
from powerpack_gateway.shared_limits import Limit, mms_limits
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.submission import Submission
from powerpack_gateway.store.base import Store
from powerpack_gateway.throughput import Rate, Turn
from powerpack_gateway.turns import Turns

WHOLE = EncodedText(0, 1, (Part(0, b""),))
"""An MMS is one part, whose text and media the route reads when it goes."""

_SMS = Service.SMS

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
    """The motor between the store and the routes; one for a gateway."""

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
        self._may_be_at_most_once = False
        self._turns: Turns[Segment] = Turns(self._take_turns)
        self._pacing = Pacing(owner.rate_of, self._enqueue, clock, limits_of=self._limits_of, held=self._held_back)
        self._deadlines = Deadlines(owner.under_way, self._late, settings=settings, clock=clock)
        self._fates = Fates(store, changed=owner.changed, watch=self._deadlines.watch, clock=clock, journal=journal)
        self._plain = PlainSubmits(owner, self._pacing, self._fates, unix=self._unix, monotonic=clock.monotonic)
        deliveries = Deliveries(self._fates, store, received=owner.received, clock=clock, journal=journal)
        self.answers = CarrierAnswers(
            self,
            self._queues,
            self._fates,
            deliveries,
            self._pacing,
            store,
            watch=self._deadlines.watch,
            settings=settings,
            clock=clock,
            journal=journal,
        )
        """What the routes are given for a handler."""
        self.parked: set[str] = set()
        """Leases whose messages are about to go to another gateway: nothing of theirs is submitted any more."""

    def add_route(self, name: str, route: CarrierRoute) -> None:
        """Make a carrier reachable."""
        policy = route.settings.unknown_outcome or self._settings.unknown_outcome
        self._add_queue(route, name, is_at_most_once=policy is UnknownOutcome.AT_MOST_ONCE)

    def add_mm7_route(self, route: MmsRoute) -> None:
        """Make a carrier reachable for MMS."""
        self._mm7_routes[route.carrier] = route
        policy = self._settings.unknown_outcome
        self._add_queue(route, route.carrier, is_at_most_once=policy is UnknownOutcome.AT_MOST_ONCE)

    def _add_queue(self, route: CarrierRoute | MmsRoute, carrier: str, *, is_at_most_once: bool) -> None:
        queue = RouteQueue(route, carrier, self.serve_soon, is_at_most_once=is_at_most_once)
        self._queues[route.name] = queue
        self._may_be_at_most_once = any(each.is_at_most_once for each in self._queues.values())

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

    def schedule_all(self, texts: Sequence[tuple[Message, Turn, EncodedText]]) -> None:
        """``schedule`` for new texts."""
        now = self._clock.monotonic()
        ready: list[Segment] = []
        first = texts[0][0]
        for message, turn, encoded in texts:
            if encoded.units > 1:
                if ready:  # before it, as they came before it
                    self._take_turns(ready)
                    ready = []
                self.schedule(message, turn, encoded)
                continue
            message.carrier_ids = _UNANSWERED
            if message.expires_at < first.expires_at:
                first = message
            segment = _make(Segment, (message, 0, encoded.parts[0], encoded.data_coding, None, False))
            wait_s, _, paced_from_s = turn
            if wait_s <= 0 and paced_from_s <= 0:
                ready.append(segment)
            else:
                self._turns.put(now + turn.wait_of_part(0), segment)
        if ready:
            self._take_turns(ready)
        self._deadlines.watch(first)

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
        queue = self._queues.get(route_name(carrier, message.service))
        return queue is not None and queue.is_at_most_once

    def _enqueue(self, segments: list[Segment]) -> None:
        """Put segments whose turn has come behind the others for their carrier, which are served together."""
        for segment in segments:
            message = segment.message
            carrier = self._carrier_of(message.destination)
            if carrier is not None and message.service is not _SMS:
                carrier = route_name(carrier, message.service)
            queue = None if carrier is None else self._queues.get(carrier)
            if queue is None:
                self._fates.fail(message, Input.BLOCK, ErrorCode.NO_ROUTE, f"no carrier serves {message.destination}")
                continue
            queue.waiting.append(segment)
            if not queue.is_called:
                self.serve_soon(queue)

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

    def serve(self, queue: RouteQueue) -> None:
        """Submit what waits, as long as the window has room and the carrier did not ask for less."""
        queue.is_called = False
        if self._clock.monotonic() < queue.held_until:
            return
        route = queue.route
        room = queue.room
        is_at_most_once = queue.is_at_most_once
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
        key = queue.asides.barring(self.keys_of(submitted.segment.message, queue.carrier))
        if key is None:
            return False
        self._pacing.settled(submitted.segment)
        queue.asides.put(key, submitted.again())
        return True

    def keys_of(self, message: Message, carrier: str) -> Iterator[str]:
        """Whose messages it belongs to: its handset's, its number's, and those who share a limit of the carrier's."""
        yield f"to/{message.destination}"
        yield from self.senders_of(message, carrier)

    def senders_of(self, message: Message, carrier: str) -> Sequence[str]:
        """The same without its handset."""
        shared = [each.key for each in self._owner.limits_of(message.source, carrier) if each.key.startswith(carrier)]
        return shared or [f"from/{message.source}"]

    def serve_soon(self, queue: RouteQueue) -> None:
        """Serve it once in the loop's next turn, whoever else asks for it until then."""
        if not queue.is_called:
            queue.is_called = True
            asyncio.get_running_loop().call_soon(self.serve, queue)
