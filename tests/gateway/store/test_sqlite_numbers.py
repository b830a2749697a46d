"""sqlite_numbers.py: a list by number agrees with the look at every message, and looks at few."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store import sqlite_numbers
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.virtual import VirtualLoop

OURS = "18335550180"
HANDSETS = 7


def handset(index: int) -> str:
    return f"1415555010{index}"


def message(row: int) -> Message:
    is_inbound = row % 5 == 0
    number = handset(row % HANDSETS)
    return Message(
        id=row,
        uuid="",
        direction=Direction.INBOUND if is_inbound else Direction.OUTBOUND,
        service=Service.SMS,
        source=number if is_inbound else OURS,
        destination=OURS if is_inbound else number,
        text="",
        created_at=float(row),
        stage=Stage.RECEIVED if is_inbound else Stage.DELIVERED,
    )


class Bench:
    """A store with so many messages, in chunks of ten."""

    def __init__(self, path: Path | None) -> None:
        self.loop = VirtualLoop()
        self.store = SqliteStore(path, secret=b"numbers".ljust(32))
        self.loop.run(self.store.open())

    def insert(self, first: int, last: int) -> None:
        async def inserted() -> None:
            for row in range(first, last + 1):
                self.store.insert(message(row))
            await self.store.commit()

        self.loop.run(inserted())

    def rows(self, wanted: MessageFilter, *, limit: int = 20, offset: int = 0) -> list[int]:
        return [each.id for each in self.loop.run(self.store.messages(wanted, limit=limit, offset=offset)).messages]

    def up_to(self) -> int:
        return sqlite_numbers.NumberIndex(self.store._opened()).up_to


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(sqlite_numbers, "CHUNK", 10)
    bench = Bench(None)
    yield bench
    bench.loop.run(bench.store.close())
    bench.loop.shutdown()


def to(number: str) -> list[int]:
    """The rows of messages to a number among the first hundred, newest first."""
    return [row for row in range(100, 0, -1) if message(row).destination == number]


@pytest.mark.parametrize("number", [handset(3), OURS, "19995550000"])
def test_a_list_by_number_is_the_same_with_and_without_the_index(bench: Bench, number: str) -> None:
    bench.insert(1, 95)
    first = bench.rows(MessageFilter(to_number=number), limit=100)
    bench.insert(96, 100)
    then = bench.rows(MessageFilter(to_number=number), limit=100)

    assert bench.up_to() == 100
    assert first == [row for row in to(number) if row <= 95]
    assert then == to(number)
    assert bench.rows(MessageFilter(to_number=number), limit=3, offset=2) == to(number)[2:5]


def test_it_goes_with_other_filters(bench: Bench) -> None:
    bench.insert(1, 100)
    wanted = MessageFilter(
        to_number=handset(3), message_state="delivered", message_type="sms", time_gte=20.0, numbers=(OURS,)
    )

    assert bench.rows(wanted, limit=100) == [row for row in to(handset(3)) if row >= 20]


def test_what_a_handset_sent_is_found_by_its_number(bench: Bench) -> None:
    bench.insert(1, 100)
    wanted = MessageFilter(from_number=handset(0), message_direction="inbound")

    assert bench.rows(wanted, limit=100) == [70, 35]
    assert bench.up_to() == 100


def test_nothing_is_made_until_somebody_asks_by_number(bench: Bench) -> None:
    bench.insert(1, 100)
    bench.rows(MessageFilter())
    bench.rows(MessageFilter(message_direction="inbound"))

    assert bench.up_to() == 0


def test_a_number_with_many_messages_is_looked_for_by_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_numbers, "FEW_MAX", 5)
    bench.insert(1, 100)

    assert bench.rows(MessageFilter(to_number=handset(3)), limit=100) == to(handset(3))
    assert sqlite_numbers.NumberIndex(bench.store._opened()).condition(handset(3)) is None


@pytest.mark.parametrize("number", ["Plivo", "", "1" * 30, "²"])
def test_what_is_no_number_needs_no_index(bench: Bench, number: str) -> None:
    bench.insert(1, 100)

    assert bench.rows(MessageFilter(to_number=number)) == []


def test_a_forgotten_message_leaves_the_index_too(bench: Bench) -> None:
    bench.insert(1, 100)
    bench.rows(MessageFilter(to_number=OURS))

    async def forgotten() -> None:
        bench.store.forget(range(1, 100))
        await bench.store.commit()

    bench.loop.run(forgotten())

    found = bench.store._opened().execute("SELECT count(*) FROM by_number").fetchone()
    assert found == (2,)  # of the hundredth message, which came from a handset


def sender(row: int) -> str:
    return f"1833555{row % 4:04}"


def test_what_one_of_our_numbers_sent_is_found_although_it_was_chosen_after_the_index_was_made(bench: Bench) -> None:
    async def sent() -> list[Message]:
        messages = [message(row) for row in range(1, 101)]
        for each in messages:
            each.direction, each.destination, each.source = Direction.OUTBOUND, handset(0), sender(each.id)
            if each.id % 3 == 0:  # on its way, and with another number so far
                each.stage, each.source = Stage.QUEUED, OURS
            bench.store.insert(each)
        await bench.store.commit()
        return messages

    async def ended(stages: Sequence[Stage]) -> None:
        for each in messages:
            if each.id % 3 == 0:
                each.stage, each.source = stages[each.id % 2], sender(each.id)
                bench.store.update(each)
        await bench.store.commit()

    messages = bench.loop.run(sent())
    before = bench.rows(MessageFilter(from_number=sender(1)), limit=100)
    bench.loop.run(ended([Stage.DELIVERED, Stage.SENT]))
    after = bench.rows(MessageFilter(from_number=sender(1)), limit=100)
    left = bench.store._opened().execute("SELECT count(*) FROM unnumbered").fetchone()[0]

    assert bench.up_to() == 100
    assert before == [row for row in range(100, 0, -1) if row % 4 == 1 and row % 3]
    assert after == [row for row in range(100, 0, -1) if row % 4 == 1]
    assert left == sum(each.stage is Stage.SENT for each in messages)
    bench.loop.run(ended([Stage.DELIVERED, Stage.DELIVERED]))
    assert bench.rows(MessageFilter(from_number=sender(1)), limit=100) == after
    assert bench.store._opened().execute("SELECT count(*) FROM unnumbered").fetchone()[0] == 0


def test_who_sent_is_looked_for_in_the_index(bench: Bench) -> None:
    bench.insert(1, 100)
    bench.rows(MessageFilter(from_number=OURS))
    found = bench.store._opened().execute("SELECT count(*) FROM by_number WHERE number = ?", [int(OURS)]).fetchone()

    assert found == (100,)  # a handset wrote to it, or it wrote to one


def test_others_go_on_while_it_is_made(bench: Bench) -> None:
    bench.insert(1, 100)
    turns: list[int] = []

    async def listed() -> None:
        listing = asyncio.ensure_future(bench.store.messages(MessageFilter(to_number=OURS), limit=1, offset=0))
        while not listing.done():
            await asyncio.sleep(0)
            turns.append(bench.up_to())
        await listing

    bench.loop.run(listed())

    assert len(set(turns)) >= 5


def test_a_list_that_can_not_extend_the_index_looks_at_every_message(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(index: sqlite_numbers.NumberIndex) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    bench.insert(1, 100)
    monkeypatch.setattr(sqlite_numbers.NumberIndex, "extend", full)

    assert bench.rows(MessageFilter(to_number=handset(3)), limit=100) == to(handset(3))
