"""Profiles: who stands behind a brand or a toll-free number (plivo_api.md 2.8)."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

Vertical = Literal[
    "PROFESSIONAL", "REAL_ESTATE", "HEALTHCARE", "HUMAN_RESOURCES", "ENERGY", "ENTERTAINMENT", "RETAIL",
    "TRANSPORTATION", "AGRICULTURE", "INSURANCE", "POSTAL", "EDUCATION", "HOSPITALITY", "FINANCIAL", "POLITICAL",
    "GAMBLING", "LEGAL", "CONSTRUCTION", "NGO", "MANUFACTURING", "GOVERNMENT", "TECHNOLOGY", "COMMUNICATION",
]  # fmt: skip
"""A company's industry, as The Campaign Registry divides them."""

EntityType = Literal["PRIVATE", "PUBLIC", "NON_PROFIT", "GOVERNMENT", "INDIVIDUAL", "PRIVATE_PROFIT", "PUBLIC_PROFIT"]
"""Who owns it. The last two are The Campaign Registry's own words for the first two, which fixtures have."""

Line = Annotated[str, Meta(max_length=255)]
"""One line of a form: what a console's column can still show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a company is. ``country`` is an ISO 3166 code of two letters."""

    street: Line = ""
    city: Line = ""
    state: Line = ""
    postal_code: Line = ""
    country: Annotated[str, Meta(max_length=2)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who speaks for it. Fixtures of two SDKs have one ``name`` instead of a first and a last one."""

    first_name: Line = ""
    last_name: Line = ""
    name: Line = ""
    email: Line = ""
    phone: Line = ""
    title: Line = ""
    seniority: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """What may be changed later."""

    entity_type: EntityType | None = None
    company_name: Line | None = None
    vertical: Vertical | None = None
    address: Address | None = None
    authorized_contact: Contact | None = None
    website: Line | None = None
    business_contact_email: Line | None = None
    doing_business_as: Line | None = None
    plivo_subaccount: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileForm:
    """What a customer tells of a company. A brand is rejected when its ``ein`` is 000000000 (brands.py)."""

    profile_alias: Line
    customer_type: Literal["DIRECT", "RESELLER"]
    entity_type: EntityType
    company_name: Line
    vertical: Vertical
    ein: Line = ""
    ein_issuing_country: Annotated[str, Meta(max_length=2)] = ""
    address: Address = field(default_factory=Address)
    authorized_contact: Contact = field(default_factory=Contact)
    stock_symbol: Line = ""
    stock_exchange: Line = ""
    website: Line = ""
    alt_business_id: Line = ""
    alt_business_id_type: Literal["DUNS", "LEI", "GIIN", "NONE"] = "NONE"
    plivo_subaccount: Line = ""
    business_contact_email: Line = ""
    doing_business_as: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile. The account's own is primary, those made through the API are secondary."""

    profile_uuid: str
    created_at: datetime
    form: ProfileForm
    profile_type: Literal["PRIMARY", "SECONDARY"] = "SECONDARY"


def primary_uuid(auth_id: str) -> str:
    """The uuid of the account's own profile, which every secondary one names: always the same for an account."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"powerpack-lab:{auth_id}:primary-profile"))
