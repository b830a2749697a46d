"""Limits that numbers share: their campaign's minute with AT&T, their brand's day with T-Mobile, the account's rate.

The figures are the registry's: a campaign's ``tpm`` and its brand's tier (facts/carriers.md 4.1). A number in no
campaign shares nothing but the account's rate.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from powerpack_gateway.errors import expect
from powerpack_gateway.nanp import type_of
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.throughput import Rate, RateOf
from powerpack_gateway.tollfree_tiers import Unverified

TIER_PER_DAY: Mapping[str, int] = {"TOP": 200_000, "HIGH_MID": 40_000, "LOW_MID": 10_000, "LOW": 2_000}
"""T-Mobile's segments a day by the brand's tier, from midnight to midnight Pacific (facts/carriers.md 4.1)."""

MMS_A_MINUTE: Mapping[int, int] = {4_500: 2_400, 2_400: 1_200, 240: 150, 75: 50}
"""MMS a minute that AT&T takes from a campaign, by its texts a minute, which name its class (facts/carriers.md 4.1).
None is published for a sole proprietor's."""

UNPUBLISHED_PER_S = 1_000.0
"""T-Mobile publishes no rate a second (facts/carriers.md 4.1): fast enough never to be what holds a segment back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughputSettings:
    """Which carriers count for a campaign's minute, of texts and of MMS, and for a brand's day, by their routes' names.

    ``account_per_s``: what the account may send a second, all its numbers together; Plivo's default is 5, and None here
    so that a fresh sandbox does not surprise load tests. ``rates`` replace those of `throughput.DEFAULT_RATES`.
    ``unverified_tollfree``: whether toll-free numbers that are not verified send, within their tiers.
    """

    campaign_minute: tuple[str, ...] = ("att",)
    campaign_minute_mms: tuple[str, ...] = ("att mm7",)
    brand_day: tuple[str, ...] = ("tmobile", "tmobile mm7")
    account_per_s: float | None = None
    rates: tuple[RateOf, ...] = ()
    unverified_tollfree: Unverified = Unverified.BLOCKED

    def __post_init__(self) -> None:
        """Refuse what nothing could keep."""
        rate = self.account_per_s
        for each in self.rates:
            each.rate()
        expect("account_per_s", rate, "more than 0, or none", holds=rate is None or rate > 0)


class Limit(NamedTuple):
    """One limit that a segment counts for. ``key`` names whose it is; ``words`` say what was used up."""

    key: str
    rate: Rate
    words: str


MMS_RATES: Mapping[NumberType, Rate] = {NumberType.TOLLFREE: Rate(per_second=2, burst=2)}
"""What a number may send of MMS where that is less than of texts: toll-free 2 a second (plivo_api.md 5). A long code's
50 a minute are more than its texts."""


def mms_limits(number: str) -> tuple["Limit", ...]:
    """The limit on the MMS of one number, beside that on all it sends; none where there is none."""
    rate = MMS_RATES.get(type_of(number))
    if rate is None:
        return ()
    return (Limit(f"mms {number}", rate.paced(), f"{number} sends {rate.per_second:g} MMS a second"),)


class CampaignFacts(NamedTuple):
    """What the limits need of a campaign: ``tpm`` segments a minute, and its brand's tier."""

    campaign_id: str
    brand_id: str
    tpm: int
    tier: str


class SharedLimits:
    """``campaign_of`` finds a number's campaign, and None for a number that is in none."""

    def __init__(self, settings: ThroughputSettings, campaign_of: Callable[[str], CampaignFacts | None]) -> None:
        self._settings = settings
        self._campaign_of = campaign_of
        self._account: tuple[Limit, ...] = ()
        if settings.account_per_s is not None:
            self._account = (_account_limit(settings.account_per_s),)
        self._is_shared = frozenset((*settings.campaign_minute, *settings.campaign_minute_mms, *settings.brand_day))

    def among(self, gateways: int) -> None:
        """So many gateways send for the account: each keeps to its part of the account's rate, as none sees the others'
        traffic to all carriers."""
        if self._settings.account_per_s is not None:
            self._account = (_account_limit(self._settings.account_per_s / max(1, gateways)),)

    def any_for(self, carrier: str) -> bool:
        """Whether segments to a carrier may count for a limit at all."""
        return bool(self._account) or carrier in self._is_shared

    def of(self, number: str, carrier: str) -> tuple[Limit, ...]:
        """Every limit that one segment from a number to a carrier counts for."""
        if carrier not in self._is_shared:
            return self._account
        campaign = self._campaign_of(number)
        if campaign is None:
            return self._account
        limits = self._account
        if carrier in self._settings.campaign_minute:
            limits = (*limits, _minute_of(campaign, carrier, campaign.tpm))
        if carrier in self._settings.campaign_minute_mms and campaign.tpm in MMS_A_MINUTE:
            limits = (*limits, _minute_of(campaign, carrier, MMS_A_MINUTE[campaign.tpm]))
        if carrier in self._settings.brand_day and campaign.tier in TIER_PER_DAY:
            limits = (*limits, _day_of(campaign, carrier))
        return limits


def _account_limit(per_s: float) -> Limit:
    rate = Rate(per_second=per_s, burst=max(1, math.floor(per_s)))
    return Limit("account", rate.paced(), f"the account sends {per_s:g} a second")


def _minute_of(campaign: CampaignFacts, carrier: str, tpm: int) -> Limit:
    """What is given per minute is sent evenly, a second's worth together: no carrier counts that as more."""
    per_s = tpm / 60
    rate = Rate(per_second=per_s, burst=max(1, math.floor(per_s)))
    words = f"campaign {campaign.campaign_id} sends {tpm} a minute to {carrier}"
    return Limit(f"{carrier}/campaign/{campaign.campaign_id}", rate.paced(), words)


def _day_of(campaign: CampaignFacts, carrier: str) -> Limit:
    per_day = TIER_PER_DAY[campaign.tier]
    rate = Rate(per_second=UNPUBLISHED_PER_S, burst=int(UNPUBLISHED_PER_S), per_day=per_day)
    return Limit(
        f"{carrier}/brand/{campaign.brand_id}", rate, f"brand {campaign.brand_id} sends {per_day} a day to {carrier}"
    )
