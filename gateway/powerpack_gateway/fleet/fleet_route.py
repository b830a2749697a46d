"""A fleet route: a carrier as the dispatcher sees it, whichever gateway is bound to it at the moment.

It is attached to the desk of that gateway, here or behind a peer link. When the desk goes away, whatever was unanswered
is an unknown outcome, as when a carrier's link dies.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from powerpack_gateway.ports import Clock
from powerpack_gateway.route_queue import Submitted
from powerpack_gateway.smpp.carrier_route import CarrierHandler, CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.smpp.submission import Submission

LATE_MAX: Final = 10_000
"""Submits without an answer whose answer may still come; it settles them. A window is far smaller."""


class DeskPort(Protocol):
    """The desk from here: each method is one message to it."""

    @property
    def is_writable(self) -> bool:
        """Whether it takes anything now."""
        ...

    def submit(self, ref: int, submission: Submission, *, is_answer: bool) -> None: ...
    def acknowledge(self, number: int, status: int) -> None: ...
    def decline(self, number: int) -> None: ...


class FleetHandler(CarrierHandler, Protocol):
    """What the dispatcher hears beside what a carrier says."""

    def submit_returned(self, route: CarrierRoute, token: object, key: str, wait_s: float, ago_s: float) -> None:
        """It was not submitted: everything of ``key`` has to wait ``wait_s`` seconds; an empty one is for the route.
        It was handed over ``ago_s`` ago."""
        ...

    def speaks_of_ours(self, route: CarrierRoute, delivery: Delivery) -> bool:
        """Whether a receipt is for a message that is under way here."""
        ...

    def unheard(self, route: CarrierRoute, delivery: Delivery) -> None:
        """A delivery that was acknowledged will come again all the same."""
        ...


class FleetRoute:
    """Implements ``CarrierRoute`` for the dispatcher and ``Client`` for the desk."""

    def __init__(
        self, settings: RouteSettings, handler: FleetHandler, is_alive: Callable[[], bool], *, clock: Clock
    ) -> None:
        self.settings = settings
        self._handler = handler
        self._is_alive = is_alive
        self._clock = clock
        self._desk: DeskPort | None = None
        self._holder: str | None = None
        self._attachments = 0
        self._window = 0
        self._refs = 0
        self._tokens: dict[int, tuple[object, float]] = {}  # and when it was handed over
        self._late: OrderedDict[int, object] = OrderedDict()
        self._is_stopping = False
        self._settled = asyncio.Event()

    def __repr__(self) -> str:
        return f"<FleetRoute {self.name}: bound by {self._holder or 'nobody'}, {len(self._tokens)} unanswered>"

    @property
    def name(self) -> str:
        """The carrier's name."""
        return self.settings.name

    @property
    def holder(self) -> str | None:
        """The gateway whose desk it is attached to."""
        return self._holder

    @property
    def in_flight(self) -> int:
        """Submits without an answer."""
        return len(self._tokens)

    @property
    def is_bound(self) -> bool:
        """Whether some gateway is bound to the carrier, and can be reached."""
        return self._window > 0

    @property
    def window_free(self) -> int:
        """How many submits the desk takes now; 0 while it is not certain that this gateway lives."""
        if self._desk is None or self._is_stopping or not self._desk.is_writable or not self._is_alive():
            return 0
        return max(0, self._window - len(self._tokens))

    def in_flight_of(self, lease: str) -> int:
        """Submits without an answer that belong to a lease."""
        return sum(
            isinstance(token, Submitted) and token.segment.message.lease == lease for token, _ in self._tokens.values()
        )

    def start(self) -> None:
        """Nothing: the gateway that holds the route binds."""

    async def stop(self, drain_s: float) -> None:
        """Submit nothing more, and wait for the answers; what has none then is unknown."""
        self._window, self._is_stopping = 0, True
        try:
            async with asyncio.timeout(drain_s):
                while self._tokens:
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            self.detach("this gateway stops")

    def submit(self, submission: Submission, token: object) -> None:
        """Hand a submit to the desk."""
        assert self._desk is not None, "window_free was asked"
        self._refs += 1
        self._tokens[self._refs] = token, self._clock.monotonic()
        is_answer = isinstance(token, Submitted) and bool(token.segment.message.intent)
        self._desk.submit(self._refs, submission, is_answer=is_answer)

    def acknowledge(self, delivery: Delivery, status: int = 0) -> bool:
        """Answer a delivery; False if the desk it came from is gone: the carrier will deliver it again."""
        attachment, _, number = delivery.link.partition("/")
        if self._desk is None or attachment != str(self._attachments):
            return False
        self._desk.acknowledge(int(number), status)
        return True

    # Where the desk is.

    def attach(self, holder: str, desk: DeskPort) -> None:
        """From now on this gateway is bound to the carrier."""
        if self._desk is not None:
            self.detach("another gateway is bound to the carrier now")
        self._holder, self._desk = holder, desk
        self._attachments += 1

    def detach(self, reason: str) -> None:
        """The desk is gone, and with it every answer."""
        self._holder, self._desk, self._window = None, None, 0
        tokens, self._tokens = self._tokens, {}
        self._late.clear()
        for token, _ in tokens.values():
            self._handler.submit_unknown(self, token, reason)
        self._handler.batch_done(self)

    def look_again(self) -> None:
        """There may be room: the peer reads again, or life is certain again."""
        if self.window_free > 0:
            self._handler.route_ready(self)

    # Client: what the desk says.

    def answered(self, ref: int, status: int, message_id: str) -> None:
        """The carrier answered."""
        token = self._taken(ref) or self._late.pop(ref, None)
        if token is not None:
            self._handler.submit_answered(self, token, status, message_id)

    def unanswered(self, ref: int, reason: str) -> None:
        """No answer will come, or it is late."""
        token = self._taken(ref)
        if token is not None:
            self._late[ref] = token
            if len(self._late) > LATE_MAX:
                self._late.popitem(last=False)
            self._handler.submit_unknown(self, token, reason)

    def returned(self, ref: int, key: str, wait_s: float) -> None:
        """It was not submitted."""
        found = self._tokens.pop(ref, None)
        if found is not None:
            token, handed_over_at = found
            self._handler.submit_returned(self, token, key, wait_s, self._clock.monotonic() - handed_over_at)

    def _taken(self, ref: int) -> object | None:
        found = self._tokens.pop(ref, None)
        return None if found is None else found[0]

    def room(self, window: int) -> None:
        """The carrier is bound, or no longer is."""
        self._window = 0 if self._is_stopping else window
        self.look_again()

    def delivered(self, number: int, delivery: Delivery, *, is_offer: bool) -> None:
        """A receipt or a handset's message."""
        if is_offer and not self._handler.speaks_of_ours(self, delivery):
            if self._desk is not None:
                self._desk.decline(number)
            return
        self._handler.delivered(self, delivery._replace(link=f"{self._attachments}/{number}"))

    def unheard(self, delivery: Delivery) -> None:
        """It will come again."""
        self._handler.unheard(self, delivery)

    def done(self) -> None:
        """All of one read was handed over."""
        if not self._tokens:
            self._settled.set()
        self._handler.batch_done(self)
