"""Limits of the account that no gateway can see alone: each keeps to its part, whoever a request comes to."""

import asyncio
from collections import Counter

import pytest

from fleet_support import FleetWorld
from powerpack_gateway.fleet.board import powerpack_lease
from powerpack_gateway.geo import GeoSettings, HourlyThreshold
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.request_limit import ApiSettings
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_gateway.tollfree_tiers import Unverified
from powerpack_lab.config import NumberConfig

TOLLFREE = "18335550180"


async def two_gateways(world: FleetWorld) -> None:
    await world.start()
    for name in ("one", "two"):
        await world.gateway(name)
    await asyncio.sleep(5)


async def codes(world: FleetWorld, uuids: list[str]) -> Counter[str | None]:
    """How the messages ended, by their error codes."""
    name = next(iter(world.gateways))
    records = [(await world.call(name, "GET", f"Message/{uuid}/"))[1] for uuid in uuids]
    return Counter(record["error_code"] for record in records)


def test_requests_are_limited_over_all_gateways_as_with_one() -> None:
    world = FleetWorld(settings=Settings(api=ApiSettings(requests_max=6, window_s=60.0)))

    async def story() -> None:
        await two_gateways(world)
        found = Counter([(await world.call(name, "GET", "Message/"))[0] for name in ("one", "two") for _ in range(5)])
        await world.kill("two")
        await asyncio.sleep(70)
        alone = Counter([(await world.call("one", "GET", "Message/"))[0] for _ in range(8)])

        assert found == {200: 6, 429: 4}
        assert alone == {200: 6, 429: 2}

    world.tell(story())


@pytest.mark.parametrize("is_handed_on", [False, True], ids=["at its own gateway", "handed on"])
def test_a_countrys_hour_holds_whoever_accepts(*, is_handed_on: bool) -> None:
    threshold = HourlyThreshold(country="GB", messages=4)
    world = FleetWorld(settings=Settings(geo=GeoSettings(per_hour=(threshold,))))

    async def story() -> None:
        await two_gateways(world)
        works = world.holder(powerpack_lease(world.powerpack_uuid))
        name = world.other_than(works) if is_handed_on else works
        uuids = [await world.send(name, f"44770090012{digit}") for digit in range(5)]
        await asyncio.sleep(120)

        assert await codes(world, uuids) == {"000": 2, "451": 3}

    world.tell(story())


def test_a_tollfree_tier_goes_on_where_the_dead_gateway_was() -> None:
    world = FleetWorld(
        numbers=(NumberConfig(number=TOLLFREE, type=NumberType.TOLLFREE, registered=False),),
        settings=Settings(throughput=ThroughputSettings(unverified_tollfree=Unverified.CAPPED)),
    )

    async def story() -> None:
        await two_gateways(world)
        works = world.holder(powerpack_lease(world.powerpack_uuid))
        other, ten = world.other_than(works), "x" * 1_530
        uuids = [await world.send(other, f"1415555{index:04d}", ten) for index in range(49)]
        await asyncio.sleep(120)
        assert await codes(world, uuids) == {"000": 49}
        await world.kill(works)
        await asyncio.sleep(20)
        last = await world.send(other, "14155550100", ten)
        over = await world.send(other, "14155550100", "one more")
        await asyncio.sleep(60)

        assert await codes(world, [last, over]) == {"000": 1, "960": 1}

    world.tell(story())
