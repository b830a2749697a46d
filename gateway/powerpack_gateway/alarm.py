"""One timer for the earliest of many moments."""

import asyncio
import math
from collections.abc import Callable


class Alarm:
    """Rings once, at the earliest moment it was set to. A moment is on the running loop's scale."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self.moment = math.inf
        """When it rings next; infinite when it is not set."""

    def no_later_than(self, moment: float) -> None:
        """Ring at this moment, unless it is set to an earlier one."""
        if moment < self.moment:
            self.stop()
            self.moment = moment
            self._timer = asyncio.get_running_loop().call_at(moment, self._rings)

    def stop(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.moment = math.inf

    def _rings(self) -> None:
        self._timer, self.moment = None, math.inf
        self._ring()
