"""A Powerpack picks the number that its rules say, and tells why."""

from collections import Counter
from random import Random

import pytest

from gateway.selectors import (
    IN_LONDON,
    IN_NY,
    IN_SF,
    IN_TORONTO,
    LA,
    MMS,
    NY,
    SF,
    SF_2,
    SHORT,
    SMS,
    TOLLFREE,
    TORONTO,
    entry,
    numbers,
    powerpack,
    refuse,
    select,
    selector,
    take,
)
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.powerpacks import NumberPriority
from powerpack_gateway.reasons import Reason
from powerpack_gateway.selection import NoNumber, Selection, Selector

# Number priority


def test_the_first_type_with_capacity_sends() -> None:
    pool = selector(entry(SF), entry(TOLLFREE), entry(SHORT))

    assert numbers(pool, 3) == [SHORT, TOLLFREE, SF]


def test_canada_prefers_long_codes_to_tollfree() -> None:
    pool = selector(entry(TORONTO), entry("18885550100", country="CA"))

    assert select(pool, IN_TORONTO, country="CA").number == TORONTO


def test_a_short_code_over_its_rate_falls_back_and_the_reasons_say_so() -> None:
    pool = selector(entry(SHORT), entry(SF))
    select(pool, IN_NY)

    selected = select(pool, IN_SF)

    assert selected.reasons == (
        "every shortcode that serves is at its rate",
        "no tollfree in the pool serves this country and service",
        "number priority: longcode is the first type with capacity",
        "local connect: area code 415",
        "least used today: 0 before this one",
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.INCOMPATIBLE, "shortcode is not compatible with the recipient's network"),
        (Reason.ROUTED_AWAY, "the carrier's routing asks for another type than shortcode"),
    ],
)
def test_a_short_code_that_the_network_does_not_take_falls_back(reason: Reason, words: str) -> None:
    pool = selector(entry(SHORT, rate=100), entry(SF))

    selected = pool.select(IN_SF, "US", SMS, 0.0, 1, 1, ((NumberType.SHORTCODE, reason),))
    elsewhere = select(pool, IN_SF)

    assert isinstance(selected, Selection)
    assert (selected.number, elsewhere.number) == (SF, SHORT)
    assert selected.reasons[0] == words


def test_a_sticky_number_that_the_network_does_not_take_is_kept_for_later() -> None:
    pool = selector(entry(SHORT, rate=100), entry(SF), sticky=True)
    select(pool, IN_SF)
    away = ((NumberType.SHORTCODE, Reason.INCOMPATIBLE), (NumberType.LONGCODE, Reason.ROUTED_AWAY))

    refused = pool.select(IN_SF, "US", SMS, 1.0, 1, 1, away)

    assert isinstance(refused, NoNumber)
    assert refused.reasons[0] == f"sticky sender: {SHORT} does not reach the recipient's network"
    assert select(pool, IN_SF, now=2.0).number == SHORT


def test_a_number_that_a_handset_prefers_is_its_sticky_one_for_what_it_carries() -> None:
    pool = selector(entry(SF), entry(TOLLFREE), sticky=True)
    select(pool, IN_SF)

    assert pool.prefer(IN_SF, TOLLFREE) == ((SMS, TOLLFREE), (MMS, None))
    assert select(pool, IN_SF, now=10.0).number == TOLLFREE
    assert pool.prefer(IN_SF, "12065550199") == ()


def test_who_prefers_a_number_without_mms_has_none_for_mms_any_more() -> None:
    pool = selector(entry(SF, service=MMS), entry(TOLLFREE), sticky=True)
    assert pool.prefer(IN_SF, SF) == ((SMS, SF), (MMS, SF))

    assert pool.prefer(IN_SF, TOLLFREE) == ((SMS, TOLLFREE), (MMS, None))
    assert pool.snapshot(0.0).sticky == {"sms": {IN_SF: TOLLFREE}, "mms": {}}


def test_of_equal_waits_that_of_the_better_type_is_taken() -> None:
    pool = selector(entry(TOLLFREE), entry(SF))
    assert numbers(pool, 2) == [TOLLFREE, SF]

    assert select(pool, IN_SF).number == TOLLFREE


def test_the_order_of_types_is_the_powerpacks() -> None:
    order = (NumberType.LONGCODE, None, NumberType.SHORTCODE)
    priority = (NumberPriority(country_iso="US", service_type=SMS, priority=order),)
    pool = Selector(powerpack(priority=priority), [entry(SHORT), entry(TOLLFREE), entry(SF)], rng=Random(1), margin=0)

    assert numbers(pool, 2) == [SF, SHORT]


def test_a_type_that_is_not_named_never_sends() -> None:
    priority = (NumberPriority(country_iso="US", service_type=SMS, priority=(NumberType.SHORTCODE, None, None)),)
    pool = Selector(powerpack(priority=priority), [entry(TOLLFREE), entry(SF)], rng=Random(1))

    assert isinstance(pool.select(IN_SF, "US", SMS, 0.0, 1), NoNumber)


def test_a_changed_powerpack_is_followed_at_once() -> None:
    pool = selector(entry(SHORT), entry(SF))
    select(pool, IN_SF)
    order = (NumberType.LONGCODE, NumberType.SHORTCODE, None)

    pool.configure(powerpack(priority=(NumberPriority(country_iso="US", service_type=SMS, priority=order),)))

    assert select(pool, IN_SF, now=10.0).number == SF


# Countries and services


@pytest.mark.parametrize(
    ("number", "destination", "country", "serves"),
    [
        (SHORT, IN_SF, "US", True),
        (SHORT, IN_TORONTO, "CA", False),
        (TOLLFREE, IN_SF, "US", True),
        (TOLLFREE, IN_TORONTO, "CA", False),
        (TOLLFREE, "17875551000", "PR", True),
        (SF, IN_TORONTO, "CA", True),
        (TORONTO, IN_SF, "US", True),
        (SF, IN_LONDON, "GB", True),
        (TOLLFREE, IN_LONDON, "GB", False),
    ],
)
@pytest.mark.parametrize("local", [True, False])
def test_a_number_serves_the_countries_it_reaches(
    number: str, destination: str, country: str, serves: bool, local: bool
) -> None:
    pool = selector(entry(number), local=local)

    assert isinstance(pool.select(destination, country, SMS, 0.0, 1), Selection) == serves


def test_us_tollfree_to_canada_has_its_own_reason() -> None:
    refused = refuse(selector(entry(TOLLFREE)), IN_TORONTO, country="CA")

    assert Reason.TOLLFREE_TO_CANADA in [why.reason for why in refused.why]


def test_mms_goes_only_through_numbers_that_can() -> None:
    pool = selector(entry(SHORT), entry(SF), entry(LA, service=MMS))

    assert select(pool, IN_SF, service=MMS).number == LA


def test_without_an_mms_number_there_is_none() -> None:
    refused = refuse(selector(entry(SF)), IN_SF, service=MMS)

    assert refused.reasons == tuple(
        f"no {kind} in the pool serves this country and service" for kind in ("shortcode", "tollfree", "longcode")
    )


def test_an_mms_number_shares_its_rate_between_the_services() -> None:
    pool = selector(entry(SF, service=MMS))
    select(pool, IN_SF, service=MMS)

    assert select(pool, IN_SF, service=SMS).wait_s == 1.0


def test_an_empty_pool_has_no_number() -> None:
    assert refuse(selector(), IN_SF).why


# Local connect


def test_local_connect_prefers_area_code_then_state_then_country_then_others() -> None:
    pool = selector(entry(TORONTO), entry(NY), entry(LA), entry(SF))

    chosen = [select(pool, IN_SF) for _ in range(4)]

    assert [each.number for each in chosen] == [SF, LA, NY, TORONTO]
    assert [each.why[-2].reason for each in chosen] == [
        Reason.AREA_CODE,
        Reason.REGION,
        Reason.COUNTRY,
        Reason.ABROAD,
    ]


def test_without_local_connect_all_numbers_share_the_load() -> None:
    pool = selector(entry(TORONTO, rate=100), entry(NY, rate=100), entry(SF, rate=100), local=False)

    chosen = Counter(select(pool, IN_SF, now=float(index)).number for index in range(30))

    assert chosen == {TORONTO: 10, NY: 10, SF: 10}


# Even use and chance


def test_the_least_used_number_of_the_day_sends() -> None:
    pool = selector(entry(SF, rate=100), entry(SF_2, rate=100))
    take(pool, SF, 5)

    assert [select(pool, IN_SF, now=float(index)).number for index in range(1, 6)] == [SF_2] * 5


def test_a_new_day_counts_anew() -> None:
    pool = selector(entry(SF, rate=100), entry(SF_2, rate=100))
    take(pool, SF, 50)
    select(pool, IN_SF, now=100.0, day=2)

    chosen = Counter(select(pool, IN_SF, now=200.0 + index, day=2).number for index in range(9))

    assert sorted(chosen.values()) == [4, 5]


def test_the_seed_decides_between_equals() -> None:
    first = {select(selector(entry(SF), entry(SF_2), seed=seed), IN_SF).number for seed in range(20)}
    again = {select(selector(entry(SF), entry(SF_2), seed=7), IN_SF).number for _ in range(20)}

    assert first == {SF, SF_2}
    assert len(again) == 1


# A number that the caller names


def test_a_named_number_takes_its_turn_among_the_selected_ones() -> None:
    pool = selector(entry(SF))
    take(pool, SF, 1)

    assert select(pool, IN_SF).wait_s == 1.0


def test_a_selector_and_a_selection_are_made_for_reading() -> None:
    pool = selector(entry(SF), sticky=True)
    selected = select(pool, IN_SF)

    assert repr(pool) == "<Selector lab: 1 numbers, 1 sticky pairs>"
    assert repr(selected).startswith(f"<Selection {SF} in 0 s: no shortcode in the pool")
