"""Numbers as carriers look at them."""

import phonenumbers
import pytest

from powerpack_carriers.numbering import (
    CANADIAN_AREA_CODES,
    OTHER_AREA_CODES,
    NumberType,
    area_code_of,
    country_of,
    digits_of,
    is_number,
    number_type,
)

EXCHANGES = ("2345678", "5550100", "9123456", "6543210", "4441234")


def _region(area_code: str) -> str | None:
    for exchange in EXCHANGES:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area_code}{exchange}"))
        if region is not None:
            return region
    return None


@pytest.mark.parametrize(
    ("address", "digits"),
    [("+14155550123", "14155550123"), ("14155550123", "14155550123"), ("+1 (415) 555-0123", "14155550123"), ("", "")],
)
def test_plus_and_punctuation_do_not_matter(address: str, digits: str) -> None:
    assert digits_of(address) == digits


def test_letters_stay_so_that_nobody_takes_a_name_for_a_number() -> None:
    assert digits_of("ACME-1") == "ACME1"
    assert not is_number("ACME1")


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("12065550100", NumberType.LONGCODE),
        ("2065550100", NumberType.LONGCODE),
        ("18005550100", NumberType.TOLLFREE),
        ("8885550100", NumberType.TOLLFREE),
        ("448005550100", NumberType.LONGCODE),
        ("12345", NumberType.SHORTCODE),
        ("123456", NumberType.SHORTCODE),
        ("1234567", NumberType.LONGCODE),
        ("ACME", NumberType.LONGCODE),
        ("HELLO", NumberType.LONGCODE),
        ("HELLO2", NumberType.LONGCODE),
    ],
)
def test_a_number_s_form_tells_its_type(digits: str, kind: NumberType) -> None:
    assert number_type(digits) is kind


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        ("14155550123", "US"),
        ("14165550123", "CA"),
        ("18005550123", ""),
        ("18765550123", ""),
        ("4155550123", ""),
        ("33612345678", ""),
        ("11155550123", ""),
        ("14151550123", ""),
    ],
)
def test_only_numbers_of_the_two_countries_have_one(digits: str, country: str) -> None:
    assert country_of(digits) == country


def test_area_codes_of_canada_and_of_the_islands_are_those_that_phonenumbers_knows() -> None:
    regions = {str(code): _region(str(code)) for code in range(200, 1000)}
    # Puerto Rico and four more are served by the carriers of the United States.
    domestic = {"US", "PR", "VI", "GU", "MP", "AS"}

    assert {code for code, region in regions.items() if region == "CA"} == CANADIAN_AREA_CODES
    assert {code for code, region in regions.items() if region not in {None, "CA", *domestic}} == OTHER_AREA_CODES


@pytest.mark.parametrize(
    ("digits", "is_one"), [("123456", False), ("1234567", True), ("1" * 15, True), ("1" * 16, False)]
)
def test_a_number_has_seven_to_fifteen_digits(digits: str, is_one: bool) -> None:
    assert is_number(digits) is is_one


def test_digits_of_other_scripts_are_no_number() -> None:
    assert not is_number("١٤١٥٥٥٥٠١٢٣")
    assert area_code_of("12345") == ""
