"""A disk that is full: who is told, what is kept, and what is tried again."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.state_files import Connections, message, opened
from powerpack_gateway.errors import StoreError
from powerpack_gateway.messages import Stage
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import RETRY_S
from powerpack_lab.virtual import VirtualLoop

pytestmark = pytest.mark.usefixtures("impatient")


class Cramped:
    """A store on a disk that is full from now on, until it gets room again."""

    def __init__(self, path: Path, connections: Connections) -> None:
        self.store = opened(path)
        self.connection = connections[-1]

    def fill(self) -> None:
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        self.connection.execute(f"PRAGMA max_page_count = {pages}")

    def make_room(self) -> None:
        self.connection.execute("PRAGMA max_page_count = 1000000")


BIG = "x" * 100_000

"""More than is free in the last page of any table."""


@pytest.fixture
def cramped(path: Path, connections: Connections, loop: VirtualLoop) -> Iterator[Cramped]:
    cramped = Cramped(path, connections)
    yield cramped
    cramped.make_room()
    loop.run(cramped.store.close())


def test_on_a_full_disk_everyone_in_the_group_is_told(cramped: Cramped, loop: VirtualLoop, path: Path) -> None:
    cramped.fill()
    told: list[StoreError | None] = []

    async def group() -> None:
        cramped.store.insert(message(1, BIG))
        cramped.store.when_durable(told.append)
        cramped.store.insert(message(2))
        cramped.store.when_durable(told.append)
        await cramped.store.commit()

    with pytest.raises(StoreError, match=f"state file {path} can not grow, the disk is full") as caught:
        loop.run(group())

    assert told == [caught.value, caught.value]


def test_on_a_full_disk_nothing_of_the_group_is_kept(cramped: Cramped, loop: VirtualLoop) -> None:
    cramped.fill()

    async def group() -> None:
        cramped.store.insert(message(1))
        cramped.store.insert(message(2, BIG))
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(group())
    cramped.make_room()
    page = loop.run(cramped.store.messages(MessageFilter(), limit=20, offset=0))

    assert list(page.messages) == []


def test_after_a_full_disk_the_next_group_is_written(cramped: Cramped, loop: VirtualLoop) -> None:
    cramped.fill()

    async def insert(row: int, text: str) -> None:
        cramped.store.insert(message(row, text))
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(insert(1, BIG))
    cramped.make_room()
    loop.run(insert(2, BIG))

    found = [loop.run(cramped.store.message(row)) for row in (1, 2)]
    assert [each is not None for each in found] == [False, True]


def test_changes_that_could_not_be_written_are_tried_again(cramped: Cramped, loop: VirtualLoop, path: Path) -> None:
    changing = message()

    async def change() -> None:
        cramped.store.insert(changing)
        await cramped.store.commit()
        cramped.fill()
        changing.stage, changing.carrier_ids = Stage.SUBMITTED, (BIG,)
        cramped.store.update(changing)
        cramped.store.put("number", "1", b"{}")
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(change())
    cramped.make_room()
    loop.advance(RETRY_S)

    assert "0 rows pending" in repr(cramped.store)
    found = loop.run(cramped.store.message(1))
    assert found is not None
    assert found.stage is Stage.SUBMITTED


def test_a_message_that_was_not_accepted_leaves_nothing_pending(cramped: Cramped, loop: VirtualLoop) -> None:
    cramped.fill()
    refused = message(1, BIG)

    async def insert_and_change() -> None:
        cramped.store.insert(refused)
        cramped.store.update(refused)
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(insert_and_change())

    assert "0 rows pending" in repr(cramped.store)


def test_closing_on_a_full_disk_says_so_and_lets_go(path: Path, connections: Connections, loop: VirtualLoop) -> None:
    cramped = Cramped(path, connections)

    async def change() -> None:
        cramped.fill()
        cramped.store.put("number", "1", BIG.encode())
        await asyncio.sleep(RETRY_S / 2)  # it fails, and nobody waits for it
        await cramped.store.close()

    with pytest.raises(StoreError, match="the disk is full"):
        loop.run(change())

    loop.run(opened(path).close())


def test_what_no_database_can_hold_is_refused_to_its_group_only(loop: VirtualLoop) -> None:
    store = opened(None)

    async def insert(row: int, text: str) -> None:
        store.insert(message(row, text))
        await store.commit()

    loop.run(insert(1, "before"))
    with pytest.raises(StoreError, match=r"state file in memory: UnicodeEncodeError"):
        loop.run(insert(2, "half a pair: \ud83d"))
    loop.run(insert(3, "hi"))

    assert [loop.run(store.message(row)) is not None for row in (1, 2, 3)] == [True, False, True]
    loop.run(store.close())
