"""A rented number becomes a member of a pool with the rate of its kind."""

import pytest

from powerpack_gateway.numbers import NumberType, PhoneNumber, Registration, Service, Verification
from powerpack_gateway.pool_entry import PoolEntry, pool_entry
from powerpack_gateway.throughput import Rate

LONGCODE = PhoneNumber(number="14155550100", type=NumberType.LONGCODE, country="US", region="CA")
TOLLFREE = PhoneNumber(number="18005550100", type=NumberType.TOLLFREE, country="US")
SHORTCODE = PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="CA")


def with_registration(registration: Registration) -> PhoneNumber:
    return PhoneNumber(
        number="14155550100", type=NumberType.LONGCODE, country="US", region="CA", registration=registration
    )


def with_verification(verification: Verification) -> PhoneNumber:
    return PhoneNumber(number="18005550100", type=NumberType.TOLLFREE, country="US", verification=verification)


def test_a_registered_long_code_has_a_place_and_no_daily_limit() -> None:
    assert pool_entry(with_registration(Registration.COMPLETED), Service.MMS) == PoolEntry(
        number="14155550100",
        type=NumberType.LONGCODE,
        country="US",
        area_code="415",
        region="CA",
        service=Service.MMS,
        rate=0.25,
    )


@pytest.mark.parametrize("registration", [Registration.UNREGISTERED, Registration.PROCESSING])
def test_a_long_code_that_is_not_registered_sends_199_a_day(registration: Registration) -> None:
    entry = pool_entry(with_registration(registration), Service.SMS)

    assert (entry.registered, entry.daily_cap, entry.can_send) == (False, 199, True)


@pytest.mark.parametrize("verification", [Verification.UNVERIFIED, Verification.PENDING])
def test_a_tollfree_number_that_is_not_verified_can_not_send(verification: Verification) -> None:
    assert not pool_entry(with_verification(verification), Service.SMS).can_send


def test_a_verified_tollfree_number_can_send() -> None:
    assert pool_entry(with_verification(Verification.VERIFIED), Service.SMS).can_send
    assert pool_entry(TOLLFREE, Service.SMS).can_send


def test_a_suspended_number_can_not_send() -> None:
    suspended = PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="CA", suspended="3 complaints")

    assert not pool_entry(suspended, Service.SMS).can_send


def test_a_short_code_has_no_area_code() -> None:
    entry = pool_entry(SHORTCODE, Service.SMS)

    assert (entry.area_code, entry.rate) == (None, 10)


def test_a_given_rate_is_taken_instead_of_the_default() -> None:
    entry = pool_entry(LONGCODE, Service.SMS, Rate(per_second=3, burst=2, per_day=7))

    assert (entry.rate, entry.burst, entry.daily_cap) == (3, 2, 7)
