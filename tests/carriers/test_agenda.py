"""A timeline on a loop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from powerpack_carriers.agenda import Agenda
from powerpack_carriers.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")


def virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run on a clock that jumps: what is due together is due together however busy the machine is."""
    loop = VirtualLoop()
    try:
        return loop.run(main)
    finally:
        loop.shutdown()


class Setting:
    """An agenda on the running loop, and a wait for what it does."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.clock = LoopClock()
        self.clock.attach(self.loop)
        self.began = self.clock.monotonic()
        self.done: list[str] = []
        self.agenda = Agenda(self.clock, after=lambda: self.done.append("after"))
        self.finished = asyncio.Event()

    def plan(self, name: str, after_s: float) -> None:
        self.agenda.plan(self.began + after_s, lambda now: self.done.append(name))

    def plan_end(self, after_s: float) -> None:
        self.agenda.plan(self.began + after_s, lambda now: self.finished.set())

    async def end(self) -> None:
        async with asyncio.timeout(10):
            await self.finished.wait()


def test_what_is_due_together_is_done_together() -> None:
    async def scenario() -> list[str]:
        setting = Setting()
        setting.agenda.start(setting.loop)
        setting.plan("late", 0.05)
        for name in ("first", "second"):
            setting.plan(name, 0.01)
        setting.plan_end(0.08)
        await setting.end()
        return setting.done

    assert virtually(scenario()) == ["first", "second", "after", "late", "after", "after"]


def test_what_is_planned_before_the_start_is_done_after_it() -> None:
    async def scenario() -> list[str]:
        setting = Setting()
        setting.plan("early", -5)
        setting.plan_end(0)
        setting.agenda.start(setting.loop)
        await setting.end()
        return setting.done

    assert virtually(scenario())[0] == "early"


def test_a_stopped_agenda_leaves_no_timer_and_goes_on_after_the_next_start() -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        setting = Setting()
        setting.agenda.start(setting.loop)
        setting.plan("kept", 0)
        setting.agenda.stop()
        await asyncio.sleep(0)
        while_stopped = list(setting.done)
        setting.plan_end(0)
        setting.agenda.start(setting.loop)
        await setting.end()
        return while_stopped, setting.done

    while_stopped, done = virtually(scenario())

    assert while_stopped == []
    assert done[0] == "kept"


def test_an_action_that_fails_is_reported_and_the_next_bucket_comes() -> None:
    async def scenario() -> list[str]:
        setting, problems = Setting(), list[str]()
        setting.loop.set_exception_handler(lambda loop, context: problems.append(str(context["exception"])))

        def fail(now: float) -> None:
            raise RuntimeError("on purpose")

        setting.agenda.plan(setting.clock.monotonic(), fail)
        setting.plan_end(0.05)
        setting.agenda.start(setting.loop)
        await setting.end()
        return problems

    assert virtually(scenario()) == ["on purpose"]


@pytest.mark.parametrize("what_fails", ["action", "after"])
def test_what_fails_takes_nothing_with_it_that_was_due_too(what_fails: str) -> None:
    async def scenario() -> tuple[list[str], int]:
        setting, problems = Setting(), list[object]()
        setting.loop.set_exception_handler(lambda loop, context: problems.append(context["exception"]))
        agenda = setting.agenda

        def fail(now: float = 0.0) -> None:
            if not problems:
                raise RuntimeError("on purpose")

        if what_fails == "after":
            agenda = setting.agenda = Agenda(setting.clock, after=fail)
        agenda.plan(setting.clock.monotonic(), fail if what_fails == "action" else lambda now: None)
        setting.plan("due too", 0.0)
        setting.plan("later", 0.01)
        agenda.start(setting.loop)
        await asyncio.sleep(1)
        return [name for name in setting.done if name != "after"], len(problems)

    assert virtually(scenario()) == (["due too", "later"], 1)


def test_a_clock_without_a_loop_stands_still() -> None:
    clock = LoopClock()

    assert clock.monotonic() == 0.0
    assert clock.now() == clock.now()
    assert clock.now().utcoffset() is not None


@pytest.mark.parametrize("by_s", [0.0, 1.0])
def test_a_clock_follows_its_loop(by_s: float) -> None:
    class StandingLoop(asyncio.SelectorEventLoop):
        seconds = 50.0

        def time(self) -> float:
            return self.seconds

    loop, clock = StandingLoop(), LoopClock()
    try:
        clock.attach(loop)
        before = clock.now()
        loop.seconds += by_s

        assert clock.monotonic() == 50.0 + by_s
        assert (clock.now() - before).total_seconds() == by_s
    finally:
        loop.close()
