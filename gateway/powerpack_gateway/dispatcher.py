"""Takes accepted messages to the carriers, and what the carriers answer back to the messages.

The way of a message here: its turn comes (``Turns``), STOP and expiry are looked at once more, its parts go to the
route of the carrier that serves the handset, each part is answered, each part's receipt arrives. No task, future or
timer belongs to a message; there is one timer for all turns, and one for each route that is held back.
"""

import asyncio
import heapq
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from powerpack_gateway.encoding import Part, encode_text
from powerpack_gateway.errors import StoreError
from powerpack_gateway.messages import ErrorCode, Input, Message, Stage, step
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.receipts import (
    Receipt,
    ReceiptState,
    UnreadableReceipt,
    candidate_ids,
    error_code_for_receipt,
    error_code_for_status,
    parse_receipt,
)
from powerpack_gateway.settings import DeliverySettings, UnknownOutcome
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.submission import Submission
from powerpack_gateway.store.base import Store
from powerpack_gateway.throughput import Turn
from powerpack_gateway.turns import Turns

ESME_ROK, ESME_RX_T_APPN = 0x00, 0x64

TEMPORARY = frozenset({0x08, 0x14, 0x58, 0x64})
"""RSYSERR, RMSGQFUL, RTHROTTLED, RX_T_APPN: the same submit may succeed later (facts/carriers.md C01 to C03)."""

_UNDER_WAY = (Stage.QUEUED, Stage.SUBMITTED, Stage.UNKNOWN)

CAUTIOUS_MAX = 64
"""A carrier that takes so many at once again is no longer asking for less."""

PARKED_MAX = 10_000
"""Receipts that came before their submit_sm_resp, or belong to nobody; the oldest go first, into the journal."""


class Owner(Protocol):
    """What the dispatcher asks of the gateway around it."""

    def may_send(self, message: Message) -> ErrorCode | None:
        """The code it fails with, or None when nothing forbids it now (STOP, suspension, unrented number)."""
        ...

    def choose_again(self, message: Message) -> Turn | None:
        """Select a number anew, since its own left the pool; None when there is none."""
        ...

    def changed(self, message: Message) -> None:
        """The message's stage changed: keep it and tell its callback."""
        ...

    def received(self, carrier: str, delivery: Delivery) -> None:
        """A carrier handed over something that is no receipt."""
        ...


class Segment(NamedTuple):
    """One part of one message."""

    message: Message
    position: int
    part: Part
    data_coding: int


class Submitted(NamedTuple):
    """The token that travels with a submit_sm. ``order`` is that of the first try: what comes back goes first again."""

    order: int
    segment: Segment


@dataclass(slots=True, eq=False)
class _Lane:
    """One carrier's route and what waits for it.

    ``returned`` is a heap of what was submitted and has to be submitted again; it goes before ``waiting``, in the order
    of the first tries, so that no recipient reads messages in another order because a carrier was busy.
    ``held_until`` is set while the carrier asked for less. After that the lane is cautious: ``allowance`` is how many
    may be unanswered, from one up, and no recipient has two of them, so that what the carrier refuses next does not
    change the order either. ``in_flight`` is whom each unanswered submit_sm goes to.
    """

    route: Route
    waiting: deque[Segment] = field(default_factory=deque)
    returned: list[Submitted] = field(default_factory=list)
    coming_back: set[int] = field(default_factory=set)  # the orders in ``returned``: an answer may come late, and twice
    submitted: int = 0
    in_flight: dict[int, str] = field(default_factory=dict)
    allowance: int | None = None
    held_until: float = 0.0
    backoff_s: float = 0.0
    timer: asyncio.TimerHandle | None = None


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
        self._journal = journal
        self._lanes: dict[str, _Lane] = {}
        self._turns: Turns[Segment] = Turns(self._take_turns)
        self._expiries: Turns[Message] = Turns(self._expire)
        self._expiring: set[int] = set()
        self._overdue: set[int] = set()
        self._by_carrier_id: dict[tuple[str, str], tuple[Message, int]] = {}
        self._parked: OrderedDict[tuple[str, str], Receipt] = OrderedDict()
        self._unacknowledged: list[tuple[Route, Delivery]] = []

    def add_route(self, name: str, route: Route) -> None:
        """Make a carrier reachable."""
        self._lanes[name] = _Lane(route)

    @property
    def routes(self) -> Mapping[str, Route]:
        """The routes by carrier."""
        return {name: lane.route for name, lane in self._lanes.items()}

    @property
    def waiting(self) -> int:
        """Messages whose turn has not come, and parts that wait for a route."""
        return len(self._turns) + sum(len(lane.waiting) + len(lane.returned) for lane in self._lanes.values())

    def schedule(self, message: Message, turn: Turn) -> None:
        """Send a stored message, each part when its number's turn for it comes.

        Parts that a carrier has accepted already are left out, so that a restart goes on where it was.
        """
        if len(message.carrier_ids) != message.units:
            message.carrier_ids = ("",) * message.units
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
                self._expire_later(message)

    def block(self, message: Message, code: ErrorCode, why: str) -> None:
        """End a stored message before it is sent."""
        self._fail(message, Input.BLOCK, code, why)

    def adopt(self, message: Message) -> None:
        """After a restart: receipts for its parts find it again."""
        for index, carrier_id in enumerate(message.carrier_ids):
            if carrier_id and message.carrier is not None:
                self._by_carrier_id[message.carrier, carrier_id] = (message, index)

    def close(self) -> None:
        """Forget every turn and timer; what is on disk is taken up at the next start."""
        self._turns.clear()
        self._expiries.clear()
        for lane in self._lanes.values():
            if lane.timer is not None:
                lane.timer.cancel()

    # Turns

    def _take_turns(self, segments: list[Segment]) -> None:
        touched: dict[str, _Lane] = {}
        for segment in segments:
            message = segment.message
            carrier = self._carrier_of(message.destination)
            lane = None if carrier is None else self._lanes.get(carrier)
            if carrier is None or lane is None:
                self._fail(message, Input.BLOCK, ErrorCode.NO_ROUTE, f"no carrier serves {message.destination}")
                continue
            lane.waiting.append(segment)
            touched[carrier] = lane
        for lane in touched.values():
            self._serve(lane)
        for segment in segments:
            if segment.message.stage is Stage.QUEUED:
                self._expire_later(segment.message)

    def _still_wanted(self, segment: Segment) -> bool:
        """Whether it may go out now; if not, its message has been ended or it is back in line."""
        message = segment.message
        now = self._clock.now().timestamp()
        if message.expires_at and now >= message.expires_at and message.stage is not Stage.SUBMITTED:
            self._fail(message, Input.EXPIRE, ErrorCode.EXPIRED, "its message_expiry passed before its turn came")
            return False
        forbidden = self._owner.may_send(message)
        if forbidden is None:
            return True
        has_begun = message.attempts > 0 or any(message.carrier_ids)
        if forbidden is ErrorCode.INVALID_SOURCE and message.powerpack_uuid is not None and not has_begun:
            turn = self._owner.choose_again(message)
            if turn is not None:
                self._turns.put(self._clock.monotonic() + turn.wait_of_part(segment.position), segment)
                return False
        self._fail(message, Input.BLOCK, forbidden, "forbidden when its turn came")
        return False

    def _expire_later(self, message: Message) -> None:
        if message.expires_at and message.id not in self._expiring:
            self._expiring.add(message.id)
            left = message.expires_at - self._clock.now().timestamp()
            self._expiries.put(self._clock.monotonic() + left, message)

    def _expire(self, messages: list[Message]) -> None:
        for message in messages:
            if message.stage is Stage.SUBMITTED and message.id not in self._overdue:
                # A part of it is on the wire or lost: its answer, or the response timer, comes first.
                self._overdue.add(message.id)
                self._expiries.put(self._clock.monotonic() + self._settings.overdue_s, message)
                continue
            self._expiring.discard(message.id)
            self._overdue.discard(message.id)
            self._fail(message, Input.EXPIRE, ErrorCode.EXPIRED, "its message_expiry passed")

    # To the carrier

    def _serve(self, lane: _Lane) -> None:
        """Submit what waits, as long as the window has room and the carrier did not ask for less."""
        if self._clock.monotonic() < lane.held_until:
            return
        route = lane.route
        room = _room(lane)
        while room > 0 and (submitted := _next_of(lane)) is not None:
            segment = submitted.segment
            message = segment.message
            if message.stage not in _UNDER_WAY or message.carrier_ids[segment.position]:
                continue  # another part was refused, a receipt ended it, or a late answer accepted this part
            if lane.allowance is not None and message.destination in lane.in_flight.values():
                _return(lane, submitted)
                return
            if not self._still_wanted(segment):
                continue
            if message.stage is not Stage.SUBMITTED:
                self._move(message, Input.SUBMIT)
                message.carrier = route.name
            message.attempts += segment.position == 0
            lane.in_flight[submitted.order] = message.destination
            route.submit(
                Submission(
                    source=message.source,
                    destination=message.destination,
                    short_message=segment.part.short_message,
                    data_coding=segment.data_coding,
                    esm_class=segment.part.esm_class,
                ),
                submitted,
            )
            room -= 1

    def _put_back(self, lane: _Lane, submitted: Submitted) -> None:
        """Submit it again as soon as the route takes it, together with what else comes back in this turn."""
        _return(lane, submitted)
        self._expire_later(submitted.segment.message)
        asyncio.get_running_loop().call_soon(self._serve, lane)

    def _hold(self, lane: _Lane) -> None:
        """The carrier asked for less: the whole route waits, so that nothing overtakes (facts/carriers.md C01)."""
        now = self._clock.monotonic()
        if now < lane.held_until:
            return
        settings = self._settings
        lane.backoff_s = min(settings.throttled_s_max, lane.backoff_s * 2 or settings.throttled_s_min)
        lane.held_until = now + lane.backoff_s
        lane.allowance = 1
        waiting = len(lane.waiting) + len(lane.returned)
        self._journal.record("gateway.held", carrier=lane.route.name, seconds=lane.backoff_s, waiting=waiting)
        lane.timer = asyncio.get_running_loop().call_at(lane.held_until, self._release, lane)

    def _release(self, lane: _Lane) -> None:
        lane.timer = None
        lane.held_until = 0.0
        self._serve(lane)

    # RouteHandler: from the carrier

    def route_ready(self, route: Route) -> None:
        """Bound, or the window has room again."""
        self._serve(self._lanes[route.name])

    def submit_answered(self, route: Route, token: object, status: int, message_id: str) -> None:
        """A submit_sm_resp, or a generic_nack in its place."""
        assert isinstance(token, Submitted)
        message, lane = token.segment.message, self._lanes[route.name]
        lane.in_flight.pop(token.order, None)
        if status == ESME_ROK:
            lane.backoff_s = 0.0
            if lane.allowance is not None:
                lane.allowance = lane.allowance * 2 if lane.allowance < CAUTIOUS_MAX else None
            self._accepted(route.name, token.segment, message_id)
        elif status in TEMPORARY:
            self._hold(lane)
            if self._move(message, Input.DEFER) or message.stage is Stage.QUEUED:
                self._put_back(lane, token)
        else:
            code = error_code_for_status(status)
            self._fail(message, Input.REFUSE, code, f"{route.name} refused it with command_status 0x{status:08X}")

    def submit_unknown(self, route: Route, token: object, reason: str) -> None:
        """Submitted, and no answer will come: the route's policy decides (design.md 5)."""
        assert isinstance(token, Submitted)
        message, position = token.segment.message, token.segment.position
        self._lanes[route.name].in_flight.pop(token.order, None)
        self._journal.record("message.unknown", uuid=message.uuid, carrier=route.name, part=position, reason=reason)
        self._move(message, Input.LOSE)
        if self._settings.unknown_outcome is UnknownOutcome.AT_MOST_ONCE:
            self._expire_later(message)
        elif message.attempts >= self._settings.attempts_max:
            self._fail(message, Input.EXPIRE, ErrorCode.NETWORK_ERROR, f"no answer in {message.attempts} attempts")
        elif not message.is_final:
            self._put_back(self._lanes[route.name], token)

    def delivered(self, route: Route, delivery: Delivery) -> None:
        """A receipt, or a message from a handset; acknowledged when what it changed is on disk."""
        if delivery.is_receipt or delivery.is_intermediate:
            self._receipt_came(route.name, delivery)
        else:
            self._owner.received(route.name, delivery)
        self._unacknowledged.append((route, delivery))

    def batch_done(self, route: Route) -> None:
        """Everything of one read was handed over: answers made room, and one commit acknowledges what was delivered."""
        lane = self._lanes[route.name]
        if lane.returned or lane.waiting:
            self._serve(lane)
        if not self._unacknowledged:
            return
        batch, self._unacknowledged = self._unacknowledged, []

        def acknowledge(error: StoreError | None) -> None:
            for link, delivery in batch:
                link.acknowledge(delivery, ESME_ROK if error is None else ESME_RX_T_APPN)

        self._store.when_durable(acknowledge)

    # What a carrier's word does to a message

    def _accepted(self, carrier: str, segment: Segment, carrier_id: str) -> None:
        message = segment.message
        ids = list(message.carrier_ids)
        # A carrier that gives no id has accepted all the same, and no receipt can ever match (C25).
        ids[segment.position] = carrier_id or "-"
        message.carrier_ids = tuple(ids)
        if carrier_id:
            self._by_carrier_id[carrier, carrier_id] = (message, segment.position)
        if all(ids) and self._move(message, Input.ACCEPT):
            message.sent_at = message.updated_at
            self._owner.changed(message)
        early = self._parked.pop((carrier, carrier_id), None)
        if early is not None:
            self._receipt(carrier, early)

    def _receipt_came(self, carrier: str, delivery: Delivery) -> None:
        try:
            receipt = parse_receipt(delivery.short_message, delivery.tlvs)
        except UnreadableReceipt as error:
            # Acknowledged all the same: sending it again would not make it readable (Q21).
            self._journal.record("receipt.unreadable", carrier=carrier, error=str(error), raw=delivery.raw)
        else:
            self._receipt(carrier, receipt)

    def _receipt(self, carrier: str, receipt: Receipt) -> None:
        found = self._match(carrier, receipt)
        if found is None:
            self._park(carrier, receipt)
            return
        key, message = found
        self._journal.record("message.receipt", uuid=message.uuid, carrier=carrier, id=key[1], state=receipt.state.name)
        if not receipt.state.is_final:
            return
        del self._by_carrier_id[key]
        if receipt.state is not ReceiptState.DELIVERED:
            code = error_code_for_receipt(receipt)
            self._fail(message, Input.UNDELIVER, code, f"{carrier} reported {receipt.raw_stat or receipt.state.name}")
            return
        message.arrived += 1
        if message.arrived >= message.units and self._move(message, Input.DELIVER):
            if message.sent_at is None:
                message.sent_at = message.updated_at
            message.error_code = ErrorCode.NONE
            self._owner.changed(message)

    def _match(self, carrier: str, receipt: Receipt) -> tuple[tuple[str, str], Message] | None:
        for candidate in candidate_ids(receipt.message_id):
            found = self._by_carrier_id.get((carrier, candidate))
            if found is not None:
                return (carrier, candidate), found[0]
        return None

    def _park(self, carrier: str, receipt: Receipt) -> None:
        """Keep a receipt that nobody waits for yet: its submit_sm_resp may be on its way (Q10)."""
        self._journal.record("receipt.unmatched", carrier=carrier, id=receipt.message_id, state=receipt.state.name)
        self._parked[carrier, receipt.message_id] = receipt
        if len(self._parked) > PARKED_MAX:
            (lost_carrier, lost_id), _ = self._parked.popitem(last=False)
            self._journal.record(
                "receipt.dropped", carrier=lost_carrier, id=lost_id, reason=f"more than {PARKED_MAX} parked"
            )

    def _fail(self, message: Message, happened: Input, code: ErrorCode, why: str) -> None:
        if not self._move(message, happened):
            return
        message.error_code = code
        self._journal.record("message.failed", uuid=message.uuid, error_code=code.value, why=why)
        self._owner.changed(message)

    def _move(self, message: Message, happened: Input) -> bool:
        """Step through the table; False when this input means nothing any more."""
        stage = step(message.stage, happened)
        if stage is None:
            return False
        self._journal.record(
            "message.stage", uuid=message.uuid, stage=stage.name, before=message.stage.name, input=happened.value
        )
        message.stage = stage
        message.updated_at = self._clock.now().timestamp()
        return True


def _room(lane: _Lane) -> int:
    """How many more submit_sm may be unanswered now."""
    free = lane.route.window_free
    return free if lane.allowance is None else min(free, lane.allowance - len(lane.in_flight))


def _return(lane: _Lane, submitted: Submitted) -> None:
    """Let it go first again; an answer that comes late, and twice, changes nothing."""
    if submitted.order not in lane.coming_back:
        lane.coming_back.add(submitted.order)
        heapq.heappush(lane.returned, submitted)


def _next_of(lane: _Lane) -> Submitted | None:
    """What goes next on a route: what came back, then what waits."""
    if lane.returned:
        submitted = heapq.heappop(lane.returned)
        lane.coming_back.discard(submitted.order)
        return submitted
    if not lane.waiting:
        return None
    lane.submitted += 1
    return Submitted(lane.submitted, lane.waiting.popleft())
