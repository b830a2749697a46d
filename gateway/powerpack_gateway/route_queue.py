"""What waits for one carrier's route, and how much of it may go now."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from powerpack_gateway.asides import Asides
from powerpack_gateway.encoding import Part
from powerpack_gateway.messages import Message
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.smpp.carrier_route import CarrierRoute

FULL_MAX = 8
"""So many different handsets' queues do not fill up one after another: then ESME_RMSGQFUL means the carrier's queue."""

CAUTIOUS_MAX = 64
"""A carrier that takes so many at once again is no longer asking for less."""


class Segment(NamedTuple):
    """One part of one message."""

    message: Message
    position: int
    part: Part
    data_coding: int
    paced_by: str | None = None
    """The number for whose turn it waited, and which it has now; None when it did not have to wait (``Pacing``)."""
    is_again: bool = False
    """It was submitted before and came back."""


class Submitted(NamedTuple):
    """The token that travels with a submit_sm. ``order`` is that of the first try: what comes back goes first again."""

    order: int
    segment: Segment

    def again(self) -> "Submitted":
        """The same for another try; it waits for nobody's turn any more."""
        return Submitted(self.order, self.segment._replace(paced_by=None, is_again=True))


_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""


class RouteQueue:
    """The order in which segments go to a carrier.

    What was submitted and has to be submitted again goes before what waits, in the order of the first tries, so that no
    recipient reads messages in another order because a carrier was busy. While the carrier asks for less, everything
    rests (``held_until``). After that the queue is cautious: how many may be unanswered grows from one up, and no
    recipient has two of them, so that what the carrier refuses next does not change the order either.
    """

    def __init__(
        self,
        route: CarrierRoute | MmsRoute,
        carrier: str,
        released: "Callable[[RouteQueue], None]",
        *,
        is_at_most_once: bool = False,
    ) -> None:
        self.route = route
        self.carrier = carrier
        self.is_at_most_once = is_at_most_once
        """The policy for what was submitted and gets no answer: it is not submitted again."""
        self.released = released
        """Called when something that waited by itself is back in line."""
        self.held_until = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.is_called = False
        """It will be served in this turn of the loop or the next."""
        self.waiting: deque[Segment] = deque()
        """What was not tried yet, in order."""
        self._returned: list[Submitted] = []  # a heap by order
        self._coming_back: set[int] = set()  # the orders in it: an answer may come late, and twice
        self._submitted = 0
        self._in_flight: dict[int, str] = {}  # whom each unanswered submit_sm goes to
        self._allowance: int | None = None
        self._rest_s = 0.0
        self._full_in_a_row: set[str] = set()
        self.asides: Asides[Submitted] = Asides(self._come_back)

    def __len__(self) -> int:
        return len(self.waiting) + len(self._returned) + len(self.asides)

    @property
    def room(self) -> int:
        """How many more may be unanswered now."""
        free = self.route.window_free
        return free if self._allowance is None else min(free, self._allowance - len(self._in_flight))

    def put(self, segment: Segment) -> None:
        """Wait behind all others."""
        self.waiting.append(segment)

    def give_back(self, submitted: Submitted) -> None:
        """Go again, before all that was first tried later."""
        if submitted.order not in self._coming_back:
            self._coming_back.add(submitted.order)
            heapq.heappush(self._returned, submitted)

    def take(self) -> Submitted | None:
        """What goes next, or None."""
        if self._returned:
            submitted = heapq.heappop(self._returned)
            self._coming_back.discard(submitted.order)
            return submitted
        if not self.waiting:
            return None
        self._submitted += 1
        return Submitted(self._submitted, self.waiting.popleft())

    @property
    def is_plain(self) -> bool:
        """Whether what waits goes in its order and nothing else: nothing comes back, nobody has to wait by himself."""
        return self._allowance is None and not self._returned and not self.asides

    def sent_first(self, count: int) -> list[Submitted]:
        """``take`` and ``sent`` for the first of those that wait."""
        take, in_flight, order = self.waiting.popleft, self._in_flight, self._submitted
        sent = []
        for _ in range(count):
            order += 1
            segment = take()
            in_flight[order] = segment[0].destination
            sent.append(_make(Submitted, (order, segment)))
        self._submitted = order
        return sent

    def is_full(self, destination: str) -> bool:
        """A handset's queue is full: whether so many are, with no success between, that the carrier's own must be."""
        self._full_in_a_row.add(destination)
        return len(self._full_in_a_row) >= FULL_MAX

    def must_wait(self, message: Message) -> bool:
        """Whether its recipient has an unanswered message, and caution is called for."""
        return self._allowance is not None and message.destination in self._in_flight.values()

    def sent(self, submitted: Submitted) -> None:
        """It is on the wire."""
        self._in_flight[submitted.order] = submitted.segment.message.destination

    def answered_together(self, orders: Iterable[int]) -> None:
        """Several were."""
        in_flight = self._in_flight
        for order in orders:
            in_flight.pop(order, None)

    def answered(self, submitted: Submitted) -> None:
        """It was answered, or never will be."""
        self._in_flight.pop(submitted.order, None)

    @property
    def is_calm(self) -> bool:
        """Whether the carrier asks for nothing less than all: then ``eased`` changes nothing."""
        return not (self._allowance or self._rest_s or self._full_in_a_row or self.asides.has_rested)

    def eased(self, destination: str) -> None:
        """The carrier took one for this destination."""
        self._rest_s = 0.0
        self.asides.eased(f"to/{destination}")
        if self._full_in_a_row:
            self._full_in_a_row.clear()
        if self._allowance is not None:
            self._allowance = self._allowance * 2 if self._allowance < CAUTIOUS_MAX else None

    def rest(self, now: float, *, least_s: float, most_s: float) -> float:
        """The carrier asked for less: everything waits, each time twice as long; the seconds, 0 if it rests already."""
        if now < self.held_until:
            return 0.0
        self._rest_s = min(most_s, self._rest_s * 2 or least_s)
        self.held_until = now + self._rest_s
        self._allowance = 1
        return self._rest_s

    def _come_back(self, submitted: list[Submitted]) -> None:
        for each in submitted:
            self.give_back(each)
        self.released(self)
