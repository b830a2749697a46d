"""Retention: messages that are finished leave the store when they are old, a batch at a time."""

import asyncio
from dataclasses import dataclass

from powerpack_gateway.alarm import Alarm
from powerpack_gateway.errors import StoreError, expect
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.store.base import Store

DAY_S = 86_400.0

LOOK_EVERY_S = 3_600.0
"""An hour more or less does not matter to what is kept for months."""

IDLE_LOOK_EVERY_S = 6 * LOOK_EVERY_S
"""After a look that found nothing: nothing is too old yet in most stores, and a year of looks is a cost of its own in
virtual time. What comes together in six hours still leaves at the pace of the batches."""

BATCH_MAX = 1_000
"""To forget so many takes some 10 ms, for which sending has to wait."""

BATCH_GAP_S = 0.1
"""Between two batches: 10,000 messages a second leave at most, as many as can come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """``messages_days``: how long a message is kept with its history, counted from its acceptance. 90 days are
    Plivo's (plivo_api.md 2.1). One that is not finished, or owes a callback, stays whatever its age."""

    messages_days: float = 90.0

    def __post_init__(self) -> None:
        """Refuse what would forget messages that a day's rates and caps still count."""
        expect("messages_days", self.messages_days, "at least 2", holds=self.messages_days >= 2)


class Retention:
    """Looks every hour, or less often where nothing is found, and goes on until nothing is left that is too old."""

    def __init__(self, store: Store, *, settings: RetentionSettings, clock: Clock, journal: Journal) -> None:
        self._store = store
        self._days = settings.messages_days
        self._clock = clock
        self._journal = journal
        self._alarm = Alarm(self._rings)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look soon: it may have been down for months."""
        self._alarm.no_later_than(self._clock.monotonic() + BATCH_GAP_S)

    async def stop(self) -> None:
        """Look no more."""
        self._alarm.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._alarm.stop()

    def _rings(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._sweep())

    async def _sweep(self) -> None:
        wait_s = LOOK_EVERY_S
        try:
            moment = self._clock.now().timestamp() - self._days * DAY_S
            rows = await self._store.finished_before(moment, limit=BATCH_MAX)
            if rows:
                self._store.forget(rows)
                await self._store.commit()
                self._journal.record("message.forgotten", messages=len(rows), older_than_days=self._days)
            wait_s = BATCH_GAP_S if len(rows) == BATCH_MAX else LOOK_EVERY_S if rows else IDLE_LOOK_EVERY_S
        except StoreError as error:
            self._journal.record("message.forget_failed", error=str(error))
        self._alarm.no_later_than(self._clock.monotonic() + wait_s)
