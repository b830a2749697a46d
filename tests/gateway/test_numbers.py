"""Numbers are rented, changed, suspended and given back; what is not there is refused by name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.numbers import RATES, Numbers, NumberType, PhoneNumber, Registration, Verification

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


def test_a_number_that_is_given_back_is_for_sale_without_what_was_the_accounts() -> None:
    had = replace(LONG, alias="a", application_id="17", campaign_id="C", added_on=NOW)
    numbers = account(had)

    offer = numbers.unrent(LONG.number)

    assert offer == LONG
    assert list(numbers.for_sale()) == [LONG]
    assert LONG.number not in numbers


def test_a_suspension_is_not_shed_by_giving_the_number_back_and_renting_it_again() -> None:
    numbers = account(replace(LONG, suspended="three complaints"))

    numbers.unrent(LONG.number)

    assert numbers.rent(LONG.number, now=NOW).suspended == "three complaints"


def test_a_short_code_can_not_be_given_back() -> None:
    numbers = account(SHORT)

    with pytest.raises(BadRequest, match=r"short code 72345"):
        numbers.unrent(SHORT.number)

    assert list(numbers) == [SHORT]


def test_only_an_own_number_can_be_given_back() -> None:
    with pytest.raises(NotFound):
        account(for_sale=(LONG,)).unrent(LONG.number)


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


@pytest.mark.parametrize("method", ["edit", "reinstate", "unrent"])
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
