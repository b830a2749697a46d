"""Upkeep: what happens because time passes and nobody does anything, by one timer for all of it."""

from datetime import datetime

from powerpack_gateway.alarm import Alarm
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.ports import Clock


class Upkeep:
    """Wakes at the next moment that matters to the holdings, and lets them do what it brings."""

    def __init__(self, holdings: Holdings, *, clock: Clock) -> None:
        self._holdings = holdings
        self._clock = clock
        self._alarm = Alarm(self._rings)
        holdings.deadline_changed = self.look

    def look(self) -> None:
        """Something changed: wake no later than its moment."""
        self._wake_at(self._holdings.next_upkeep())

    def stop(self) -> None:
        """Wake no more."""
        self._alarm.stop()

    def _rings(self) -> None:
        self._holdings.upkeep()
        self.look()

    def _wake_at(self, moment: datetime | None) -> None:
        if moment is not None:
            wait_s = (moment - self._clock.now()).total_seconds()
            self._alarm.no_later_than(self._clock.monotonic() + max(0.0, wait_s))
