"""Several gateways: nothing that was accepted, or acknowledged to a carrier, waits for ever or is lost with one."""

import asyncio
from collections.abc import Sequence

import pytest

from fleet_support import FleetWorld
from powerpack_carriers import InParts
from powerpack_gateway.fleet.board import LIFE_S, powerpack_lease, route_lease
from powerpack_gateway.fleet.life import RENEW_S
from powerpack_gateway.fleet.memory import MemoryBoard
from powerpack_gateway.fleet.ownership import winner
from powerpack_gateway.fleet.sweep import SWEEP_S
from powerpack_gateway.long_messages import FINISHED_S, WHOLE_PLACE
from powerpack_gateway.messages import Message
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_gateway.throughput import RateOf
from powerpack_lab.config import NumberConfig

HANDSETS = [f"1415555{number:04}" for number in range(100, 140)]
TAKEN_OVER_S = LIFE_S + 2 * RENEW_S
LONG = "This is what I have wanted to tell you all along, and never did. " * 6


async def some(world: FleetWorld, *names: str) -> None:
    await world.start()
    for name in names:
        await world.gateway(name)
    await asyncio.sleep(5)


def works(world: FleetWorld) -> str:
    """Who works for the Powerpack."""
    return world.holder(powerpack_lease(world.powerpack_uuid))


@pytest.mark.parametrize("how", ["killed", "stopped", "joined"])
def test_a_long_text_of_a_handset_is_whole_although_its_gateway_went_between_two_parts(how: str) -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        await world.send("one", HANDSETS[0])
        await asyncio.sleep(5)
        holder = works(world)
        world.phone(HANDSETS[0]).reply(LONG, parts=InParts(gap_s=30.0))
        await asyncio.sleep(5)
        assert len(world.gateways[holder]._inbound.long_messages) == 1
        if how == "killed":
            await world.kill(holder)
        elif how == "stopped":
            gateway = world.gateways.pop(holder)
            del world.fronts[holder]
            await gateway.stop(1.0)
        else:
            for place in range(10):
                await world.gateway(f"more {place}")
                await asyncio.sleep(10)
                if works(world) != holder:
                    break
        await asyncio.sleep(150)

        assert works(world) != holder
        assert [each.fields["text"] for each in world.events("message.received")] == [LONG]
        kept = await world.gateways[works(world)]._board.documents("part")
        assert [name.endswith(f"/{WHOLE_PLACE}") for name, _ in kept] == [True]  # the whole text, not its parts
        await asyncio.sleep(FINISHED_S)
        assert await world.gateways[works(world)]._board.documents("part") == []
        assert world.events("inbound.part_lost") == []

    world.tell(story())


def test_a_part_that_never_comes_is_waited_for_over_a_takeover_and_then_what_came_is_passed_on() -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        await world.send("one", HANDSETS[0])
        await asyncio.sleep(5)
        world.phone(HANDSETS[0]).reply(f"STOP {LONG}", parts=InParts(lost=(2,)))
        await asyncio.sleep(300)
        await world.kill(works(world))
        await asyncio.sleep(290)
        assert world.events("message.received") == []
        await asyncio.sleep(30)

        (lost,) = world.events("inbound.part_lost")
        assert lost.fields["missing"] == [2]
        assert len(world.events("message.received")) == 1

    world.tell(story())


def test_messages_that_were_claimed_and_forgotten_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        holder = works(world)
        other = world.other_than(holder)
        gateway = world.gateways[holder]
        forgotten: list[Message] = []

        def forget(messages: Sequence[Message]) -> None:
            forgotten.extend(messages)

        with monkeypatch.context() as patch:
            patch.setattr(gateway._claims, "_take", forget)
            lost = [await world.send(other, handset) for handset in HANDSETS[:5]]
            await asyncio.sleep(2)
        assert len(forgotten) == 5
        uuids = [await world.send(other, handset) for handset in HANDSETS[5:10]]
        await asyncio.sleep(3 * SWEEP_S)

        (found,) = world.events("fleet.found")
        assert found.fields["uuids"] == lost
        assert [await world.state(uuid) for uuid in lost + uuids] == ["delivered"] * 10
        assert {len(world.texts(each)) for each in HANDSETS[:10]} == {1}

    world.tell(story())


def test_a_sweep_finds_nothing_where_nothing_is_lost() -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two", "three")
        for handset in HANDSETS:
            for name in world.gateways:
                await world.send(name, handset)
        for _ in range(4):
            await asyncio.sleep(SWEEP_S / 3)
            world.phone(HANDSETS[0]).reply("hello")
        await world.kill(works(world))
        await asyncio.sleep(5 * SWEEP_S)

        assert world.events("fleet.found") == []
        assert await world.states() == {"delivered": 120}

    world.tell(story())


def test_what_waits_to_be_claimed_is_counted_told_and_limited() -> None:
    world = FleetWorld(settings=Settings(under_way_max=20))

    async def story() -> None:
        await some(world, "one", "two", "three")
        holder = works(world)
        await world.kill(holder)
        names = list(world.gateways)
        accepted: list[str] = []
        refused = 0
        for place, handset in enumerate(HANDSETS):
            status, answer = await world.call(
                names[place % 2],
                "POST",
                "Message/",
                {"powerpack_uuid": world.powerpack_uuid, "dst": handset, "text": "Hello"},
            )
            await asyncio.sleep(0.1)
            if status == 202:
                accepted += answer["message_uuid"]
            else:
                assert status == 503
                assert "messages are under way and 20 is the limit (under_way_max)" in answer["error"]
                refused += 1
        assert 20 <= len(accepted) < 40, "each knows what the other accepted since its last look a moment later"
        assert refused
        _, state = await world.call(names[0], "GET", "/healthz")
        assert state["messages_unclaimed"] >= 20
        await asyncio.sleep(TAKEN_OVER_S + 60)

        assert [await world.state(uuid) for uuid in accepted] == ["delivered"] * len(accepted)
        _, state = await world.call(names[0], "GET", "/healthz")
        assert (state["messages_unclaimed"], state["messages_under_way"]) == (0, 0)

    world.tell(story())


def test_messages_of_other_powerpacks_are_accepted_beside_a_full_backlog() -> None:
    world = FleetWorld(settings=Settings(under_way_max=5))

    async def story() -> None:
        await some(world, "one", "two", "three")
        holder = works(world)
        stays = world.other_than(holder)
        made: dict[str, str] = {}
        for place in range(20):
            _, made = await world.call(stays, "POST", "Powerpack/", {"name": f"pack {place}"})
            await asyncio.sleep(3)
            if world.holder(powerpack_lease(made["uuid"])) == stays:
                break
        status, _ = await world.call(stays, "POST", f"{made['number_pool']}Number/14155550190/", {"rent": True})
        assert status in (200, 201)
        uuid = world.powerpack_uuid
        await world.kill(holder)
        statuses = [
            (await world.call(stays, "POST", "Message/", {"powerpack_uuid": uuid, "dst": handset, "text": "x"}))[0]
            for handset in HANDSETS[:8]
        ]
        other = await world.send(stays, HANDSETS[9], powerpack_uuid=made["uuid"])
        await asyncio.sleep(4)

        assert statuses == [202] * 5 + [503] * 3
        assert await world.state(other) == "delivered"

    world.tell(story())


def test_a_peer_that_does_not_read_is_waited_for_and_nothing_piles_up_for_it() -> None:
    fast = ThroughputSettings(rates=(RateOf(type=NumberType.LONGCODE, country="US", per_second=2_000),))
    world = FleetWorld(
        numbers=[NumberConfig(number=f"1415555018{digit}") for digit in range(4)],
        settings=Settings(throughput=fast),
        window=20_000,
    )

    async def story() -> None:
        await some(world, "one", "two", "three")
        for place in range(10):
            if works(world) != world.holder(route_lease("generic")):
                break
            await world.gateway(f"more {place}")
            await asyncio.sleep(10)
        sender, bound = works(world), world.holder(route_lease("generic"))
        slow = world.gateways[bound]._switchboard.peers._links[sender]._transport
        out = world.gateways[sender]._switchboard.peers._links[bound]._transport
        assert slow is not None
        assert out is not None
        slow.pause_reading()
        handsets = [f"1415{number:07}" for number in range(5550000, 5552000)]
        for handset in handsets:
            await world.send(sender, handset, "\N{SNOWMAN}" * 268)  # four parts
        await asyncio.sleep(4)
        route = world.gateways[sender].dispatcher.routes["generic"]
        assert route.window_free == 0
        assert world.gateways[sender].dispatcher.waiting > 500, "they wait where they are paced"
        assert out.get_write_buffer_size() < 1 << 20
        slow.resume_reading()
        await asyncio.sleep(60)

        assert await world.states() == {"delivered": len(handsets)}
        assert {len(world.texts(each)) for each in handsets} == {1}
        assert world.events("fleet.unlinked") == []

    world.tell(story())


async def heir_beside_the_route(world: FleetWorld) -> str:
    """Who works for the Powerpack, when neither this gateway nor the one that follows it is bound to the carrier."""
    for place in range(20):
        holder, bound = works(world), world.holder(route_lease("generic"))
        members = [each for each in world.gateways[holder]._where.standing.members if each.gateway_id != holder]
        if bound not in (holder, winner(powerpack_lease(world.powerpack_uuid), members)):
            return holder
        await world.gateway(f"more {place}")
        await asyncio.sleep(15)
    raise AssertionError("one gateway holds everything")


def test_a_receipt_that_comes_while_its_message_is_taken_up_by_another_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway that is bound knows already who works for the Powerpack, and who does so knows no message yet."""
    world = FleetWorld()
    real = MemoryBoard.documents

    async def slow(board: MemoryBoard, kind: str, *, since: str = "") -> object:
        if kind == "part":
            await asyncio.sleep(30.0)
        return await real(board, kind, since=since)

    async def story() -> None:
        await some(world, "one", "two", "three")
        holder = await heir_beside_the_route(world)
        world.carriers["generic"].faults.add("delay_receipt", delay_s_min=25, delay_s_max=25)
        uuids = [await world.send(holder, handset) for handset in HANDSETS[:5]]
        await asyncio.sleep(2)
        monkeypatch.setattr(MemoryBoard, "documents", slow)
        await world.kill(holder)
        await asyncio.sleep(90)

        assert world.events("receipt.unmatched"), "they came before the messages were there"
        assert [await world.state(uuid) for uuid in uuids] == ["delivered"] * 5

    world.tell(story())
