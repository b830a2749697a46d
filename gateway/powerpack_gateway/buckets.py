"""Buckets: sets of numbers that are equally good for a message, which know the least used one that is free now.

A bucket keeps two heaps: numbers that may be free, by their use, and numbers that wait, by the moment they become free.
A number is in several buckets (its area code's, its state's, ...) and changes without telling them; so an entry may be
stale, and is put right when it comes to the top. That is sound because both keys only grow.
"""

from heapq import heapify, heappop, heappush, heapreplace

from powerpack_gateway.throughput import Gcra, Rate

DAY_SPAN = 1 << 40
"""Room for the count of one day in ``Slot.usage``; more than any number can send."""

TAKEN_MAX = 1_000
"""Numbers that one selection may find free again, a few milliseconds. A larger pool that has been idle is taken up over
several selections, and the first of them see a part of it; it must not stop the loop for half a second."""


class Slot(Gcra):
    """One number's capacity: its turns, and its use as ``day * DAY_SPAN + messages of that day``.

    With the day in front the use grows for ever, and a number last used yesterday counts as unused today; of several
    such numbers the one that was used least yesterday goes first. ``tie`` orders what is equal, and is unique.
    """

    __slots__ = ("cap", "is_live", "number", "tie", "usage")

    def __init__(self, number: str, rate: Rate, tie: int) -> None:
        super().__init__(rate)
        self.number = number
        self.cap = DAY_SPAN if rate.per_day is None else rate.per_day
        self.is_live = True
        self.tie = tie
        self.usage = 0

    def used(self, floor: int) -> int:
        """Messages of the day that begins at ``floor``."""
        return self.usage - floor if self.usage > floor else 0

    def has_room(self, floor: int, count: int) -> bool:
        """Whether ``count`` more fit into the day that begins at ``floor``."""
        return (self.usage - floor if self.usage > floor else 0) + count <= self.cap

    def days_until_room(self, floor: int, count: int) -> int:
        """0 when ``count`` more fit into the day that begins at ``floor``, 1 for the day after, and so on.

        More than a whole day's limit at once wait for a day of their own.
        """
        days = 0
        while not self.has_room(floor, count) and self.usage > floor:
            floor += DAY_SPAN
            days += 1
        return days

    def count(self, floor: int, count: int) -> None:
        """Count messages of the day that begins at ``floor``."""
        self.usage = (max(floor, self.usage)) + count

    def take_over(self, other: "Slot") -> None:
        """Go on where another slot of the same number was."""
        self.tat, self.usage = other.tat, other.usage


class Bucket:
    """Numbers among which only capacity and use decide. ``size`` counts the live ones."""

    __slots__ = ("_ready", "_spent", "_spent_floor", "_waiting", "size")

    def __init__(self) -> None:
        self._ready: list[tuple[int, int, Slot]] = []
        self._waiting: list[tuple[float, int, Slot]] = []
        self._spent: list[Slot] = []
        self._spent_floor = 0
        self.size = 0

    def add(self, slot: Slot) -> None:
        """Take a number in."""
        self.size += 1
        heappush(self._ready, (slot.usage, slot.tie, slot))
        # The dead leave when they come to the top, which in a bucket that nobody asks is never.
        if len(self._ready) + len(self._waiting) + len(self._spent) > 2 * self.size + 16:
            self._bury()

    def discard(self) -> None:
        """One number of this bucket is no longer live."""
        self.size -= 1

    def least_used(self, now: float, floor: int, count: int) -> Slot | None:
        """Of the numbers that are free now and have room for ``count`` today, the one least used today.

        A number without that much room is put aside until the next day, even if one message would still fit: a few
        messages of its day are given up for never breaking the limit. The number stays in the bucket.
        """
        if floor != self._spent_floor:
            self._start_day(floor)
        ready, waiting = self._ready, self._waiting
        while True:
            if waiting and waiting[0][0] <= now:
                self._take_due(now)
            while ready:
                usage, tie, slot = ready[0]
                if not slot.is_live:
                    heappop(ready)
                    continue
                free_at = slot.tat - slot.tolerance_s
                if free_at > now:
                    heappop(ready)
                    heappush(waiting, (free_at, tie, slot))
                elif usage != slot.usage:
                    heapreplace(ready, (slot.usage, tie, slot))
                elif (usage - floor if usage > floor else 0) + count > slot.cap:
                    heappop(ready)
                    self._spent.append(slot)
                else:
                    return slot
            if not waiting or waiting[0][0] > now:
                return None

    def first_free(self, floor: int, count: int) -> Slot | None:
        """The number that becomes free first and has room for ``count`` today; asked when `least_used` found none."""
        waiting = self._waiting
        while waiting:
            key, tie, slot = waiting[0]
            free_at = slot.tat - slot.tolerance_s
            if not slot.is_live:
                heappop(waiting)
            elif key != free_at:
                heapreplace(waiting, (free_at, tie, slot))
            elif not slot.has_room(floor, count):
                heappop(waiting)
                self._spent.append(slot)
            else:
                return slot
        return None

    def _take_due(self, now: float) -> None:
        """Move numbers that have become free from one heap to the other."""
        ready, waiting = self._ready, self._waiting
        for _ in range(TAKEN_MAX):
            if not waiting or waiting[0][0] > now:
                return
            _, tie, slot = waiting[0]
            free_at = slot.tat - slot.tolerance_s
            if not slot.is_live:
                heappop(waiting)
            elif free_at > now:
                heapreplace(waiting, (free_at, tie, slot))
            else:
                heappop(waiting)
                heappush(ready, (slot.usage, tie, slot))

    def _start_day(self, floor: int) -> None:
        self._spent_floor = floor
        for slot in self._spent:
            heappush(self._ready, (slot.usage, slot.tie, slot))
        self._spent.clear()

    def _bury(self) -> None:
        self._ready = [entry for entry in self._ready if entry[2].is_live]
        self._waiting = [entry for entry in self._waiting if entry[2].is_live]
        self._spent = [slot for slot in self._spent if slot.is_live]
        heapify(self._ready)
        heapify(self._waiting)
