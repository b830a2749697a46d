"""The short way out: what waits for a route goes together, as long as it is plain.

Plain is a text of one part that is tried for the first time, whose number has its turn and shares no limit, on the way
to a carrier that asks for nothing less than all. The first that is not plain is left to the dispatcher.
"""

from collections.abc import Callable
from itertools import islice
from typing import Final, Protocol

from powerpack_gateway.fates import Fates
from powerpack_gateway.history import note_submitted
from powerpack_gateway.messages import Message, Stage
from powerpack_gateway.pacing import Pacing
from powerpack_gateway.permits import Permits
from powerpack_gateway.route_queue import RouteQueue
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.session import Text

_QUEUED: Final = Stage.QUEUED
"""By a name of its own, as wherever this is asked for every message: an enum looks its members up in Python's slow way
each time, and takes ten times as long."""


class Owner(Protocol):
    """What is asked of the gateway around it."""

    def permits(self) -> Permits:
        """What forbids messages in this turn of the loop."""
        ...

    def shares_limits(self, carrier: str) -> bool:
        """Whether numbers may share limits on the way to a carrier."""
        ...


class PlainSubmits:
    """One for a gateway."""

    def __init__(
        self,
        owner: Owner,
        pacing: Pacing,
        fates: Fates,
        *,
        unix: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._owner = owner
        self._pacing = pacing
        self._fates = fates
        self._unix = unix
        self._monotonic = monotonic

    def submit(self, queue: RouteQueue, route: Route, room: int, *, counts_attempts: bool) -> int:
        """Submit what stands in front and is plain, ``room`` at most; how many that were."""
        waiting = queue.waiting
        if not waiting or not queue.is_plain or self._owner.shares_limits(route.name):
            return 0
        now, moment = self._unix(), self._monotonic()
        forbids, take_turn = self._owner.permits().forbids, self._pacing.take_turn
        messages: list[Message] = []
        texts: list[Text] = []
        carrier = queue.carrier
        for segment in islice(waiting, room):
            message, _, part, data_coding, paced_by, _ = segment
            if (
                message.stage is not _QUEUED
                or message.units != 1
                or message.is_left
                or message.carrier_ids[0]
                or paced_by is not None
                or now >= message.expires_at > 0
                or forbids(message) is not None
                or not take_turn(message.source, moment)
            ):
                break
            message.carrier = carrier
            if counts_attempts:
                message.attempts += 1
            texts.append((message.source, message.destination, part.short_message, data_coding, part.esm_class))
            messages.append(message)
        if texts:
            self._fates.submitted_together(messages, now)
            note_submitted(messages, now, carrier)
            route.submit_texts(list(zip(texts, queue.sent_first(len(texts)), strict=True)))
        return len(texts)
