"""A number's pace at the last moment, when a message really goes out.

A message's turn is reserved when it is accepted. When its route was down or at rest at that turn, all that waited would
go at once, over the number's rate. So whoever submits asks here: nearly always the answer is "go"; else the segment
waits here, behind the others of its number, and one at a time is let go.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from powerpack_gateway.ports import Clock
from powerpack_gateway.route_queue import Segment
from powerpack_gateway.throughput import PACING_MARGIN, Gcra, Rate
from powerpack_gateway.turns import Turns

SLACK = PACING_MARGIN / 2
"""How early a message may go, in intervals of its number: half of what the pace leaves to jitter."""


@dataclass(slots=True, eq=False)
class _Sender:
    """One number. ``let_go`` is set while a segment that waited here is on its way; the others wait for it.

    ``is_armed``: its next turn is in the book.
    """

    gcra: Gcra
    waiting: deque[Segment] = field(default_factory=deque)
    let_go: bool = False
    is_armed: bool = False


class Pacing:
    """``release`` is called with a segment whose time has come; its ``paced_by`` then names its number."""

    def __init__(self, rate_of: Callable[[str], Rate], release: Callable[[list[Segment]], None], clock: Clock) -> None:
        self._rate_of = rate_of
        self._release = release
        self._clock = clock
        self._senders: dict[str, _Sender] = {}
        self._turns: Turns[_Sender] = Turns(self._due)

    def __len__(self) -> int:
        return sum(len(each.waiting) for each in self._senders.values())

    def may_go(self, segment: Segment) -> bool:
        """Take the number's next turn if it is now; else keep the segment until it is, and say no."""
        number = segment.message.source
        sender = self._senders.get(number)
        if sender is None:
            sender = self._senders[number] = _Sender(Gcra(self._rate_of(number)))
        now = self._clock.monotonic()
        is_free = sender.gcra.wait_s(now) <= SLACK * sender.gcra.interval_s
        if segment.paced_by is None and (sender.let_go or (sender.waiting and not segment.is_again)):
            is_free = False
        if is_free:
            sender.gcra.reserve(now)
            self.settled(segment)
            return True
        if segment.paced_by is not None or segment.is_again:
            sender.waiting.appendleft(segment._replace(paced_by=None))
            self.settled(segment)
        else:
            sender.waiting.append(segment)
        self._arm(sender)
        return False

    def settled(self, segment: Segment) -> None:
        """A segment that was let go is submitted, or never will be: the next of its number may come."""
        if segment.paced_by is not None:
            sender = self._senders[segment.paced_by]
            sender.let_go = False
            self._arm(sender)

    def close(self) -> None:
        """Let nobody go any more."""
        self._turns.clear()

    def _arm(self, sender: _Sender) -> None:
        if sender.waiting and not sender.let_go and not sender.is_armed:
            sender.is_armed = True
            now = self._clock.monotonic()
            self._turns.put(now + sender.gcra.wait_s(now), sender)

    def _due(self, senders: list[_Sender]) -> None:
        for sender in senders:
            sender.is_armed = False
            if sender.waiting and not sender.let_go:
                sender.let_go = True
                segment = sender.waiting.popleft()
                self._release([segment._replace(paced_by=segment.message.source)])
