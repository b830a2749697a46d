"""The clock: a calendar over a loop's seconds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import freezegun
import pytest
import time_machine

from powerpack_lab.clock import LoopClock, plain_utc, real_clock, system_monotonic

EPOCH = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


@dataclass
class HandMovedLoop:
    seconds: float

    def time(self) -> float:
        return self.seconds


def test_a_clock_shows_its_epoch_when_it_is_made() -> None:
    clock = LoopClock(HandMovedLoop(1234.5), EPOCH)

    assert clock.now() == EPOCH
    assert clock.now().tzinfo is UTC


def test_a_clock_moves_with_its_loop() -> None:
    loop = HandMovedLoop(10.0)
    clock = LoopClock(loop, EPOCH)

    loop.seconds += 86_400.25

    assert clock.now() == EPOCH + timedelta(days=1, milliseconds=250)
    assert clock.monotonic() == 86_410.25


def test_loop_times_and_moments_are_two_names_of_one_thing() -> None:
    clock = LoopClock(HandMovedLoop(7.0), EPOCH)

    moment = clock.at(67.5)

    assert moment == EPOCH + timedelta(seconds=60.5)
    assert clock.monotonic_at(moment) == 67.5


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    clock = LoopClock(HandMovedLoop(0.0), EPOCH)
    moment = datetime(2026, 1, 31, 2, 0, tzinfo=ZoneInfo("America/Los_Angeles"))

    assert clock.monotonic_at(moment) == 3600.0


def test_a_naive_epoch_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        LoopClock(HandMovedLoop(0.0), EPOCH.replace(tzinfo=None))


def test_a_century_keeps_the_microsecond() -> None:
    loop = HandMovedLoop(0.0)
    clock = LoopClock(loop, EPOCH)

    loop.seconds = 100 * 365 * 86_400 + 1e-6

    assert clock.now() == EPOCH + timedelta(days=36_500, microseconds=1)


def test_the_real_clock_starts_at_the_systems_time() -> None:
    before = datetime.now(UTC)

    shown = real_clock(HandMovedLoop(5.0)).now()

    assert before <= shown <= datetime.now(UTC)


def test_the_real_clock_starts_at_the_moment_freezegun_shows_and_gives_plain_datetimes() -> None:
    with freezegun.freeze_time("2026-01-31 09:00:00"):
        shown = real_clock(HandMovedLoop(5.0)).now()

    assert shown == EPOCH
    assert type(shown) is datetime


def test_the_real_clock_starts_at_the_moment_time_machine_shows() -> None:
    with time_machine.travel(EPOCH, tick=False):
        shown = real_clock(HandMovedLoop(5.0)).now()

    assert shown == EPOCH


def test_freezeguns_datetimes_become_plain_ones() -> None:
    with freezegun.freeze_time("2026-01-31 09:00:00"):
        fake = datetime.now(UTC)
        plain = plain_utc(fake)

    assert type(fake) is not datetime
    assert type(plain) is datetime
    assert plain == EPOCH


def test_freezegun_does_not_freeze_the_monotonic_clock_of_our_loops() -> None:
    with freezegun.freeze_time("2026-01-31 09:00:00"):
        monotonic = system_monotonic()
        first = monotonic()
        while monotonic() == first:  # a frozen clock would stay here for ever
            pass

    assert monotonic() > first


def test_the_repr_shows_the_moment() -> None:
    assert repr(LoopClock(HandMovedLoop(0.0), EPOCH)) == "<LoopClock 2026-01-31T09:00:00+00:00>"
