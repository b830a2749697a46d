"""Brands: companies that are registered for 10DLC, what The Campaign Registry thinks of them, and what that allows.

The registry here is not the real one; it decides by fixed rules, so that a test gets the outcome it asks for:

- a brand whose profile has the EIN ``000000000``, or whose alias has the word ``test:reject``, is rejected;
- a brand whose alias has the word ``test:wait`` stays in processing;
- a vetted brand scores 80, or what the last two digits of its EIN say when that begins with ``9990000``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.registration.profiles import Line, ProfileForm

REJECT, WAIT, UPDATE = "test:reject", "test:wait", "test:update"
"""Words in an alias that decide the outcome of a registration; see above, campaigns.py and verifications.py."""

UNKNOWN_EIN = "000000000"
_EIN_WITH_SCORE = "9990000"
_SCORE = 80

Method = Literal["POST", "GET"]


class RegistrationStatus(StrEnum):
    """How far a registration has come (plivo_api.md 2.8)."""

    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What came of a request: None for ``is_accepted`` while nobody decides. ``reason`` is for people."""

    is_accepted: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandForm:
    """What a customer asks for."""

    brand_alias: Line
    profile_uuid: str
    brand_type: Literal["STANDARD", "STARTER"] = "STARTER"
    secondary_vetting: bool = True
    business_contact_email: Line = ""
    url: Annotated[str, Meta(description="where status callbacks go")] = ""
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One brand. ``company`` is what its profile said when it was registered; ``decides_at`` is a Unix time."""

    brand_id: str
    form: BrandForm
    company: ProfileForm
    created_at: datetime
    decides_at: float
    registration_status: RegistrationStatus = RegistrationStatus.PROCESSING
    vetting_score: int | None = None
    error_reason: str = ""

    @property
    def is_starter(self) -> bool:
        """Sole proprietors: one small campaign."""
        return self.form.brand_type == "STARTER"

    @property
    def tier(self) -> str:
        """T-Mobile's name for how much a brand may send a day (facts/carriers.md 4.1)."""
        score = self.vetting_score or 0
        return next(
            name for least, name in ((75, "TOP"), (50, "HIGH_MID"), (25, "LOW_MID"), (0, "LOW")) if score >= least
        )


def outcome_of(labels: str) -> Decision:
    """What the words in an alias ask for; acceptance without any."""
    if REJECT in labels:
        return Decision(is_accepted=False, reason=f"asked for with {REJECT}")
    if WAIT in labels:
        return Decision(is_accepted=None, reason=f"asked for with {WAIT}")
    return Decision(is_accepted=True)


def judge_brand(brand: Brand) -> Decision:
    """What the registry decides about a brand."""
    if brand.company.ein == UNKNOWN_EIN:
        return Decision(is_accepted=False, reason=f"EIN {UNKNOWN_EIN} does not belong to {brand.company.company_name}")
    return outcome_of(brand.form.brand_alias)


def score_of(brand: Brand) -> int | None:
    """The vetting score of an accepted brand, 0 to 100; None for one that was not vetted."""
    if brand.is_starter or not brand.form.secondary_vetting:
        return None
    ein = brand.company.ein
    return int(ein[-2:]) if ein.startswith(_EIN_WITH_SCORE) and ein.isascii() and ein[-2:].isdecimal() else _SCORE
