"""Exchanges and their rate centers."""

import sys
from collections import Counter

from powerpack_gateway.nanp import area_code_of, region_of
from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.rate_centers import RATE_CENTERS, lata_of, rate_center_of


def test_each_exchange_is_in_one_rate_center_and_a_rate_center_has_several() -> None:
    exchanges = [npanxx for each in RATE_CENTERS for npanxx in each.exchanges]

    assert max(Counter(exchanges).values()) == 1
    assert all(len(each.exchanges) > 1 for each in RATE_CENTERS)


def test_one_area_code_may_have_several_rate_centers() -> None:
    assert rate_center_of("415555") == "SNFC CNTRL"
    assert rate_center_of("415557") == "SAN RAFAEL"
    assert rate_center_of("628555") == "SNFC CNTRL"


def test_every_exchange_is_in_its_state() -> None:
    for each in RATE_CENTERS:
        assert {region_of(f"1{npanxx}0100") for npanxx in each.exchanges} == {each.region}
        assert all(area_code_of(f"1{npanxx}0100") for npanxx in each.exchanges)


def test_exchanges_that_the_table_does_not_have_are_in_their_towns() -> None:
    assert (rate_center_of("415209"), rate_center_of("201200")) == ("NOVATO CA", "JERSEY CITY NJ")
    assert rate_center_of("201222") == rate_center_of("201200")
    assert lata_of("NOVATO CA") is None


def test_the_towns_of_the_rest_of_the_world_are_not_kept() -> None:
    before = [name for name in sys.modules if name.startswith("phonenumbers.geodata")]
    rate_center_of("415209")

    assert [name for name in sys.modules if name.startswith("phonenumbers.geodata")] == before


def test_what_is_not_in_the_table_is_not_known() -> None:
    assert rate_center_of("907555") == ""
    assert lata_of("nowhere") is None
    assert (lata_of("TORONTO"), lata_of("MIAMI")) == (888, 460)


def test_a_number_says_where_it_is_or_its_exchange_does() -> None:
    plain = PhoneNumber(number="14155550180", type=NumberType.LONGCODE, country="US")
    own = PhoneNumber(number="14155550180", type=NumberType.LONGCODE, country="US", rate_center="OAKLAND")
    tollfree = PhoneNumber(number="18335550180", type=NumberType.TOLLFREE, country="US")

    assert [each.rate_center_name for each in (plain, own, tollfree)] == ["SNFC CNTRL", "OAKLAND", ""]
