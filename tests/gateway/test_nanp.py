"""Numbers are understood as people write them, and placed by their area code."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.nanp import (
    area_code_of,
    country_of,
    is_short_code,
    parse_number,
    parse_source,
    region_of,
    type_of,
    without_prefix,
)
from powerpack_gateway.numbers import NumberType


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+14155550100", "14155550100"),
        ("14155550199", "14155550199"),
        (" +1 (415) 555-0123 ", "14155550123"),
        ("+1.415.555.0123", "14155550123"),
        ("15551234567", "15551234567"),
        ("14150001234", "14150001234"),
        ("18005550100", "18005550100"),
        ("+442079460958", "442079460958"),
        ("919812345678", "919812345678"),
        ("12", None),
        ("", None),
        ("+", None),
        ("1111111", None),
        ("4155550100", None),
        ("1415555010", None),
        ("141555501000", None),
        ("11155550100", None),
        ("10155550100", None),
        ("12345", None),
        ("72345", None),
        ("+999123456789", None),
        ("abc", None),
        ("+1415555O100", None),
        ("١٤١٥٥٥٥٠١٠٠", None),
        ("++14155550100", None),
        ("1" + " " * 60 + "4155550100", None),
    ],
)
def test_a_number_is_its_digits_or_nothing(text: str, digits: str | None) -> None:
    assert parse_number(text) == digits


@given(st.text(max_size=30))
def test_no_text_makes_parsing_fail(text: str) -> None:
    parsed = parse_number(text)

    assert parsed is None or (parsed.isascii() and parsed.isdecimal() and len(parsed) <= 17)


@given(st.from_regex(r"1[2-9][0-9]{9}", fullmatch=True))
def test_parsing_a_parsed_number_changes_nothing(number: str) -> None:
    assert parse_number(number) == number
    assert parse_number(f"+{number}") == number


@pytest.mark.parametrize(
    ("text", "source"),
    [("72345", "72345"), (" 723456 ", "723456"), ("12345", None), ("7234", None), ("+14155550100", "14155550100")],
)
def test_a_short_code_is_a_source(text: str, source: str | None) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("72345", True),
        ("723456", True),
        ("7234567", False),
        ("12345", False),
        ("0", False),
        ("", False),
        ("7234x", False),
    ],
)
def test_a_short_code_has_five_or_six_digits(number: str, expected: bool) -> None:
    assert is_short_code(number) is expected


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("72345", NumberType.SHORTCODE),
        ("14155550100", NumberType.LONGCODE),
        *((f"1{npa}5550100", NumberType.TOLLFREE) for npa in (800, 833, 844, 855, 866, 877, 888)),
        ("18225550100", NumberType.LONGCODE),
        ("442079460958", NumberType.LONGCODE),
        ("80012345678", NumberType.LONGCODE),
    ],
)
def test_the_form_of_a_number_tells_its_type(number: str, kind: NumberType) -> None:
    assert type_of(number) is kind


@pytest.mark.parametrize(
    ("number", "country", "region"),
    [
        ("14155550100", "US", "CA"),
        ("12125550100", "US", "NY"),
        ("12025550100", "US", "DC"),
        ("12065550100", "US", "WA"),
        ("14165550100", "CA", "ON"),
        ("15145550100", "CA", "QC"),
        ("12575550100", "CA", "BC"),
        ("19025550100", "CA", "NS"),
        ("18675550100", "CA", "NT"),
        ("17875550100", "PR", ""),
        ("18765550100", "JM", ""),
        ("18005550100", "US", ""),
        ("15551234567", "US", ""),
        ("442079460958", "GB", ""),
        ("919812345678", "IN", ""),
        ("80012345678", None, ""),
        ("72345", None, ""),
        ("", None, ""),
    ],
)
def test_a_number_belongs_to_its_country_and_state(number: str, country: str | None, region: str) -> None:
    assert (country_of(number), region_of(number)) == (country, region)


def test_short_codes_and_foreign_numbers_have_no_area_code() -> None:
    assert [area_code_of(number) for number in ("14155550100", "72345", "442079460958")] == ["415", None, None]


def test_every_area_code_is_in_the_country_that_phonenumbers_says() -> None:
    differing = []
    for npa in range(200, 1000):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{npa}2344123"))
        region = phonenumbers.region_code_for_number(number)
        if region is not None and country_of(f"1{npa}2344123") != region:
            differing.append((npa, region))

    assert differing == []


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("+72345", "72345"),
        ("+7726", "7726"),
        ("+14155550123", "+14155550123"),
        ("0014155550123", "14155550123"),
        ("01114155550123", "14155550123"),
        ("00442079460958", "442079460958"),
        (" 14155550123", "14155550123"),
        ("00", "00"),
        ("0012", "0012"),
        ("ACME", "ACME"),
        ("+", ""),
        ("", ""),
    ],
)
def test_what_carriers_put_in_front_of_a_number_is_taken_off(written: str, bare: str) -> None:
    assert without_prefix(written) == bare
