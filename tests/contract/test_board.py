"""What every Board keeps of its promises, and the stores beside it; two gateways share each database."""

import asyncio
from collections.abc import Iterator
from typing import Protocol

import asyncpg
import pytest

from powerpack_gateway.errors import StoreFenced
from powerpack_gateway.fleet.board import DOCUMENTS, LIFE_S, Board, FleetStore, powerpack_lease
from powerpack_gateway.fleet.memory import MemoryBoard, MemoryDatabase, MemoryStore
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_board import PostgresBoard
from powerpack_lab.virtual import VirtualLoop
from real_loop import NoJournal, RealLoop

POWERPACK = "0d6a1f2e-0000-4000-8000-000000000001"
LEASE = powerpack_lease(POWERPACK)


HANGS_S = 120.0
"""Longer than anything here takes, on a machine that does other things too."""


class Desk:
    """One gateway's store and board, and what it was woken for."""

    def __init__(self, store: FleetStore, board: Board) -> None:
        self.store, self.board = store, board
        self.woken: list[str] = []
        self._heard = asyncio.Event()

    async def start(self) -> None:
        await self.store.open()
        await self.board.join("127.0.0.1:1", self._wake)

    async def hears(self, topic: str) -> None:
        """Return when it has been woken for something."""
        async with asyncio.timeout(HANGS_S):
            while topic not in self.woken:
                self._heard.clear()
                await self._heard.wait()

    def _wake(self, topic: str) -> None:
        self.woken.append(topic)
        self._heard.set()


class Kind(Protocol):
    """One kind of database that two gateways share."""

    loop: VirtualLoop | RealLoop

    async def desk(self, name: str) -> Desk: ...

    async def pass_time(self, seconds: float) -> None: ...

    def end(self) -> None: ...


class Memory:
    """Two gateways in one process, in virtual time."""

    def __init__(self) -> None:
        virtual = VirtualLoop()
        self.loop: VirtualLoop | RealLoop = virtual
        self.now = virtual.time
        self.database = MemoryDatabase(b"\1" * 32)

    async def desk(self, name: str) -> Desk:
        store = MemoryStore(self.database, name)
        desk = Desk(store, MemoryBoard(self.database, store, name, self.now))
        await desk.start()
        return desk

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def end(self) -> None:
        self.loop.shutdown()


class Postgres:
    """Two gateways on a real server; its clock is moved by what is written by it."""

    def __init__(self, url: str) -> None:
        self.loop: VirtualLoop | RealLoop = RealLoop()
        self.url = url
        self.desks: list[tuple[PostgresStore, PostgresBoard]] = []

    async def desk(self, name: str) -> Desk:
        store = PostgresStore(self.url, secret=b"\1" * 32, journal=NoJournal(), member=name)
        board = PostgresBoard(store, name)
        self.desks.append((store, board))
        desk = Desk(store, board)
        await desk.start()
        return desk

    async def pass_time(self, seconds: float) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.execute("UPDATE powerpack.member SET expires_at = expires_at - $1 * interval '1 s'", seconds)
        await connection.close()

    def end(self) -> None:
        async def close() -> None:
            for store, board in self.desks:
                await board.leave()
                store.abandon()

        self.loop.run(close())
        self.loop.shutdown()


@pytest.fixture(params=["memory", "postgres"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    found: Kind = Memory() if request.param == "memory" else Postgres(request.getfixturevalue("database"))
    yield found
    found.end()


def message(row: int, powerpack_uuid: str | None = POWERPACK) -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text=f"message {row}",
        created_at=float(row),
        powerpack_uuid=powerpack_uuid,
        lease=powerpack_lease(powerpack_uuid),
    )


def test_a_member_is_seen_by_the_others_until_it_leaves(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")

        assert [each.gateway_id for each in (await one.board.renew(bury=True)).members] == ["one", "two"]
        await two.board.leave()
        assert [each.gateway_id for each in (await one.board.renew(bury=True)).members] == ["one"]

    kind.loop.run(story())


def test_a_lease_has_one_holder_and_a_token_that_grows(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        first = (await one.board.acquire([LEASE]))[LEASE]

        assert first.holder == "one"
        assert await two.board.acquire([LEASE]) == {}
        await one.board.release([LEASE])
        second = (await two.board.acquire([LEASE]))[LEASE]
        assert (second.holder, second.token > first.token) == ("two", True)

    kind.loop.run(story())


def test_who_is_silent_for_a_life_is_buried_with_all_he_held_and_writes_nothing_more(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        await one.board.acquire([LEASE])
        one.store.put("a", "1", b"{}")
        await one.store.commit()
        await kind.pass_time(LIFE_S + 0.5)
        standing = await two.board.renew(bury=True)

        assert [each.gateway_id for each in standing.members] == ["two"]
        assert standing.leases == {}
        assert LEASE in standing.unheld
        assert LEASE in await two.board.acquire([LEASE])
        one.store.put("a", "1", b'{"late": 1}')
        with pytest.raises(StoreFenced):
            await one.store.commit()
        with pytest.raises(StoreFenced):
            await one.board.renew(bury=True)
        assert [each.document for each in await two.board.changes(0) if each.kind == "a"] == [b"{}"]

    kind.loop.run(story())


def test_nobody_is_buried_by_who_does_not_ask_for_it(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        await kind.pass_time(LIFE_S + 0.5)

        assert len((await two.board.renew(bury=False)).members) == 2
        await one.board.renew(bury=False)
        assert len((await two.board.renew(bury=True)).members) == 2

    kind.loop.run(story())


def test_changes_come_in_order_to_everybody_who_asks_and_with_a_call(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        start = (await two.board.changes(0))[-1:]
        version = start[0].version if start else 0
        one.store.put("kind", "a", b"1")
        one.store.put("kind", "b", b"2")
        await one.store.commit()
        one.store.delete("kind", "a")
        await one.store.commit()
        two.woken.clear()
        one.store.put("kind", "c", b"3")
        await one.store.commit()
        await two.hears(DOCUMENTS)
        changes = await two.board.changes(version)

        assert [(each.key, each.document) for each in changes][-2:] == [("a", None), ("c", b"3")]
        assert {each.writer for each in changes} == {"one"}
        assert ("b", b"2") in [(each.key, each.document) for each in changes]
        assert [each.version for each in changes] == sorted({each.version for each in changes})
        assert await two.board.changes(changes[-1].version) == []

    kind.loop.run(story())


def test_a_message_for_somebody_else_is_claimed_once_and_is_his_from_then_on(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        await two.board.acquire([LEASE])
        first = await one.board.next_ids(10)
        for row in range(first, first + 3):
            one.store.insert_unclaimed(message(row))
        one.store.insert_unclaimed(message(first + 3, powerpack_uuid=None))
        await one.store.commit()
        await two.hears(LEASE)

        assert (await two.board.take_up(LEASE, since=0.0)).messages == []
        claimed = await two.board.claim([LEASE], limit=2)
        assert [each.id for each in claimed] == [first, first + 1]
        assert [each.text for each in claimed] == [f"message {first}", f"message {first + 1}"]
        assert [each.id for each in await two.board.claim([LEASE], limit=100)] == [first + 2]
        open_now = (await two.board.take_up(LEASE, since=0.0)).messages
        assert [each.id for each in open_now] == [first, first + 1, first + 2]

    kind.loop.run(story())


def test_whoever_takes_a_lease_up_gets_what_is_open_the_pairs_and_what_was_sent(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        await one.board.acquire([LEASE])
        first = await one.board.next_ids(2)
        sent, done = message(first), message(first + 1)
        sent.stage, sent.sent_at, sent.source, sent.units, sent.carrier = Stage.SENT, 1_000.0, "12065550111", 2, "att"
        done.stage, done.sent_at, done.source, done.carrier = Stage.DELIVERED, 1_001.0, "12065550111", "att"
        one.store.insert(sent)
        one.store.insert(done)
        one.store.put_sticky(POWERPACK, "sms", "12065550100", "12065550111")
        await one.store.commit()
        await one.board.leave()
        await two.board.acquire([LEASE])
        found = await two.board.take_up(LEASE, since=1_000.0)

        assert [each.id for each in found.messages] == [sent.id]
        assert list(found.sticky) == [(POWERPACK, "sms", "12065550100", "12065550111")]
        pair = ("12065550111", "12065550100")
        assert list(found.sent) == [(*pair, 1_000.0), (*pair, 1_000.0), (*pair, 1_001.0)]
        assert list(await two.board.sent_by_route("att", since=1_001.0)) == [(*pair, 1_001.0)]

    kind.loop.run(story())


def test_ids_are_nobody_elses(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        first, second = await one.board.next_ids(100), await two.board.next_ids(100)

        assert abs(second - first) >= 100

    kind.loop.run(story())


def test_documents_that_nobody_is_told_of_are_read_when_somebody_asks(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        two.woken.clear()  # a board that begins to listen looks once
        for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
            one.store.put("usage", f"{day}/longcode/sms/one", day.encode())
        two.store.put("usage", "2026-11-21/longcode/sms/two", b"two")
        for desk in (one, two):
            await desk.store.commit()
        version = len(await one.board.changes(0))
        one.store.put("usage", "2026-11-22/longcode/sms/one", b"more")
        one.store.delete("usage", "2026-11-20/longcode/sms/one")
        await one.store.commit()

        assert await two.board.documents("usage") == [
            ("2026-11-21/longcode/sms/one", b"2026-11-21"),
            ("2026-11-21/longcode/sms/two", b"two"),
            ("2026-11-22/longcode/sms/one", b"more"),
        ]
        assert [key for key, _ in await two.board.documents("usage", since="2026-11-22")] == [
            "2026-11-22/longcode/sms/one"
        ]
        assert [each for each in await two.board.changes(0) if each.kind == "usage"] == []
        assert len(await one.board.changes(0)) == version
        assert DOCUMENTS not in two.woken

    kind.loop.run(story())


def test_what_waits_is_counted_by_lease_and_what_was_claimed_is_listed(kind: Kind) -> None:
    async def story() -> None:
        one, two = await kind.desk("one"), await kind.desk("two")
        await two.board.acquire([LEASE])
        first = await one.board.next_ids(10)
        for row in range(first, first + 4):
            one.store.insert_unclaimed(message(row))
        one.store.insert_unclaimed(message(first + 4, None))
        await one.store.commit()
        assert await one.board.unclaimed(limit=100) == {LEASE: 4, powerpack_lease(None): 1}
        assert sum((await one.board.unclaimed(limit=2)).values()) == 2
        claimed = await two.board.claim([LEASE], limit=3)
        done = claimed[0]
        done.stage = Stage.DELIVERED
        two.store.update(done)
        await two.store.commit()

        assert await one.board.unclaimed(limit=100) == {LEASE: 1, powerpack_lease(None): 1}
        assert sorted(await two.board.claimed([LEASE, powerpack_lease(None)])) == [first + 1, first + 2]
        assert await two.board.claimed([powerpack_lease(None)]) == []
        found = await two.board.claimed_messages([first, first + 2, first + 3])
        assert [(each.id, each.lease) for each in found] == [(first + 2, LEASE)]

    kind.loop.run(story())
