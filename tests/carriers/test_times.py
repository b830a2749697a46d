"""SMPP's times, in and out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_carriers.times import read_time, write_time

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("261122233429000+", datetime(2026, 11, 22, 23, 34, 29, tzinfo=UTC)),
        ("261122233429900+", datetime(2026, 11, 22, 23, 34, 29, 900_000, tzinfo=UTC)),
        # Eight hours behind UTC, and five and a half ahead of it.
        ("261122160000032-", datetime(2026, 11, 23, 0, 0, tzinfo=UTC)),
        ("261122053000022+", datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        ("371231235959000+", datetime(2037, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("380101000000000+", datetime(1938, 1, 1, tzinfo=UTC)),
        # The specification's own example: 2 years, 6 months, 10 days, 23 h, 34 min, 29 s.
        ("020610233429000R", datetime(2028, 7, 31, 12, 0, tzinfo=UTC) + timedelta(10, 84_869)),
        ("000000000000000R", NOW),
        ("000000003000000R", NOW + timedelta(minutes=30)),
        # A month from 31 January: the last of February.
        ("000100000000000R", datetime(2026, 2, 28, 12, 0, tzinfo=UTC)),
        ("990000000000000R", datetime(2125, 1, 31, 12, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_read(text: str, moment: datetime) -> None:
    assert read_time(text, now=NOW) == moment


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected YYMMDDhhmmsstnnp"),
        ("tomorrow morning", "expected YYMMDDhhmmsstnnp"),
        ("261122233429000Z", "expected YYMMDDhhmmsstnnp"),
        ("261122233429000+0", "expected YYMMDDhhmmsstnnp"),
        ("٢61122233429000+", "expected YYMMDDhhmmsstnnp"),
        ("261322233429000+", "which is no date"),
        ("260230000000000+", "which is no date"),
        ("261122240000000+", "which is no date"),
        ("261122233429049+", "expected 00 to 48 quarters"),
        ("000000003000100R", "expected 000R"),
        ("000000003000004R", "expected 000R"),
    ],
)
def test_what_is_no_time_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_time(text, now=NOW)


@given(st.text(st.sampled_from("0123456789+-R"), min_size=16, max_size=16))
def test_whatever_it_is_it_is_read_or_refused(text: str) -> None:
    try:
        moment = read_time(text, now=NOW)
    except ValueError:
        return
    assert moment.tzinfo is not None


@given(st.datetimes(datetime(1938, 1, 1), datetime(2037, 12, 31)), st.integers(-48, 48))  # noqa: DTZ001  made aware below
def test_what_is_written_is_read(naive: datetime, quarters: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    if not datetime(1938, 1, 1, tzinfo=UTC) <= moment < datetime(2038, 1, 1, tzinfo=UTC):
        return

    assert read_time(write_time(moment), now=NOW) == moment
