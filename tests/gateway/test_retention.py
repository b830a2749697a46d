"""retention.py: old messages leave in batches, and what is unfinished stays."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from powerpack_gateway.errors import StoreError
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.retention import BATCH_MAX, DAY_S, IDLE_LOOK_EVERY_S, LOOK_EVERY_S, Retention, RetentionSettings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class World:
    """A store and the retention that sweeps it."""

    def __init__(self, days: float = 90.0) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop, NOW)
        self.journal = Journal(moment=self.clock.monotonic, at=self.clock.at)
        self.store = SqliteStore(None, secret=b"retention".ljust(32))
        self.retention = Retention(
            self.store, settings=RetentionSettings(messages_days=days), clock=self.clock, journal=self.journal
        )
        self.loop.run(self.store.open())

    def insert(self, count: int, *, days_ago: float, stage: Stage = Stage.DELIVERED, first: int = 1) -> None:
        async def inserted() -> None:
            for row in range(first, first + count):
                created = NOW.timestamp() - days_ago * DAY_S
                self.store.insert(
                    Message(
                        id=row,
                        uuid="",
                        direction=Direction.OUTBOUND,
                        service=Service.SMS,
                        destination="14155550199",
                        text="",
                        created_at=created,
                        stage=stage,
                    )
                )
            await self.store.commit()

        self.loop.run(inserted())

    def rows(self) -> Sequence[int]:
        """All that are left, up to 5,000."""
        return self.loop.run(self.store.finished_before(1e12, limit=5_000))

    def start(self) -> None:
        async def started() -> None:
            self.retention.start()
            await asyncio.sleep(0)

        self.loop.run(started())


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.loop.run(world.retention.stop())
    world.loop.run(world.store.close())
    world.loop.shutdown()


def test_what_is_too_old_goes_and_the_rest_stays(world: World) -> None:
    world.insert(3, days_ago=90.1)
    world.insert(2, days_ago=89.9, first=4)
    world.start()
    world.loop.advance(1)

    assert world.rows() == [4]  # and 5, the newest, which is never among the finished ones
    assert [each.fields["messages"] for each in world.journal.events(kind="message.forgotten")] == [3]


def test_a_message_that_is_not_finished_stays_whatever_its_age(world: World) -> None:
    world.insert(1, days_ago=400, stage=Stage.SENT)
    world.insert(1, days_ago=400, first=2)
    world.insert(1, days_ago=0, first=3)
    world.start()
    world.loop.advance(1)

    assert world.loop.run(world.store.message(1)) is not None
    assert world.loop.run(world.store.message(2)) is None


def test_many_go_in_batches_with_room_between_them(world: World) -> None:
    world.insert(2 * BATCH_MAX + 500, days_ago=91)
    world.start()
    world.loop.advance(5)

    told = list(world.journal.events(kind="message.forgotten"))
    assert [each.fields["messages"] for each in told] == [BATCH_MAX, BATCH_MAX, 499]
    assert len({each.at for each in told}) == 3


def test_the_newest_message_stays_so_that_no_uuid_comes_twice(world: World) -> None:
    world.insert(2, days_ago=400)
    world.start()
    world.loop.advance(1)

    assert world.loop.run(world.store.message(1)) is None
    assert world.loop.run(world.store.message(2)) is not None


def test_it_looks_again_within_six_hours_where_nothing_was_old(world: World) -> None:
    world.insert(2, days_ago=90 - 0.5 / 24)
    world.start()
    world.loop.advance(60)
    assert world.loop.run(world.store.message(1)) is not None

    world.loop.advance(IDLE_LOOK_EVERY_S)
    assert world.loop.run(world.store.message(1)) is None


def test_it_looks_again_within_an_hour_where_something_was_old(world: World) -> None:
    world.insert(1, days_ago=91)
    world.insert(2, days_ago=90 - 0.5 / 24, first=2)
    world.start()
    world.loop.advance(60)
    assert world.loop.run(world.store.message(2)) is not None

    world.loop.advance(LOOK_EVERY_S)
    assert world.loop.run(world.store.message(2)) is None


def test_a_store_that_fails_is_told_and_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(moment: float, *, limit: int) -> Sequence[int]:
        raise StoreError("the disk is full")

    world.insert(2, days_ago=400)
    with monkeypatch.context() as broken:
        broken.setattr(world.store, "finished_before", full)
        world.start()
        world.loop.advance(1)
    world.loop.advance(LOOK_EVERY_S)

    assert [each.fields["error"] for each in world.journal.events(kind="message.forget_failed")] == ["the disk is full"]
    assert world.loop.run(world.store.message(1)) is None


def test_a_day_that_rates_still_count_can_not_be_forgotten() -> None:
    with pytest.raises(ValueError, match="messages_days is 1, expected at least 2"):
        RetentionSettings(messages_days=1)
