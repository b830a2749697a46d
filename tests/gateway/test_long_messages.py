"""Parts of long messages: in any order, twice, lost, and taken over by whoever goes on."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from powerpack_gateway import long_messages as module
from powerpack_gateway.encoding import Concatenation
from powerpack_gateway.long_messages import FINISHED_S, KIND, UNFINISHED_S, LongMessages, Part, Whole
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

ANA, NUMBER, OTHER = "14155550123", "14155550180", "12065550180"


class World:
    """A store, and what has long messages on it: ``anew`` makes another, which goes on."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop, datetime(2026, 3, 2, tzinfo=UTC))
        self.journal = Journal(moment=self.clock.monotonic, at=self.clock.at)
        self.store = SqliteStore(None, secret=b"s" * 32)
        self.whole: list[Whole] = []
        self.messages = self._made()

    def _made(self) -> LongMessages:
        def heard(whole: Whole, take_back: Callable[[], None]) -> None:
            self.whole.append(whole)
            self.take_back = take_back

        return LongMessages(self.store, heard, clock=self.clock, journal=self.journal)

    def put(self, place: int, text: str, *, reference: int = 7, number: str = NUMBER) -> None:
        self.put_part(place, Part(0, text.encode()), reference=reference, number=number)

    def put_part(self, place: int, part: Part, *, reference: int = 7, number: str = NUMBER) -> None:
        where = Concatenation(reference=reference, total=3, sequence=place, width=8)
        self.messages.put("att", ANA, number, where, part)

    async def stored(self) -> list[bytes]:
        await self.store.commit()
        query = "SELECT json FROM document WHERE kind = ? ORDER BY key"
        return [row[0] for row in self.store._read(query, [KIND])]

    async def anew(self) -> None:
        """Another process, or another gateway."""
        self.messages.close()
        self.messages = self._made()
        self.messages.restore(await self.stored())


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.loop.run(made.store.open())
    yield made
    made.loop.run(made.store.close())
    made.loop.close()


def test_a_message_is_whole_when_its_last_part_came_and_nothing_of_it_stays_for_ever(world: World) -> None:
    async def story() -> None:
        for place, text in ((2, "b"), (3, "c"), (2, "b"), (1, "a")):
            assert world.whole == []
            world.put(place, text)

        assert world.whole == [Whole("att", ANA, NUMBER, "abc", 3)]
        assert len(await world.stored()) == 1, "in case a part of it comes again"
        await asyncio.sleep(FINISHED_S + 1)
        assert await world.stored() == []

    world.loop.run(story())


def test_parts_are_taken_over_and_wait_no_longer_than_they_would_have(world: World) -> None:
    async def story() -> None:
        world.put(1, "a")
        await asyncio.sleep(UNFINISHED_S - 100)
        await world.anew()
        world.put(3, "c")
        await asyncio.sleep(99)
        assert world.whole == []
        await asyncio.sleep(2)

        assert world.whole == [Whole("att", ANA, NUMBER, "ac", 2)]
        (lost,) = world.journal.events(kind="inbound.part_lost")
        assert lost.fields["missing"] == [2]
        assert await world.stored() == []

    world.loop.run(story())


def test_what_is_left_to_another_gateway_stays_in_the_store_and_is_no_longer_waited_for(world: World) -> None:
    async def story() -> None:
        world.put(1, "a")
        world.put(1, "x", number=OTHER)
        world.messages.leave(lambda number: number == NUMBER)
        await asyncio.sleep(2 * UNFINISHED_S)

        assert [each.number for each in world.whole] == [OTHER]
        assert len(await world.stored()) == 1
        await world.anew()
        await asyncio.sleep(0.01)
        assert [each.number for each in world.whole] == [OTHER, NUMBER], "its time was over"

    world.loop.run(story())


def test_a_part_that_comes_again_after_the_whole_is_no_message_of_its_own(world: World) -> None:
    async def story() -> None:
        for place in (1, 2, 3, 2):
            world.put(place, "abc"[place - 1])
        await asyncio.sleep(FINISHED_S + 1)

        assert [each.text for each in world.whole] == ["abc"]
        assert len(list(world.journal.events(kind="inbound.redelivered"))) == 1
        assert await world.stored() == []

    world.loop.run(story())


def test_a_part_with_another_text_is_a_message_of_its_own(world: World) -> None:
    """References are a byte, and come again."""

    async def story() -> None:
        for place in (1, 2, 3):
            world.put(place, "abc"[place - 1])
        world.put(2, "STOP")
        await asyncio.sleep(UNFINISHED_S + 1)

        assert [each.text for each in world.whole] == ["abc", "STOP"]
        assert list(world.journal.events(kind="inbound.redelivered")) == []

    world.loop.run(story())


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        # Cut within a character, which the next part completes.
        ({1: (8, b"\x00a\x04"), 2: (8, b"\x3f\x00b"), 3: (8, b"\x00c")}, "a\u043fbc"),
        # The part that would complete it is lost, and the one after it begins a character of its own.
        ({1: (8, b"\x00a\x04"), 3: (8, b"\x00c")}, "a\ufffdc"),
        # Each part says of itself what its octets are.
        ({1: (0, b"a"), 2: (8, b"\x04\x3f"), 3: (3, b"\xe9")}, "a\u043f\xe9"),
    ],
    ids=["cut in two", "its end is lost", "several alphabets"],
)
def test_octets_are_read_together_only_where_they_belong_together(
    world: World, parts: dict[int, tuple[int, bytes]], text: str
) -> None:
    async def story() -> None:
        for place, (data_coding, octets) in parts.items():
            world.put_part(place, Part(data_coding, octets))
        await asyncio.sleep(UNFINISHED_S + 1)

        assert [each.text for each in world.whole] == [text]

    world.loop.run(story())


def test_a_part_that_comes_again_to_whoever_goes_on_is_no_message_of_its_own_either(world: World) -> None:
    async def story() -> None:
        for place in (1, 2, 3):
            world.put(place, "abc"[place - 1])
        await asyncio.sleep(100)
        await world.anew()
        world.put(2, "b")
        await world.anew()
        await asyncio.sleep(FINISHED_S + 1)

        assert [each.text for each in world.whole] == ["abc"]
        assert len(list(world.journal.events(kind="inbound.redelivered"))) == 1
        assert await world.stored() == []

    world.loop.run(story())


def test_another_text_with_the_reference_of_one_that_was_whole_is_a_text(world: World) -> None:
    async def story() -> None:
        for text in ("abc", "def"):
            for place in (1, 2, 3):
                world.put(place, text[place - 1])
            await world.anew()

        assert [each.text for each in world.whole] == ["abc", "def"]
        world.messages.close()

    world.loop.run(story())


def test_the_oldest_is_passed_on_when_too_many_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNFINISHED_MAX", 2)

    async def story() -> None:
        for reference in range(3):
            world.put(1, f"text {reference}", reference=reference)

        assert [each.text for each in world.whole] == ["text 0"]
        assert len(world.messages) == 2
        world.messages.close()

    world.loop.run(story())


def test_a_message_for_which_there_was_no_room_is_whole_again_when_its_last_part_comes_again(world: World) -> None:
    async def story() -> None:
        for place, text in ((1, "a"), (2, "b"), (3, "c")):
            world.put(place, text)
        world.take_back()
        assert len(world.messages) == 1
        assert len(await world.stored()) == 3, "its parts, and no mark that it was whole"
        world.put(3, "c")

        assert world.whole == [Whole("att", ANA, NUMBER, "abc", 3)] * 2
        assert len(world.messages) == 0

    world.loop.run(story())


def test_what_was_passed_on_and_found_no_room_is_passed_on_later(world: World) -> None:
    async def story() -> None:
        world.put(1, "a")
        await asyncio.sleep(UNFINISHED_S + 1)
        world.take_back()
        await asyncio.sleep(UNFINISHED_S + 1)

        assert world.whole == [Whole("att", ANA, NUMBER, "a", 1)] * 2

    world.loop.run(story())
