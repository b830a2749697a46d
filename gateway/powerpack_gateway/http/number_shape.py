"""What the operations on numbers, rented and for sale, take and answer (plivo_api.md 2.4, 2.5)."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from powerpack_gateway.http.paging import ListMeta, Paging

NumberWord = Literal["local", "fixed", "mobile", "national", "tollfree"]
Day = Annotated[str, Meta(description="YYYY-MM-DD")]
Services = Annotated[str, Meta(description="some of voice, sms, mms with commas between them")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFilter(Paging):
    """Which numbers a list wants."""

    type: NumberWord | None = None
    number_startswith: str | None = None
    subaccount: str | None = None
    alias: str | None = None
    services: Services | None = None
    cnam_lookup: Literal["enabled", "disabled"] | None = None
    renewal_date: Day | None = None
    renewal_date__lt: Day | None = None
    renewal_date__lte: Day | None = None
    renewal_date__gt: Day | None = None
    renewal_date__gte: Day | None = None
    tendlc_registration_status: str | None = None
    tendlc_campaign_id: str | None = None
    toll_free_sms_verification: str | None = None
    toll_free_sms_verification_order_status: str | None = None
    format: Literal["json", "csv"] = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberChanges:
    """What may be changed. An ``app_id`` of "none" takes the application away."""

    app_id: str | None = None
    subaccount: str | None = None
    alias: Annotated[str, Meta(max_length=255)] | None = None
    cnam_lookup: str | None = None
    compliance_application_id: str | None = None
    verification_info: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumbers:
    """Numbers that another carrier serves. ``numbers`` may stand in one text with commas."""

    numbers: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    carrier: Annotated[str, Meta(max_length=255)]
    region: Annotated[str, Meta(max_length=255)]
    number_type: NumberWord | None = None
    app_id: str | None = None
    subaccount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberShown:
    """A number of the account."""

    active: bool
    added_on: str | None
    alias: str | None
    application: str | None
    carrier: str
    city: str
    cnam_lookup: str
    compliance_application_id: str | None
    compliance_status: str | None
    country: str
    mms_enabled: bool
    mms_rate: str
    monthly_rental_rate: str
    number: str
    number_type: str
    region: str
    renewal_date: str | None
    resource_uri: str
    sms_enabled: bool
    sms_rate: str
    sub_account: str | None
    sub_account_name: str | None
    tendlc_campaign_id: str | None
    tendlc_registration_status: str | None
    toll_free_sms_verification: str | None
    toll_free_sms_verification_id: str | None
    toll_free_sms_verification_order_status: str | None
    voice_enabled: bool
    voice_rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberList:
    """Some numbers of the account."""

    meta: ListMeta
    objects: tuple[NumberShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrentedShown:
    """A number that was given back and can be had back."""

    country: str
    monthly_rental_rate: str
    number: str
    number_type: str
    reclaimable_until: str
    reserved_until: str
    resource_uri: str
    setup_rate: str
    unrented_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrentedList:
    """Some numbers that were given back."""

    meta: ListMeta
    objects: tuple[UnrentedShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFilter(Paging):
    """Which numbers a search wants. ``pattern`` is what they begin with after the country code."""

    country_iso: Annotated[str, Meta(min_length=2, max_length=2)]
    type: NumberWord | None = None
    pattern: str | None = None
    region: str | None = None
    city: str | None = None
    rate_center: str | None = None
    lata: str | None = None
    services: Services | None = None
    npanxx: Annotated[str, Meta(pattern="^[0-9]{6}$")] | None = None
    local_calling_area: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferShown:
    """A number that is for sale."""

    city: str
    compliance_requirement: dict[str, Any] | None
    country: str
    lata: int | None
    mms_enabled: bool
    mms_rate: str
    monthly_rental_rate: str
    number: str
    prefix: str | None
    rate_center: str
    region: str
    resource_uri: str
    restriction: str | None
    restriction_text: str | None
    setup_rate: str
    sms_enabled: bool
    sms_rate: str
    status: str
    sub_type: str
    type: str
    voice_enabled: bool
    voice_rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferList:
    """Some numbers that are for sale."""

    meta: ListMeta
    objects: tuple[OfferShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a new number gets at once."""

    app_id: str | None = None
    compliance_application_id: str | None = None
    verification_info: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A number and what came of it."""

    number: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseAnswer:
    """What was bought."""

    message: str
    numbers: tuple[Bought, ...]
    status: str
