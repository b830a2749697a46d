"""The steered loop and its thread: real sockets, real time, and what a test adds to it."""

import asyncio
import concurrent.futures
import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from powerpack_lab.steered import Advance, SteeredLoop, SteeredThread

EPOCH = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
DAY_S = 86_400.0
PATIENCE_S = 60.0


@pytest.fixture
def thread() -> Iterator[SteeredThread]:
    thread = SteeredThread(epoch=EPOCH)
    thread.start()
    yield thread
    thread.stop()


def in_loop(thread: SteeredThread, act: Callable[[], object]) -> None:
    """Call it in the loop's thread and wait until it has been."""

    async def main() -> None:
        act()

    thread.call(main(), PATIENCE_S)


def test_a_forked_child_hears_that_the_thread_is_not_its_own(
    thread: SteeredThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would wait for ever."""
    parent = os.getpid()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: parent + 1)
        for ask in (lambda: thread.advance(1.0), lambda: in_loop(thread, lambda: None)):
            with pytest.raises(RuntimeError, match=f"the lab runs in process {parent}, and this is {parent + 1}"):
                ask()

    thread.advance(1.0)


# -- time


def test_the_clock_starts_at_its_epoch_and_runs(thread: SteeredThread) -> None:
    first = thread.clock.now()
    while thread.clock.now() == first:
        pass

    assert timedelta() <= first - EPOCH < timedelta(seconds=PATIENCE_S)


def test_advance_adds_to_real_time(thread: SteeredThread) -> None:
    before = thread.clock.monotonic()

    thread.advance(DAY_S)

    assert thread.clock.monotonic() >= before + DAY_S
    assert thread.clock.now() >= EPOCH + timedelta(days=1)


def test_each_timer_on_the_way_fires_in_order_at_exactly_its_own_time(thread: SteeredThread) -> None:
    fired: list[tuple[int, float]] = []
    loop = thread.loop
    start = loop.time()

    def fire(number: int) -> None:
        fired.append((number, loop.time() - start))

    def arm() -> None:
        for number in (3, 1, 2):
            loop.call_at(start + number * 3600.0, fire, number)

    in_loop(thread, arm)

    advance = thread.advance(10 * 3600.0)

    assert [(number, round(passed, 6)) for number, passed in fired] == [(1, 3600.0), (2, 7200.0), (3, 10800.0)]
    assert advance == Advance(jumps=4, overruns=0)


def test_a_timer_exactly_at_the_target_fires_before_advance_returns(thread: SteeredThread) -> None:
    fired: list[str] = []
    loop = thread.loop
    target = loop.time() + DAY_S

    in_loop(thread, lambda: loop.call_at(target, loop.call_soon, fired.append, "fired"))

    loop.advance_to(target)

    assert fired == ["fired"]
    assert loop.time() >= target


def test_equal_deadlines_fire_in_the_order_they_were_set(thread: SteeredThread) -> None:
    fired: list[int] = []
    when = thread.loop.time() + 60.0
    in_loop(thread, lambda: [thread.loop.call_at(when, fired.append, number) for number in range(50)])

    thread.advance(120.0)

    assert fired == list(range(50))


def test_timers_also_fire_by_real_time(thread: SteeredThread) -> None:
    fired = threading.Event()

    in_loop(thread, lambda: thread.loop.call_later(0.01, fired.set))

    assert fired.wait(PATIENCE_S)


def test_advancing_by_nothing_runs_what_is_due(thread: SteeredThread) -> None:
    seen: list[str] = []
    in_loop(thread, lambda: thread.loop.call_soon(thread.loop.call_later, 0.0, seen.append, "ran"))

    thread.advance(0)

    assert seen == ["ran"]


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_advancing_by_no_time_at_all_is_refused(thread: SteeredThread, seconds: float) -> None:
    with pytest.raises(ValueError, match="only goes forward"):
        thread.advance(seconds)


def test_coroutines_on_the_loop_can_advance_it(thread: SteeredThread) -> None:
    async def main() -> tuple[Advance, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteeredLoop)
        before = loop.time()
        return await loop.advance_async(DAY_S), loop.time() - before

    advance, passed = thread.call(main(), PATIENCE_S)

    assert advance.overruns == 0
    assert passed >= DAY_S


def test_a_cancelled_advance_does_not_break_the_next(thread: SteeredThread) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteeredLoop)
        task = asyncio.ensure_future(loop.advance_async(60.0))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    thread.call(main(), PATIENCE_S)

    assert thread.advance(60.0).overruns == 0


def test_advancing_from_the_loops_own_thread_is_refused_because_it_would_hang(thread: SteeredThread) -> None:
    with pytest.raises(RuntimeError, match="await advance_async"):
        in_loop(thread, lambda: thread.loop.advance(1.0))


def test_advances_from_several_threads_add_up(thread: SteeredThread) -> None:
    before = thread.clock.monotonic()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(thread.advance, [DAY_S] * 8))

    assert thread.clock.monotonic() - before >= 8 * DAY_S


def test_jumps_are_told_in_the_loops_thread_before_what_is_due_runs(thread: SteeredThread) -> None:
    seen: list[tuple[str, int]] = []
    thread.loop.on_jump = lambda: seen.append(("jump", threading.get_ident()))
    in_loop(thread, lambda: thread.loop.call_later(60.0, lambda: seen.append(("timer", threading.get_ident()))))

    thread.advance(61.0)

    [owner] = dict.fromkeys(ident for _, ident in seen)
    assert [what for what, _ in seen] == ["jump", "timer", "jump"]
    assert owner != threading.get_ident()


# -- sockets


class Counter(asyncio.Protocol):
    """Answers each byte with a byte, for a number of rounds, and counts."""

    def __init__(self, rounds: int) -> None:
        self.left = rounds
        self.heard_at: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard_at.append(asyncio.get_running_loop().time())
        self.left -= 1
        if self.left > 0:
            self.transport.write(b"x")


def test_bytes_that_a_timer_sends_arrive_before_the_clock_steps_on(thread: SteeredThread) -> None:
    rounds = 20
    ends = [Counter(rounds), Counter(rounds)]
    loop = thread.loop

    async def connect() -> asyncio.AbstractServer:
        server = await loop.create_server(lambda: ends[0], "127.0.0.1", 0)
        await loop.create_connection(lambda: ends[1], "127.0.0.1", server.sockets[0].getsockname()[1])
        loop.call_later(60.0, lambda: ends[1].transport.write(b"x"))
        loop.call_later(60.001, lambda: heard_before.extend(ends[0].heard_at + ends[1].heard_at))
        return server

    heard_before: list[float] = []
    server = thread.call(connect(), PATIENCE_S)

    thread.advance(120.0)
    in_loop(thread, server.close)
    for end in ends:
        in_loop(thread, end.transport.abort)

    assert len(heard_before) == 2 * rounds - 1
    assert len(dict.fromkeys(heard_before)) == 1  # all of it at the moment of the timer


def test_a_blocking_client_is_answered_between_advances(thread: SteeredThread) -> None:
    class Upper(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data.upper())

    server = thread.call(thread.loop.create_server(Upper, "127.0.0.1", 0), PATIENCE_S)
    with socket.create_connection(server.sockets[0].getsockname(), timeout=PATIENCE_S) as client:
        client.sendall(b"one")
        first = client.recv(10)
        thread.advance(DAY_S)
        client.sendall(b"two")
        second = client.recv(10)
    in_loop(thread, server.close)

    assert (first, second) == (b"ONE", b"TWO")


# -- the outside


def test_the_clock_waits_while_the_outside_is_busy() -> None:
    asked: list[float] = []
    thread: SteeredThread

    def busy() -> bool:
        asked.append(thread.loop.time())
        return len(asked) < 5

    thread = SteeredThread(epoch=EPOCH, busy=busy)
    thread.start()
    fired: list[float] = []
    in_loop(thread, lambda: thread.loop.call_later(60.0, lambda: fired.append(thread.loop.time())))

    advance = thread.advance(61.0)
    thread.stop()

    assert len(dict.fromkeys(asked[:5])) == 1  # the clock stood
    assert asked[5] == fired[0]
    assert advance.overruns == 0


def test_an_outside_that_never_answers_is_waited_for_once_and_again_when_it_has_answered() -> None:
    hangs = True
    thread = SteeredThread(epoch=EPOCH, busy=lambda: hangs, busy_s_max=0.02)
    thread.start()
    for moment in (60.0, 120.0, 180.0):
        in_loop(thread, partial(thread.loop.call_later, moment, lambda: None))

    hanging = [thread.advance(61.0), thread.advance(61.0)]
    hangs = False
    answered = thread.advance(1.0)
    hangs = True
    again = thread.advance(1.0)
    thread.stop()

    assert [each.overruns for each in hanging] == [1, 0]
    assert (answered.overruns, again.overruns) == (0, 1)


def test_sockets_are_served_while_the_clock_waits_for_the_outside() -> None:
    answered = threading.Event()
    thread = SteeredThread(epoch=EPOCH, busy=lambda: not answered.is_set())
    thread.start()

    class Hears(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            answered.set()

    server = thread.call(thread.loop.create_server(Hears, "127.0.0.1", 0), PATIENCE_S)
    address = server.sockets[0].getsockname()

    def answer() -> None:
        with socket.create_connection(address, timeout=PATIENCE_S) as client:
            client.sendall(b"answer")
            answered.wait(PATIENCE_S)

    outside = threading.Thread(target=answer)
    outside.start()
    advance = thread.advance(DAY_S)
    outside.join()
    in_loop(thread, server.close)
    thread.stop()

    assert answered.is_set()
    assert advance.overruns == 0


# -- calls


def test_call_returns_the_result_and_raises_the_error(thread: SteeredThread) -> None:
    async def fail() -> None:
        raise KeyError("mine")

    assert thread.call(asyncio.sleep(0, "result"), PATIENCE_S) == "result"
    with pytest.raises(KeyError, match="mine"):
        thread.call(fail(), PATIENCE_S)


def test_a_call_that_does_not_end_names_what_waits_and_is_cancelled(thread: SteeredThread) -> None:
    ended = threading.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError) as caught:
        thread.call(wait_for_ever(), 0.02)

    assert "wait_for_ever did not end in 0.02 s of real time" in str(caught.value)
    assert "test_steered.py:" in str(caught.value)
    assert ended.wait(PATIENCE_S)


def test_a_coroutines_own_timeout_is_its_own(thread: SteeredThread) -> None:
    async def main() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        thread.call(main(), PATIENCE_S)


def test_a_call_from_the_loops_own_thread_is_refused_because_it_would_hang(thread: SteeredThread) -> None:
    with pytest.raises(RuntimeError, match="await the coroutine"):
        in_loop(thread, lambda: thread.call(asyncio.sleep(0), PATIENCE_S))


# -- start and stop


def test_stop_leaves_no_thread_no_descriptor_and_no_task() -> None:
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    ended: list[str] = []
    thread = SteeredThread(epoch=EPOCH)
    thread.start()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.001)
            ended.append("ended")

    tasks: list[asyncio.Task[None]] = []
    thread.call(asyncio.to_thread(int), PATIENCE_S)  # starts an executor's thread
    in_loop(thread, lambda: tasks.append(asyncio.ensure_future(wait_for_ever())))
    thread.call(asyncio.sleep(0), PATIENCE_S)

    thread.stop()

    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before
    assert ended == ["ended"]


def test_stop_may_be_called_twice_and_start_again() -> None:
    thread = SteeredThread(epoch=EPOCH)
    thread.stop()
    thread.start()
    thread.stop()
    thread.stop()
    thread.start()

    assert thread.call(asyncio.sleep(0, "again"), PATIENCE_S) == "again"
    thread.stop()


def test_starting_twice_is_refused(thread: SteeredThread) -> None:
    with pytest.raises(RuntimeError, match="running already"):
        thread.start()


def test_what_is_not_running_says_so() -> None:
    thread = SteeredThread(epoch=EPOCH)

    for ask in (lambda: thread.loop, lambda: thread.clock, lambda: thread.advance(1.0)):
        with pytest.raises(RuntimeError, match="call start"):
            ask()
    with pytest.raises(RuntimeError, match="call start"):
        thread.call(asyncio.sleep(0), PATIENCE_S)


def test_an_advance_under_way_ends_with_an_error_when_the_thread_stops() -> None:
    waiting = threading.Event()

    def busy() -> bool:
        waiting.set()
        return True

    thread = SteeredThread(epoch=EPOCH, busy=busy, busy_s_max=PATIENCE_S)
    thread.start()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        advance = pool.submit(thread.advance, DAY_S)
        waiting.wait(PATIENCE_S)

        thread.stop()

        with pytest.raises(RuntimeError, match="its thread was stopped"):
            advance.result(PATIENCE_S)


def test_what_ended_the_loop_early_is_raised_by_stop() -> None:
    def exit_now() -> None:
        raise SystemExit("the loop's thread was told to exit")

    thread = SteeredThread(epoch=EPOCH)
    thread.start()
    loop = thread.loop
    loop.call_soon_threadsafe(exit_now)

    with pytest.raises(SystemExit, match="told to exit"):
        thread.stop()


def test_a_closed_loop_takes_no_timers_and_no_advances() -> None:
    loop = SteeredLoop()
    loop.close()

    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1.0, print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.advance(1.0)
