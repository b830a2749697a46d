"""10DLC brands: create, get, list, use cases, delete (plivo_api.md 2.8)."""

from dataclasses import dataclass
from typing import Literal

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import http_url
from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.registration.brands import Brand, BrandForm, RegistrationStatus
from powerpack_gateway.registration.campaigns import usecases_of
from powerpack_gateway.registration.profiles import Address, Contact

TAG = "10DLC Brand"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFilter(Paging):
    """Which brands a list wants. The SDK says ``status``, the documentation ``registration_status``."""

    type: Literal["STANDARD", "STARTER"] | None = None
    status: RegistrationStatus | None = None
    registration_status: RegistrationStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandAnswer(Done):
    """What becomes of a brand."""

    brand_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandShown:
    """A brand: what was asked for, the company as it was then, and what came of it."""

    brand_id: str
    brand_alias: str
    brand_type: str
    profile_uuid: str
    registration_status: RegistrationStatus
    error_reason: str
    vetting_score: int | None
    vetting_status: Literal["ACTIVE", "PENDING"] | None
    secondary_vetting: bool
    business_contact_email: str
    company_name: str
    entity_type: str
    vertical: str
    ein: str
    ein_issuing_country: str
    website: str
    address: Address
    authorized_contact: Contact
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneBrand:
    """One brand."""

    brand: BrandShown


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandList:
    """Some brands."""

    meta: ListMeta
    brands: tuple[BrandShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsecaseShown:
    """A use case of campaigns."""

    name: str
    code: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandUsecases:
    """What a brand's campaigns may be for."""

    brand_id: str
    use_cases: tuple[UsecaseShown, ...]


async def create_brand(call: Call) -> Reply:
    """Ask The Campaign Registry for a brand; it decides later, and the ``url`` is told."""
    form = read(call.parameters(), BrandForm)
    http_url("url", form.url)
    brand = await call.gateway.registrar.brands.create(form)
    said = "Request to create brand was received and is being processed."
    return Reply.of(BrandAnswer(message=said, brand_id=brand.brand_id))


async def get_brand(call: Call) -> Reply:
    """One brand and how far it is."""
    return Reply.of(OneBrand(brand=_shown(call.gateway.registrar.brands[call.ids["brand_id"]])))


async def list_brands(call: Call) -> Reply:
    """The brands that pass the filters, in the order in which they were asked for."""
    given = call.parameters()
    wanted = read(given, BrandFilter)
    status = wanted.status or wanted.registration_status
    found = (
        each
        for each in call.gateway.registrar.brands
        if wanted.type in (None, each.form.brand_type) and status in (None, each.registration_status)
    )
    return page(call, given, found, _shown, key="brands")


async def send_otp(call: Call) -> Reply:
    """Send a sole proprietor the code that proves the phone number; the lab's registry does not wait for it."""
    brand = call.gateway.registrar.brands[call.ids["brand_id"]]
    if not brand.is_starter:
        raise BadRequest(f"brand {brand.brand_id} is {brand.form.brand_type}, expected STARTER: others need no code")
    return Reply.of(BrandAnswer(message="OTP request was received and is being processed.", brand_id=brand.brand_id))


async def list_usecases(call: Call) -> Reply:
    """What a brand's campaigns may be for."""
    brand = call.gateway.registrar.brands[call.ids["brand_id"]]
    use_cases = tuple(
        UsecaseShown(name=name, code=code, details=details) for code, (name, details) in usecases_of(brand).items()
    )
    return Reply.of(BrandUsecases(brand_id=brand.brand_id, use_cases=use_cases))


async def delete_brand(call: Call) -> Reply:
    """Take a brand away that has no campaigns."""
    brand_id = call.ids["brand_id"]
    await call.gateway.registrar.delete_brand(brand_id)
    return Reply.of(BrandAnswer(message="Brand Deactivated", brand_id=brand_id))


def _shown(brand: Brand) -> BrandShown:
    form, company = brand.form, brand.company
    is_decided = brand.registration_status is not RegistrationStatus.PROCESSING
    vetting: Literal["ACTIVE", "PENDING"] | None = None
    if form.secondary_vetting and not brand.is_starter:
        vetting = "ACTIVE" if is_decided else "PENDING"
    return BrandShown(
        brand_id=brand.brand_id,
        brand_alias=form.brand_alias,
        brand_type=form.brand_type,
        profile_uuid=form.profile_uuid,
        registration_status=brand.registration_status,
        error_reason=brand.error_reason,
        vetting_score=brand.vetting_score,
        vetting_status=vetting,
        secondary_vetting=form.secondary_vetting,
        business_contact_email=form.business_contact_email,
        company_name=company.company_name,
        entity_type=company.entity_type,
        vertical=company.vertical,
        ein=company.ein,
        ein_issuing_country=company.ein_issuing_country,
        website=company.website,
        address=company.address,
        authorized_contact=company.authorized_contact,
        created_at=iso(brand.created_at),
    )


ROUTES = (
    Operation("POST", "/10dlc/Brand/", create_brand, tag=TAG, takes=BrandForm, answers={200: BrandAnswer}),
    Operation("GET", "/10dlc/Brand/", list_brands, tag=TAG, takes=BrandFilter, answers={200: BrandList}),
    Operation("GET", "/10dlc/Brand/{brand_id}/", get_brand, tag=TAG, answers={200: OneBrand}),
    Operation("DELETE", "/10dlc/Brand/{brand_id}/", delete_brand, tag=TAG, answers={200: BrandAnswer}),
    Operation("POST", "/10dlc/Brand/{brand_id}/OTP/", send_otp, tag=TAG, answers={200: BrandAnswer}),
    Operation("GET", "/10dlc/Brand/{brand_id}/usecases/", list_usecases, tag=TAG, answers={200: BrandUsecases}),
)
