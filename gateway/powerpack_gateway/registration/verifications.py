"""Toll-free verifications: what is asked for a number, how a request goes on, and what its number may do then.

The carriers' verifier here decides by the words in ``extra_data``, which is the customer's own reference:
``test:reject`` rejects, ``test:update`` asks for more, ``test:wait`` leaves it waiting; everything else is approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.numbers import Verification
from powerpack_gateway.registration.brands import UPDATE, Decision, Method, outcome_of

UPDATE_WITHIN_S = 6 * 86_400.0
"""How long a request may stay UPDATE_REQUIRED before it is rejected: six days (Plivo's page)."""

TOLLFREE_USECASES = (
    "2FA",
    "ACCOUNT_NOTIFICATION",
    "CUSTOMER_CARE",
    "DELIVERY_NOTIFICATION",
    "FRAUD_ALERT",
    "HIGHER_EDUCATION",
    "MARKETING",
    "POLLING_VOTING",
    "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT",
)

OptinType = Literal["VERBAL", "WEB_FORM", "PAPER_FORM", "VIA_TEXT", "MOBILE_QR_CODE"]
Volume = Literal[
    "1,000", "10,000", "100,000", "250,000", "500,000", "750,000", "1,000,000", "5,000,000", "10,000,000+"
]  # fmt: skip
Summary = Annotated[str, Meta(max_length=500)]
Sample = Annotated[str, Meta(max_length=1_000)]
Reference = Annotated[str, Meta(max_length=100)]
Urls = Annotated[str, Meta(max_length=2_048, description="one or more URLs with commas between them")]
Codes = Annotated[str, Meta(max_length=255, description="one or more use cases with commas between them")]


class OrderStatus(StrEnum):
    """How far a request is (plivo_api.md 2.9). PROCESSING is in Plivo's list and is never met here."""

    SUBMITTED = "SUBMITTED"
    PROCESSING = "PROCESSING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    UPDATE_REQUIRED = "UPDATE_REQUIRED"


OPEN = (OrderStatus.SUBMITTED, OrderStatus.PROCESSING, OrderStatus.UPDATE_REQUIRED)

NUMBER_IS: Mapping[OrderStatus, Verification] = {
    OrderStatus.SUBMITTED: Verification.PENDING,
    OrderStatus.PROCESSING: Verification.PENDING,
    OrderStatus.UPDATE_REQUIRED: Verification.PENDING,
    OrderStatus.APPROVED: Verification.VERIFIED,
    OrderStatus.REJECTED: Verification.UNVERIFIED,
}
"""What a number is while its request is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationForm:
    """What a customer asks for."""

    number: str
    profile_uuid: str
    usecase: Codes
    usecase_summary: Summary
    message_sample: Sample
    optin_image_url: Urls
    optin_type: OptinType
    volume: Volume
    additional_information: Summary = ""
    extra_data: Reference = ""
    callback_url: str = ""
    callback_method: Method = "POST"
    terms_and_conditions_link: Summary = ""
    privacy_policy_link: Summary = ""
    optin_message: Summary = ""
    help_message: Summary = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationChanges:
    """What may be changed while a request is open; the number may not."""

    profile_uuid: str | None = None
    usecase: Codes | None = None
    usecase_summary: Summary | None = None
    message_sample: Sample | None = None
    optin_image_url: Urls | None = None
    optin_type: OptinType | None = None
    volume: Volume | None = None
    additional_information: Summary | None = None
    extra_data: Reference | None = None
    callback_url: str | None = None
    callback_method: Method | None = None
    terms_and_conditions_link: Summary | None = None
    privacy_policy_link: Summary | None = None
    optin_message: Summary | None = None
    help_message: Summary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TollfreeVerification:
    """One request. ``decides_at`` is a Unix time."""

    uuid: str
    form: VerificationForm
    created: datetime
    last_modified: datetime
    decides_at: float
    status: OrderStatus = OrderStatus.SUBMITTED
    error_message: str = ""


def check_usecase(usecase: str) -> None:
    """Raise BadRequest unless every use case is one of those for toll-free numbers."""
    for code in usecase.split(","):
        if code.strip().upper() not in TOLLFREE_USECASES:
            raise BadRequest(f"usecase has '{code.strip()}', expected some of {', '.join(TOLLFREE_USECASES)}")


def changed_form(form: VerificationForm, changes: VerificationChanges) -> VerificationForm:
    """The form with what is given in its place."""
    given = {each.name: value for each in fields(changes) if (value := getattr(changes, each.name)) is not None}
    return VerificationForm(**{each.name: getattr(form, each.name) for each in fields(form)} | given)


def judge(verification: TollfreeVerification) -> tuple[OrderStatus, str]:
    """What the verifier says now, and why; SUBMITTED while it says nothing."""
    if verification.status is OrderStatus.UPDATE_REQUIRED:
        return OrderStatus.REJECTED, "what was asked for did not come within six days"
    if UPDATE in verification.form.extra_data:
        return OrderStatus.UPDATE_REQUIRED, f"more information is needed: asked for with {UPDATE}"
    decision: Decision = outcome_of(verification.form.extra_data)
    if decision.is_accepted is None:
        return OrderStatus.SUBMITTED, ""
    return (OrderStatus.APPROVED, "") if decision.is_accepted else (OrderStatus.REJECTED, decision.reason)
