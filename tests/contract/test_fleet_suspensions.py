"""Several gateways: a number that traffic at one of them suspends is suspended for all, whoever keeps the account."""

import asyncio

import pytest

from fleet_support import FleetWorld
from powerpack_gateway.fleet.board import LIFE_S
from powerpack_gateway.fleet.fleet_gateway import FleetGateway
from powerpack_gateway.fleet.life import RENEW_S
from powerpack_gateway.holdings import Holdings

WHY = "too many opt-outs"


async def keeper_and_other(world: FleetWorld) -> tuple[FleetGateway, FleetGateway]:
    await world.start()
    for name in ("one", "two"):
        await world.gateway(name)
    await asyncio.sleep(5)
    keeper = world.keeper
    assert keeper is not None
    return keeper, world.gateways[world.other_than(keeper.gateway_id)]


def number_of(holdings: Holdings) -> str:
    return next(iter(holdings.numbers)).number


def reason_of(gateway: FleetGateway, number: str) -> str | None:
    return gateway.holdings.numbers[number].suspended


def cut_off_from_the_keeper(gateway: FleetGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it asks the keeper is lost."""
    monkeypatch.setattr(gateway._switchboard.peers, "send", lambda *_: None)


def test_a_suspension_reaches_the_keeper_and_everybody() -> None:
    world = FleetWorld()

    async def story() -> None:
        keeper, other = await keeper_and_other(world)
        number = number_of(other.holdings)
        other.holdings.suspend(number, WHY)
        await asyncio.sleep(5)

        assert reason_of(keeper, number) == reason_of(other, number) == WHY
        third = await world.gateway("three")
        assert reason_of(third, number) == WHY  # read from the database

    world.tell(story())


def test_a_suspension_outlasts_a_change_of_the_number_by_a_keeper_that_has_not_heard_of_it() -> None:
    world = FleetWorld()

    async def story() -> None:
        keeper, other = await keeper_and_other(world)
        number = number_of(other.holdings)
        with pytest.MonkeyPatch.context() as lost:
            cut_off_from_the_keeper(other, lost)
            other.holdings.suspend(number, WHY)
            for alias in ("hotline", "shop"):
                await keeper.holdings.orders.edit(number, alias=alias, application_id=None, clear_application=False)
            await asyncio.sleep(1)
            assert reason_of(keeper, number) is None
            assert reason_of(other, number) == WHY
        await asyncio.sleep(2 * RENEW_S)

        assert reason_of(keeper, number) == reason_of(other, number) == WHY
        assert keeper.holdings.numbers[number].alias == "shop"

    world.tell(story())


def test_a_number_that_is_reinstated_stays_so_although_its_suspension_came_from_another_gateway() -> None:
    world = FleetWorld()

    async def story() -> None:
        keeper, other = await keeper_and_other(world)
        number = number_of(other.holdings)
        other.holdings.suspend(number, WHY)
        await asyncio.sleep(5)
        await keeper.holdings.orders.reinstate(number)
        await asyncio.sleep(2 * RENEW_S)

        assert reason_of(keeper, number) is reason_of(other, number) is None

    world.tell(story())


def test_a_suspension_that_the_keeper_never_heard_of_is_written_by_the_next_keeper() -> None:
    world = FleetWorld()

    async def story() -> None:
        keeper, other = await keeper_and_other(world)
        number = number_of(other.holdings)
        with pytest.MonkeyPatch.context() as lost:
            cut_off_from_the_keeper(other, lost)
            other.holdings.suspend(number, WHY)
            await world.kill(keeper.gateway_id)
        await asyncio.sleep(LIFE_S + 2 * RENEW_S)

        assert other.is_keeper
        third = await world.gateway("three")
        assert reason_of(third, number) == WHY

    world.tell(story())
