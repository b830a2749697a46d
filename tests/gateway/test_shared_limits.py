"""What numbers share: campaign, brand, account."""

import pytest

from powerpack_gateway.shared_limits import CampaignFacts, SharedLimits, ThroughputSettings
from powerpack_gateway.throughput import PACING_MARGIN

CAMPAIGN = CampaignFacts("C1", "B1", 240, "LOW")
MEMBER, STRANGER = "12065550180", "14155550180"


def limits(campaign: CampaignFacts = CAMPAIGN, **settings: float | tuple[str, ...] | None) -> SharedLimits:
    return SharedLimits(ThroughputSettings(**settings), {MEMBER: campaign}.get)  # type: ignore[arg-type] # as given


def test_a_number_in_no_campaign_shares_nothing() -> None:
    assert limits().of(STRANGER, "att") == ()
    assert limits().of(STRANGER, "tmobile") == ()


def test_att_counts_for_the_campaign_and_the_minute() -> None:
    (limit,) = limits().of(MEMBER, "att")

    assert limit.key == "att/campaign/C1"
    assert limit.rate.per_second == pytest.approx(4 / (1 + PACING_MARGIN))
    assert (limit.rate.burst, limit.rate.per_day) == (4, None)
    assert limit.words == "campaign C1 sends 240 a minute to att"


@pytest.mark.parametrize(("tpm", "burst"), [(4_500, 75), (2_400, 40), (240, 4), (75, 1), (15, 1)])
def test_a_minute_is_sent_evenly(tpm: int, burst: int) -> None:
    (limit,) = limits(CAMPAIGN._replace(tpm=tpm)).of(MEMBER, "att")

    assert limit.rate.burst == burst
    assert limit.rate.per_second * 60 < tpm


@pytest.mark.parametrize(("tpm", "mms"), [(4_500, 2_400), (2_400, 1_200), (240, 150), (75, 50)])
def test_att_counts_mms_by_themselves(tpm: int, mms: int) -> None:
    (limit,) = limits(CAMPAIGN._replace(tpm=tpm)).of(MEMBER, "att mm7")

    assert (limit.key, limit.words) == ("att mm7/campaign/C1", f"campaign C1 sends {mms} a minute to att mm7")
    assert mms * 0.97 < limit.rate.per_second * 60 < mms


def test_a_sole_proprietors_mms_have_no_published_minute() -> None:
    assert limits(CAMPAIGN._replace(tpm=15)).of(MEMBER, "att mm7") == ()


@pytest.mark.parametrize(
    ("tier", "per_day"), [("TOP", 200_000), ("HIGH_MID", 40_000), ("LOW_MID", 10_000), ("LOW", 2_000)]
)
def test_tmobile_counts_for_the_brand_and_the_day(tier: str, per_day: int) -> None:
    (limit,) = limits(CAMPAIGN._replace(tier=tier)).of(MEMBER, "tmobile")

    assert (limit.key, limit.rate.per_day) == ("tmobile/brand/B1", per_day)


def test_a_tier_without_a_cap_is_not_counted() -> None:
    assert limits(CAMPAIGN._replace(tier="UNCAPPED")).of(MEMBER, "tmobile") == ()


def test_other_carriers_count_for_neither() -> None:
    assert limits().of(MEMBER, "verizon") == ()


def test_the_account_has_a_rate_when_it_is_given_one() -> None:
    with_rate = limits(account_per_s=5.0)
    (of_stranger,) = with_rate.of(STRANGER, "verizon")

    assert (of_stranger.key, of_stranger.rate.burst) == ("account", 5)
    assert [each.key for each in with_rate.of(MEMBER, "att")] == ["account", "att/campaign/C1"]
    assert [each.key for each in with_rate.of(STRANGER, "att")] == ["account"]


def test_which_carriers_count_is_a_setting() -> None:
    other = limits(campaign_minute=("verizon",), brand_day=())

    assert [each.key for each in other.of(MEMBER, "verizon")] == ["verizon/campaign/C1"]
    assert other.of(MEMBER, "att") == other.of(MEMBER, "tmobile") == ()


def test_a_rate_that_nothing_can_keep_is_refused() -> None:
    with pytest.raises(ValueError, match="account_per_s is 0, expected more than 0, or none"):
        ThroughputSettings(account_per_s=0)
