"""timestamps.py: moments and days as the API writes them."""

from datetime import UTC, datetime, timedelta, timezone

from powerpack_gateway.http.timestamps import iso


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    assert iso(datetime(2019, 10, 9, 11, 24, 35, 85797, tzinfo=UTC)) == "2019-10-09T11:24:35.085797Z"
    assert iso(datetime(2019, 10, 9, 11, 24, tzinfo=timezone(timedelta(hours=2)))) == "2019-10-09T09:24:00.000000Z"
