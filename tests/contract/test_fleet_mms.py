"""MMS where several gateways share a database: one works for each carrier, any accepts, any is posted to."""

import asyncio

import httpx
import pytest

from fleet_support import AUTH_ID, AUTH_TOKEN, FleetWorld
from powerpack_carriers import Media
from powerpack_gateway.fleet.board import ACCOUNT, LIFE_S, powerpack_lease, route_lease
from powerpack_gateway.fleet.life import RENEW_S
from powerpack_gateway.numbers import Service
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_lab.config import NumberConfig

LONGCODES = [f"1415555018{digit}" for digit in range(4)]
HANDSETS = [f"1206555{number:04}" for number in range(100, 140)]
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
NUMBERS = [NumberConfig(number=each, mms=True, pool_service=Service.MMS) for each in LONGCODES]


async def some(world: FleetWorld, *names: str) -> None:
    await world.start()
    for name in names:
        await world.gateway(name)
    await asyncio.sleep(5)


def roles(world: FleetWorld) -> tuple[str, str]:
    """Who works for the carrier, and for the Powerpack."""
    return world.holder(route_lease("generic")), world.holder(powerpack_lease(world.powerpack_uuid))


async def until_they_differ(world: FleetWorld) -> tuple[str, str]:
    """The same, when the two are not one: gateways join until it is so."""
    for place in range(10):
        bound, works = roles(world)
        if bound != works:
            return bound, works
        await world.gateway(f"more {place}")
        await asyncio.sleep(15)
    raise AssertionError("one gateway holds everything")


async def uploaded(url: str) -> str:
    """Upload a picture at one gateway; its id."""
    async with httpx.AsyncClient(auth=(AUTH_ID, AUTH_TOKEN), verify=False) as client:
        answer = await client.post(
            f"{url}/v1/Account/{AUTH_ID}/Media/", files=[("file", ("dog.jpg", PICTURE, "image/jpeg"))]
        )
    assert answer.status_code == 200, answer.text
    media_id: str = answer.json()["objects"][0]["media_id"]
    return media_id


def test_mms_arrives_whole_and_is_reported_whichever_gateways_accept_it_send_it_and_are_posted_to() -> None:
    world = FleetWorld(numbers=NUMBERS)

    async def story() -> None:
        await some(world, "one", "two", "three")
        bound, works = await until_they_differ(world)
        third = next(name for name in world.gateways if name not in (bound, works))
        url = await world.serve(third)
        media_id = await uploaded(url)
        uuids = [
            await world.send(name, handset, "Look!", type="mms", media_ids=[media_id])
            for name, handset in zip([bound, works, third] * 3, HANDSETS, strict=False)
        ]
        await asyncio.sleep(60)

        assert [await world.state(uuid) for uuid in uuids] == ["delivered"] * 9
        for handset in HANDSETS[:9]:
            (received,) = world.phone(handset).inbox
            assert received.text == "Look!"
            assert received.media == (Media(content_type="image/jpeg", name="dog.jpg", data=PICTURE),)
        assert {each.fields["link"] for each in world.events("mm7") if each.fields["side"] == "gateway"} == {"generic"}
        _, ledger = await world.call(third, "GET", "Ledger/?kind=mms")
        assert [each["units"] for each in ledger["objects"]] == [9]
        async with httpx.AsyncClient(verify=False) as client:
            assert (await client.get(f"{url}/media/{media_id}")).content == PICTURE

    world.tell(story())


def test_a_handsets_mms_comes_to_the_gateway_of_its_number_and_its_stop_holds_at_once() -> None:
    world = FleetWorld(numbers=NUMBERS)

    async def story() -> None:
        await some(world, "one", "two", "three")
        await until_they_differ(world)
        third = next(name for name in world.gateways if name not in roles(world))
        await world.serve(third)
        await world.send(third, HANDSETS[0], "Hello")
        await asyncio.sleep(10)
        number = world.phone(HANDSETS[0]).inbox[-1].from_number
        world.phone(HANDSETS[0]).send_mms(
            "See this", media=[Media(content_type="image/jpeg", name="a.jpg", data=PICTURE)]
        )
        await asyncio.sleep(5)
        world.phone(HANDSETS[0]).send_mms("STOP", media=[])
        await asyncio.sleep(5)
        later = await world.send(third, HANDSETS[0], "after")
        await asyncio.sleep(10)

        received = world.events("message.received")
        assert [(each.fields["text"], each.fields["destination"]) for each in received] == [
            ("See this", number),
            ("STOP", number),
        ]
        assert await world.state(later) == "failed"
        assert world.texts(HANDSETS[0])[-1].startswith("You have been unsubscribed")
        _, listed = await world.call(third, "GET", f"Message/{received[0].fields['uuid']}/Media/")
        assert [each["size"] for each in listed["objects"]] == [len(PICTURE)]

    world.tell(story())


def test_media_are_taken_from_a_message_at_its_own_gateway_whichever_is_asked() -> None:
    world = FleetWorld(numbers=NUMBERS)

    async def story() -> None:
        await some(world, "one", "two", "three")
        _, works = await until_they_differ(world)
        other = world.other_than(works)
        media_id = await uploaded(await world.serve(other))
        uuids = [
            await world.send(works, HANDSETS[0], f"Look {number}", type="mms", media_ids=[media_id])
            for number in range(5)
        ]
        await asyncio.sleep(2)
        statuses = [(await world.call(other, "DELETE", f"Message/{uuid}/Media/"))[0] for uuid in (uuids[0], uuids[4])]
        _, unknown = await world.call(other, "DELETE", f"Message/{uuids[0][:-1]}0/Media/")
        await asyncio.sleep(60)

        assert statuses == [204, 204]
        assert "not found" in unknown["error"]
        assert [await world.state(uuid) for uuid in uuids] == ["delivered"] * 4 + ["failed"]
        assert world.texts(HANDSETS[0]) == [f"Look {number}" for number in range(4)]
        listed = [(await world.call(works, "GET", f"Message/{uuid}/Media/"))[1]["objects"] for uuid in uuids]
        assert [len(each) for each in listed] == [0, 1, 1, 1, 0]

    world.tell(story())


def test_media_of_a_message_that_nobody_works_at_yet_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FleetWorld(numbers=NUMBERS)

    async def story() -> None:
        await some(world, "one", "two", "three")
        _, works = await until_they_differ(world)
        other = world.other_than(works)
        media_id = await uploaded(await world.serve(other))
        monkeypatch.setattr(world.gateways[works], "_under_way_max", 0)
        uuid = await world.send(other, HANDSETS[0], "Look", type="mms", media_ids=[media_id])
        await asyncio.sleep(5)
        status, answer = await world.call(other, "DELETE", f"Message/{uuid}/Media/")
        monkeypatch.setattr(world.gateways[works], "_under_way_max", 1_000)
        await asyncio.sleep(30)

        assert status == 503
        assert "waits for the gateway" in answer["error"]
        assert await world.state(uuid) == "delivered"
        assert len(world.phone(HANDSETS[0]).inbox[0].media) == 1

    world.tell(story())


@pytest.mark.parametrize("who", ["bound", "works"])
@pytest.mark.parametrize(("policy", "texts"), [("at_least_once", {1, 2}), ("at_most_once", {0, 1})])
def test_mms_goes_on_after_a_kill_and_duplicates_are_what_the_policy_allows(
    who: str, policy: str, texts: set[int]
) -> None:
    world = FleetWorld(
        numbers=NUMBERS, settings=Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome(policy)))
    )

    async def story() -> None:
        await some(world, "one", "two", "three")
        bound, works = await until_they_differ(world)
        third = next(name for name in world.gateways if name not in (bound, works))
        await world.serve(third)
        uuids = [await world.send(third, handset, "Look!", type="mms", message_expiry=600) for handset in HANDSETS]
        await asyncio.sleep(2)
        await world.kill(bound if who == "bound" else works)
        await asyncio.sleep(900)
        states = [await world.state(uuid) for uuid in uuids]
        counts = {len(world.texts(each)) for each in HANDSETS}

        assert set(states) <= {"delivered", "failed", "undelivered"}
        assert counts <= texts
        if policy == "at_least_once":
            assert states == ["delivered"] * len(HANDSETS)

    world.tell(story())


def test_what_an_mmsc_posts_while_nobody_works_for_its_carrier_is_not_acknowledged() -> None:
    world = FleetWorld(numbers=NUMBERS)

    async def story() -> None:
        await some(world, "one", "two", "three")
        bound, _ = await until_they_differ(world)
        stays = next(name for name in world.gateways if name not in (bound, world.holder(ACCOUNT)))
        await world.serve(stays)
        await world.kill(bound)
        world.phone(HANDSETS[0]).send_mms("See this", media=[], to=LONGCODES[0])
        await asyncio.sleep(LIFE_S + 2 * RENEW_S)
        await asyncio.sleep(300)

        texts = [each.fields["text"] for each in world.events("message.received")]
        assert texts == ["See this"]

    world.tell(story())
