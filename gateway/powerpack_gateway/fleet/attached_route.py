"""An attached route: what waits for answers of the desk to which a fleet's route is attached, of texts or of MMS.

The desk belongs to the gateway that works for the carrier, here or behind a peer link. When it goes away, whatever was
unanswered is an unknown outcome, as when a carrier's link dies.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from powerpack_gateway.ports import Clock
from powerpack_gateway.route_queue import Submitted

LATE_MAX: Final = 10_000
"""Submits without an answer whose answer may still come; it settles them. A window is far smaller."""


class Port(Protocol):
    """A desk from here: each method is one message to it."""

    @property
    def is_writable(self) -> bool:
        """Whether it takes anything now."""
        ...

    def acknowledge(self, number: int, status: int) -> None: ...
    def decline(self, number: int) -> None: ...


P = TypeVar("P", bound=Port)


class AttachedRoute(ABC, Generic[P]):
    """``name`` is the route's; ``is_alive`` says whether this gateway may send at all."""

    def __init__(self, name: str, is_alive: Callable[[], bool], clock: Clock) -> None:
        self._name = name
        self._is_alive = is_alive
        self._clock = clock
        self._desk: P | None = None
        self._holder: str | None = None
        self._attachments = 0
        self._window = 0
        self._refs = 0
        self._tokens: dict[int, tuple[object, float]] = {}  # and when it was handed over
        self._late: OrderedDict[int, object] = OrderedDict()
        self._is_stopping = False
        self._settled = asyncio.Event()

    def __repr__(self) -> str:
        held = self._holder or "nobody"
        return f"<{type(self).__name__} {self.name}: held by {held}, {len(self._tokens)} unanswered>"

    @property
    def name(self) -> str:
        """The route's name."""
        return self._name

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
        """Nothing: the gateway that holds the route begins."""

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

    # Where the desk is.

    def attach(self, holder: str, desk: P) -> None:
        """From now on this gateway works for the carrier."""
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
            self._tell_unknown(token, reason)
        self._tell_done()

    def look_again(self) -> None:
        """There may be room: the peer reads again, or life is certain again."""
        if self.window_free > 0:
            self._tell_ready()

    # What every desk says.

    def unanswered(self, ref: int, reason: str) -> None:
        """No answer will come, or it is late."""
        token = self._taken(ref)
        if token is not None:
            self._late[ref] = token
            if len(self._late) > LATE_MAX:
                self._late.popitem(last=False)
            self._tell_unknown(token, reason)

    def returned(self, ref: int, key: str, wait_s: float) -> None:
        """It was not submitted."""
        found = self._tokens.pop(ref, None)
        if found is not None:
            token, handed_over_at = found
            self._tell_returned(token, key, wait_s, self._clock.monotonic() - handed_over_at)

    def room(self, window: int) -> None:
        """The carrier is bound, or no longer is."""
        self._window = 0 if self._is_stopping else window
        self.look_again()

    def done(self) -> None:
        """All of one read was handed over."""
        if not self._tokens:
            self._settled.set()
        self._tell_done()

    # For each kind of route.

    @abstractmethod
    def _tell_unknown(self, token: object, reason: str) -> None:
        """No answer will come."""

    @abstractmethod
    def _tell_returned(self, token: object, key: str, wait_s: float, ago_s: float) -> None:
        """It was not submitted."""

    @abstractmethod
    def _tell_ready(self) -> None:
        """There is room."""

    @abstractmethod
    def _tell_done(self) -> None:
        """All of one read was handed over."""

    def _new_ref(self, token: object) -> int:
        self._refs += 1
        self._tokens[self._refs] = token, self._clock.monotonic()
        return self._refs

    def _token_of(self, ref: int) -> object | None:
        """What was submitted; its answer has come, in time or late."""
        return self._taken(ref) or self._late.pop(ref, None)

    def _taken(self, ref: int) -> object | None:
        found = self._tokens.pop(ref, None)
        return None if found is None else found[0]
