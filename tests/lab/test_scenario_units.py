"""The words of scenario files: what each means, and what is no such word."""

import pytest

from powerpack_lab.scenario_units import (
    BANDWIDTH,
    BOUNDS,
    COUNT,
    DURATION,
    FLAG,
    MOMENT,
    NUMBER,
    RATE,
    SHARE,
    Bounds,
    Word,
)


@pytest.mark.parametrize(
    ("word", "text", "value"),
    [
        (DURATION, "90s", 90.0),
        (DURATION, "1h30m", 5_400.0),
        (DURATION, "250ms", 0.25),
        (DURATION, "1.5d", 129_600.0),
        (SHARE, "20%", 0.2),
        (SHARE, "0.2", 0.2),
        (SHARE, "100%", 1.0),
        (RATE, "10/s", 10.0),
        (RATE, "1/4s", 0.25),
        (RATE, "60/m", 1.0),
        (BANDWIDTH, "8kB/s", 64_000.0),
        (BANDWIDTH, "64kbit/s", 64_000.0),
        (BANDWIDTH, "1.5MB/s", 12e6),
        (COUNT, "012", 12),
        (FLAG, "true", True),
        (FLAG, "false", False),
        (BOUNDS, "3", Bounds(low=3, high=3)),
        (BOUNDS, ">= 3", Bounds(low=3)),
        (BOUNDS, "<= 3", Bounds(low=0, high=3)),
        (BOUNDS, "1..5", Bounds(low=1, high=5)),
        (NUMBER, "+14155550123", "14155550123"),
        (NUMBER, "72345", "72345"),
    ],
)
def test_a_word_has_a_value(word: Word, text: str, value: object) -> None:
    assert word.value(text) == value


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (DURATION, "90"),
        (DURATION, "-1s"),
        (DURATION, "500d"),
        (SHARE, "120%"),
        (SHARE, "-0.1"),
        (RATE, "10"),
        (RATE, "10/0s"),
        (RATE, "999999/s"),
        (BANDWIDTH, "8"),
        (BANDWIDTH, "8KB/s"),
        (BANDWIDTH, "9B/s"),
        (BANDWIDTH, "99999Mbit/s"),
        (COUNT, "-1"),
        (COUNT, "1000001"),
        (FLAG, "yes"),
        (BOUNDS, "5..1"),
        (BOUNDS, "some"),
        (MOMENT, "2026-03-02T09:00:00"),
        (MOMENT, "2026-13-02T09:00:00Z"),
        (NUMBER, "123"),
    ],
)
def test_anything_else_is_no_word(word: Word, text: str) -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        word.value(text)


@pytest.mark.parametrize(
    ("bounds", "text"), [(Bounds(low=3, high=3), "3"), (Bounds(low=3), "3 or more"), (Bounds(low=1, high=5), "1 to 5")]
)
def test_bounds_read_well(bounds: Bounds, text: str) -> None:
    assert str(bounds) == text
