"""The registrar: all that the account registers, wired together."""

from powerpack_gateway.holdings import Holdings
from powerpack_gateway.registration.brand_desk import BrandDesk
from powerpack_gateway.registration.campaign_desk import CampaignDesk
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registration.number_desk import NumberDesk
from powerpack_gateway.registration.profile_desk import ProfileDesk
from powerpack_gateway.registration.verification_desk import VerificationDesk
from powerpack_gateway.store.base import Snapshot


class Registrar:
    """Profiles, brands, campaigns, the campaigns' numbers, toll-free verifications: each is a desk of its own."""

    def __init__(self, desk: Desk, holdings: Holdings) -> None:
        self._desk = desk
        self.profiles = ProfileDesk(desk, holdings)
        self.brands = BrandDesk(desk, self.profiles)
        self.campaigns = CampaignDesk(desk, self.brands)
        self.numbers = NumberDesk(desk, self.campaigns, holdings)
        self.verifications = VerificationDesk(desk, self.profiles, holdings)

    async def delete_profile(self, profile_uuid: str) -> None:
        """Take a profile away that nothing stands on."""
        of_brands = any(each.form.profile_uuid == profile_uuid for each in self.brands)
        is_used = of_brands or any(each.form.profile_uuid == profile_uuid for each in self.verifications)
        await self.profiles.delete(profile_uuid, is_used=is_used)

    async def delete_brand(self, brand_id: str) -> None:
        """Take a brand away that has no campaigns."""
        await self.brands.delete(brand_id, campaigns=sum(each.form.brand_id == brand_id for each in self.campaigns))

    async def delete_campaign(self, campaign_id: str) -> None:
        """Take a campaign away; its numbers are unregistered from now on."""
        campaign = self.campaigns[campaign_id]
        await self.numbers.free(campaign.campaign_id)
        await self.campaigns.delete(campaign_id)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was: what was undecided is decided in its time."""
        self.profiles.restore(snapshot)
        self.brands.restore(snapshot)
        self.campaigns.restore(snapshot)
        self.numbers.restore(snapshot)
        self.verifications.restore(snapshot)

    def close(self) -> None:
        """Decide nothing any more."""
        self._desk.close()
