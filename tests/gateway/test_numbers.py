"""Numbers are rented, changed, suspended and given back; what is not there is refused by name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.numbers import (
    RATES,
    Activation,
    Numbers,
    NumberType,
    Onboarding,
    PhoneNumber,
    Registration,
    Unrented,
    Verification,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG = PhoneNumber(number="14155550180", type=NumberType.LONGCODE, country="US", region="CA")
SHORT = PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="US")
FREE = PhoneNumber(number="18335550180", type=NumberType.TOLLFREE, country="US", verification=Verification.VERIFIED)


def account(*rented: PhoneNumber, for_sale: tuple[PhoneNumber, ...] = ()) -> Numbers:
    return Numbers(rented, for_sale)


def test_an_account_lists_its_numbers_in_their_order() -> None:
    numbers = account(SHORT, LONG)

    assert list(numbers) == [SHORT, LONG]
    assert len(numbers) == 2
    assert LONG.number in numbers
    assert FREE.number not in numbers


def test_a_number_is_found_by_its_digits() -> None:
    numbers = account(LONG)

    assert numbers.get(LONG.number) is LONG
    assert numbers[LONG.number] is LONG
    assert numbers.get(FREE.number) is None


def test_a_number_that_the_account_does_not_have_is_named() -> None:
    with pytest.raises(NotFound, match=r"number 18335550180 not found"):
        account(LONG)[FREE.number]


def test_renting_moves_a_number_from_sale_into_the_account() -> None:
    numbers = account(for_sale=(LONG,))

    rented = numbers.rent(LONG.number, now=NOW, application_id="17")

    assert rented == replace(LONG, added_on=NOW, application_id="17")
    assert list(numbers) == [rented]
    assert list(numbers.for_sale()) == []


def test_a_number_that_is_not_for_sale_can_not_be_rented() -> None:
    with pytest.raises(NotFound, match=r"number 14155550180 is not available"):
        account().rent(LONG.number, now=NOW)


def test_a_number_can_not_be_rented_twice() -> None:
    with pytest.raises(BadRequest, match=r"already rented"):
        account(LONG).rent(LONG.number, now=NOW)


def test_a_number_that_is_given_back_is_listed_without_what_was_the_accounts() -> None:
    had = replace(LONG, alias="a", application_id="17", campaign_id="C", added_on=NOW)
    numbers = account(had)

    given_back = numbers.unrent(LONG.number, now=NOW)

    assert given_back == Unrented(number=replace(LONG, added_on=NOW), since=NOW)
    assert numbers.reclaimable(NOW) == [given_back]
    assert list(numbers.for_sale()) == []
    assert LONG.number not in numbers


def test_a_number_can_be_had_back_for_five_days_and_through_support_for_ten() -> None:
    def after(**time: int) -> tuple[Numbers, datetime]:
        numbers = account(LONG)
        numbers.unrent(LONG.number, now=NOW)
        return numbers, NOW + timedelta(**time)

    numbers, now = after(days=5, microseconds=-1)
    assert numbers.rent(LONG.number, now=now) == replace(LONG, added_on=now)
    assert numbers.reclaimable(now) == []

    numbers, now = after(days=5)
    assert numbers.reclaimable(now) == []
    with pytest.raises(
        NotFound, match=r"more than 5 days ago: write to support, which may get it back until 2026-12-02"
    ):
        numbers.rent(LONG.number, now=now)
    assert numbers.restore(LONG.number, now=now) == replace(LONG, added_on=now)

    numbers, now = after(days=10)
    with pytest.raises(NotFound, match=r"within 10 days"):
        numbers.restore(LONG.number, now=now)


def test_after_ten_days_a_number_is_gone() -> None:
    numbers = account(LONG)
    given_back = numbers.unrent(LONG.number, now=NOW)

    assert numbers.lapse(NOW + timedelta(days=10, microseconds=-1)) == []
    assert numbers.lapse(NOW + timedelta(days=10)) == [given_back]
    with pytest.raises(NotFound, match=r"not available"):
        numbers.rent(LONG.number, now=NOW + timedelta(days=10))


def test_numbers_given_back_are_listed_the_latest_first() -> None:
    other = replace(LONG, number="14155550181")
    numbers = account(LONG, other)
    first = numbers.unrent(LONG.number, now=NOW)
    second = numbers.unrent(other.number, now=NOW + timedelta(days=1))

    assert numbers.reclaimable(NOW + timedelta(days=2)) == [second, first]
    assert numbers.reclaimable(NOW + timedelta(days=5)) == [second]


def test_a_disconnected_number_can_not_be_had_back() -> None:
    numbers = account(SHORT, LONG)

    assert numbers.disconnect(LONG.number) == LONG
    assert numbers.disconnect(SHORT.number) == SHORT
    with pytest.raises(NotFound):
        numbers.restore(LONG.number, now=NOW)
    assert list(numbers) == []
    assert numbers.reclaimable(NOW) == []


@pytest.mark.parametrize(
    ("onboarding", "is_offered", "on_demand"),
    [
        (Onboarding.TESTING, False, False),
        (Onboarding.PREVIEW, False, True),
        (Onboarding.BETA, True, True),
        (Onboarding.GENERAL, True, True),
    ],
)
def test_a_new_number_can_be_bought_as_far_as_it_has_come(
    onboarding: Onboarding, is_offered: bool, on_demand: bool
) -> None:
    def can_buy(*, preview: bool) -> bool:
        numbers = account(for_sale=(replace(LONG, onboarding=onboarding),))
        is_listed = list(numbers.offers(preview=preview)) != []
        if not is_listed:
            with pytest.raises(NotFound, match=r"not available"):
                numbers.rent(LONG.number, now=NOW, preview=preview)
        else:
            numbers.rent(LONG.number, now=NOW, preview=preview)
        return is_listed

    assert (can_buy(preview=False), can_buy(preview=True)) == (is_offered, on_demand)


def test_a_number_goes_on_to_the_next_status_in_the_shop() -> None:
    numbers = account(for_sale=(replace(LONG, onboarding=Onboarding.BETA),))

    assert numbers.onboard(LONG.number, Onboarding.GENERAL) == LONG
    with pytest.raises(NotFound, match=r"not in the shop"):
        numbers.onboard(FREE.number, Onboarding.BETA)


def test_a_number_sends_when_its_documents_are_accepted() -> None:
    numbers = account(for_sale=(LONG,))
    rented = numbers.rent(LONG.number, now=NOW, activation=Activation.PENDING)
    with pytest.raises(BadRequest, match=r"activation is 'pending', expected 'submitted'"):
        numbers.activate(LONG.number)
    submitted = numbers.submit(LONG.number, "passport 1")
    active = numbers.activate(LONG.number)

    assert [each.can_send for each in (rented, submitted, active)] == [False, False, True]
    assert (active.activation, active.documents) == (Activation.ACTIVE, "passport 1")


def test_a_number_whose_country_asks_for_none_takes_no_documents() -> None:
    with pytest.raises(BadRequest, match=r"needs no documents"):
        account(LONG).submit(LONG.number, "passport 1")


def test_a_suspension_is_not_shed_by_giving_the_number_back_and_renting_it_again() -> None:
    numbers = account(replace(LONG, suspended="three complaints"))

    numbers.unrent(LONG.number, now=NOW)

    assert numbers.rent(LONG.number, now=NOW).suspended == "three complaints"


def test_a_short_code_can_not_be_given_back() -> None:
    numbers = account(SHORT)

    with pytest.raises(BadRequest, match=r"short code 72345"):
        numbers.unrent(SHORT.number, now=NOW)

    assert list(numbers) == [SHORT]


def test_only_an_own_number_can_be_given_back() -> None:
    with pytest.raises(NotFound):
        account(for_sale=(LONG,)).unrent(LONG.number, now=NOW)


def test_a_number_can_be_taken_in_without_the_shop() -> None:
    numbers = account(for_sale=(LONG,))

    numbers.add(SHORT)
    numbers.add(LONG)

    assert list(numbers) == [SHORT, LONG]
    assert list(numbers.for_sale()) == []


def test_an_own_number_can_not_be_taken_in_again() -> None:
    with pytest.raises(BadRequest, match=r"already in this account"):
        account(LONG).add(LONG)


@pytest.mark.parametrize(
    ("change", "alias", "application_id"),
    [
        ({}, "was", "17"),
        ({"alias": "new"}, "new", "17"),
        ({"alias": ""}, "", "17"),
        ({"application_id": "18"}, "was", "18"),
        ({"cleared": True}, "was", None),
        ({"cleared": True, "application_id": "18"}, "was", None),
    ],
)
def test_editing_changes_what_is_given_and_nothing_else(
    change: dict[str, str], alias: str, application_id: str | None
) -> None:
    had = replace(LONG, alias="was", application_id="17")
    numbers = account(had)

    edited = numbers.edit(LONG.number, **change)  # type: ignore[arg-type] # the table's rows have different types

    assert edited == replace(had, alias=alias, application_id=application_id)
    assert numbers[LONG.number] == edited


def test_a_suspended_number_may_not_send_until_it_is_reinstated() -> None:
    numbers = account(LONG)

    suspended = numbers.suspend(LONG.number, "opt-out rate 12 %")
    reinstated = numbers.reinstate(LONG.number)

    assert (suspended.suspended, suspended.can_send) == ("opt-out rate 12 %", False)
    assert reinstated == LONG
    assert numbers[LONG.number].can_send


@pytest.mark.parametrize("method", ["edit", "reinstate", "disconnect", "activate"])
def test_only_an_own_number_can_be_changed(method: str) -> None:
    with pytest.raises(NotFound, match=r"14155550180"):
        getattr(account(), method)(LONG.number)


@pytest.mark.parametrize(
    ("verification", "can_send"),
    [(None, True), (Verification.VERIFIED, True), (Verification.PENDING, False), (Verification.UNVERIFIED, False)],
)
def test_a_toll_free_number_may_send_only_when_it_is_verified(
    verification: Verification | None, can_send: bool
) -> None:
    assert replace(FREE, verification=verification).can_send is can_send


@pytest.mark.parametrize("registration", Registration)
def test_an_unregistered_long_code_may_send(registration: Registration) -> None:
    assert replace(LONG, registration=registration).can_send


@pytest.mark.parametrize(("number", "area_code"), [(LONG, "415"), (FREE, "833"), (SHORT, None)])
def test_a_number_has_the_area_code_of_its_plan(number: PhoneNumber, area_code: str | None) -> None:
    assert number.area_code == area_code


def test_every_type_has_its_prices_with_five_decimals() -> None:
    prices = [(rates.setup, rates.monthly, rates.sms, rates.mms, rates.voice) for rates in RATES.values()]

    assert set(RATES) == set(NumberType)
    assert all(len(price.partition(".")[2]) == 5 for row in prices for price in row)


def test_a_long_code_is_in_its_campaign_while_it_is_registered() -> None:
    numbers = account(LONG)

    processing = numbers.register(LONG.number, Registration.PROCESSING, "C1")
    completed = numbers.register(LONG.number, Registration.COMPLETED, "C1")
    left = numbers.register(LONG.number, Registration.UNREGISTERED, None)

    assert (processing.registration, processing.campaign_id) == (Registration.PROCESSING, "C1")
    assert (completed.registration, completed.campaign_id) == (Registration.COMPLETED, "C1")
    assert left == LONG == numbers[LONG.number]


def test_registration_and_verification_are_for_their_own_types() -> None:
    numbers = account(LONG, FREE, SHORT)

    assert numbers.verify(FREE.number, Verification.PENDING).verification is Verification.PENDING
    with pytest.raises(BadRequest, match=r"72345 is a shortcode, expected a longcode"):
        numbers.register(SHORT.number, Registration.COMPLETED, "C1")
    with pytest.raises(BadRequest, match=r"14155550180 is a longcode, expected a tollfree"):
        numbers.verify(LONG.number, Verification.VERIFIED)


@pytest.mark.parametrize(
    ("registration", "campaign_id"), [(Registration.COMPLETED, None), (Registration.UNREGISTERED, "C")]
)
def test_a_registration_without_a_campaign_is_refused(registration: Registration, campaign_id: str | None) -> None:
    with pytest.raises(BadRequest, match=r"do not go together"):
        account(LONG).register(LONG.number, registration, campaign_id)
