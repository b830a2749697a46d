"""Who waits after which refusal, and until when."""

from datetime import UTC, datetime

import pytest

from powerpack_gateway.remedies import REMEDIES, Remedy, ends_at, remedy_of


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (0x58, Remedy.ROUTE),
        (0x14, Remedy.DESTINATION),
        (105, Remedy.MINUTE),
        (9802, Remedy.DAY),
        (0x0B, Remedy.NONE),
        (0x22, Remedy.NONE),
    ],
)
def test_a_status_has_one_remedy_and_what_nobody_knows_is_permanent(status: int, remedy: Remedy) -> None:
    assert remedy_of(status) is remedy


def test_success_is_no_refusal() -> None:
    assert 0 not in REMEDIES


@pytest.mark.parametrize(
    ("remedy", "now", "until"),
    [
        (Remedy.MINUTE, "2026-03-02T17:00:00", "2026-03-02T17:01:00"),
        (Remedy.MINUTE, "2026-03-02T17:00:59.999", "2026-03-02T17:01:00"),
        (Remedy.DAY, "2026-03-02T17:00:00", "2026-03-03T08:00:00"),
        (Remedy.DAY, "2026-03-08T09:00:00", "2026-03-09T07:00:00"),  # the clocks go forward in Los Angeles
    ],
)
def test_a_minute_and_a_day_end_where_the_carrier_lives(remedy: Remedy, now: str, until: str) -> None:
    assert ends_at(remedy, datetime.fromisoformat(now).replace(tzinfo=UTC)) == datetime.fromisoformat(until).replace(
        tzinfo=UTC
    )
