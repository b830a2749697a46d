"""What messages and numbers cost where several gateways share the account: what they cost on one machine."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from fleet_support import FleetWorld
from powerpack_gateway.fleet.board import ACCOUNT, LIFE_S, powerpack_lease
from powerpack_gateway.fleet.life import RENEW_S
from powerpack_gateway.money import points
from powerpack_gateway.settings import NumberSettings, Settings
from powerpack_lab.config import NumberConfig

LONGCODES = [f"1415555018{digit}" for digit in range(4)]
RENT, PRICE = 4 * points("0.50000"), points("0.00550")
HANDSETS = [f"1206555{number:04}" for number in range(100, 160)]


def rich_by(messages: int) -> FleetWorld:
    """A world whose credit is enough for the rent and so many messages."""
    credit = f"{(RENT + messages * PRICE) / 100_000:.5f}"
    return FleetWorld(
        numbers=[NumberConfig(number=each) for each in LONGCODES],
        settings=Settings(numbers=NumberSettings(credit=credit)),
    )


async def some(world: FleetWorld, *names: str) -> None:
    await world.start()
    for name in names:
        await world.gateway(name)
    await asyncio.sleep(5)


async def cash(world: FleetWorld, name: str) -> int:
    """The account's credit as one gateway's API says it."""
    status, account = await world.call(name, "GET", "")
    assert status == 200
    return points(account["cash_credits"])


async def two_powerpacks(world: FleetWorld) -> list[str]:
    """The uuids of two Powerpacks with two numbers each, that different gateways work for."""
    name = next(iter(world.gateways))
    found: dict[str, dict[str, str]] = {}
    for place in range(20):
        _, made = await world.call(name, "POST", "Powerpack/", {"name": f"pack {place}"})
        await asyncio.sleep(3)
        found.setdefault(world.holder(powerpack_lease(made["uuid"])), made)
        if len(found) == 2:
            break
    _, ready = await world.call(name, "GET", f"Powerpack/{world.powerpack_uuid}/")
    for place, number in enumerate(LONGCODES):
        await world.call(name, "DELETE", f"{ready['number_pool']}Number/{number}/", {"unrent": False})
        made = list(found.values())[place % 2]
        status, answer = await world.call(name, "POST", f"{made['number_pool']}Number/{number}/", {})
        assert status in (200, 201), answer
    await asyncio.sleep(2)
    return [each["uuid"] for each in found.values()]


def test_messages_cost_what_they_cost_on_one_machine_whichever_gateway_sent_them() -> None:
    world = rich_by(100)

    async def story() -> None:
        await some(world, "one", "two")
        packs = await two_powerpacks(world)
        for place, handset in enumerate(HANDSETS[:20]):
            await world.send(list(world.gateways)[place % 2], handset, powerpack_uuid=packs[place // 2 % 2])
        await world.send("one", HANDSETS[21], "x" * 200, src=LONGCODES[0])  # two units
        await asyncio.sleep(30)
        lines = {}
        for name in world.gateways:
            assert await cash(world, name) == 78 * PRICE
            _, ledger = await world.call(name, "GET", "Ledger/?kind=sms")
            lines[name] = [(each["amount"], each["units"]) for each in ledger["objects"]]

        assert list(lines.values()) == [[("0.12100", 22)]] * 2
        assert [gateway.holdings.book.credit for gateway in world.gateways.values()] == [78 * PRICE] * 2

    world.tell(story())


def test_what_was_spent_is_exact_after_gateways_were_killed_one_after_the_other() -> None:
    world = rich_by(100)

    async def story() -> None:
        await some(world, "one", "two", "three")
        sent = 0
        for victim in ("three", "two"):
            for handset in HANDSETS[:20]:
                await world.send(list(world.gateways)[sent % len(world.gateways)], handset)
                sent += 1
            await asyncio.sleep(1)  # in the middle of it
            await world.kill(victim)
            await asyncio.sleep(LIFE_S + 2 * RENEW_S)
        await world.send("one", HANDSETS[0])
        await asyncio.sleep(60)

        assert await world.states() == {"delivered": 41}
        assert await cash(world, "one") == 59 * PRICE
        assert {key.count("/") for key, _ in await world.gateways["one"]._board.documents("usage")} <= {2, 3}
        writers = world.gateways["one"].holdings.book.usage.writers
        assert not writers & {"two", "three"}, "what the dead had spent is the account's"
        await world.gateway("four")
        assert world.gateways["four"].holdings.book.credit == 59 * PRICE

    world.tell(story())


def test_no_more_is_sent_than_the_credit_allows_although_two_gateways_spend_it() -> None:
    world = rich_by(20)

    async def story() -> None:
        await some(world, "one", "two")
        packs = await two_powerpacks(world)
        uuids: list[str] = []
        status, answer = 0, dict[str, Any]()
        for place, handset in enumerate(HANDSETS):
            status, answer = await world.call(
                "one",
                "POST",
                "Message/",
                {"powerpack_uuid": packs[place % 2], "dst": handset, "text": "Hello"},
            )
            if status != 202:
                break
            uuids += answer["message_uuid"]
            await asyncio.sleep(3)  # longer than a number waits for its turn
        await asyncio.sleep(30)
        states = [await world.state(uuid) for uuid in uuids]
        again, _ = await world.call(
            "two", "POST", "Message/", {"powerpack_uuid": packs[0], "dst": HANDSETS[0], "text": "Hello"}
        )

        assert (status, answer["error"][:19]) == (402, "Insufficient Credit")
        assert states.count("delivered") == 20
        assert 1 <= states.count("failed") <= 3
        assert again == 402, "whoever found it out, all of them know"
        assert [gateway.holdings.book.credit for gateway in world.gateways.values()] == [0, 0]

        await world.gateways[world.holder(ACCOUNT)].holdings.pay_in(10 * PRICE)
        await asyncio.sleep(121)
        last = [
            await world.send(name, HANDSETS[0], powerpack_uuid=packs[place])
            for place, name in enumerate(world.gateways)
        ]
        await asyncio.sleep(10)
        assert [await world.state(uuid) for uuid in last] == ["delivered"] * 2
        assert await cash(world, "one") == 8 * PRICE

    world.tell(story())


def test_rents_are_known_to_every_gateway_and_the_next_keeper_goes_on_with_them() -> None:
    world = FleetWorld(
        numbers=[
            NumberConfig(number=LONGCODES[0]),
            NumberConfig(number=LONGCODES[1], for_sale=True),
            NumberConfig(number=LONGCODES[2], for_sale=True),
        ],
        settings=Settings(numbers=NumberSettings(credit="3.00000")),
    )

    async def story() -> None:
        await some(world, "one", "two", "three")
        status, _ = await world.call(
            world.other_than(world.holder(ACCOUNT)), "POST", f"PhoneNumber/{LONGCODES[1]}/", {}
        )
        assert status == 201
        await asyncio.sleep(2)
        books = [gateway.holdings.book for gateway in world.gateways.values()]
        assert [book.credit for book in books] == [points("2.00000")] * 3
        renewals = {book.ledger.next_renewal() for book in books}
        assert renewals == {datetime(2026, 4, 2, tzinfo=UTC)}, "whoever is to be keeper then knows when it falls due"
        await world.kill(world.holder(ACCOUNT))
        await asyncio.sleep(LIFE_S + 2 * RENEW_S)
        name = next(iter(world.gateways))
        status, _ = await world.call(name, "POST", f"PhoneNumber/{LONGCODES[2]}/", {})
        assert status == 201
        assert await cash(world, name) == points("1.50000")
        status, _ = await world.call(name, "DELETE", f"Number/{LONGCODES[2]}/", None)
        assert status == 204
        await asyncio.sleep(2)
        assert {gateway.holdings.book.credit for gateway in world.gateways.values()} == {points("1.50000")}

    world.tell(story())
