"""Several gateways when something breaks: one hangs, the database is away, a link dies with a full window."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence

import pytest

from fleet_support import FleetWorld
from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.fleet.board import ACCOUNT, LIFE_S, Member, Standing, powerpack_lease, route_lease
from powerpack_gateway.fleet.handover import Handover
from powerpack_gateway.fleet.life import MARGIN_S, RENEW_S
from powerpack_gateway.fleet.memory import MemoryBoard
from powerpack_gateway.fleet.ownership import winner
from powerpack_gateway.messages import Message
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_lab.config import CarrierConfig

ANA = "14155550170"
HANDSETS = [f"1415555{number:04}" for number in range(100, 160)]


async def some(world: FleetWorld, *names: str) -> None:
    await world.start()
    for name in names:
        await world.gateway(name)
    await asyncio.sleep(5)


def got(world: FleetWorld) -> Counter[int]:
    """How many handsets got how many texts."""
    return Counter(len(world.texts(each)) for each in HANDSETS)


@pytest.mark.parametrize("what", ["powerpack", "route", "account"])
def test_a_gateway_that_can_not_renew_sends_nothing_from_its_own_deadline_on_and_writes_nothing_after(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two", "three")
        leases = {
            "powerpack": powerpack_lease(world.powerpack_uuid),
            "route": route_lease("generic"),
            "account": ACCOUNT,
        }
        victim = world.holder(leases[what])
        stalled = world.gateways[victim]
        other = world.other_than(victim)
        for handset in HANDSETS[:30]:
            await world.send(victim, handset)
        is_stalled = asyncio.Event()

        async def hang(*, bury: bool) -> Standing:
            await is_stalled.wait()
            raise StoreFenced("woken up")

        monkeypatch.setattr(stalled._board, "renew", hang)
        await asyncio.sleep(LIFE_S + MARGIN_S + 2 * RENEW_S)

        assert not stalled.is_alive()
        assert world.holder(leases[what]) != victim
        for handset in HANDSETS[30:]:
            await world.send(other, handset)
        stalled.store.put("account", "account", b"{}")
        with pytest.raises(StoreFenced):
            await stalled.store.commit()
        status, _ = await world.call(
            victim, "POST", "Message/", {"powerpack_uuid": world.powerpack_uuid, "dst": ANA, "text": "no"}
        )
        assert status == 503
        status, state = await world.call(victim, "GET", "/healthz")
        assert (status, state["ready"]) == (503, False)
        is_stalled.set()
        await asyncio.sleep(3)
        assert len(world.buried) == 1
        await asyncio.sleep(60)
        del world.gateways[victim], world.fronts[victim]
        assert await world.states() == {"delivered": 60}
        assert got(world)[0] == 0
        assert world.texts(ANA) == []

    world.tell(story())


def test_while_the_database_is_away_nothing_is_accepted_and_afterwards_nobody_has_been_buried() -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        before = dict(world.database.leases)
        world.database.outage = True
        await asyncio.sleep(3 * LIFE_S)
        for name in world.gateways:
            status, _ = await world.call(name, "GET", "/healthz")
            assert status == 503
        status, _ = await world.call(
            "one", "POST", "Message/", {"powerpack_uuid": world.powerpack_uuid, "dst": ANA, "text": "x"}
        )
        assert status == 503
        world.database.outage = False
        await asyncio.sleep(2 * RENEW_S + 1)

        assert world.database.leases == before
        assert world.buried == []
        await world.send("one", HANDSETS[0], "after")
        await asyncio.sleep(10)
        assert world.texts(HANDSETS[0]) == ["after"]

    world.tell(story())


@pytest.mark.parametrize("kind", ["numbers", "powerpack", "route"])
def test_a_gateway_that_is_leaving_work_when_the_database_goes_waits_for_it_as_the_others_do(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = FleetWorld()
    left: list[str] = []
    leave = Handover.leave

    async def leave_in_an_outage(self: Handover, name: str) -> None:
        if name.partition("/")[0] == kind:
            world.database.outage = world.database.outage or not left
            left.append(name)
        await leave(self, name)

    monkeypatch.setattr(Handover, "leave", leave_in_an_outage)

    async def story() -> None:
        await some(world, "one")
        uuids = [await world.send("one", handset) for handset in HANDSETS[:30]]
        lease = next(each for each in world.database.leases if each.partition("/")[0] == kind)
        names = (f"gateway {number}" for number in range(100))
        newcomer = next(each for each in names if winner(lease, [Member(each, ""), Member("one", "")]) == each)
        await world.gateway(newcomer)
        await asyncio.sleep(10 + 3 * LIFE_S)
        assert left
        assert [name for name, each in world.gateways.items() if each.is_alive()] == []
        world.database.outage = False
        await asyncio.sleep(30)

        assert world.buried == []
        assert len(left) > 1, "it was tried again"
        assert not any(each.readiness()["leaving"] for each in world.gateways.values())
        assert set(world.database.leases) == {lease for each in world.gateways.values() for lease in each._where.held}
        uuids += [await world.send(name, handset) for name, handset in zip(world.gateways, HANDSETS[30:], strict=False)]
        await asyncio.sleep(400)
        assert await world.states() == {"delivered": len(uuids)}
        assert got(world)[1] == len(uuids), "none twice"

    world.tell(story())


def test_work_whose_release_was_done_and_not_answered_is_not_taken_from_the_one_who_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one")
        release = world.gateways["one"]._board.release
        lost: list[str] = []

        async def unanswered(names: Collection[str]) -> None:
            await release(names)
            if not lost:
                lost.extend(names)
                raise StoreError("the connection broke")

        monkeypatch.setattr(world.gateways["one"]._board, "release", unanswered)
        await world.gateway("two")
        await asyncio.sleep(30)

        assert lost
        assert world.buried == []
        assert world.holder(lost[0]) == "two"
        assert set(world.database.leases) == {lease for each in world.gateways.values() for lease in each._where.held}

    world.tell(story())


@pytest.mark.parametrize(("policy", "texts"), [("at_least_once", {1, 2}), ("at_most_once", {0, 1})])
def test_what_a_killed_gateway_had_on_the_carriers_wire_is_an_unknown_outcome(policy: str, texts: set[int]) -> None:
    world = FleetWorld(
        carriers=(CarrierConfig(name="generic"),),
        settings=Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome(policy))),
        window=10,
    )

    async def story() -> None:
        await some(world, "one", "two", "three")
        bound, works = world.holder(route_lease("generic")), world.holder(powerpack_lease(world.powerpack_uuid))
        world.carriers["generic"].faults.add("lose_response")
        for handset in HANDSETS:
            await world.send(works, handset, message_expiry=900)
        await asyncio.sleep(20)
        world.carriers["generic"].faults.clear()
        await world.kill(bound)
        await asyncio.sleep(1_200)
        found = await world.states()
        unknown = world.events("message.unknown")

        assert sum(found.values()) == 60
        assert set(found) <= {"delivered", "failed", "undelivered"}
        assert unknown
        assert set(got(world)) <= texts
        if bound != works and policy == "at_least_once":
            assert found == {"delivered": 60}

    world.tell(story())


def test_a_defect_at_the_desk_costs_neither_the_carriers_link_nor_the_next_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FleetWorld(carriers=(CarrierConfig(name="generic"),))

    def stumble(text: bytes, tlvs: object) -> None:
        raise LookupError("a defect")

    async def story() -> None:
        await some(world, "one", "two")
        monkeypatch.setattr("powerpack_gateway.fleet.route_desk.parse_receipt", stumble)
        await world.send("one", HANDSETS[0])
        await asyncio.sleep(30)
        monkeypatch.undo()
        await world.send("one", HANDSETS[1])
        await asyncio.sleep(30)

        statuses = [event.fields["status_name"] for event in world.events("inbound.failed")]
        assert statuses == ["ESME_RX_T_APPN"] * 3 + ["ESME_RX_R_APPN"]
        assert not world.events("gateway.disconnected")
        assert await world.states() == {"sent": 1, "delivered": 1}

    world.tell(story())


def test_a_gateway_that_leaves_hands_its_work_over_at_once() -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        leaving = world.holder(powerpack_lease(world.powerpack_uuid))
        for handset in HANDSETS:
            await world.send(leaving, handset)
        gateway = world.gateways.pop(leaving)
        del world.fronts[leaving]
        await gateway.stop(5.0)
        await asyncio.sleep(0.5)
        stays = next(iter(world.gateways))

        assert {lease.holder for lease in world.database.leases.values()} == {stays}
        await asyncio.sleep(60)
        assert await world.states() == {"delivered": 60}
        assert got(world) == {1: 60}

    world.tell(story())


def test_a_takeover_keeps_sticky_pairs_and_rates() -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        works = world.holder(powerpack_lease(world.powerpack_uuid))
        for handset in HANDSETS[:8]:
            await world.send(works, handset)
        await asyncio.sleep(15)
        first = {handset: world.phone(handset).inbox[-1].from_number for handset in HANDSETS[:8]}
        await world.kill(works)
        await asyncio.sleep(LIFE_S + 2 * RENEW_S)
        for handset in HANDSETS[:8]:
            await world.send(next(iter(world.gateways)), handset)
        await asyncio.sleep(30)

        assert {handset: world.phone(handset).inbox[-1].from_number for handset in HANDSETS[:8]} == first
        assert all(len(world.texts(handset)) == 2 for handset in HANDSETS[:8])
        assert world.events("carrier.blocked") == []

    world.tell(story())


def test_a_handsets_message_and_a_receipt_find_their_gateway_although_the_desk_never_heard_of_the_id() -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two", "three")
        desk = world.gateways[world.holder(route_lease("generic"))]._switchboard.desks["generic"]
        uuids = [await world.send("one", handset) for handset in HANDSETS[:20]]
        await asyncio.sleep(0.05)
        assert desk._ids
        desk._ids.clear()
        await asyncio.sleep(20)
        world.phone(HANDSETS[0]).reply("hello there")
        await asyncio.sleep(5)

        assert [await world.state(uuid) for uuid in uuids] == ["delivered"] * 20
        received = [each for each in world.events("message.received") if each.fields["text"] == "hello there"]
        assert len(received) == 1
        assert desk._pending == {}

    world.tell(story())


def test_a_batch_that_is_claimed_again_since_its_answer_was_lost_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FleetWorld()

    async def story() -> None:
        await some(world, "one", "two")
        works = world.holder(powerpack_lease(world.powerpack_uuid))
        board = world.gateways[works]._board
        assert isinstance(board, MemoryBoard)
        claim, store = board.claim, board._store
        rows: list[int] = []

        async def again(names: Collection[str], *, limit: int) -> Sequence[Message]:
            found = await claim(names, limit=limit)
            if not found:
                return await store.fetch([row for row in rows if row in await board.claimed(names)])
            rows.extend(each.id for each in found)
            return found

        monkeypatch.setattr(board, "claim", again)
        world.carriers["generic"].faults.add("late_response", delay_s_min=5.0, delay_s_max=6.0)
        for handset in HANDSETS[:5]:
            await world.send(world.other_than(works), handset)
        await asyncio.sleep(30)

        assert rows, "they came by way of the database"
        assert [len(world.texts(each)) for each in HANDSETS[:5]] == [1] * 5

    world.tell(story())
