"""Fees follow from the day of the rent: the examples of seed 002, a year, and what a year costs to compute."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.money import points
from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.rentals import Charge, ChargeKind, Ledger, Rental, next_renewal, renewal

LONG = PhoneNumber(number="14155550180", type=NumberType.LONGCODE, country="US")
CANADIAN = PhoneNumber(number="14165550180", type=NumberType.LONGCODE, country="CA")
SHORT = PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="US")


def at(day: str, hour: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=hour)


def dollar_a_month(since: datetime, until: datetime | None = None, setup: str = "0.00000") -> Rental:
    return Rental(number="1", type=NumberType.LONGCODE, since=since, until=until, setup=setup, monthly="1.00000")


def days(rental: Rental, until: str) -> list[str]:
    return [charge.at.date().isoformat() for charge in rental.charges(at(until, 23))]


@pytest.mark.parametrize(
    ("rented", "until", "charged"),
    [
        # The table of seed 002.
        ("2025-01-05", "2025-04-30", ["2025-01-05", "2025-02-05", "2025-03-05", "2025-04-05"]),
        ("2025-03-31", "2025-07-31", ["2025-03-31", "2025-04-30", "2025-05-30", "2025-06-30", "2025-07-30"]),
        ("2025-01-31", "2025-05-30", ["2025-01-31", "2025-02-28", "2025-03-28", "2025-04-28", "2025-05-28"]),
        # The 30th is not there in February, and stays the 30th.
        (
            "2025-10-31",
            "2026-04-29",
            ["2025-10-31", "2025-11-30", "2025-12-30", "2026-01-30", "2026-02-28", "2026-03-30"],
        ),
        # A leap year.
        ("2028-01-31", "2028-03-30", ["2028-01-31", "2028-02-29", "2028-03-29"]),
        (
            "2024-02-29",
            "2025-03-01",
            ["2024-02-29", *(f"2024-{month:02}-29" for month in range(3, 13)), "2025-01-29", "2025-02-28"],
        ),
    ],
)
def test_a_number_is_renewed_on_the_day_of_its_first_renewal(rented: str, until: str, charged: list[str]) -> None:
    assert days(dollar_a_month(at(rented, 15)), until) == charged


def test_a_set_up_fee_is_charged_once_at_the_purchase() -> None:
    charges = list(dollar_a_month(at("2026-01-05", 9), setup="0.25000").charges(at("2026-02-05")))

    assert [(each.at, each.kind, each.amount) for each in charges] == [
        (at("2026-01-05", 9), ChargeKind.SETUP, 25_000),
        (at("2026-01-05", 9), ChargeKind.MONTHLY, 100_000),
        (at("2026-02-05"), ChargeKind.MONTHLY, 100_000),
    ]


def test_what_is_given_back_is_charged_for_the_month_that_was_begun_and_no_other() -> None:
    assert days(dollar_a_month(at("2026-01-05"), until=at("2026-02-04")), "2026-12-31") == ["2026-01-05"]
    assert days(dollar_a_month(at("2026-01-05"), until=at("2026-02-05")), "2026-12-31") == ["2026-01-05"]
    assert days(dollar_a_month(at("2026-01-05"), until=at("2026-02-05", 1)), "2026-12-31") == [
        "2026-01-05",
        "2026-02-05",
    ]
    assert days(dollar_a_month(at("2026-01-05"), until=at("2026-01-05")), "2026-12-31") == ["2026-01-05"]


def test_fees_are_by_country_and_type() -> None:
    ledger = Ledger()
    for number in (LONG, CANADIAN, SHORT):
        ledger.begin(number, at("2026-01-05"))

    assert [(each.number, each.kind.value, each.amount) for each in ledger.charges(at("2026-01-06"))] == [
        (LONG.number, "monthly", points("0.50000")),
        (CANADIAN.number, "monthly", points("0.80000")),
        (SHORT.number, "setup", points("1500")),
        (SHORT.number, "monthly", points("500")),
    ]


def test_a_number_that_is_rented_again_is_charged_as_a_new_one() -> None:
    ledger = Ledger()
    ledger.begin(SHORT, at("2026-01-05"))
    ledger.end(SHORT.number, at("2026-01-20"))
    again = ledger.begin(SHORT, at("2026-01-22"))

    found = [(each.at.day, each.kind.value) for each in ledger.charges(at("2026-02-10"))]
    assert found == [(5, "setup"), (5, "monthly"), (22, "setup"), (22, "monthly")]
    assert ledger.key_of(again) == "72345/1"
    assert ledger.total(at("2026-02-10")) == 2 * points("2000")


def test_rents_that_begin_and_end_at_one_moment_are_kept_each_by_itself() -> None:
    ledger, now = Ledger(), datetime(2026, 3, 2, 12, tzinfo=UTC)
    keys = []
    for _ in range(2):
        keys.append(ledger.key_of(ledger.begin(SHORT, now)))
        keys.append(ledger.key_of(ledger.end(SHORT.number, now)))

    assert keys == ["72345/0", "72345/0", "72345/1", "72345/1"]


def test_a_ledger_is_in_the_order_of_time() -> None:
    ledger = Ledger()
    ledger.begin(LONG, at("2026-01-20"))
    ledger.begin(CANADIAN, at("2026-01-05"))

    assert [each.at.isoformat()[:10] for each in ledger.charges(at("2026-02-28"))] == [
        "2026-01-05",
        "2026-01-20",
        "2026-02-05",
        "2026-02-20",
    ]


def test_each_renewal_of_a_year_is_told_once_at_its_moment() -> None:
    ledger = Ledger()
    ledger.begin(LONG, at("2026-01-31", 15))
    ledger.begin(SHORT, at("2026-03-05", 15))
    told: list[Charge] = []
    while (moment := ledger.next_renewal()) is not None and moment < at("2027-02-01"):
        assert ledger.renewed(moment - timedelta(seconds=1)) == []
        found = ledger.renewed(moment)
        assert {each.at for each in found} == {moment}
        told += found

    long_days = [each.at.isoformat()[:10] for each in told if each.number == LONG.number]
    assert long_days == ["2026-02-28", *(f"2026-{month:02}-28" for month in range(3, 13)), "2027-01-28"]
    assert [each.at.day for each in told if each.number == SHORT.number] == [5] * 10
    assert [each for each in ledger.charges(at("2027-01-31")) if each.at.hour == 0] == sorted(
        told, key=lambda each: each.at
    )


def test_no_renewal_is_told_of_a_number_that_was_given_back() -> None:
    ledger = Ledger()
    ledger.begin(LONG, at("2026-01-05"))
    ledger.end(LONG.number, at("2026-01-20"))
    ledger.begin(LONG, at("2026-01-25"))

    assert [each.at.day for each in ledger.renewed(at("2026-03-01"))] == [25]
    ledger.end(LONG.number, at("2026-03-02"))
    assert ledger.renewed(at("2026-12-31")) == []
    assert ledger.next_renewal() is None


def test_a_number_that_is_given_back_and_rented_at_once_is_renewed_once() -> None:
    ledger = Ledger()
    ledger.begin(LONG, at("2026-01-05", 9))
    ledger.end(LONG.number, at("2026-01-05", 9))
    ledger.begin(LONG, at("2026-01-05", 9))

    assert [each.at.month for each in ledger.renewed(at("2026-03-31"))] == [2, 3]


def test_a_restored_ledger_charges_the_same_and_tells_what_is_new() -> None:
    rentals = [dollar_a_month(at("2026-01-05"), until=at("2026-02-01")), dollar_a_month(at("2026-02-10"))]
    ledger = Ledger(rentals, since=at("2026-06-01"))

    assert len(ledger.charges(at("2026-06-01"))) == 1 + 4
    assert [each.at.month for each in ledger.renewed(at("2026-07-31"))] == [6, 7]
    assert ledger.current("1") == rentals[1]
    assert ledger.current("2") is None


def test_a_ledger_that_follows_another_charges_and_renews_as_that_one_does() -> None:
    keepers, follower = Ledger(), Ledger()
    begun = keepers.begin(LONG, at("2026-01-05"))
    ended = keepers.end(LONG.number, at("2026-01-20"))
    again = keepers.begin(LONG, at("2026-02-28"))
    for key, rental in ((f"{LONG.number}/0", begun), (f"{LONG.number}/0", ended), (f"{LONG.number}/1", again)):
        follower.follow(key, rental)

    assert follower.charges(at("2026-06-01")) == keepers.charges(at("2026-06-01"))
    assert follower.next_renewal() == keepers.next_renewal()
    assert follower.renewed(at("2026-06-01")) == keepers.renewed(at("2026-06-01"))
    assert follower.current(LONG.number) == keepers.current(LONG.number)


@given(st.integers(0, 100_000), st.integers(0, 2_000))
def test_the_next_renewal_is_the_first_that_is_later(hours: int, days_after: int) -> None:
    since = at("2020-01-01") + timedelta(hours=hours)
    after = since + timedelta(days=days_after)
    counted = next(moment for months in range(1, 100) if (moment := renewal(since, months)) > after)

    assert next_renewal(since, after) == counted
