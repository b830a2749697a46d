"""A registry as plain data: what a TOML file, the control API and an option say."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from powerpack_carriers.numbering import SHORTCODE_DIGITS, NumberType, digits_of, is_number, number_type
from powerpack_carriers.registration import BrandTier, Campaign, Registry, Verification
from powerpack_carriers.settings import plain_settings
from powerpack_carriers.toml_files import read_settings_file

DEFAULT_CAMPAIGN: Final = "CDEFAULT"
"""The campaign of long codes for which none was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignForm:
    """One campaign and its long codes."""

    campaign_id: str
    brand_id: str = "BDEFAULT"
    brand_tier: BrandTier = BrandTier.LOW
    message_class: str = "E"
    is_active: bool = True
    numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.campaign()
        _check_kind("numbers", self.numbers, NumberType.LONGCODE)

    def campaign(self) -> Campaign:
        """The campaign itself."""
        return Campaign(
            campaign_id=self.campaign_id,
            brand_id=self.brand_id,
            brand_tier=self.brand_tier,
            message_class=self.message_class,
            is_active=self.is_active,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TollfreeForm:
    """One toll-free number."""

    number: str
    verification: Verification = Verification.VERIFIED

    def __post_init__(self) -> None:
        _check_kind("number", (self.number,), NumberType.TOLLFREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryForm:
    """The whole: a carrier with a registry blocks what is not in it."""

    campaigns: tuple[CampaignForm, ...] = ()
    tollfree: tuple[TollfreeForm, ...] = ()
    shortcodes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_kind("shortcodes", self.shortcodes, NumberType.SHORTCODE)

    def fill(self, registry: Registry) -> Registry:
        """Put it all into a registry, which is given back."""
        for campaign in self.campaigns:
            for number in campaign.numbers:
                registry.register(number, campaign.campaign())
        for each in self.tollfree:
            registry.verify(each.number, each.verification)
        for shortcode in self.shortcodes:
            registry.provision(shortcode)
        return registry

    @classmethod
    def of(cls, registry: Registry) -> "RegistryForm":
        """What a registry holds."""
        return cls(
            campaigns=tuple(
                CampaignForm(
                    campaign_id=campaign.campaign_id,
                    brand_id=campaign.brand_id,
                    brand_tier=campaign.brand_tier,
                    message_class=campaign.message_class,
                    is_active=campaign.is_active,
                    numbers=numbers,
                )
                for campaign, numbers in registry.campaigns()
            ),
            tollfree=tuple(TollfreeForm(number=each, verification=how) for each, how in registry.tollfree()),
            shortcodes=registry.shortcodes(),
        )

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {"campaigns": [], "tollfree": [], "shortcodes": [], **plain_settings(self)}


def read_registry(path: Path) -> RegistryForm:
    """A registry from a TOML file; raises ProfileError with file, line and key."""
    return read_settings_file(RegistryForm, path)


def in_good_order(numbers: Iterable[str]) -> RegistryForm:
    """Source numbers of any kind that may send: in a campaign, verified, provisioned. Raises ValueError."""
    kinds: dict[str, NumberType] = {}
    for number in numbers:
        digits = digits_of(number)
        if not (is_number(digits) or len(digits) in SHORTCODE_DIGITS) or not digits.isdigit():
            raise ValueError(f"number: found {number!r}, expected a number or a short code, in digits")
        kinds[digits] = number_type(digits)
    longcodes = tuple(found for found, kind in kinds.items() if kind is NumberType.LONGCODE)
    return RegistryForm(
        campaigns=(CampaignForm(campaign_id=DEFAULT_CAMPAIGN, numbers=longcodes),) if longcodes else (),
        tollfree=tuple(TollfreeForm(number=found) for found, kind in kinds.items() if kind is NumberType.TOLLFREE),
        shortcodes=tuple(found for found, kind in kinds.items() if kind is NumberType.SHORTCODE),
    )


def _check_kind(name: str, numbers: tuple[str, ...], expected: NumberType) -> None:
    for number in numbers:
        digits = digits_of(number)
        if not digits.isdigit() or number_type(digits) is not expected:
            raise ValueError(f"{name}: found {number!r}, expected a {_WORDS[expected]}")


_WORDS: Final = {
    NumberType.LONGCODE: "long code in digits, such as 12065550100",
    NumberType.TOLLFREE: "toll-free number in digits, such as 18335550100",
    NumberType.SHORTCODE: "short code of five or six digits",
}
