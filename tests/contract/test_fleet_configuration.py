"""Gateways of one database have one configuration, and whoever comes with another is told."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from fleet_support import FleetWorld
from powerpack_gateway.fleet.board import LIFE_S
from powerpack_gateway.fleet.configuration import (
    FIRST_TOLD,
    KIND,
    PROTOCOL_KEY,
    Configuration,
    ConfigurationDiffers,
    OtherRelease,
)
from powerpack_gateway.fleet.frames import PROTOCOL_VERSION
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


@pytest.mark.parametrize("version", [PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1], ids=["older", "newer"])
def test_a_release_with_another_peer_protocol_is_refused_at_its_start_whatever_may_differ(
    monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        await world.gateway("one", configuration=OLD)
        with monkeypatch.context() as patched:
            patched.setattr("powerpack_gateway.fleet.configuration.PROTOCOL_VERSION", version)
            with pytest.raises(
                OtherRelease, match=f"gateway one, .* version {PROTOCOL_VERSION} .* powerpack-lab version {version}: "
            ):
                await world.gateway("two", configuration=OLD, may_differ=True)
        await world.gateway("three", configuration=OLD)
        await asyncio.sleep(5)

        assert sorted(world.database.members) == ["one", "three"]
        uuid = await world.send("three", "14155550123")
        await asyncio.sleep(10)
        assert await world.state(uuid) == "delivered"

    world.tell(story())


def test_a_gateway_that_tells_no_version_speaks_the_last_that_told_none(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        await world.gateway("one", configuration=OLD)
        board, store = world.gateways["one"]._board, world.gateways["one"].store
        [(_, shown)] = await board.documents(KIND)
        told = {key: digest for key, digest in json.loads(shown).items() if key != PROTOCOL_KEY}
        store.put(KIND, "one", json.dumps(told).encode())
        await store.commit()
        await world.gateway("two", configuration=OLD)
        monkeypatch.setattr("powerpack_gateway.fleet.configuration.PROTOCOL_VERSION", FIRST_TOLD + 1)
        with pytest.raises(OtherRelease, match=f"gateway one, .* speaks version {FIRST_TOLD} "):
            await world.gateway("three", configuration=OLD)

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


def test_a_gateway_that_is_late_to_show_its_configuration_is_compared_when_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FleetWorld()

    async def story() -> None:
        await world.start()
        await world.gateway("one", configuration=OLD)
        await asyncio.sleep(5)
        agree = Configuration.agree

        async def late(configuration: Configuration) -> None:
            await asyncio.sleep(2 * RENEW_S)
            await agree(configuration)

        monkeypatch.setattr(Configuration, "agree", late)
        await world.gateway("two", configuration=NEW, may_differ=True)
        await asyncio.sleep(2 * RENEW_S + 1)

        assert await differs(world, "one") == {"two": ["routes.generic.window"]}

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
