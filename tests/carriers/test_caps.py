"""Limits: whose segments are counted, in which time, and how."""

from dataclasses import replace

import pytest

from powerpack_carriers.caps import Caps, Counting, Limit, Per, Sender, Service, Within
from powerpack_carriers.numbering import NumberType
from powerpack_carriers.registration import BrandTier, Campaign
from powerpack_carriers.settings import SettingError, plain_settings, read_settings
from powerpack_carriers.text import segments_of
from powerpack_carriers.verdict import Verdict

EXCESS = Verdict(status=105)
CAMPAIGN = Campaign(campaign_id="C1", brand_id="B1", message_class="T", brand_tier=BrandTier.LOW)
SENDER = Sender("12065550100", NumberType.LONGCODE, CAMPAIGN, "acme#1", "esme")


def _limit(per: Per = Per.NUMBER, within: Within = Within.SECOND, segments: int = 2, **more: object) -> Limit:
    return Limit(per=per, within=within, segments=segments, excess=EXCESS, **more)  # type: ignore[arg-type]  # the caller's


def _caps(*limits: Limit) -> Caps:
    return Caps(limits, day_of=lambda now: int(now // 86_400))


def _admitted(caps: Caps, moments: list[float], sender: Sender = SENDER, segments: int = 1) -> list[bool]:
    return [caps.admit(now, sender, segments) is None for now in moments]


def test_a_bucket_is_full_at_first_and_gains_evenly() -> None:
    caps = _caps(_limit(within=Within.MINUTE, segments=4))

    assert _admitted(caps, [0, 0, 0, 0, 0]) == [True] * 4 + [False]
    assert _admitted(caps, [14.9, 15, 15, 30]) == [False, True, False, True]


def test_a_text_larger_than_the_bucket_waits_until_that_is_full_and_leaves_a_debt() -> None:
    caps = _caps(_limit(segments=2))

    assert _admitted(caps, [0, 1.4, 1.5], segments=3) == [True, False, True]
    assert _admitted(caps, [2.4, 2.6]) == [False, True]


def test_a_sliding_window_counts_the_time_before() -> None:
    caps = _caps(_limit(within=Within.MINUTE, segments=2, counting=Counting.SLIDING))

    assert _admitted(caps, [0, 30, 59, 60.02, 60.03, 89, 90.02]) == [True, True, False, True, False, False, True]


def test_a_sliding_window_is_no_longer_than_its_time() -> None:
    caps = _caps(_limit(within=Within.MINUTE, segments=1, counting=Counting.SLIDING))

    assert _admitted(caps, [5, 64.98, 65]) == [True, False, True]


@pytest.mark.parametrize(
    ("counted", "admitted"), [(Service.SMS, [False, True]), (Service.MMS, [True, False]), (Service.ANY, [False, False])]
)
def test_a_limit_may_be_for_texts_or_for_mms_alone(counted: Service, admitted: list[bool]) -> None:
    caps = _caps(_limit(segments=1, service=counted))
    for service in (Service.SMS, Service.MMS):
        caps.admit(0, SENDER._replace(service=service), 1)

    found = [caps.admit(0, SENDER._replace(service=service), 1) is None for service in (Service.SMS, Service.MMS)]
    assert found == admitted


def test_a_pacific_day_begins_anew() -> None:
    caps = _caps(_limit(within=Within.PACIFIC_DAY))

    assert _admitted(caps, [0, 80_000, 86_399, 86_400, 86_400, 86_400]) == [True, True, False, True, True, False]


def test_segments_count_not_messages() -> None:
    caps = _caps(_limit(segments=3))

    assert [caps.admit(0, SENDER, segments) is None for segments in (2, 2, 1)] == [True, False, True]


@pytest.mark.parametrize(
    ("per", "other"),
    [
        (Per.NUMBER, SENDER._replace(number="12065550101")),
        (Per.CAMPAIGN, SENDER._replace(campaign=replace(CAMPAIGN, campaign_id="C2"))),
        (Per.BRAND, SENDER._replace(campaign=replace(CAMPAIGN, brand_id="B2"))),
        (Per.BIND, SENDER._replace(bind="acme#2")),
        (Per.ACCOUNT, SENDER._replace(account="other")),
    ],
)
@pytest.mark.parametrize("counting", Counting)
def test_each_has_a_limit_of_its_own(per: Per, other: Sender, counting: Counting) -> None:
    caps = _caps(_limit(per, segments=1, counting=counting))

    assert _admitted(caps, [0, 0]) == [True, False]
    assert _admitted(caps, [0, 0], other) == [True, False]


def test_a_campaigns_numbers_share_its_limit() -> None:
    caps = _caps(_limit(Per.CAMPAIGN, segments=1))

    assert _admitted(caps, [0]) == [True]
    assert _admitted(caps, [0], SENDER._replace(number="12065550101")) == [False]


def test_all_share_the_limit_of_a_carrier() -> None:
    caps = _caps(_limit(Per.CARRIER, segments=1))

    assert _admitted(caps, [0]) == [True]
    assert _admitted(caps, [0], Sender("72345", NumberType.SHORTCODE, None, "acme#9", "other")) == [False]


@pytest.mark.parametrize("per", [Per.CAMPAIGN, Per.BRAND])
def test_a_number_without_a_campaign_has_no_such_limit(per: Per) -> None:
    assert _admitted(_caps(_limit(per, segments=1)), [0, 0], SENDER._replace(campaign=None)) == [True, True]


def test_a_limit_goes_by_message_class_and_by_tier() -> None:
    by_class = _caps(_limit(Per.CAMPAIGN, segments=0, by_class=(("T", 1), ("A", 3))))
    by_tier = _caps(_limit(Per.BRAND, Within.PACIFIC_DAY, 0, by_class=(("low", 2), ("top", 4))))

    assert _admitted(by_class, [0, 0]) == [True, False]
    assert _admitted(by_tier, [0, 0, 0]) == [True, True, False]


def test_a_class_that_is_not_named_has_the_limit_of_all_or_none() -> None:
    named = (("A", 3),)

    assert _admitted(_caps(_limit(Per.CAMPAIGN, segments=1, by_class=named)), [0, 0]) == [True, False]
    assert _admitted(_caps(_limit(Per.CAMPAIGN, segments=0, by_class=named)), [0, 0]) == [True, True]


def test_a_limit_may_be_for_one_type_of_number() -> None:
    caps = _caps(_limit(segments=1, number_type=NumberType.TOLLFREE))

    assert _admitted(caps, [0, 0]) == [True, True]
    assert _admitted(caps, [0, 0], SENDER._replace(number_type=NumberType.TOLLFREE)) == [True, False]


def test_what_one_limit_refuses_is_counted_by_none() -> None:
    number, account = _limit(Per.NUMBER, segments=1), _limit(Per.ACCOUNT, segments=2)
    caps = _caps(account, number)

    assert [caps.admit(0, SENDER, 1) for _ in range(3)] == [None, number, number]
    assert caps.admit(0, SENDER._replace(number="12065550101"), 1) is None


@pytest.mark.parametrize(
    ("octets", "data_coding", "segments"),
    [
        *[(0, 0, 1), (160, 0, 1), (161, 0, 2), (306, 0, 2), (307, 0, 3)],
        *[(140, coding, 1) for coding in (2, 4, 8, 0xE0, 0xF5)],
        *[(141, coding, 2) for coding in (2, 4, 8, 0xE0, 0xF5)],
        *[(160, coding, 1) for coding in (1, 3, 0xC0, 0xF1)],
    ],
)
def test_a_long_submit_is_several_segments(octets: int, data_coding: int, segments: int) -> None:
    assert segments_of(octets, data_coding) == segments


@pytest.mark.parametrize(
    ("octets", "data_coding", "header", "is_part", "segments"),
    [
        # A part of a longer text, as clients cut it: 153 septets, 134 octets. What is longer is cut again.
        *[(153, 0, 6, True, 1), (154, 0, 6, True, 2), (134, 8, 6, True, 1), (135, 8, 6, True, 2)],
        # Ports in the header: 152 septets alone, 146 in each of several.
        *[(152, 0, 7, False, 1), (153, 0, 7, False, 2), (292, 0, 7, False, 2), (293, 0, 7, False, 3)],
        *[(133, 4, 7, False, 1), (134, 4, 7, False, 2), (9_993, 4, 7, False, 79)],
        # A header for which no message has room.
        *[(50, 4, 200, False, 2), (0, 0, 140, False, 1)],
    ],
)
def test_every_part_repeats_the_header(
    octets: int, data_coding: int, header: int, is_part: bool, segments: int
) -> None:
    assert segments_of(octets, data_coding, header=header, is_part=is_part) == segments


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"segments": 0}, "segments and by_class: found neither, expected one of them at least"),
        ({"segments": -1}, "segments: found -1, expected 0 to 1e+09"),
        ({"per": "bind", "by_class": {"A": 1}}, "by_class: found with per 'bind', which has no classes"),
        ({"within": "pacific day", "counting": "sliding"}, "counting: found 'sliding' with a Pacific day"),
        ({"by_class": {"Q": 1}}, "by_class: found 'Q', expected one of A, B, C"),
        ({"by_class": {"A": "1"}}, "by_class: A: found '1', expected a whole number"),
        ({"by_class": {"A": 0}}, "by_class: A: found 0, expected 1 to 1e+09"),
        ({"by_class": [1]}, "by_class: found [1], expected a table such as"),
        ({"within": "hour"}, "within: found 'hour', expected one of 'second', 'minute', 'pacific day'"),
    ],
)
def test_a_mistake_in_a_limit_is_named(change: dict[str, object], problem: str) -> None:
    settings = {"per": "campaign", "within": "minute", "segments": 1, "excess": {"status": 105}, **change}

    with pytest.raises(SettingError) as caught:
        read_settings(Limit, settings)

    assert str(caught.value).startswith(problem)


def test_the_plain_form_of_a_limit_makes_it_again() -> None:
    settings: dict[str, object] = {
        "per": "campaign",
        "within": "minute",
        "excess": {"status": 105},
        "by_class": {"A": 4500},
        "number_type": "longcode",
    }

    assert plain_settings(read_settings(Limit, settings)) == settings
