"""A gateway without carriers over a year: fees fall due on their days, and one timer is enough."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.holdings import Account, Provision
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.money import dollars, points
from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.settings import Settings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

JANUARY_31 = datetime(2026, 1, 31, 15, tzinfo=UTC)
DAY_S = 86_400
LONG = PhoneNumber(number="14155550180", type=NumberType.LONGCODE, country="US")
SHORT = PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="US")


class World:
    """A gateway and the loop that it lives in."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop, JANUARY_31)
        self.journal = Journal(moment=self.clock.monotonic, at=self.clock.at)
        self.gateway = Gateway(
            Settings(),
            store=SqliteStore(None, secret=bytes(SECRET_BYTES)),
            routes=[],
            carrier_of=lambda _: None,
            clock=self.clock,
            journal=self.journal,
            rng=random.Random(1),
            provision=Provision(account=Account(auth_id="MA", auth_token="t"), numbers=[SHORT], for_sale=[LONG]),
        )
        self.loop.run(self.gateway.start())

    def told(self, kind: str) -> list[tuple[str, str]]:
        """Number and day of every event of a kind."""
        return [
            (str(each.fields["number"]), each.at.strftime("%Y-%m-%d %H:%M")) for each in self.journal.events(kind=kind)
        ]


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.loop.run(world.gateway.stop())
    world.loop.shutdown()


def test_a_year_of_renewals_falls_due_on_its_days_and_is_told_then(world: World) -> None:
    holdings = world.gateway.holdings
    before = holdings.book.credit
    world.loop.run(holdings.orders.rent(LONG.number, application_id=None))
    world.loop.advance(365 * DAY_S)

    days = ["2026-02-28", *(f"2026-{month:02}-28" for month in range(3, 13)), "2027-01-28"]
    told = world.told("number.renewed")
    assert [(number, moment) for number, moment in told if number == LONG.number] == [
        (LONG.number, f"{day} 00:00") for day in days
    ]
    assert [moment[:10] for number, moment in told if number == SHORT.number] == days
    assert dollars(before - holdings.book.credit) == dollars(13 * points("0.50000") + 12 * points("500"))


def test_a_suspended_number_costs_the_same(world: World) -> None:

    async def suspend() -> None:
        world.gateway.holdings.suspend(SHORT.number, "three complaints")

    world.loop.run(suspend())
    world.loop.advance(365 * DAY_S)

    assert len(world.told("number.renewed")) == 12


def test_a_suspended_account_costs_the_same(world: World) -> None:
    world.loop.run(world.gateway.holdings.suspend_account("fraud"))
    world.loop.advance(365 * DAY_S)

    assert len(world.told("number.renewed")) == 12


def test_a_number_that_was_given_back_lapses_after_ten_days(world: World) -> None:
    holdings = world.gateway.holdings
    world.loop.run(holdings.orders.rent(LONG.number, application_id=None))
    world.loop.advance(DAY_S)
    world.loop.run(holdings.orders.unrent(LONG.number))
    world.loop.advance(365 * DAY_S)

    assert world.told("number.unrented") == [(LONG.number, "2026-02-01 15:00")]
    assert world.told("number.lapsed") == [(LONG.number, "2026-02-11 15:00")]
    assert [number for number, _ in world.told("number.renewed") if number == LONG.number] == []


def test_a_disconnected_number_costs_nothing_more_and_its_ledger_stays(world: World) -> None:
    holdings = world.gateway.holdings
    world.loop.run(holdings.orders.disconnect(SHORT.number, "given up by its owner"))
    world.loop.advance(365 * DAY_S)

    assert world.told("number.disconnected") == [(SHORT.number, "2026-01-31 15:00")]
    assert world.told("number.renewed") == []
    assert [each.number for each in holdings.book.ledger.charges(world.clock.now())] == [SHORT.number, SHORT.number]


def test_documents_let_a_number_send(world: World) -> None:
    holdings = world.gateway.holdings
    berlin = PhoneNumber(number="493012345678", type=NumberType.LONGCODE, country="DE")
    holdings.book.numbers = type(holdings.numbers)(for_sale=[berlin])
    world.loop.run(holdings.orders.rent(berlin.number, application_id=None))
    world.loop.run(holdings.orders.submit_documents(berlin.number, "papers"))
    before = holdings.numbers[berlin.number].can_send
    world.loop.run(holdings.orders.activate(berlin.number))

    assert (before, holdings.numbers[berlin.number].can_send) == (False, True)
    assert world.told("number.activated") == [(berlin.number, "2026-01-31 15:00")]
