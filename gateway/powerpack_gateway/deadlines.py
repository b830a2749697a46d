"""The moments by which something must have happened to a message: its expiry, and a carrier's silence.

Nothing is kept for a message here, since nearly all are finished long before: when the earliest deadline comes, all
that is still under way is looked at. That is also why one timer does.
"""

import math
from collections.abc import Callable, Iterable

from powerpack_gateway.alarm import Alarm
from powerpack_gateway.messages import Message, Stage
from powerpack_gateway.ports import Clock, unix_clock
from powerpack_gateway.settings import DeliverySettings

LOOK_APART_S = 1.0
"""Shortest time between two looks; ``message_expiry`` counts whole seconds."""


def deadline_of(message: Message, settings: DeliverySettings) -> float | None:
    """The Unix second by which it must have moved on, or None when nothing is waited for."""
    if message.stage is Stage.SENT:
        return (message.sent_at or message.updated_at) + settings.receipt_wait_s
    if not message.expires_at or message.is_final:
        return None
    # While a part is on the wire, its answer or the response timer comes first.
    return message.expires_at + (settings.overdue_s if message.stage is Stage.SUBMITTED else 0.0)


class Deadlines:
    """Calls ``late`` with every message that is past its deadline. ``under_way`` gives all that are not finished."""

    def __init__(
        self,
        under_way: Callable[[], Iterable[Message]],
        late: Callable[[Message], None],
        *,
        settings: DeliverySettings,
        clock: Clock,
    ) -> None:
        self._under_way = under_way
        self._late = late
        self._settings = settings
        self._clock = clock
        self._unix = unix_clock(clock)
        self._alarm = Alarm(self._look)
        self._look_at = math.inf

    def watch(self, message: Message) -> None:
        """Look no later than at this message's deadline. Nearly always one is earlier: then this costs nothing."""
        deadline = deadline_of(message, self._settings)
        if deadline is not None and deadline < self._look_at:
            self._look_by(deadline)

    def close(self) -> None:
        """Look no more."""
        self._alarm.stop()

    def _look_by(self, deadline: float) -> None:
        self._look_at = deadline
        wait_s = max(LOOK_APART_S, deadline - self._unix())
        self._alarm.no_later_than(self._clock.monotonic() + wait_s)

    def _look(self) -> None:
        self._look_at = following = math.inf
        now = self._unix()
        late: list[Message] = []
        for message in self._under_way():
            deadline = deadline_of(message, self._settings)
            if deadline is not None and deadline <= now:
                late.append(message)
            elif deadline is not None:
                following = min(following, deadline)
        for message in late:
            self._late(message)
        if following < self._look_at:
            self._look_by(following)
