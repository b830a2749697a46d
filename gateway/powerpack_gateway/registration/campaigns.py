"""Campaigns: what a brand sends, the numbers it sends from, and how much of it the carriers allow.

The registry decides by the words in the alias (brands.py): of the campaign, or of the number that is to be linked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.registration.brands import Brand, Method, RegistrationStatus
from powerpack_gateway.registration.profiles import Line, Vertical

NUMBERS_MAX = 49
"""Numbers of one campaign: ``number_pool_limit`` in the SDKs' fixtures; T-Mobile asks for more to be approved."""

STARTER_NUMBERS_MAX = 1
"""Numbers of a sole proprietor's campaign (facts/carriers.md 4.1, class W)."""

_STANDARD: Mapping[str, tuple[str, str]] = {
    "2FA": ("Two-Factor Authentication", "passcodes that open accounts"),
    "ACCOUNT_NOTIFICATION": ("Account Notification", "news for account holders about their accounts"),
    "CUSTOMER_CARE": ("Customer Care", "talks with support and other teams that serve customers"),
    "DELIVERY_NOTIFICATION": ("Delivery Notification", "where a product or service is on its way"),
    "FRAUD_ALERT": ("Fraud Alert", "warnings of suspicious behaviour"),
    "HIGHER_EDUCATION": ("Higher Education", "what colleges and universities send"),
    "MARKETING": ("Marketing", "offers, events and sales"),
    "POLLING_VOTING": ("Polling Voting", "surveys and polls that are not political"),
    "PUBLIC_SERVICE_ANNOUNCEMENT": ("Public Service Announcement", "raises awareness of what matters to the public"),
    "SECURITY_ALERT": ("Security Alert", "warnings that a system may have been breached"),
}
_COMBINED: Mapping[str, tuple[str, str]] = {
    "LOW_VOLUME": ("Low Volume", "two to five standard use cases at a low rate"),
    "MIXED": ("Mixed", "two to five standard use cases"),
}
_STARTER: Mapping[str, tuple[str, str]] = {"STARTER": ("Starter", "what a sole proprietor sends")}

USECASES: Mapping[str, tuple[str, str]] = {**_STANDARD, **_COMBINED, **_STARTER}
"""Code to name and details."""

Usecase = Literal[
    "2FA", "ACCOUNT_NOTIFICATION", "CUSTOMER_CARE", "DELIVERY_NOTIFICATION", "FRAUD_ALERT", "HIGHER_EDUCATION",
    "LOW_VOLUME", "MARKETING", "MIXED", "POLLING_VOTING", "PUBLIC_SERVICE_ANNOUNCEMENT", "SECURITY_ALERT", "STARTER",
]  # fmt: skip

Sample = Annotated[str, Meta(min_length=20, max_length=1_024)]
Sentences = Annotated[str, Meta(min_length=40, max_length=4_096)]
Words = Annotated[str, Meta(min_length=20, max_length=320)]
Keywords = Annotated[str, Meta(max_length=255)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignForm:
    """What a customer asks for. Texts have the least lengths that The Campaign Registry asks for."""

    brand_id: str
    vertical: Vertical
    usecase: Usecase
    campaign_alias: Line = ""
    sub_usecases: tuple[Usecase, ...] = ()
    description: Sentences
    sample1: Sample
    sample2: Sample
    sample3: Sample | None = None
    sample4: Sample | None = None
    sample5: Sample | None = None
    message_flow: Sentences
    help_message: Words
    optout_message: Words
    optin_message: Words | None = None
    optin_keywords: Keywords = ""
    optout_keywords: Keywords = ""
    help_keywords: Keywords = ""
    embedded_link: bool = False
    embedded_phone: bool = False
    age_gated: bool = False
    direct_lending: bool = False
    affiliate_marketing: bool = False
    subscriber_optin: bool
    subscriber_optout: bool
    subscriber_help: bool
    terms_and_conditions_link: Line = ""
    privacy_policy_link: Line = ""
    url: Annotated[str, Meta(description="where status callbacks go")] = ""
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChanges:
    """What may be changed while a campaign is in processing, or has failed."""

    campaign_alias: Line | None = None
    reseller_id: Line | None = None
    description: Sentences | None = None
    sample1: Sample | None = None
    sample2: Sample | None = None
    sample3: Sample | None = None
    sample4: Sample | None = None
    sample5: Sample | None = None
    message_flow: Sentences | None = None
    help_message: Words | None = None
    optin_message: Words | None = None
    optout_message: Words | None = None
    optin_keywords: Keywords | None = None
    optout_keywords: Keywords | None = None
    help_keywords: Keywords | None = None
    terms_and_conditions_link: Line | None = None
    privacy_policy_link: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign. ``tpm`` is what AT&T takes in a minute, ``tier`` what T-Mobile takes in a day; ``decides_at`` is
    a Unix time. One that was registered elsewhere and imported is ``shared``."""

    campaign_id: str
    form: CampaignForm
    created_at: datetime
    decides_at: float
    tpm: int
    tier: str
    source: Literal["plivo", "shared"] = "plivo"
    reseller_id: str = ""
    registration_status: RegistrationStatus = RegistrationStatus.PROCESSING
    error_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignNumber:
    """A number that belongs to a campaign, or is about to, or about to leave it."""

    number: str
    campaign_id: str
    decides_at: float
    url: str = ""
    method: Method = "POST"
    is_leaving: bool = False
    status: RegistrationStatus = RegistrationStatus.PROCESSING


def usecases_of(brand: Brand) -> Mapping[str, tuple[str, str]]:
    """What a brand may send."""
    return _STARTER if brand.is_starter else {**_STANDARD, **_COMBINED}


def check_campaign(form: CampaignForm, brand: Brand) -> None:
    """Raise BadRequest where the form and the brand do not fit each other, or the parts of the form."""
    if brand.registration_status is not RegistrationStatus.COMPLETED:
        raise BadRequest(f"brand {brand.brand_id} is {brand.registration_status}, expected COMPLETED")
    allowed = usecases_of(brand)
    if form.usecase not in allowed:
        kind = brand.form.brand_type
        raise BadRequest(f"usecase is {form.usecase}, expected one of {', '.join(allowed)} for a {kind} brand")
    _check_sub_usecases(form)
    for name in ("subscriber_optin", "subscriber_optout", "subscriber_help"):
        if not getattr(form, name):
            raise BadRequest(f"{name} is false, expected true: carriers take no campaign without it")


def _check_sub_usecases(form: CampaignForm) -> None:
    is_combined = form.usecase in _COMBINED
    if form.sub_usecases and not (is_combined or form.usecase in _STARTER):
        raise BadRequest(f"sub_usecases are given, expected none for usecase {form.usecase}")
    if is_combined and not 2 <= len(set(form.sub_usecases)) <= 5:
        raise BadRequest(
            f"sub_usecases has {len(set(form.sub_usecases))} use cases, expected 2 to 5 for {form.usecase}"
        )
    for each in form.sub_usecases:
        if each not in _STANDARD:
            raise BadRequest(f"sub_usecases has {each}, expected some of {', '.join(_STANDARD)}")


def tpm_of(usecase: str, brand: Brand) -> int:
    """Messages a minute that AT&T takes from a campaign (plivo_api.md 5, facts/carriers.md 4.1)."""
    if brand.is_starter:
        return 15
    if usecase == "LOW_VOLUME":
        return 75
    score = brand.vetting_score or 0
    return next(tpm for least, tpm in ((75, 4_500), (50, 2_400), (0, 240)) if score >= least)


def changed_form(form: CampaignForm, changes: CampaignChanges) -> CampaignForm:
    """The form with what is given in its place."""
    given = {
        each.name: value
        for each in fields(changes)
        if each.name != "reseller_id" and (value := getattr(changes, each.name)) is not None
    }
    return CampaignForm(**{each.name: getattr(form, each.name) for each in fields(form)} | given)


def numbers_max(campaign: Campaign) -> int:
    """How many numbers a campaign may have."""
    return STARTER_NUMBERS_MAX if campaign.form.usecase in _STARTER else NUMBERS_MAX


def summary(numbers: Iterable[CampaignNumber]) -> dict[str, int]:
    """How many numbers have which status."""
    counts = {status.value: 0 for status in RegistrationStatus}
    for each in numbers:
        counts[each.status.value] += 1
    return counts
