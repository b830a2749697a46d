"""tollfree_tiers.py: what toll-free numbers that are not verified may send by day, week and month."""

from datetime import UTC, datetime, timedelta

import pytest

from powerpack_gateway.numbers import Verification
from powerpack_gateway.throughput import PACIFIC
from powerpack_gateway.tollfree_tiers import TollfreeTiers, month_of

NUMBER = "18335550180"
UNVERIFIED, PENDING, VERIFIED = Verification.UNVERIFIED, Verification.PENDING, Verification.VERIFIED
MONDAY = datetime(2026, 3, 2, 12, tzinfo=PACIFIC)


def taken(tiers: TollfreeTiers, verification: Verification, now: datetime, most: int = 20_000) -> int:
    """How many segments are let through at a moment."""
    count = 0
    while count < most and tiers.take(NUMBER, verification, 1, now) is None:
        count += 1
    return count


def test_a_day_a_week_and_a_month_have_their_limits() -> None:
    tiers = TollfreeTiers()

    assert [taken(tiers, UNVERIFIED, MONDAY + timedelta(days=day)) for day in range(3)] == [500, 500, 0]
    assert [taken(tiers, UNVERIFIED, MONDAY + timedelta(days=day)) for day in (6, 7, 8)] == [500, 500, 0]
    assert taken(tiers, UNVERIFIED, MONDAY + timedelta(days=14)) == 0  # the month's 2,000
    assert taken(tiers, UNVERIFIED, MONDAY + timedelta(days=30)) == 500  # April


def test_a_pending_number_sends_more_and_a_verified_one_what_it_likes() -> None:
    assert taken(TollfreeTiers(), PENDING, MONDAY) == 2_000
    assert taken(TollfreeTiers(), VERIFIED, MONDAY) == 20_000


def test_a_day_ends_at_midnight_pacific_and_a_week_on_saturday() -> None:
    tiers = TollfreeTiers()
    saturday = datetime(2026, 3, 7, 23, 59, 59, tzinfo=PACIFIC)

    assert taken(tiers, UNVERIFIED, saturday - timedelta(days=1)) == 500
    assert taken(tiers, UNVERIFIED, saturday) == 500
    assert tiers.take(NUMBER, UNVERIFIED, 1, saturday) == (f"{NUMBER} is unverified and sends 500 segments a day")
    assert taken(tiers, UNVERIFIED, (saturday + timedelta(seconds=1)).astimezone(UTC)) == 500


def test_a_message_counts_whole_or_not_at_all() -> None:
    tiers = TollfreeTiers()

    assert taken(tiers, UNVERIFIED, MONDAY, 498) == 498
    assert tiers.take(NUMBER, UNVERIFIED, 3, MONDAY) is not None
    assert tiers.take(NUMBER, UNVERIFIED, 2, MONDAY) is None


def test_what_was_sent_before_a_restart_counts() -> None:
    tiers = TollfreeTiers()
    moments = [MONDAY - timedelta(days=10), MONDAY - timedelta(days=1), MONDAY]
    tiers.restore((source, "x", each.timestamp()) for each in moments for source in (NUMBER, "14155550180"))

    assert taken(tiers, UNVERIFIED, MONDAY) == 499


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 3, 20, 12, tzinfo=PACIFIC), datetime(2026, 3, 1, tzinfo=PACIFIC)),
        (datetime(2026, 4, 2, 12, tzinfo=PACIFIC), datetime(2026, 3, 29, tzinfo=PACIFIC)),  # a Sunday
        (datetime(2026, 4, 1, 3, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=PACIFIC)),
    ],
)
def test_what_still_counts_begins_with_the_month_or_the_week(now: datetime, begins: datetime) -> None:
    assert month_of(now) == begins
