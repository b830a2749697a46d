"""10DLC campaigns: create, import, get, list, update, delete (plivo_api.md 2.8)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.fields import http_url
from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.registration.brands import Method, RegistrationStatus
from powerpack_gateway.registration.campaigns import Campaign, CampaignChanges, CampaignForm, Usecase
from powerpack_gateway.registration.profiles import Line

TAG = "10DLC Campaign"

_ATTRIBUTES = (
    "embedded_link",
    "embedded_phone",
    "age_gated",
    "direct_lending",
    "affiliate_marketing",
    "subscriber_optin",
    "subscriber_optout",
    "subscriber_help",
)

Status = Literal["PROCESSING", "COMPLETED", "ACTIVE", "FAILED", "EXPIRED"]
"""Fixtures say COMPLETED or ACTIVE for the same, the documentation of the filter ``Active``; nothing expires here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFilter(Paging):
    """Which campaigns a list wants."""

    brand_id: str | None = None
    usecase: Usecase | None = None
    registration_status: Status | None = None
    campaign_source: Literal["plivo", "shared"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignImport:
    """A campaign that was registered elsewhere."""

    campaign_id: Annotated[str, Meta(pattern="^[A-Z0-9]{2,20}$")]
    campaign_alias: Line
    url: str = ""
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAnswer(Done):
    """What becomes of a campaign."""

    campaign_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignShown:
    """A campaign. ``mno_metadata`` says how much each carrier takes of it: ``tpm`` messages a minute, ``brand_tier``
    by the day."""

    campaign_id: str
    brand_id: str
    reseller_id: str
    registration_status: RegistrationStatus
    error_code: str
    error_reason: str
    campaign_alias: str
    campaign_source: Literal["plivo", "shared"]
    vertical: str
    usecase: str
    sub_usecase: str
    description: str
    sample1: str
    sample2: str
    sample3: str
    sample4: str
    sample5: str
    message_flow: str
    help_message: str
    help_keywords: str
    optin_message: str
    optin_keywords: str
    optout_message: str
    optout_keywords: str
    terms_and_conditions_link: str
    privacy_policy_link: str
    campaign_attributes: dict[str, bool]
    mno_metadata: dict[str, dict[str, int | str]]
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCampaign:
    """One campaign."""

    campaign: CampaignShown


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignList:
    """Some campaigns."""

    meta: ListMeta
    campaigns: tuple[CampaignShown, ...]


async def create_campaign(call: Call) -> Reply:
    """Ask for a campaign of a registered brand; it is decided later, and the ``url`` is told."""
    form = read(call.parameters(), CampaignForm)
    http_url("url", form.url)
    return _asked("create", await call.gateway.registrar.campaigns.create(form))


async def import_campaign(call: Call) -> Reply:
    """Take in a campaign that was registered elsewhere and is shared with us."""
    given = read(call.parameters(), CampaignImport)
    http_url("url", given.url)
    campaign = await call.gateway.registrar.campaigns.import_shared(
        given.campaign_id, given.campaign_alias, url=given.url, method=given.method
    )
    return _asked("import", campaign)


async def get_campaign(call: Call) -> Reply:
    """One campaign and how far it is."""
    return _one(call.gateway.registrar.campaigns[call.ids["campaign_id"]])


async def list_campaigns(call: Call) -> Reply:
    """The campaigns that pass the filters, in the order in which they were asked for."""
    given = call.parameters()
    wanted = read(given, CampaignFilter)
    status = "COMPLETED" if wanted.registration_status == "ACTIVE" else wanted.registration_status
    found = (
        each
        for each in call.gateway.registrar.campaigns
        if wanted.brand_id in (None, each.form.brand_id)
        and wanted.usecase in (None, each.form.usecase)
        and status in (None, each.registration_status.value)
        and wanted.campaign_source in (None, each.source)
    )
    return page(call, given, found, _shown, key="campaigns")


async def update_campaign(call: Call) -> Reply:
    """Change a campaign that is in processing or has failed; it is submitted again."""
    changes = read(call.parameters(), CampaignChanges)
    return _one(await call.gateway.registrar.campaigns.update(call.ids["campaign_id"], changes))


async def delete_campaign(call: Call) -> Reply:
    """Take a campaign away that has no numbers in processing; its numbers are unregistered from now on."""
    campaign_id = call.ids["campaign_id"]
    await call.gateway.registrar.delete_campaign(campaign_id)
    return Reply.of(CampaignAnswer(message="Campaign Deactivated", campaign_id=campaign_id))


def _asked(what: str, campaign: Campaign) -> Reply:
    said = f"Request to {what} campaign was received and is being processed."
    return Reply.of(CampaignAnswer(message=said, campaign_id=campaign.campaign_id))


def _one(campaign: Campaign) -> Reply:
    return Reply.of(OneCampaign(campaign=_shown(campaign)))


def _shown(campaign: Campaign) -> CampaignShown:
    form = campaign.form
    return CampaignShown(
        campaign_id=campaign.campaign_id,
        brand_id=form.brand_id,
        reseller_id=campaign.reseller_id,
        registration_status=campaign.registration_status,
        error_code="",
        error_reason=campaign.error_reason,
        campaign_alias=form.campaign_alias,
        campaign_source=campaign.source,
        vertical=form.vertical,
        usecase=form.usecase,
        sub_usecase=",".join(form.sub_usecases),
        description=form.description,
        sample1=form.sample1,
        sample2=form.sample2,
        sample3=form.sample3 or "",
        sample4=form.sample4 or "",
        sample5=form.sample5 or "",
        message_flow=form.message_flow,
        help_message=form.help_message,
        help_keywords=form.help_keywords,
        optin_message=form.optin_message or "",
        optin_keywords=form.optin_keywords,
        optout_message=form.optout_message,
        optout_keywords=form.optout_keywords,
        terms_and_conditions_link=form.terms_and_conditions_link,
        privacy_policy_link=form.privacy_policy_link,
        campaign_attributes={name: getattr(form, name) for name in _ATTRIBUTES},
        mno_metadata={
            "AT&T": {"tpm": campaign.tpm},
            "T-Mobile": {"brand_tier": campaign.tier},
            "US Cellular": {"tpm": campaign.tpm},
            "Verizon Wireless": {"tpm": campaign.tpm},
        },
        created_at=iso(campaign.created_at),
    )


ROUTES = (
    Operation("POST", "/10dlc/Campaign/", create_campaign, tag=TAG, takes=CampaignForm, answers={200: CampaignAnswer}),
    Operation("GET", "/10dlc/Campaign/", list_campaigns, tag=TAG, takes=CampaignFilter, answers={200: CampaignList}),
    # Before the paths with an id: "Import" is none (plivo_api.md 2.8).
    Operation(
        "POST", "/10dlc/Campaign/Import/", import_campaign, tag=TAG, takes=CampaignImport, answers={200: CampaignAnswer}
    ),
    Operation("GET", "/10dlc/Campaign/{campaign_id}/", get_campaign, tag=TAG, answers={200: OneCampaign}),
    Operation(
        "POST",
        "/10dlc/Campaign/{campaign_id}/",
        update_campaign,
        tag=TAG,
        takes=CampaignChanges,
        answers={200: OneCampaign},
    ),
    Operation("DELETE", "/10dlc/Campaign/{campaign_id}/", delete_campaign, tag=TAG, answers={200: CampaignAnswer}),
)
