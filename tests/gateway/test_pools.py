"""A number's day and its turns are the number's, wherever it is: in a pool, in another one, in none, or restored."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from powerpack_gateway.numbers import Numbers, NumberType, PhoneNumber, Registration, Service
from powerpack_gateway.pools import Choice, Pools
from powerpack_gateway.powerpacks import Powerpack, Powerpacks
from powerpack_gateway.throughput import UNREGISTERED_PER_DAY

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
SEATTLE = PhoneNumber(number="12065550180", type=NumberType.LONGCODE, country="US", region="WA")
POOLS = tuple(Powerpack(uuid=name, number_pool_uuid=f"pool of {name}", name=name, created_on=NOW) for name in "AB")


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 100.0


class World:
    """An unregistered long code, two Powerpacks, and what sends through them."""

    def __init__(self) -> None:
        self.numbers = Numbers([SEATTLE])
        self.powerpacks = Powerpacks(POOLS)
        self.pools = Pools(self.numbers, self.powerpacks, random.Random(1))

    def join(self, uuid: str) -> None:
        self.pools.add(self.powerpacks.add_number(uuid, self.numbers[SEATTLE.number], Service.SMS, now=NOW))

    def leave(self, uuid: str) -> None:
        self.pools.remove(self.powerpacks.remove_number(uuid, SEATTLE.number))

    def send(self, units: int = 1) -> Choice:
        """With ``src``."""
        return self.pools.reserve(self.numbers[SEATTLE.number], units, NOW, 100.0, is_answer=False)

    def is_spent(self) -> bool:
        """Whether one more has to wait for midnight."""
        return any("has used up its day" in reason for reason in self.send().reasons)


@pytest.fixture
def world() -> World:
    return World()


def test_a_number_that_leaves_its_pool_has_no_new_day(world: World) -> None:
    world.join("A")
    world.send(UNREGISTERED_PER_DAY)
    world.leave("A")

    assert world.is_spent()


def test_nor_has_one_that_joins_a_pool_or_another_one(world: World) -> None:
    world.send(UNREGISTERED_PER_DAY - 1)
    world.join("A")
    assert not world.is_spent()
    world.leave("A")
    world.join("B")

    assert world.is_spent()


def test_nor_has_one_whose_powerpack_is_deleted(world: World) -> None:
    world.join("A")
    world.send(UNREGISTERED_PER_DAY)
    world.powerpacks.delete("A")
    world.pools.forget("A")

    assert world.is_spent()


def test_a_number_in_no_pool_that_is_registered_keeps_its_turns_and_loses_its_limit(world: World) -> None:
    world.send(UNREGISTERED_PER_DAY)
    world.numbers.register(SEATTLE.number, Registration.COMPLETED, "C1")

    assert not world.is_spent()
    assert world.send().turn.wait_s > UNREGISTERED_PER_DAY


def test_a_number_that_lost_its_registration_in_no_pool_has_its_limit(world: World) -> None:
    world.numbers.register(SEATTLE.number, Registration.COMPLETED, "C1")
    world.send(UNREGISTERED_PER_DAY)
    world.numbers.register(SEATTLE.number, Registration.UNREGISTERED, None)

    assert world.is_spent()


def test_a_number_in_no_pool_goes_on_after_a_restart_where_it_was(world: World) -> None:
    this_morning = (NOW - timedelta(hours=8)).timestamp()
    world.pools.restore([], [(SEATTLE.number, "14155550101", this_morning)] * UNREGISTERED_PER_DAY, Still())

    assert world.is_spent()


def test_nor_is_it_faster_after_a_restart(world: World) -> None:
    world.pools.restore([], [(SEATTLE.number, "14155550101", NOW.timestamp())], Still())

    assert world.send().turn.wait_s == pytest.approx(4.1)


def test_a_clock_that_was_set_back_pauses_no_number(world: World) -> None:
    in_an_hour = (NOW + timedelta(hours=1)).timestamp()  # by the clock of the process, or the machine, before
    world.pools.restore([], [(SEATTLE.number, "14155550101", in_an_hour)], Still())

    assert world.send().turn.wait_s == pytest.approx(4.1)


def test_yesterdays_messages_of_a_number_in_no_pool_do_not_count(world: World) -> None:
    yesterday = (NOW - timedelta(hours=10)).timestamp()
    world.pools.restore([], [(SEATTLE.number, "14155550101", yesterday)] * UNREGISTERED_PER_DAY, Still())

    assert not world.is_spent()


def test_a_number_that_changed_otherwise_keeps_its_count(world: World) -> None:
    world.send(UNREGISTERED_PER_DAY)
    world.numbers.edit(SEATTLE.number, alias="front desk")

    assert world.is_spent()
