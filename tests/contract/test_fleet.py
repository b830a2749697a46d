"""Several gateways on one database: any of them accepts, one of them sends, and all are one gateway to the world."""

import asyncio
from collections.abc import Callable

import pytest

from fleet_support import FINAL, FleetWorld
from powerpack_gateway.fleet.board import ACCOUNT, LIFE_S, NUMBERS, Member, powerpack_lease, route_lease
from powerpack_gateway.fleet.life import RENEW_S
from powerpack_gateway.fleet.ownership import winner
from powerpack_gateway.phlos import Phlo
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_lab.config import CarrierConfig, NumberConfig

ANA, BEN = "14155550123", "12065550123"


async def settled(world: FleetWorld, uuid: str, within: float = 60.0) -> str:
    while (state := await world.state(uuid)) not in FINAL:
        assert within > 0, list(world.journal.tail(40))
        await asyncio.sleep(0.5)
        within -= 0.5
    return state


async def until(holds: Callable[[], bool], within: float) -> None:
    """Let virtual time pass until something holds."""
    while not holds():
        assert within > 0, "it never did"
        await asyncio.sleep(0.05)
        within -= 0.05


async def two(world: FleetWorld) -> None:
    await world.start()
    await world.gateway("one")
    await world.gateway("two")
    await asyncio.sleep(5)


def test_all_work_has_one_gateway_and_both_know_whose_it_is() -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        leases = {ACCOUNT, NUMBERS, route_lease("generic"), powerpack_lease(world.powerpack_uuid)}

        assert set(world.database.leases) == leases
        for gateway in world.gateways.values():
            assert gateway.keeper() == world.holder(ACCOUNT)
            assert gateway.dispatcher.routes["generic"].is_bound
        assert sum(carrier.bind_count for carrier in world.carriers.values()) == 1

    world.tell(story())


def test_what_was_bought_or_made_at_one_gateway_can_be_sent_from_at_once_at_another() -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        world.database.woken.clear()  # what wakes the others is lost, so that they know of nothing before they look
        other = world.other_than(world.holder(ACCOUNT))
        status, answer = await world.call(other, "POST", "PhoneNumber/12065550190/", {})
        assert status == 201, answer
        await world.send(other, ANA, "from a number", src="+1 206 555 0190")

        _, made = await world.call(other, "POST", "Powerpack/", {"name": "new"})
        await world.call(other, "POST", f"{made['number_pool']}Number/14155550190/", {"rent": True})
        await world.send(other, ANA, "from a Powerpack", powerpack_uuid=made["uuid"])
        status, answer = await world.call(other, "POST", "Message/", {"src": "12065550199", "dst": ANA, "text": "x"})
        assert (status, "is no number of this account" in answer["error"]) == (400, True)

    world.tell(story())


def test_gateways_that_begin_together_on_a_new_database_have_one_account_of_any_size() -> None:
    many = tuple(NumberConfig(number=f"1415{200 + n // 1_000}{n % 1_000:04}") for n in range(1_200))
    world = FleetWorld(numbers=many)  # more documents than the feed hands over at once

    async def story() -> None:
        await world.start()
        await asyncio.gather(world.gateway("one"), world.gateway("two"))
        await asyncio.sleep(5)

        one, two = world.gateways.values()
        assert [each.uuid for each in one.holdings.powerpacks] == [each.uuid for each in two.holdings.powerpacks]
        assert len(list(one.holdings.powerpacks)) == 1
        for gateway in (one, two):
            assert len(list(gateway.holdings.numbers)) == len(many)
            assert len(list(gateway.holdings.powerpacks.numbers(world.powerpack_uuid))) == len(many)

    world.tell(story())


def test_a_message_arrives_whichever_gateway_accepted_it() -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        uuids = [await world.send(name, ANA, f"by {name}") for name in world.gateways for _ in range(3)]

        assert [await settled(world, uuid) for uuid in uuids] == ["delivered"] * 6
        assert sorted(world.texts(ANA)) == ["by one"] * 3 + ["by two"] * 3
        sources = {each.from_number for each in world.phone(ANA).inbox}
        assert len(sources) == 1, "the pair is sticky, whoever accepts"

    world.tell(story())


def test_phlos_and_geo_permissions_hold_everywhere() -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        one, other = world.gateways.values()
        keeper = one if one.is_keeper else other
        await keeper.holdings.put_phlo(Phlo(phlo_id="p", url="http://127.0.0.1/phlo"))
        await keeper.holdings.allow_countries(["US"])
        await asyncio.sleep(5)

        for gateway in (one, other):
            assert "p" in gateway.holdings.phlos
            assert gateway.holdings.geo.countries == ["US"]
        await keeper.holdings.delete_phlo("p")
        await asyncio.sleep(5)
        assert [len(gateway.holdings.phlos) for gateway in (one, other)] == [0, 0]

    world.tell(story())


def test_who_writes_at_any_gateway_reads_what_he_wrote_there_and_everywhere() -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        other = world.other_than(world.holder(ACCOUNT))
        status, made = await world.call(other, "POST", "Powerpack/", {"name": "second"})
        assert status == 200, made
        path = f"Powerpack/{made['uuid']}/"
        for name in (other, world.holder(ACCOUNT)):
            status, found = await world.call(name, "GET", path)
            assert (status, found["name"]) == (200, "second")
        status, answer = await world.call(other, "POST", f"{made['number_pool']}Number/14155550190/", {"rent": True})
        assert status in (200, 201), answer
        await asyncio.sleep(3)

        assert world.holder(powerpack_lease(made["uuid"])) in world.gateways
        for gateway in world.gateways.values():
            owner = gateway.holdings.powerpacks.get(made["uuid"])
            assert owner is not None
            assert owner.name == "second"
            assert list(gateway.holdings.powerpacks.numbers(owner.uuid)) == ["14155550190"]
            assert gateway.holdings.numbers.get("14155550190") is not None
        await world.call(other, "DELETE", path)
        await asyncio.sleep(1)
        assert all(each.holdings.powerpacks.get(made["uuid"]) is None for each in world.gateways.values())

    world.tell(story())


def test_a_stop_holds_at_every_gateway_from_the_moment_at_which_its_carrier_hears_of_it() -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        await settled(world, await world.send("one", ANA))
        world.phone(ANA).reply("STOP")
        await until(lambda: world.texts(ANA)[-1].startswith("You have been unsubscribed"), 10.0)
        after = [await world.send(name, ANA, "too late") for name in world.gateways]

        assert [await settled(world, uuid) for uuid in after] == ["failed", "failed"]
        assert "too late" not in world.texts(ANA)
        world.phone(ANA).reply("START")
        await asyncio.sleep(2)
        assert await settled(world, await world.send("two", ANA, "again")) == "delivered"

    world.tell(story())


@pytest.mark.parametrize("what", ["account", "powerpack", "route"])
def test_when_a_gateway_is_killed_the_others_go_on_with_its_work(what: str) -> None:
    world = FleetWorld()

    async def story() -> None:
        await two(world)
        await world.gateway("three")
        await asyncio.sleep(3)
        lease = {
            "account": ACCOUNT,
            "powerpack": powerpack_lease(world.powerpack_uuid),
            "route": route_lease("generic"),
        }[what]
        victim = world.holder(lease)
        uuids = []
        handsets = [f"1415555{number:04}" for number in range(100, 140)]
        for place, handset in enumerate(handsets):
            name = list(world.gateways)[place % len(world.gateways)]
            uuids.append(await world.send(name, handset, f"number {place}"))
            await asyncio.sleep(0.05)
            if place == 20:
                await world.kill(victim)
        await until(lambda: lease in world.database.leases and world.holder(lease) != victim, LIFE_S + 2 * RENEW_S)
        states = [await settled(world, uuid, 300) for uuid in uuids]

        assert states == ["delivered"] * 40
        assert [len(world.texts(each)) for each in handsets if not world.texts(each)] == []
        status, _ = await world.call(next(iter(world.gateways)), "GET", "Powerpack/")
        assert status == 200

    world.tell(story())


@pytest.mark.parametrize("policy", list(UnknownOutcome))
def test_gateways_that_join_under_load_take_their_share_and_every_message_arrives_once(policy: UnknownOutcome) -> None:
    world = FleetWorld(
        carriers=(CarrierConfig(name="generic"), CarrierConfig(name="att", profile="generic")),
        settings=Settings(delivery=DeliverySettings(unknown_outcome=policy)),
    )

    async def story() -> None:
        await world.start()
        await world.gateway("one")
        await asyncio.sleep(3)
        for place in range(8):
            await world.call("one", "POST", "Powerpack/", {"name": f"pack {place}"})
        await asyncio.sleep(3)
        assert {lease.holder for lease in world.database.leases.values()} == {"one"}
        handsets = [f"1415555{number:04}" for number in range(200, 400)]
        uuids = []
        for place, handset in enumerate(handsets):
            uuids.append(await world.send(list(world.gateways)[place % len(world.gateways)], handset))
            await asyncio.sleep(0.1)
            if place == 20:
                await world.gateway("two")
            if place == 60:
                await world.gateway("three")
        await asyncio.sleep(60)
        members = [Member(name, "") for name in world.gateways]

        for lease in world.database.leases.values():
            assert lease.name == ACCOUNT or lease.holder == winner(lease.name, members), lease
        assert len({lease.holder for lease in world.database.leases.values()}) == 3
        assert world.events("fleet.parked")
        assert await world.states() == {"delivered": 200}
        assert {len(world.texts(handset)) for handset in handsets} == {1}
        assert world.buried == []

    world.tell(story())
