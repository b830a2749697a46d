"""Campaigns of the account: asked for, imported, decided, changed, taken away."""

from collections.abc import Iterator
from dataclasses import replace

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.registration.brand_desk import BrandDesk
from powerpack_gateway.registration.brands import Method, RegistrationStatus, outcome_of
from powerpack_gateway.registration.campaigns import (
    Campaign,
    CampaignChanges,
    CampaignForm,
    changed_form,
    check_campaign,
    tpm_of,
)
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registry import Registry
from powerpack_gateway.store.base import Snapshot

KIND = "campaign"

SHARED_TPM = 4_500
SHARED_TIER = "TOP"
"""What an imported campaign may send: its brand's score is not known here, so it gets what the fixtures show."""

_ELSEWHERE = "Registered elsewhere and shared through The Campaign Registry; its details are not here."


class CampaignDesk:
    """The account's campaigns, in the order in which they were asked for."""

    def __init__(self, desk: Desk, brands: BrandDesk) -> None:
        self._desk = desk
        self._brands = brands
        self._campaigns: Registry[Campaign] = Registry(KIND, lambda each: each.campaign_id)

    def __iter__(self) -> Iterator[Campaign]:
        return iter(self._campaigns)

    def __getitem__(self, campaign_id: str) -> Campaign:
        return self._campaigns[campaign_id]

    def get(self, campaign_id: str) -> Campaign | None:
        """The campaign, or None."""
        return self._campaigns.get(campaign_id)

    async def create(self, form: CampaignForm) -> Campaign:
        """Ask for a campaign of a registered brand; it is decided later."""
        brand = self._brands[form.brand_id]
        check_campaign(form, brand)
        if brand.is_starter and any(each.form.brand_id == brand.brand_id for each in self._campaigns):
            raise BadRequest(f"STARTER brand {brand.brand_id} has a campaign already, which is the limit")
        return await self._ask(
            Campaign(
                campaign_id=self._desk.new_id("C"),
                form=form,
                created_at=self._desk.clock.now(),
                decides_at=self._desk.deadline(),
                tpm=tpm_of(form.usecase, brand),
                tier=brand.tier,
            )
        )

    async def import_shared(self, campaign_id: str, alias: str, *, url: str, method: Method) -> Campaign:
        """Take in a campaign that was registered elsewhere; whether it is shared with us is decided later."""
        if campaign_id in self._campaigns:
            raise BadRequest(f"campaign {campaign_id} is in this account already")
        form = CampaignForm(
            brand_id="",
            vertical="PROFESSIONAL",
            usecase="MIXED",
            campaign_alias=alias,
            description=_ELSEWHERE,
            sample1=_ELSEWHERE,
            sample2=_ELSEWHERE,
            message_flow=_ELSEWHERE,
            help_message=_ELSEWHERE,
            optout_message=_ELSEWHERE,
            subscriber_optin=True,
            subscriber_optout=True,
            subscriber_help=True,
            url=url,
            method=method,
        )
        return await self._ask(
            Campaign(
                campaign_id=campaign_id,
                form=form,
                created_at=self._desk.clock.now(),
                decides_at=self._desk.deadline(),
                tpm=SHARED_TPM,
                tier=SHARED_TIER,
                source="shared",
            )
        )

    async def update(self, campaign_id: str, changes: CampaignChanges) -> Campaign:
        """Change a campaign that is in processing or has failed, which submits it again."""
        had = self._campaigns[campaign_id]
        if had.registration_status is RegistrationStatus.COMPLETED:
            raise BadRequest(f"campaign {campaign_id} is registered, expected one that is PROCESSING or FAILED")
        changed = replace(
            had,
            form=changed_form(had.form, changes),
            reseller_id=had.reseller_id if changes.reseller_id is None else changes.reseller_id,
            registration_status=RegistrationStatus.PROCESSING,
            error_reason="",
            decides_at=self._desk.deadline(),
        )
        return await self._ask(changed)

    async def delete(self, campaign_id: str) -> None:
        """Take a campaign away; whoever calls has freed its numbers."""
        self._campaigns.delete(campaign_id)
        self._desk.drop(KIND, campaign_id)
        await self._desk.commit()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was."""
        for each in snapshot.each(KIND, Campaign):
            self._plan(self._campaigns.put(each))

    def follow(self, campaign_id: str, campaign: Campaign | None) -> None:
        """Another gateway, which decides, registered or changed a campaign, or took it away (None)."""
        if campaign is not None:
            self._campaigns.put(campaign)
        elif campaign_id in self._campaigns:
            self._campaigns.delete(campaign_id)

    async def _ask(self, campaign: Campaign) -> Campaign:
        self._campaigns.put(campaign)
        self._tell(campaign, "created")
        await self._desk.kept(KIND, campaign.campaign_id, campaign)
        self._plan(campaign)
        return campaign

    def _plan(self, campaign: Campaign) -> None:
        if campaign.registration_status is RegistrationStatus.PROCESSING:
            self._desk.decide_at(campaign.decides_at, lambda: self._decide(campaign))

    def _decide(self, asked: Campaign) -> None:
        campaign = self._campaigns.get(asked.campaign_id)
        if campaign is None or campaign.decides_at != asked.decides_at:
            return  # deleted meanwhile, or submitted again
        decision = outcome_of(campaign.form.campaign_alias)
        if decision.is_accepted is None:
            return
        status = RegistrationStatus.COMPLETED if decision.is_accepted else RegistrationStatus.FAILED
        decided = replace(campaign, registration_status=status, error_reason=decision.reason)
        self._desk.put(KIND, campaign.campaign_id, self._campaigns.put(decided))
        self._tell(decided, "registered" if decision.is_accepted else "rejected")

    def _tell(self, campaign: Campaign, status: str) -> None:
        params = {
            "event": "campaign",
            "status": status,
            "brand_id": campaign.form.brand_id,
            "campaign_id": campaign.campaign_id,
            "error_reason": campaign.error_reason,
        }
        self._desk.tell(campaign.campaign_id, url=campaign.form.url, method=campaign.form.method, params=params)
