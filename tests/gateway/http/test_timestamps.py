"""timestamps.py: moments and days as the API writes them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from powerpack_gateway.http.timestamps import iso, next_renewal


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    assert iso(datetime(2019, 10, 9, 11, 24, 35, 85797, tzinfo=UTC)) == "2019-10-09T11:24:35.085797Z"
    assert iso(datetime(2019, 10, 9, 11, 24, tzinfo=timezone(timedelta(hours=2)))) == "2019-10-09T09:24:00.000000Z"


@pytest.mark.parametrize(
    ("added_on", "today", "renewal"),
    [
        ("2014-02-14", "2014-02-14", "2014-03-14"),
        ("2014-02-14", "2014-03-13", "2014-03-14"),
        ("2014-02-14", "2014-03-14", "2014-04-14"),
        ("2014-01-31", "2014-02-01", "2014-02-28"),
        ("2014-01-31", "2014-02-28", "2014-03-31"),
        ("2016-01-31", "2016-02-01", "2016-02-29"),
        ("2013-11-30", "2026-12-30", "2027-01-30"),
    ],
)
def test_a_number_is_renewed_on_the_same_day_of_each_month(added_on: str, today: str, renewal: str) -> None:
    assert next_renewal(date.fromisoformat(added_on), date.fromisoformat(today)) == date.fromisoformat(renewal)
