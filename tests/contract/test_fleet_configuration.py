"""Gateways of one database have one configuration, and whoever comes with another is told."""

import asyncio
from collections.abc import Mapping

import pytest

from fleet_support import FleetWorld
from powerpack_gateway.fleet.board import LIFE_S
from powerpack_gateway.fleet.configuration import ConfigurationDiffers
from powerpack_gateway.fleet.life import RENEW_S

OLD: Mapping[str, object] = {"routes": [{"name": "generic", "window": 50}], "numbers": [{"number": "14155550180"}]}
NEW: Mapping[str, object] = {"routes": [{"name": "generic", "window": 80}], "numbers": [{"number": "14155550180"}]}


async def differs(world: FleetWorld, name: str) -> object:
    _, state = await world.call(name, "GET", "/healthz")
    return state["configuration_differs_from"]


def test_a_gateway_with_another_configuration_is_refused_with_the_key_and_the_others_go_on() -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        await world.gateway("one", configuration=OLD)
        with pytest.raises(
            ConfigurationDiffers, match=r"from that of gateway one, .* in routes\.generic\.window; give"
        ):
            await world.gateway("two", configuration=NEW)
        await world.gateway("three", configuration=OLD)
        await asyncio.sleep(5)

        assert sorted(world.database.members) == ["one", "three"]
        assert [key for key, _ in await world.gateways["one"]._board.documents("configuration")] == ["one", "three"]
        uuid = await world.send("three", "14155550123")
        await asyncio.sleep(10)
        assert await world.state(uuid) == "delivered"

    world.tell(story())


def test_of_two_that_begin_together_with_different_configurations_one_stays() -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        began = await asyncio.gather(
            world.gateway("one", configuration=OLD),
            world.gateway("two", configuration=NEW),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in began) == ["ConfigurationDiffers", "FleetGateway"]

    world.tell(story())


def test_a_change_is_rolled_out_one_gateway_after_the_other_and_each_says_from_whom_it_differs() -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        await world.gateway("one", configuration=OLD)
        await world.gateway("two", configuration=OLD)
        await asyncio.sleep(5)
        for name, other in (("one", "two"), ("two", "one")):
            gateway = world.gateways.pop(name)
            del world.fronts[name]
            await gateway.stop(1.0)
            await world.gateway(f"new {name}", configuration=NEW, may_differ=True)
            await asyncio.sleep(2 * RENEW_S + 1)
            if other in world.gateways:
                assert await differs(world, f"new {name}") == {other: ["routes.generic.window"]}
                assert await differs(world, other) == {f"new {name}": ["routes.generic.window"]}
        await asyncio.sleep(LIFE_S)

        assert [await differs(world, name) for name in world.gateways] == [{}, {}]
        told = [(each.fields["gateway"], each.fields["keys"]) for each in world.events("fleet.configuration_differs")]
        assert sorted(told) == [("new one", ["routes.generic.window"]), ("two", ["routes.generic.window"])]
        await world.gateway("late", configuration=NEW)

    world.tell(story())


def test_what_a_killed_gateway_showed_is_not_compared_and_is_taken_away() -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        await world.gateway("one", configuration=OLD)
        await asyncio.sleep(5)
        await world.kill("one")
        world.database.bury("one")
        await world.gateway("two", configuration=NEW)
        await asyncio.sleep(5)

        assert [key for key, _ in await world.gateways["two"]._board.documents("configuration")] == ["two"]

    world.tell(story())
