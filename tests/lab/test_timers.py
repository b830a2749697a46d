"""The timer queue: order, exactness, cancelled timers."""

import asyncio
import math
from collections import deque
from collections.abc import Iterator

import pytest

from powerpack_lab.timers import TimerQueue
from powerpack_lab.virtual import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


def timer(loop: asyncio.AbstractEventLoop, when: float) -> asyncio.TimerHandle:
    return asyncio.TimerHandle(when, print, (), loop)


def test_equal_deadlines_come_out_in_the_order_they_went_in(loop: VirtualLoop) -> None:
    queue = TimerQueue()
    handles = [timer(loop, 1.0) for _ in range(100)]
    for handle in handles:
        queue.push(handle)
    ready: deque[asyncio.Handle] = deque()

    queue.pop_due(1.0, ready)

    assert all(popped is pushed for popped, pushed in zip(ready, handles, strict=True))


def test_nothing_is_due_early_not_even_by_the_last_bit(loop: VirtualLoop) -> None:
    queue = TimerQueue()
    queue.push(timer(loop, 1.0))
    ready: deque[asyncio.Handle] = deque()

    queue.pop_due(math.nextafter(1.0, 0.0), ready)

    assert not ready
    assert queue.next_deadline() == 1.0


def test_a_cancelled_timer_is_no_deadline(loop: VirtualLoop) -> None:
    queue = TimerQueue()
    first, second = timer(loop, 1.0), timer(loop, 2.0)
    queue.push(first)
    queue.push(second)

    first.cancel()

    assert queue.next_deadline() == 2.0


def test_cancelled_timers_do_not_pile_up_behind_a_live_one(loop: VirtualLoop) -> None:
    queue = TimerQueue()
    queue.push(timer(loop, 1.0))

    for _ in range(10_000):
        handle = timer(loop, 3600.0)
        queue.push(handle)
        handle.cancel()
        queue.note_cancelled()
        queue.next_deadline()

    assert len(queue) < 300
    assert queue.next_deadline() == 1.0


def test_a_timer_at_infinity_is_never_due(loop: VirtualLoop) -> None:
    queue = TimerQueue()

    queue.push(timer(loop, math.inf))

    assert queue.next_deadline() is None


def test_a_deadline_that_is_no_number_is_refused(loop: VirtualLoop) -> None:
    with pytest.raises(ValueError, match="nan"):
        TimerQueue().push(timer(loop, math.nan))
