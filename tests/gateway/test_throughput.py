"""Numbers keep their rate, whatever is asked of them."""

import math
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.numbers import NumberType
from powerpack_gateway.throughput import (
    PACING_MARGIN,
    UNREGISTERED_PER_DAY,
    Gcra,
    Rate,
    day_of,
    default_rate,
    last_midnight,
    next_midnight,
)

PACIFIC = ZoneInfo("America/Los_Angeles")


def test_one_in_four_seconds_waits_four_seconds() -> None:
    gcra = Gcra(Rate(per_second=0.25))

    waits = [gcra.reserve(100.0).wait_s for _ in range(3)]

    assert waits == [0.0, 4.0, 8.0]


def test_a_burst_goes_at_once_and_is_paid_back() -> None:
    gcra = Gcra(Rate(per_second=1, burst=3))

    waits = [gcra.reserve(0.0).wait_s for _ in range(5)]

    assert waits == [0.0, 0.0, 0.0, 1.0, 2.0]


def test_idle_time_does_not_add_up_beyond_the_burst() -> None:
    gcra = Gcra(Rate(per_second=1, burst=2))
    gcra.reserve(0.0)

    waits = [gcra.reserve(1000.0).wait_s for _ in range(3)]

    assert waits == [0.0, 0.0, 1.0]


def test_an_unlimited_rate_never_waits() -> None:
    gcra = Gcra(Rate(per_second=float("inf")))

    assert [gcra.reserve(5.0, 10).wait_s for _ in range(3)] == [0.0, 0.0, 0.0]


def test_the_parts_of_a_message_go_together_as_far_as_the_burst_allows() -> None:
    turn = Gcra(Rate(per_second=1, burst=2)).reserve(0.0, 4)

    assert [turn.wait_of_part(index) for index in range(4)] == [0.0, 0.0, 1.0, 2.0]


def test_a_message_of_two_parts_waits_until_both_may_go() -> None:
    gcra = Gcra(Rate(per_second=1, burst=2))
    gcra.reserve(0.0)

    turn = gcra.reserve(0.0, 2)

    assert (turn.wait_s, turn.wait_of_part(1)) == (1.0, 1.0)


def test_wait_s_tells_without_reserving() -> None:
    gcra = Gcra(Rate(per_second=1))
    gcra.reserve(0.0)

    assert [gcra.wait_s(now) for now in (0.25, 0.25, 1.0, 9.0)] == [0.75, 0.75, 0.0, 0.0]


def test_a_deferred_number_waits_until_then() -> None:
    gcra = Gcra(Rate(per_second=1, burst=3))

    gcra.defer(60.0)

    assert gcra.wait_s(0.0) == 60.0
    assert gcra.reserve(60.0).wait_s == 0.0


def test_deferring_never_brings_a_turn_forward() -> None:
    gcra = Gcra(Rate(per_second=0.1))
    gcra.reserve(0.0)

    gcra.defer(3.0)

    assert gcra.wait_s(0.0) == 10.0


@given(
    st.sampled_from([0.25, 1.0, 25.0]),
    st.integers(1, 5),
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 6)), min_size=1, max_size=30),
)
def test_a_token_bucket_with_the_same_limit_never_refuses(
    per_second: float, burst: int, messages: list[tuple[float, int]]
) -> None:
    gcra = Gcra(Rate(per_second=per_second, burst=burst))
    now, sent = 0.0, []
    for pause, parts in messages:
        now += pause
        turn = gcra.reserve(now, parts)
        sent += [now + turn.wait_of_part(index) for index in range(parts)]

    tokens, last = float(burst), 0.0
    for moment in sorted(sent):
        tokens = min(burst, tokens + (moment - last) * per_second)
        last = moment
        tokens -= 1
        assert tokens >= -1e-6


@given(st.integers(1, 5), st.integers(1, 40))
def test_no_turn_is_wasted_under_load(burst: int, count: int) -> None:
    gcra = Gcra(Rate(per_second=2, burst=burst))

    waits = [gcra.reserve(7.0).wait_s for _ in range(count)]

    assert waits == [max(0.0, (index - burst + 1) / 2) for index in range(count)]


def test_pacing_stays_under_the_carriers_limit_by_the_margin() -> None:
    paced = Rate(per_second=0.25, burst=2, per_day=199).paced()

    assert paced.interval_s == pytest.approx(4.0 * (1 + PACING_MARGIN))
    assert (paced.burst, paced.per_day) == (2, 199)


def test_a_pace_with_its_margin_survives_the_networks_jitter_and_an_exact_one_does_not() -> None:
    """30 to 80 ms of delay, and a carrier that takes one in four seconds and not a moment earlier."""

    def throttled(rate: Rate) -> int:
        dice, pace, refused, last = Random(1), Gcra(rate), 0, -math.inf
        now = 0.0
        for _ in range(1_000):
            now += pace.reserve(now).wait_s
            arrives = now + dice.uniform(0.030, 0.080)
            if arrives - last < 4.0:
                refused += 1
            else:
                last = arrives
        return refused

    assert throttled(Rate(per_second=0.25)) > 300
    assert throttled(Rate(per_second=0.25).paced()) == 0


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ({"per_second": 0.0}, "a rate is 0.0 messages a second, expected more than 0"),
        ({"per_second": float("nan")}, "a rate is nan messages a second, expected more than 0"),
        ({"per_second": 1.0, "burst": 0}, "a burst is 0 messages, expected 1 or more"),
        ({"per_second": 1.0, "per_day": 0}, "a daily limit is 0 messages, expected 1 or more, or None"),
    ],
)
def test_an_impossible_rate_is_refused(rate: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        Rate(**rate)  # type: ignore[arg-type]  # a table of wrong values

    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("kind", "country", "per_second", "burst"),
    [
        (NumberType.LONGCODE, "US", 0.25, 1),
        (NumberType.LONGCODE, "CA", 0.25, 1),
        (NumberType.LONGCODE, "GB", 0.25, 1),
        (NumberType.TOLLFREE, "US", 25, 25),
        (NumberType.TOLLFREE, "CA", 1, 1),
        (NumberType.SHORTCODE, "US", 100, 100),
        (NumberType.SHORTCODE, "CA", 10, 10),
    ],
)
def test_a_number_has_the_rate_of_its_type_and_country_and_a_second_of_it_at_once(
    kind: NumberType, country: str, per_second: float, burst: int
) -> None:
    assert default_rate(kind, country, registered=True) == Rate(per_second=per_second, burst=burst)


def test_only_an_unregistered_us_long_code_has_a_daily_limit() -> None:
    limits = {
        (kind, country): default_rate(kind, country, registered=False).per_day
        for kind in NumberType
        for country in ("US", "CA")
    }

    assert limits.pop((NumberType.LONGCODE, "US")) == UNREGISTERED_PER_DAY
    assert set(limits.values()) == {None}


def test_the_day_changes_at_midnight_of_the_zone() -> None:
    before = datetime(2026, 11, 22, 7, 59, tzinfo=UTC)

    assert day_of(before + timedelta(minutes=1), PACIFIC) == day_of(before, PACIFIC) + 1
    assert next_midnight(before, PACIFIC) == before + timedelta(minutes=1)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 8), 23), ((2026, 11, 1), 25)])
def test_a_day_with_a_clock_change_has_its_own_length(day: tuple[int, int, int], hours: int) -> None:
    start = datetime(*day, tzinfo=PACIFIC).astimezone(UTC)

    assert next_midnight(start, PACIFIC).astimezone(UTC) - start == timedelta(hours=hours)
    assert last_midnight(start + timedelta(hours=hours, minutes=-1), PACIFIC) == start
