"""Numbers of a 10DLC campaign: link, unlink, list, status (plivo_api.md 2.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from powerpack_gateway.fields import http_url
from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import Paging, window
from powerpack_gateway.http.shape import read
from powerpack_gateway.registration.brands import Method, RegistrationStatus
from powerpack_gateway.registration.campaigns import NUMBERS_MAX, Campaign, CampaignNumber, numbers_max, summary

TAG = "10DLC Campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """Which numbers, and who is told."""

    numbers: Annotated[tuple[str, ...], Meta(min_length=1, max_length=NUMBERS_MAX)]
    url: str = ""
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkRequest:
    """Who is told."""

    url: str = ""
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStatus:
    """A number of a campaign and how far it is."""

    number: str
    status: RegistrationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignNumbers:
    """A campaign's numbers."""

    campaign_id: str
    campaign_alias: str
    usecase: str
    phone_numbers: tuple[NumberStatus, ...]
    phone_numbers_summary: dict[str, int]
    number_pool_limit: int


async def link_numbers(call: Call) -> Reply:
    """Ask the carriers to take a campaign from these numbers too; they decide later, and the ``url`` is told."""
    given = read(call.parameters(), LinkRequest)
    http_url("url", given.url)
    campaign_id = call.ids["campaign_id"]
    numbers = await call.gateway.registrar.numbers.link(campaign_id, given.numbers, url=given.url, method=given.method)
    return _received(f"link {','.join(numbers)} to", campaign_id)


async def unlink_number(call: Call) -> Reply:
    """Ask the carriers to take a number out of its campaign."""
    given = read(call.parameters(), UnlinkRequest)
    http_url("url", given.url)
    campaign_id, number = call.ids["campaign_id"], call.ids["number"]
    await call.gateway.registrar.numbers.unlink(
        call.gateway.registrar.campaigns[campaign_id].campaign_id, number, url=given.url, method=given.method
    )
    return _received(f"unlink {number} from", campaign_id)


async def list_linked(call: Call) -> Reply:
    """A campaign's numbers and how far each is."""
    wanted = window(call.parameters())
    campaign = call.gateway.registrar.campaigns[call.ids["campaign_id"]]
    numbers = list(call.gateway.registrar.numbers.of(campaign.campaign_id))
    return _shown(campaign, numbers[wanted.offset : wanted.offset + wanted.limit], numbers)


async def get_linked(call: Call) -> Reply:
    """One of a campaign's numbers and how far it is."""
    campaign = call.gateway.registrar.campaigns[call.ids["campaign_id"]]
    number = call.gateway.registrar.numbers.one(campaign.campaign_id, call.ids["number"])
    return _shown(campaign, [number], [number])


def _received(what: str, campaign_id: str) -> Reply:
    return Reply.of(Done(message=f"Request to {what} campaign {campaign_id} was received and is being processed"))


def _shown(campaign: Campaign, part: Iterable[CampaignNumber], everything: Iterable[CampaignNumber]) -> Reply:
    return Reply.of(
        CampaignNumbers(
            campaign_id=campaign.campaign_id,
            campaign_alias=campaign.form.campaign_alias,
            usecase=campaign.form.usecase,
            phone_numbers=tuple(NumberStatus(number=each.number, status=each.status) for each in part),
            phone_numbers_summary=summary(everything),
            number_pool_limit=numbers_max(campaign),
        )
    )


_NUMBERS = "/10dlc/Campaign/{campaign_id}/Number/"

ROUTES = (
    Operation("POST", _NUMBERS, link_numbers, tag=TAG, takes=LinkRequest, answers={200: Done}),
    Operation("GET", _NUMBERS, list_linked, tag=TAG, takes=Paging, answers={200: CampaignNumbers}),
    Operation("GET", _NUMBERS + "{number}/", get_linked, tag=TAG, answers={200: CampaignNumbers}),
    Operation("DELETE", _NUMBERS + "{number}/", unlink_number, tag=TAG, takes=UnlinkRequest, answers={200: Done}),
)
