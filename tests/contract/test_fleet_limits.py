"""What numbers share holds over all gateways, as the carrier counts it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from fleet_support import FleetWorld
from live_api import CAMPAIGN, DECIDED_S, PROFILE
from powerpack_gateway.fleet.board import powerpack_lease, route_lease
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_lab.config import CarrierConfig, NumberConfig

SEATTLE = [f"1206555018{digit}" for digit in range(8)]
NUMBERS = [NumberConfig(number=each, region="WA", city="Seattle", registered=False, in_pool=False) for each in SEATTLE]


async def campaign(world: FleetWorld, numbers: list[str], **more: object) -> str:
    """The id of a registered campaign with these numbers in it."""
    name = next(iter(world.gateways))

    async def ok(method: str, path: str, values: object) -> dict[str, str]:
        status, answer = await world.call(name, method, path, values)
        assert status == 200, answer
        found: dict[str, str] = answer
        return found

    profile = await ok("POST", "Profile/", PROFILE)
    brand = await ok(
        "POST",
        "10dlc/Brand/",
        {"brand_alias": "acme", "brand_type": "STANDARD", "profile_uuid": profile["profile_uuid"]},
    )
    await asyncio.sleep(DECIDED_S)
    made = await ok("POST", "10dlc/Campaign/", {**CAMPAIGN, "brand_id": brand["brand_id"], **more})
    await asyncio.sleep(DECIDED_S)
    await ok("POST", f"10dlc/Campaign/{made['campaign_id']}/Number/", {"numbers": numbers})
    await asyncio.sleep(DECIDED_S)
    return made["campaign_id"]


async def powerpacks_of_two_gateways(world: FleetWorld, numbers: list[str]) -> list[str]:
    """The uuids of two Powerpacks that different gateways work for; half of the numbers are in each."""
    holders: dict[str, dict[str, str]] = {}
    name = next(iter(world.gateways))
    for place in range(20):
        _, made = await world.call(name, "POST", "Powerpack/", {"name": f"pack {place}", "sticky_sender": False})
        await asyncio.sleep(3)
        holders.setdefault(world.holder(powerpack_lease(made["uuid"])), made)
        if len(holders) == 2:
            break
    two = list(holders.values())
    for place, number in enumerate(numbers):
        status, answer = await world.call(name, "POST", f"{two[place % 2]['number_pool']}Number/{number}/", {})
        assert status in (200, 201), answer
    await asyncio.sleep(1)
    return [each["uuid"] for each in two]


def test_a_campaigns_minute_holds_over_two_gateways_whichever_is_bound() -> None:
    world = FleetWorld(carriers=(CarrierConfig(name="att", profile="att"),), numbers=NUMBERS)

    async def story() -> None:
        await world.start()
        for name in ("one", "two"):
            await world.gateway(name)
        await asyncio.sleep(5)
        campaign_id = await campaign(world, SEATTLE, usecase="LOW_VOLUME", sub_usecases=["2FA", "CUSTOMER_CARE"])
        uuids = await powerpacks_of_two_gateways(world, SEATTLE)
        for place in range(300):
            await world.send("one", f"1415555{place:04}", powerpack_uuid=uuids[place % 2])
        began_at = world.clock.timestamp()
        await asyncio.sleep(400)
        moments = sorted(
            each.received_at.timestamp() for phone in range(300) for each in world.phone(f"1415555{phone:04}").inbox
        )

        assert await world.states() == {"delivered": 300}
        assert world.events("carrier.blocked") == []
        assert max(sum(at <= other < at + 60 for other in moments) for at in moments) <= 76
        assert {each.fields["limit"] for each in world.events("fleet.paced")} == {
            f"campaign {campaign_id} sends 75 a minute to att"
        }
        # The two do not stand in each other's way: what is allowed is used.
        assert moments[-1] - began_at < 300 / 75 * 60 * 1.25

    world.tell(story())


def test_a_brands_day_holds_over_two_gateways_and_over_the_death_of_the_one_that_was_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "powerpack_gateway.shared_limits.TIER_PER_DAY", {"TOP": 40, "HIGH_MID": 40, "LOW_MID": 40, "LOW": 40}
    )
    world = FleetWorld(
        carriers=(CarrierConfig(name="tmobile", profile="tmobile"),),
        numbers=NUMBERS,
        epoch=datetime(2026, 3, 2, 20, 0, tzinfo=UTC),
    )

    async def story() -> None:
        await world.start()
        for name in ("one", "two", "three"):
            await world.gateway(name)
        await asyncio.sleep(5)
        await campaign(world, SEATTLE)
        uuids = await powerpacks_of_two_gateways(world, SEATTLE)
        for place in range(30):
            await world.send("one", f"1415555{place:04}", powerpack_uuid=uuids[place % 2])
        await asyncio.sleep(120)
        assert Counter(await world.states())["delivered"] == 30
        await world.kill(world.holder(route_lease("tmobile")))
        await asyncio.sleep(15)
        name = next(iter(world.gateways))
        for place in range(30, 60):
            await world.send(name, f"1415555{place:04}", powerpack_uuid=uuids[place % 2])
        await asyncio.sleep(600)

        assert Counter(await world.states())["delivered"] == 40
        assert world.events("carrier.blocked") == []

    world.tell(story())


def test_the_accounts_rate_is_shared_out_to_the_gateways_that_live() -> None:
    world = FleetWorld(settings=Settings(throughput=ThroughputSettings(account_per_s=4.0)))

    async def story() -> None:
        await world.start()
        for name in ("one", "two"):
            await world.gateway(name)
        await asyncio.sleep(5)
        limits = [gateway.limits_of("14155550180", "generic") for gateway in world.gateways.values()]
        rates = [limit.words for each in limits for limit in each]

        assert rates == ["the account sends 2 a second"] * 2

    world.tell(story())
