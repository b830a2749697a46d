"""Where tasks wait, in words, and how they are ended."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from powerpack_lab.virtual import VirtualLoop
from powerpack_lab.waiting import cancel_all, where_task_waits, where_tasks_wait

HERE = Path(__file__).name


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


async def nested(depth: int) -> None:
    if depth:
        await nested(depth - 1)
    else:
        await asyncio.sleep(1.0)


def test_the_chain_of_awaits_is_shown_outermost_first(loop: VirtualLoop) -> None:
    task = loop.create_task(nested(1), name="it")
    loop.settle()

    name, _, chain = where_task_waits(task).partition(": ")

    assert name == "it"
    outer, inner, sleep = chain.split(" > ")
    assert HERE in outer
    assert outer.endswith("in nested")
    assert inner.endswith("in nested")
    assert sleep.endswith("in sleep")


def test_a_long_chain_keeps_its_innermost_part(loop: VirtualLoop) -> None:
    task = loop.create_task(nested(50))
    loop.settle()

    said = where_task_waits(task)

    assert said.startswith("Task-1: ... > ")
    assert said.count(" in nested") == 3
    assert said.endswith("in sleep")


def test_async_generators_are_followed(loop: VirtualLoop) -> None:
    async def numbers() -> AsyncIterator[int]:
        await nested(0)
        yield 1

    async def main() -> list[int]:
        return [number async for number in numbers()]

    task = loop.create_task(main())
    loop.settle()

    assert where_task_waits(task).split(" in ")[0].count(HERE) == 1


def test_a_task_that_has_not_begun_is_shown_where_it_will(loop: VirtualLoop) -> None:
    task = loop.create_task(nested(0))

    assert where_task_waits(task).endswith("in nested")


def test_no_task_is_said_so() -> None:
    assert where_tasks_wait([]) == "  (no task)"


def test_tasks_are_cancelled_in_the_order_given(loop: VirtualLoop) -> None:
    ended: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    tasks: list[asyncio.Task[object]] = [loop.create_task(wait(number)) for number in range(4)]
    loop.settle()

    loop.run(cancel_all(tasks[::-1]))

    assert ended == [3, 2, 1, 0]
    assert all(task.cancelled() for task in tasks)
