"""A timeline on the running loop: one timer, for the next bucket."""

import asyncio
from collections.abc import Callable

from powerpack_carriers.ports import Clock
from powerpack_carriers.timeline import BUCKETS_PER_S, Action, T, Timeline

NEVER_S = float("inf")


class Agenda:
    """Calls actions when they are due; ``after`` is called once after all that were due together.

    It may be planned on before ``start`` and between ``stop`` and the next start: what became due is done then.
    """

    def __init__(self, clock: Clock, *, after: Callable[[], None]) -> None:
        self._clock = clock
        self._after = after
        self._timeline = Timeline()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = NEVER_S

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to call what is due."""
        self._loop = loop
        self._wake_for_next()

    def stop(self) -> None:
        """Call nothing any more; what is planned stays planned."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop, self._timer, self._wakes_at = None, None, NEVER_S

    def plan(self, due: float, action: Action) -> None:
        """Have ``action(now)`` called at ``due``, in the clock's monotonic seconds, or a hundredth later."""
        self._timeline.plan(due, action)
        if due < self._wakes_at:
            self._wake_for_next()

    def plan_each(self, due: float, handle: Callable[[list[T], float], None], item: T) -> None:
        """The same for an item, of very many: those that follow each other go to one handler in one list."""
        self._timeline.plan_each(due, handle, item)
        if due < self._wakes_at:
            self._wake_for_next()

    def plan_in(self, bucket: int, handle: Callable[[list[T], float], None], item: T) -> None:
        """The same for a bucket of the timeline by its number."""
        self._timeline.plan_in(bucket, handle, item)
        if bucket / BUCKETS_PER_S < self._wakes_at:
            self._wake_for_next()

    def _wake_for_next(self) -> None:
        due = self._timeline.next_due
        if self._loop is None or due is None or due >= self._wakes_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at = due
        self._timer = self._loop.call_at(due, self._run)

    def _run(self) -> None:
        # A loop may call a timer by its clock's resolution too early.
        now = max(self._clock.monotonic(), self._wakes_at)
        self._timer, self._wakes_at = None, NEVER_S
        due = iter(self._timeline.take_due(now))
        try:
            for action in due:
                action(now)
        finally:
            for action in due:  # one raised, and those behind it are as due as they were
                self._timeline.plan(now, action)
            try:
                self._after()
            finally:
                self._wake_for_next()
