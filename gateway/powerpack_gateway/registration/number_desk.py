"""Numbers of campaigns: linked and unlinked, which the carriers decide.

A number that is linked is registered for 10DLC: it may send what its campaign may, and shares its campaign's STOPs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.nanp import parse_source
from powerpack_gateway.numbers import NumberType, PhoneNumber, Registration
from powerpack_gateway.registration.brands import Method, RegistrationStatus, outcome_of
from powerpack_gateway.registration.campaign_desk import CampaignDesk
from powerpack_gateway.registration.campaigns import Campaign, CampaignNumber, numbers_max
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registry import Registry
from powerpack_gateway.store.base import Snapshot

KIND = "campaign_number"


class NumberDesk:
    """Which number belongs to which campaign."""

    def __init__(self, desk: Desk, campaigns: CampaignDesk, holdings: Holdings) -> None:
        self._desk = desk
        self._campaigns = campaigns
        self._holdings = holdings
        self._linked: Registry[CampaignNumber] = Registry("campaign number", lambda each: each.number)

    def of(self, campaign_id: str) -> Iterator[CampaignNumber]:
        """The numbers of a campaign in the order in which they were asked for, without those that were given back."""
        return (each for each in self._linked if each.campaign_id == campaign_id and self._is_current(each))

    def one(self, campaign_id: str, number: str) -> CampaignNumber:
        """A number of a campaign; raises NotFound in the words of the SDKs' fixtures."""
        linked = self._linked.get(number)
        if linked is None or linked.campaign_id != campaign_id or not self._is_current(linked):
            raise NotFound(f"The number {number} is not linked to this campaign")
        return linked

    async def link(self, campaign_id: str, numbers: Sequence[str], *, url: str, method: Method) -> list[str]:
        """Ask for numbers to be linked, all of them or none; returns their digits."""
        campaign = self._campaigns[campaign_id]
        wanted = [self._linkable(each) for each in dict.fromkeys(numbers)]
        self._check(campaign, wanted)
        for number in wanted:
            linked = self._linked.put(
                CampaignNumber(
                    number=number.number,
                    campaign_id=campaign_id,
                    decides_at=self._desk.deadline(),
                    url=url,
                    method=method,
                )
            )
            self._desk.put(KIND, number.number, linked)
            self._holdings.orders.register(number.number, Registration.PROCESSING, campaign_id=campaign_id)
            self._tell(linked, "created")
            self._plan(linked)
        await self._desk.commit()
        return [number.number for number in wanted]

    async def unlink(self, campaign_id: str, number: str, *, url: str, method: Method) -> None:
        """Ask for a number to leave its campaign."""
        linked = self.one(campaign_id, number)
        if linked.status is RegistrationStatus.PROCESSING:
            what = "unlinking" if linked.is_leaving else "linking"
            raise BadRequest(f"The number {number} is already requested for {what}")
        leaving = replace(
            linked,
            url=url,
            method=method,
            is_leaving=True,
            status=RegistrationStatus.PROCESSING,
            decides_at=self._desk.deadline(),
        )
        self._linked.put(leaving)
        self._tell(leaving, "created")
        self._plan(leaving)
        await self._desk.kept(KIND, number, leaving)

    async def free(self, campaign_id: str) -> None:
        """Let all numbers of a campaign go at once, since it will be deleted."""
        numbers = list(self.of(campaign_id))
        waiting = [each.number for each in numbers if each.status is RegistrationStatus.PROCESSING]
        if waiting:
            raise BadRequest(f"campaign {campaign_id} has numbers in processing: {', '.join(waiting)}")
        for each in numbers:
            self._let_go(each)
        await self._desk.commit()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was."""
        for each in snapshot.each(KIND, CampaignNumber):
            self._plan(self._linked.put(each))

    def _is_current(self, linked: CampaignNumber) -> bool:
        """Whether the number is still ours, and was not given back and rented anew since it was linked."""
        number = self._holdings.numbers.get(linked.number)
        is_in_it = number is not None and number.campaign_id == linked.campaign_id
        return is_in_it or (number is not None and linked.status is RegistrationStatus.FAILED)

    def _linkable(self, number: str) -> PhoneNumber:
        found = self._holdings.numbers.get(parse_source(number) or "")
        if found is None:
            raise BadRequest(f"The number {number} is not a valid number")
        if found.type is not NumberType.LONGCODE or found.country != "US":
            raise BadRequest(f"number {found.number} is a {found.country} {found.type.value}, expected a US longcode")
        linked = self._linked.get(found.number)
        if linked is None or not self._is_current(linked):
            return found
        if linked.status is RegistrationStatus.PROCESSING:
            raise BadRequest(f"The number {found.number} is already requested for linking")
        if linked.status is RegistrationStatus.COMPLETED:
            raise BadRequest(f"The number {found.number} is already linked to campaign {linked.campaign_id}")
        return found

    def _check(self, campaign: Campaign, wanted: Sequence[PhoneNumber]) -> None:
        if not wanted:
            raise BadRequest("numbers parameter is missing")
        if campaign.registration_status is not RegistrationStatus.COMPLETED:
            raise BadRequest(f"campaign {campaign.campaign_id} is {campaign.registration_status}, expected COMPLETED")
        asked = {each.number for each in wanted}
        taken = [
            each
            for each in self.of(campaign.campaign_id)
            if each.status is not RegistrationStatus.FAILED and each.number not in asked
        ]
        total, limit = len(taken) + len(wanted), numbers_max(campaign)
        if total > limit:
            raise BadRequest(f"campaign {campaign.campaign_id} would have {total} numbers, {limit} is the limit")

    def _plan(self, linked: CampaignNumber) -> None:
        if linked.status is RegistrationStatus.PROCESSING:
            self._desk.decide_at(linked.decides_at, lambda: self._decide(linked))

    def _decide(self, asked: CampaignNumber) -> None:
        linked, number = self._linked.get(asked.number), self._holdings.numbers.get(asked.number)
        if linked is None or linked.decides_at != asked.decides_at:
            return  # asked for anew
        if number is None or not self._is_current(linked):
            self._forget(linked)  # given back meanwhile
            return
        decision = outcome_of(number.alias or "")
        if decision.is_accepted is None:
            return
        if linked.is_leaving:
            self._decide_leaving(linked, is_accepted=decision.is_accepted)
        else:
            self._decide_joining(linked, is_accepted=decision.is_accepted)

    def _decide_joining(self, linked: CampaignNumber, *, is_accepted: bool) -> None:
        status = RegistrationStatus.COMPLETED if is_accepted else RegistrationStatus.FAILED
        registration = Registration.COMPLETED if is_accepted else Registration.UNREGISTERED
        decided = self._linked.put(replace(linked, status=status))
        self._desk.put(KIND, linked.number, decided)
        campaign_id = linked.campaign_id if is_accepted else None
        self._holdings.orders.register(linked.number, registration, campaign_id=campaign_id)
        self._tell(decided, "success" if is_accepted else "failed")

    def _decide_leaving(self, linked: CampaignNumber, *, is_accepted: bool) -> None:
        if is_accepted:
            self._let_go(linked)
        else:
            stayed = self._linked.put(replace(linked, is_leaving=False, status=RegistrationStatus.COMPLETED))
            self._desk.put(KIND, linked.number, stayed)
        self._tell(linked, "success" if is_accepted else "failed")

    def _let_go(self, linked: CampaignNumber) -> None:
        self._forget(linked)
        self._holdings.orders.register(linked.number, Registration.UNREGISTERED, campaign_id=None)

    def _forget(self, linked: CampaignNumber) -> None:
        self._linked.delete(linked.number)
        self._desk.drop(KIND, linked.number)

    def _tell(self, linked: CampaignNumber, status: str) -> None:
        params = {
            "event": "number_unlinking" if linked.is_leaving else "number_linking",
            "status": status,
            "campaign_id": linked.campaign_id,
            "number": linked.number,
        }
        self._desk.tell(linked.number, url=linked.url, method=linked.method, params=params)
