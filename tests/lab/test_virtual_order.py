"""The virtual loop under asyncio's own tools: the order of things, refusals of the real world, and the end."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial

import pytest

from powerpack_lab.virtual import RealIORefused, SimulationDeadlock, VirtualLoop

# -- order


def test_what_is_called_soon_runs_in_order_and_before_what_is_due_at_the_same_moment(loop: VirtualLoop) -> None:
    seen: list[str] = []
    loop.call_later(0.0, seen.append, "timer")
    loop.call_soon(seen.append, "first")
    loop.call_soon(seen.append, "second")

    loop.settle()

    assert seen == ["first", "second", "timer"]


def test_tasks_are_named_by_the_loops_own_count() -> None:
    async def main() -> list[str]:
        tasks = [asyncio.ensure_future(asyncio.sleep(1.0)) for _ in range(2)]
        await asyncio.gather(*tasks)
        return [task.get_name() for task in tasks]

    names = []
    for _ in range(2):
        loop = VirtualLoop()
        names.append(loop.run(main()))
        loop.shutdown()

    assert names == [["Task-2", "Task-3"]] * 2


def test_tasks_keep_their_context_and_their_given_name(loop: VirtualLoop) -> None:
    async def main() -> str:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(1.0), name="mine")
        return task.get_name()

    assert loop.run(main()) == "mine"


# Prints, for each of asyncio's ways to handle several tasks, the order in which they were handled.
ORDERS = """
import asyncio
from powerpack_lab.virtual import VirtualLoop

async def item(number, log):
    try:
        await asyncio.sleep(number % 3)
    except asyncio.CancelledError:
        log.append(number)
        raise
    return number

async def failing(log):
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(item(number, log))
        await asyncio.sleep(0)
        raise KeyError

async def main():
    log = []
    tasks = [asyncio.create_task(item(number, log)) for number in range(12)]
    done, _ = await asyncio.wait(tasks)
    print([task.result() for task in done])
    tasks = [asyncio.create_task(item(number, log)) for number in range(12)]
    print([await task for task in asyncio.as_completed(tasks)])
    try:
        await failing(log)
    except* KeyError:
        print(log)
    waiting = {asyncio.get_running_loop().create_future(): number for number in range(12)}
    print([waiting[future] for future in set(waiting)])
    left = [asyncio.create_task(item(number + 1, log)) for number in range(0, 36, 3)]
    await asyncio.sleep(0)
    log.clear()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    print(log)

loop = VirtualLoop(seed=1)
loop.run(main())
loop.shutdown()
"""


def test_tasks_in_sets_come_in_the_same_order_in_every_process() -> None:
    printed = {
        seed: subprocess.run(
            [sys.executable, "-c", ORDERS],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "random")
    }

    assert printed["1"].count("\n") == 5
    assert printed["1"] == printed["2"] == printed["random"]


# -- asyncio's own tools


def test_wait_for_gives_up_at_its_own_moment(loop: VirtualLoop) -> None:
    async def main() -> float:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(100.0), 2.5)
        return loop.time()

    assert loop.run(main()) == 2.5


def test_a_task_group_cancels_the_others_when_one_fails(loop: VirtualLoop) -> None:
    ended: list[float] = []

    async def fail() -> None:
        await asyncio.sleep(1.0)
        raise KeyError("failed")

    async def sleep() -> None:
        try:
            await asyncio.sleep(100.0)
        finally:
            ended.append(loop.time())

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(sleep())
            group.create_task(fail())

    with pytest.raises(ExceptionGroup):
        loop.run(main())

    assert ended == [1.0]


def test_a_runner_can_be_given_the_loop() -> None:
    async def main() -> float:
        await asyncio.sleep(60.0)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(main()) == 60.0


def test_debug_mode_works(loop: VirtualLoop) -> None:
    loop.set_debug(True)

    loop.run(asyncio.sleep(1.0))

    assert loop.time() == 1.0


def test_a_callback_that_raises_goes_to_the_exception_handler_and_the_loop_goes_on(loop: VirtualLoop) -> None:
    reported: list[object] = []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    error = KeyError("mine")

    def fail() -> None:
        raise error

    loop.call_later(1.0, fail)

    loop.advance(2.0)

    assert reported == [error]
    assert loop.time() == 2.0


@pytest.mark.parametrize("is_debugged", [False, True])
def test_a_callback_that_raises_is_reported_in_asyncios_own_words(loop: VirtualLoop, *, is_debugged: bool) -> None:
    def fail(number: int) -> None:
        raise KeyError(number)

    def reported_by(one: asyncio.AbstractEventLoop) -> dict[str, object]:
        reported: list[dict[str, object]] = []
        one.set_debug(is_debugged)
        one.set_exception_handler(lambda _, context: reported.append(context))
        one.call_soon(fail, 1)
        one.run_until_complete(asyncio.sleep(0))
        [context] = reported
        return context

    asyncios = asyncio.new_event_loop()
    try:
        expected, found = reported_by(asyncios), reported_by(loop)
    finally:
        asyncios.close()

    assert found.keys() == expected.keys()
    assert found["message"] == expected["message"]
    assert type(found["handle"]).__mro__[-2:] == type(expected["handle"]).__mro__[-2:]


def test_a_call_on_a_closed_loop_is_refused() -> None:
    loop = VirtualLoop()
    loop.close()

    for call in (partial(loop.call_soon, print), partial(loop.call_later, 1.0, print), partial(loop.call_at, 1, print)):
        with pytest.raises(RuntimeError, match="Event loop is closed"):
            call()


# -- threads and the real world


def test_executor_calls_run_inline_and_take_no_time(loop: VirtualLoop) -> None:
    async def main() -> tuple[int, int]:
        return (
            await asyncio.to_thread(threading.get_ident),
            await loop.run_in_executor(None, threading.get_ident),
        )

    assert loop.run(main()) == (threading.get_ident(), threading.get_ident())
    assert loop.time() == 0.0


def test_an_executor_call_that_raises_raises_where_it_is_awaited(loop: VirtualLoop) -> None:
    with pytest.raises(ValueError, match="not a number"):
        loop.run(asyncio.to_thread(int, "not a number"))


def in_a_thread(call: Callable[[], object]) -> list[BaseException]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 -- handed to the test
            raised.append(error)

    thread = threading.Thread(target=run, name="stranger")
    thread.start()
    thread.join()
    return raised


def test_a_wake_up_from_another_thread_is_refused_there_and_named_in_the_deadlock(loop: VirtualLoop) -> None:
    event = asyncio.Event()

    [error] = in_a_thread(lambda: loop.call_soon_threadsafe(event.set))
    with pytest.raises(SimulationDeadlock, match="the thread 'stranger' tried to wake this loop"):
        loop.run(event.wait())

    assert isinstance(error, RealIORefused)


def test_a_thread_safe_call_from_the_own_thread_is_an_ordinary_one(loop: VirtualLoop) -> None:
    seen: list[str] = []

    loop.call_soon_threadsafe(seen.append, "ran")
    loop.settle()

    assert seen == ["ran"]


REFUSED: dict[str, Callable[[VirtualLoop, socket.socket], object]] = {
    "a reader": lambda loop, sock: loop.add_reader(sock, print),
    "a writer": lambda loop, sock: loop.add_writer(sock, print),
    "sock_connect": lambda loop, sock: loop.sock_connect(sock, ("127.0.0.1", 9)),
    "sock_recv": lambda loop, sock: loop.sock_recv(sock, 1),
    "datagrams": lambda loop, sock: loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=sock),
    "a unix socket": lambda loop, _: loop.create_unix_server(asyncio.Protocol, "/tmp/never"),
    "a process": lambda loop, _: loop.subprocess_shell(asyncio.SubprocessProtocol, "true"),
    "a server on a socket": lambda loop, sock: loop.run(loop.create_server(asyncio.Protocol, sock=sock)),
    "a connection on a socket": lambda loop, sock: loop.run(loop.create_connection(asyncio.Protocol, sock=sock)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_real_world_is_refused_by_name(loop: VirtualLoop, name: str) -> None:
    with socket.socket() as sock, pytest.raises(RealIORefused):
        REFUSED[name](loop, sock)


def test_a_loop_has_no_descriptors_and_no_threads() -> None:
    before = len(os.listdir("/proc/self/fd")), threading.active_count()

    loop = VirtualLoop()
    loop.run(asyncio.sleep(1.0))
    during = len(os.listdir("/proc/self/fd")), threading.active_count()
    loop.shutdown()

    assert during == before


# -- the end


def test_shutdown_ends_tasks_in_the_order_of_creation_and_closes() -> None:
    loop = VirtualLoop()
    ended: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1.0)
            ended.append(number)

    for number in range(5):
        loop.create_task(wait(number))
    loop.settle()

    loop.shutdown()

    assert ended == [0, 1, 2, 3, 4]
    assert loop.is_closed()


def test_shutdown_reports_a_task_that_raises_instead_of_ending() -> None:
    loop = VirtualLoop()
    reported: list[str] = []
    loop.set_exception_handler(lambda _, context: reported.append(context["message"]))

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise KeyError("no")

    loop.create_task(stubborn(), name="stubborn")
    loop.settle()

    loop.shutdown()

    assert reported == ["stubborn failed while it was cancelled"]


def test_shutdown_closes_async_generators() -> None:
    loop = VirtualLoop()
    ended: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append("closed")

    generator = numbers()

    async def first() -> int:
        return await anext(generator)

    loop.run(first())

    loop.shutdown()

    assert ended == ["closed"]


def test_a_closed_loop_takes_nothing_more() -> None:
    loop = VirtualLoop()
    loop.shutdown()
    loop.shutdown()  # once more is nothing

    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1.0, print)


def test_a_task_factory_of_the_users_is_used(loop: VirtualLoop) -> None:
    made: list[str] = []

    def factory(
        loop: asyncio.AbstractEventLoop, coro: Coroutine[object, object, None], **options: object
    ) -> asyncio.Task[None]:
        made.append("task")
        return asyncio.Task(coro, loop=loop)

    loop.set_task_factory(factory)  # type: ignore[arg-type]  # asyncio's own type of a factory is wider

    loop.run(asyncio.sleep(1.0))

    assert made == ["task"]
