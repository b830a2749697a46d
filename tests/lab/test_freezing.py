"""One time with freezegun and time-machine: what ``powerpack_lab.freezing`` promises, and that it imports neither."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from os import pathsep
from typing import Protocol

import freezegun
import pytest
import time_machine

from powerpack_lab.clock import real_clock
from powerpack_lab.freezing import FreezegunFactory, Freezer, FreezerMovedBack, Traveller, active_freezer
from powerpack_lab.steered import SteeredThread
from powerpack_lab.virtual import VirtualLoop

EPOCH = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY_S = 86_400.0


class Frozen(Protocol):
    """What both libraries give, as these tests use it."""

    def move_to(self, moment: datetime) -> None: ...


@contextmanager
def by_freezegun() -> Iterator[Frozen]:
    with freezegun.freeze_time(EPOCH) as frozen:
        yield frozen


@contextmanager
def by_time_machine() -> Iterator[Frozen]:
    with time_machine.travel(EPOCH, tick=False) as traveller:
        yield traveller


@pytest.fixture(params=[by_freezegun, by_time_machine], ids=["freezegun", "time-machine"])
def frozen(request: pytest.FixtureRequest) -> Iterator[Frozen]:
    with request.param() as frozen:
        yield frozen


@pytest.fixture
def thread(frozen: Frozen) -> Iterator[SteeredThread]:
    thread = SteeredThread()
    thread.start()
    yield thread
    thread.stop()


def shown() -> datetime:
    return datetime.now(UTC)


async def nothing() -> None:
    pass


def seconds_ahead(thread: SteeredThread, moment: datetime) -> float:
    return (thread.clock.now() - moment).total_seconds()


# -- following


def test_the_clock_starts_at_the_frozen_moment(thread: SteeredThread) -> None:
    assert 0 <= seconds_ahead(thread, EPOCH) < 10


def test_real_time_goes_on_while_time_is_frozen(thread: SteeredThread) -> None:
    first = thread.clock.now()
    while thread.clock.now() == first:  # would never end on a frozen monotonic clock
        pass

    assert shown() == EPOCH


def test_an_advance_moves_the_freezer_by_exactly_as_much(thread: SteeredThread) -> None:
    thread.advance(DAY_S)

    assert shown() == EPOCH + timedelta(days=1)
    assert 0 <= seconds_ahead(thread, EPOCH + timedelta(days=1)) < 10


def test_many_advances_do_not_drift(thread: SteeredThread) -> None:
    for _ in range(24):
        thread.advance(3600)

    assert shown() == EPOCH + timedelta(days=1)


def test_on_the_way_each_timer_sees_its_own_moment_in_the_freezer(thread: SteeredThread) -> None:
    seen: list[tuple[datetime, datetime]] = []

    async def arm() -> None:
        for hours in (1, 2):
            thread.loop.call_at(
                thread.clock.monotonic_at(EPOCH + hours * HOUR), lambda: seen.append((shown(), thread.clock.now()))
            )

    thread.call(arm(), 10)

    thread.advance(3 * 3600)

    assert seen == [(EPOCH + hours * HOUR, EPOCH + hours * HOUR) for hours in (1, 2)]


def test_moving_the_freezer_is_an_advance_at_the_next_call_and_timers_fire_at_their_own_time(
    thread: SteeredThread, frozen: Frozen
) -> None:
    seen: list[datetime] = []

    async def arm() -> None:
        for hours in (1, 2, 25):
            thread.loop.call_at(
                thread.clock.monotonic_at(EPOCH + hours * HOUR), lambda: seen.append(thread.clock.now())
            )

    thread.call(arm(), 10)

    frozen.move_to(EPOCH + timedelta(days=1))
    before = list(seen)
    thread.call(nothing(), 10)

    assert before == []
    assert seen == [EPOCH + HOUR, EPOCH + 2 * HOUR]
    assert 0 <= seconds_ahead(thread, EPOCH + timedelta(days=1)) < 10
    assert shown() == EPOCH + timedelta(days=1)


def test_a_move_and_an_advance_add_up(thread: SteeredThread, frozen: Frozen) -> None:
    frozen.move_to(EPOCH + HOUR)

    thread.advance(3600)

    assert shown() == EPOCH + 2 * HOUR
    assert 0 <= seconds_ahead(thread, EPOCH + 2 * HOUR) < 10


def test_a_freezer_moved_back_is_an_error_once(thread: SteeredThread, frozen: Frozen) -> None:
    frozen.move_to(EPOCH - HOUR)

    with pytest.raises(FreezerMovedBack, match=r"moved back from 2026-01-31T09:00:00\S+ to 2026-01-31T08:00:00"):
        thread.call(nothing(), 10)
    thread.call(nothing(), 10)


def test_an_epoch_of_ones_own_is_not_followed(frozen: Frozen) -> None:
    thread = SteeredThread(epoch=EPOCH + 10 * HOUR)
    thread.start()

    thread.advance(DAY_S)
    thread.stop()

    assert shown() == EPOCH


def test_a_freezer_started_later_can_be_followed_if_it_is_not_behind() -> None:
    thread = SteeredThread(epoch=EPOCH)
    thread.start()
    try:
        with freezegun.freeze_time(EPOCH + 24 * HOUR) as factory:
            thread.follow(factory)
            ahead = seconds_ahead(thread, EPOCH + 24 * HOUR)
            thread.advance(3600)
            after = shown()
        with freezegun.freeze_time(EPOCH) as factory, pytest.raises(FreezerMovedBack, match="freeze before the lab"):
            thread.follow(factory)
    finally:
        thread.stop()

    assert 0 <= ahead < 10
    assert after == EPOCH + 25 * HOUR


def test_ticking_freezers_are_followed_too() -> None:
    with freezegun.freeze_time(EPOCH, tick=True):
        thread = SteeredThread()
        thread.start()
        thread.advance(DAY_S)
        now = shown()
        ahead = seconds_ahead(thread, now)
        thread.stop()

    assert timedelta(days=1) <= now - EPOCH < timedelta(days=1, seconds=10)
    assert abs(ahead) < 10


def test_a_virtual_loop_shows_its_time_in_the_freezer(frozen: Frozen) -> None:
    loop = VirtualLoop()
    clock = real_clock(loop)
    freezer = active_freezer()
    assert freezer is not None
    loop.on_jump = lambda: freezer.show(clock.now())
    seen: list[datetime] = []
    loop.call_later(3600.0, lambda: seen.append(shown()))

    loop.advance(2 * 3600.0)
    loop.close()

    assert seen == [EPOCH + HOUR]
    assert shown() == clock.now() == EPOCH + 2 * HOUR


# -- one freezer


def test_reading_a_freezer_that_steps_when_asked_does_not_step_it() -> None:
    with freezegun.freeze_time(EPOCH, auto_tick_seconds=15) as factory:
        assert isinstance(factory, FreezegunFactory)
        freezer = Freezer(factory)

        first, second = freezer.read(), freezer.read()

    assert first == second == EPOCH


def test_showing_a_past_moment_moves_nothing(frozen: Frozen) -> None:
    freezer = active_freezer()
    assert freezer is not None

    freezer.show(EPOCH - HOUR)

    assert shown() == EPOCH


def test_the_time_zone_of_the_process_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel("2026-01-31T09:00:00", tick=False) as traveller:
        assert isinstance(traveller, Traveller)
        from os import environ

        before = environ.get("TZ")
        Freezer(traveller).show(EPOCH + HOUR)

        assert environ.get("TZ") == before
        assert shown() == EPOCH + HOUR


def test_what_is_no_freezer_is_refused() -> None:
    with pytest.raises(TypeError, match="freeze_time"):
        Freezer("2026-01-31")  # type: ignore[arg-type]  # the mistake to be caught


def test_without_a_freezer_there_is_none() -> None:
    assert active_freezer() is None


def test_neither_library_is_imported() -> None:
    program = (
        "import sys; import powerpack_lab.steered, powerpack_lab.virtual; "
        "print([name for name in ('freezegun', 'time_machine') if name in sys.modules])"
    )

    printed = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": pathsep.join(sys.path)}, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip

    assert printed.strip() == "[]"
