"""The virtual loop's time: jumps, exactness, and what happens when nothing does. Its wires are in test_network.py."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from powerpack_lab import virtual
from powerpack_lab.virtual import SimulationDeadlock, SimulationError, SimulationLivelock, VirtualLoop

DAY_S = 86_400.0


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(seed=7)
    yield loop
    loop.shutdown()


# -- time


def test_a_new_loop_is_at_zero(loop: VirtualLoop) -> None:
    assert loop.time() == 0.0


def test_running_a_coroutine_jumps_over_its_sleeps(loop: VirtualLoop) -> None:
    async def main() -> str:
        await asyncio.sleep(DAY_S)
        return "slept"

    result = loop.run(main())

    assert result == "slept"
    assert loop.time() == DAY_S
    assert loop.jumps == 1


def test_between_calls_the_loop_stands_still(loop: VirtualLoop) -> None:
    fired: list[float] = []
    loop.call_later(1.0, lambda: fired.append(loop.time()))

    loop.run(asyncio.sleep(0.5))

    assert fired == []
    assert loop.time() == 0.5


def test_advance_fires_each_timer_at_its_own_time_in_order(loop: VirtualLoop) -> None:
    fired: list[tuple[str, float]] = []

    def fire(name: str) -> None:
        fired.append((name, loop.time()))

    for name, when in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        loop.call_at(when, fire, name)

    loop.advance(10.0)

    assert fired == [("a", 1.0), ("b", 2.0), ("c", 3.0)]
    assert loop.time() == 10.0


def test_a_timer_exactly_at_the_target_fires_before_advance_returns(loop: VirtualLoop) -> None:
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(4.0)
            ticks.append(loop.time())

    loop.create_task(tick())

    loop.advance(DAY_S)  # a multiple of 4

    assert len(ticks) == DAY_S / 4
    assert ticks[-1] == loop.time() == DAY_S


def test_what_a_timer_at_the_target_starts_at_once_is_run_too(loop: VirtualLoop) -> None:
    seen: list[str] = []
    loop.call_later(1.0, loop.call_soon, loop.call_soon, seen.append, "soon")
    loop.call_later(1.0, loop.call_later, 0.0, seen.append, "later by nothing")

    loop.advance(1.0)

    assert sorted(seen) == ["later by nothing", "soon"]


def test_equal_deadlines_fire_in_the_order_they_were_set(loop: VirtualLoop) -> None:
    fired: list[int] = []
    for number in range(100):
        loop.call_at(1.0, fired.append, number)

    loop.advance(1.0)

    assert fired == list(range(100))


def test_no_timer_fires_early_by_a_clock_resolution(loop: VirtualLoop) -> None:
    fired: list[float] = []
    for when in (1.0, 1.0 + 5e-7):
        loop.call_at(when, lambda: fired.append(loop.time()))

    loop.advance(2.0)

    assert fired == [1.0, 1.0 + 5e-7]


@pytest.mark.parametrize("days", [98, 36_500, 3_650_000])
def test_timers_still_fire_when_the_clock_is_far_on(loop: VirtualLoop, days: int) -> None:
    fired: list[float] = []
    loop.advance_to(days * DAY_S)
    loop.call_later(1e-3, lambda: fired.append(loop.time()))
    loop.call_later(1e-9, lambda: None)  # below the resolution of a float out there

    loop.advance(1.0)

    assert fired == [days * DAY_S + 1e-3]
    assert loop.time() == days * DAY_S + 1.0


def test_sums_of_sleeps_do_not_drift_from_the_deadlines_that_were_set(loop: VirtualLoop) -> None:
    expected = 0.0
    for _ in range(1000):
        expected += 0.1
        loop.run(asyncio.sleep(0.1))

    assert loop.time() == expected


def test_the_clock_cannot_go_back(loop: VirtualLoop) -> None:
    loop.advance(5.0)

    with pytest.raises(ValueError, match="only goes forward"):
        loop.advance_to(4.0)


def test_advancing_by_no_number_is_refused(loop: VirtualLoop) -> None:
    with pytest.raises(ValueError, match="only goes forward"):
        loop.advance(float("nan"))


def test_settle_runs_what_is_due_and_does_not_move_the_clock(loop: VirtualLoop) -> None:
    seen: list[str] = []
    loop.call_soon(lambda: loop.call_soon(seen.append, "now"))
    loop.call_later(1e-6, seen.append, "later")

    loop.settle()

    assert seen == ["now"]
    assert loop.time() == 0.0


def test_run_until_stops_where_the_predicate_came_true(loop: VirtualLoop) -> None:
    inbox: list[str] = []
    loop.call_later(30.0, inbox.append, "hello")
    loop.call_later(31.0, inbox.append, "too late")

    came = loop.run_until(lambda: bool(inbox), within_s=600.0)

    assert came is True
    assert loop.time() == 30.0
    assert inbox == ["hello"]


def test_run_until_gives_up_exactly_at_its_limit(loop: VirtualLoop) -> None:
    loop.call_later(601.0, lambda: None)

    came = loop.run_until(lambda: False, within_s=600.0)

    assert came is False
    assert loop.time() == 600.0


def test_run_until_of_what_holds_already_runs_nothing(loop: VirtualLoop) -> None:
    seen: list[str] = []
    loop.call_soon(seen.append, "ran")

    assert loop.run_until(lambda: True, within_s=1.0)
    assert seen == []


def test_a_failing_predicate_is_the_callers_and_leaves_the_loop_usable(loop: VirtualLoop) -> None:
    loop.call_later(0.25, lambda: None)

    def fail_later() -> bool:
        if loop.time() > 0.0:
            raise KeyError("mine")
        return False

    with pytest.raises(KeyError, match="mine"):
        loop.run_until(fail_later, within_s=10.0)
    loop.advance(0.75)

    assert loop.time() == 1.0


@pytest.mark.parametrize("name", ["advance", "run_until", "run"])
def test_a_callback_that_moves_the_clock_is_told_so_and_the_advance_ends_where_it_should(
    loop: VirtualLoop, name: str
) -> None:
    told: list[object] = []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))

    def move() -> None:
        match name:
            case "advance":
                loop.advance(1)
            case "run_until":
                loop.run_until(lambda: False, 1)
            case _:
                loop.run(asyncio.sleep(1))

    loop.call_later(2, move)
    for second in range(100):
        loop.call_later(second, int)
    loop.advance(5)

    assert loop.time() == 5.0
    assert [str(each).partition(" was called")[0] for each in told] == [f"{name}()"]


def test_stopping_the_loop_during_an_advance_is_an_error(loop: VirtualLoop) -> None:
    loop.call_later(1.0, loop.stop)

    with pytest.raises(SimulationError, match=r"stop\(\) was called at 1.0 s, on the way to 2.0 s"):
        loop.advance(2.0)


def test_jumps_are_told_once_each_and_before_what_is_due_runs(loop: VirtualLoop) -> None:
    seen: list[tuple[str, float]] = []
    loop.on_jump = lambda: seen.append(("jump", loop.time()))
    for _ in range(2):
        loop.call_later(1.0, lambda: seen.append(("timer", loop.time())))

    loop.advance(1.5)

    assert seen == [("jump", 1.0), ("timer", 1.0), ("timer", 1.0), ("jump", 1.5)]


def test_an_idle_day_of_a_keepalive_is_one_jump_per_beat(loop: VirtualLoop) -> None:
    def beat() -> None:
        loop.call_later(30.0, beat)

    beat()

    loop.advance(DAY_S)

    assert loop.jumps == DAY_S / 30


# -- nothing happens, or too much


def test_a_deadlock_names_every_waiting_task_with_file_and_line(loop: VirtualLoop) -> None:
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        loop.create_task(wait_for_ever(), name="the other")
        await wait_for_ever()

    with pytest.raises(SimulationDeadlock) as caught:
        loop.run(main())

    lines = str(caught.value).splitlines()
    here = Path(__file__).name
    assert len(lines) == 3
    assert lines[1].startswith("  - Task-1: ")
    assert lines[2].startswith("  - the other: ")
    for line in lines[1:]:
        assert f"{here}:" in line
        assert "in test_a_deadlock_names_every_waiting_task_with_file_and_line.<locals>.wait_for_ever" in line
        assert line.endswith("in Event.wait")


def test_after_a_deadlock_the_loop_goes_on(loop: VirtualLoop) -> None:
    with pytest.raises(SimulationDeadlock):
        loop.run(asyncio.Event().wait())

    loop.run(asyncio.sleep(1.0))

    assert loop.time() == 1.0


def test_advancing_with_nothing_to_do_is_no_deadlock(loop: VirtualLoop) -> None:
    loop.create_task(asyncio.Event().wait())

    loop.advance(1.0)

    assert loop.time() == 1.0


def test_a_timeout_is_no_deadlock(loop: VirtualLoop) -> None:
    async def main() -> None:
        async with asyncio.timeout(30.0):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        loop.run(main())

    assert loop.time() == 30.0


def test_a_callback_that_schedules_itself_for_ever_is_named(loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "TURNS_PER_MOMENT_MAX", 1000)

    def spin() -> None:
        loop.call_soon(spin)

    spin()

    with pytest.raises(SimulationLivelock, match="spin"):
        loop.advance(1.0)
