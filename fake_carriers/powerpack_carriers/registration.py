"""Who may send: brands and campaigns of 10DLC, verified toll-free numbers, provisioned short codes.

A carrier without a registry knows no campaigns and asks for none; with one it blocks what is not in it, as its profile
says. Several carriers may share one, as they share The Campaign Registry.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import NumberType, with_country_code
from powerpack_carriers.verdict import Verdict

CAMPAIGN_CLASSES: Final = "ABCDEFGKNPSTWXYZ"
"""AT&T's message classes (Infobip, Bandwidth and others print the same letters)."""


class BrandTier(Enum):
    """T-Mobile's tiers, by the brand's score."""

    TOP = "top"
    HIGH_MID = "high mid"
    LOW_MID = "low mid"
    LOW = "low"
    UNCAPPED = "uncapped"
    """Political with Campaign Verify, and verified government."""


class Verification(Enum):
    """Of a toll-free number."""

    VERIFIED = "verified"
    PENDING = "pending"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One 10DLC campaign: its brand, the brand's tier, its message class; one that is not active may not send."""

    campaign_id: str
    brand_id: str
    brand_tier: BrandTier = BrandTier.LOW
    message_class: str = "E"
    is_active: bool = True

    def __post_init__(self) -> None:
        if len(self.message_class) != 1 or self.message_class not in CAMPAIGN_CLASSES:
            raise ValueError(f"message_class: found {self.message_class!r}, expected one letter of {CAMPAIGN_CLASSES}")


class Registry:
    """What is registered; fill it before or while carriers run::

    registry = Registry()
    registry.register("12065550100", Campaign(campaign_id="C1", brand_id="B1", message_class="T"))
    registry.verify("18335550100")
    registry.provision("72345")
    """

    def __init__(self) -> None:
        self._campaigns: dict[str, Campaign] = {}
        self._campaign_ids: dict[str, str] = {}
        self._verifications: dict[str, Verification] = {}
        self._shortcodes: dict[str, bool] = {}
        self._without_mms: dict[str, bool] = {}

    def register(self, number: str, campaign: Campaign) -> None:
        """Give a long code to a campaign; the campaign's other numbers have what changed as well."""
        self._campaigns[campaign.campaign_id] = campaign
        self._campaign_ids[with_country_code(number)] = campaign.campaign_id

    def unregister(self, number: str) -> None:
        """Take a long code out of its campaign; nothing happens where it is in none."""
        self._campaign_ids.pop(with_country_code(number), None)

    def verify(self, number: str, verification: Verification = Verification.VERIFIED) -> None:
        """Say how far a toll-free number is; one that is never named is not verified."""
        self._verifications[with_country_code(number)] = verification

    def provision(self, shortcode: str, *, is_provisioned: bool = True) -> None:
        """Let a short code send, or stop it."""
        self._shortcodes[shortcode] = is_provisioned

    def enable_mms(self, number: str, *, is_enabled: bool = True) -> None:
        """Let a number send MMS, or not; one that is never named may."""
        self._without_mms[with_country_code(number)] = not is_enabled

    def may_send_mms(self, number: str) -> bool:
        """Whether a number may send MMS."""
        return not self._without_mms.get(number, False)

    def forget(self, number: str) -> bool:
        """Take a number of any kind out; False where it is not in."""
        digits = with_country_code(number)
        tables = (self._campaign_ids, self._verifications, self._shortcodes, self._without_mms)
        known = [each for each in tables if digits in each]
        for table in known:
            del table[digits]
        return bool(known)

    def knows(self, number: str) -> bool:
        """Whether anybody put a number of any kind in, in digits."""
        return number in self._campaign_ids or number in self._verifications or number in self._shortcodes

    def is_exempt(self, number: str) -> bool:
        """Whether nobody asks about a number, in digits; here all are asked about."""
        return False

    def campaigns(self) -> list[tuple[Campaign, tuple[str, ...]]]:
        """The campaigns, and the long codes of each."""
        return [
            (campaign, tuple(number for number, found in self._campaign_ids.items() if found == campaign_id))
            for campaign_id, campaign in self._campaigns.items()
        ]

    def tollfree(self) -> list[tuple[str, Verification]]:
        """The toll-free numbers that were named."""
        return list(self._verifications.items())

    def shortcodes(self) -> tuple[str, ...]:
        """The short codes that may send."""
        return tuple(number for number, is_provisioned in self._shortcodes.items() if is_provisioned)

    def campaign_of(self, number: str) -> Campaign | None:
        """None for a number that is in no campaign."""
        campaign_id = self._campaign_ids.get(number)
        return None if campaign_id is None else self._campaigns[campaign_id]

    def verification_of(self, number: str) -> Verification:
        """UNVERIFIED for a number that nobody named."""
        return self._verifications.get(number, Verification.UNVERIFIED)

    def is_provisioned(self, shortcode: str) -> bool:
        """Whether a short code may send."""
        return self._shortcodes.get(shortcode, False)

    def __repr__(self) -> str:
        return (
            f"<Registry {len(self._campaign_ids)} numbers in {len(self._campaigns)} campaigns, "
            f"{len(self._verifications)} toll-free numbers, {len(self._shortcodes)} short codes>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRules:
    """What a carrier does about what is not in order; None: nothing."""

    unregistered: Verdict | None = None
    """A long code without a campaign."""
    inactive: Verdict | None = None
    """A long code whose campaign is not active."""
    unverified: Verdict | None = None
    """A toll-free number that is not verified, or whose verification is pending."""
    unprovisioned: Verdict | None = None
    """A short code."""


NO_RULES: Final = RegistrationRules()
"""A carrier that does not care."""


def judge(rules: RegistrationRules, registry: Registry, message: Message) -> tuple[str, Verdict | None]:
    """The rule that a message's source breaks, and what happens to it."""
    source = message.source.digits
    if registry.is_exempt(source):
        return "", None
    match message.source.number_type:
        case NumberType.TOLLFREE:
            is_verified = registry.verification_of(source) is Verification.VERIFIED
            return ("", None) if is_verified else ("unverified", rules.unverified)
        case NumberType.SHORTCODE:
            return ("", None) if registry.is_provisioned(source) else ("unprovisioned", rules.unprovisioned)
        case NumberType.LONGCODE:
            campaign = registry.campaign_of(source)
            if campaign is None:
                return "unregistered", rules.unregistered
            return ("", None) if campaign.is_active else ("inactive", rules.inactive)
