"""What is PostgreSQL's own of the board: races, burials in the middle of a commit, answers and calls that are lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from postgres_support import PostgresServer
from postgres_wire import CutWire
from powerpack_gateway.errors import StoreError, StoreFenced, StoreInUse
from powerpack_gateway.fleet.board import DOCUMENTS, LIFE_S, FeedGone
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.store import postgres_writer
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_board import PostgresBoard
from real_loop import NoJournal

LEASE = "powerpack/sales"
HANGS_S = 120.0


class Gateway:
    """As much of a gateway as the database sees."""

    def __init__(self, url: str, name: str) -> None:
        self.store = PostgresStore(url, secret=b"\1" * 32, journal=NoJournal(), member=name)
        self.board = PostgresBoard(self.store, name)
        self.woken: asyncio.Queue[str] = asyncio.Queue()


@asynccontextmanager
async def gateway(url: str, name: str) -> AsyncIterator[Gateway]:
    made = Gateway(url, name)
    await made.store.open()
    await made.board.join("127.0.0.1:1", made.woken.put_nowait)
    try:
        yield made
    finally:
        await made.board.leave()
        made.store.abandon()


def message(row: int) -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text="hi",
        created_at=1.0,
        powerpack_uuid="sales",
        lease=LEASE,
    )


async def pass_time(url: str, seconds: float) -> None:
    """Move the database's clock for everybody who is a member now."""
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE powerpack.member SET expires_at = expires_at - $1 * interval '1 s'", seconds)
    await connection.close()


@pytest.mark.parametrize("isolation", ["read committed", "serializable"])
def test_of_many_who_want_many_leases_at_once_each_lease_gets_one(postgres: PostgresServer, isolation: str) -> None:
    """Also in a database whose default is that such a race fails."""
    database = postgres.new_database()
    name = urlsplit(database).path.strip("/")
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'")
    names = [f"powerpack/{index}" for index in range(50)]

    async def race() -> list[str]:
        async with (
            gateway(database, "one") as one,
            gateway(database, "two") as two,
            gateway(database, "three") as three,
        ):
            won = await asyncio.gather(
                *(each.board.acquire(order) for each in (one, two, three) for order in (names, names[::-1]))
            )
            standing = await one.board.renew(bury=True)
            holders = {name: lease.holder for found in won for name, lease in found.items()}
            assert holders == {name: lease.holder for name, lease in standing.leases.items()}
            return sorted(holders)

    assert asyncio.run(race()) == sorted(names)


def test_whoever_is_in_the_middle_of_a_commit_is_buried_after_it(database: str) -> None:
    async def story() -> None:
        async with gateway(database, "one") as one, gateway(database, "two"):
            await one.board.acquire([LEASE])
            await pass_time(database, LIFE_S + 1)
            connection = await asyncpg.connect(database)
            async with connection.transaction():
                await connection.execute("SELECT powerpack.must_live('two')")
                during = await one.board.renew(bury=True)
            after = await one.board.renew(bury=True)
            await connection.close()

            assert [each.gateway_id for each in during.members] == ["one", "two"]
            assert [each.gateway_id for each in after.members] == ["one"]
            assert after.leases[LEASE].holder == "one"

    asyncio.run(story())


def test_the_buried_can_neither_ask_nor_take_nor_write(database: str) -> None:
    async def story() -> None:
        async with gateway(database, "one") as one, gateway(database, "two") as two:
            await two.board.acquire([LEASE])
            await pass_time(database, LIFE_S + 1)
            await one.board.renew(bury=True)
            for call in (
                two.board.renew(bury=True),
                two.board.acquire([LEASE]),
                two.board.release([LEASE]),
                two.board.next_ids(1),
                two.board.take_up(LEASE, since=0.0),
                two.board.sent_by_route("att", since=0.0),
                two.board.claim([LEASE], limit=1),
                two.board.changes(0),
            ):
                with pytest.raises(StoreFenced, match="gateway two was taken for dead; its work is done by others now"):
                    await call
            two.store.insert(message(1))
            with pytest.raises(StoreFenced):
                await two.store.commit()
            two.store.insert(message(2))
            with pytest.raises(StoreFenced):
                await two.store.commit()

            assert await one.store.message(1) is None

    asyncio.run(story())


def test_who_does_not_hold_a_lease_claims_nothing_of_it(database: str) -> None:
    async def story() -> None:
        async with gateway(database, "one") as one, gateway(database, "two") as two:
            one.store.insert_unclaimed(message(await one.board.next_ids(1)))
            await one.store.commit()

            assert await two.board.claim([LEASE], limit=10) == []
            await two.board.acquire([LEASE])
            assert len(await two.board.claim([LEASE], limit=10)) == 1

    asyncio.run(story())


def test_a_claim_whose_answer_is_lost_gives_the_same_messages_again(database: str) -> None:
    async def story() -> None:
        wire = CutWire(database)
        await wire.open()
        async with gateway(database, "one") as one, gateway(wire.url, "two") as two:
            await two.board.acquire([LEASE])
            await two.board.claim([LEASE], limit=1)  # the server is asked about a statement before it is run
            first = await one.board.next_ids(5)
            for row in range(first, first + 5):
                one.store.insert_unclaimed(message(row))
            await one.store.commit()
            async with asyncio.timeout(HANGS_S):
                while await two.woken.get() != LEASE:
                    pass  # the wire would end with this notice, before the claim is sent
            wire.loses_answers = True
            with pytest.raises(Exception, match="database"):
                await two.board.claim([LEASE], limit=2)
            wire.loses_answers = False
            again = await two.board.claim([LEASE], limit=100)
            rest = await two.board.claim([LEASE], limit=100)

            assert [each.id for each in again] == [first, first + 1]
            assert [each.id for each in rest] == [first + 2, first + 3, first + 4]
        await wire.close()

    asyncio.run(story())


def test_what_a_dead_gateway_was_in_doubt_about_stays_with_its_successor(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)

    async def story() -> None:
        wire = CutWire(database)
        await wire.open()
        async with gateway(database, "one") as one, gateway(wire.url, "two") as two:
            two.store.insert(message(1))
            await two.store.commit()
            wire.loses_answers = True
            two.store.insert(message(2))
            with pytest.raises(StoreError, match="database"):
                await two.store.commit()
            await pass_time(database, LIFE_S + 1)
            await one.board.renew(bury=True)
            wire.loses_answers = False
            while not isinstance(two.store.trouble, StoreFenced):
                two.store.insert(message(3))
                with pytest.raises(StoreError):
                    await two.store.commit()

            rows = [await one.store.message(row) for row in (1, 2, 3)]
            assert [each is not None for each in rows] == [True, True, False]
        await wire.close()

    asyncio.run(story())


def test_a_board_that_lost_its_connection_lives_on_and_is_told_to_look(database: str) -> None:
    async def story() -> None:
        wire = CutWire(database)
        await wire.open()
        async with gateway(database, "one") as one, gateway(wire.url, "two") as two:
            wire.cut()
            await two.board.renew(bury=True)
            while not two.woken.empty():
                two.woken.get_nowait()
            one.store.put("kind", "a", b"1")
            await one.store.commit()

            async with asyncio.timeout(HANGS_S):
                assert await two.woken.get() == DOCUMENTS
        await wire.close()

    asyncio.run(story())


def test_marks_of_deleted_documents_are_forgotten_and_whoever_missed_them_is_told(database: str) -> None:
    async def story() -> None:
        async with gateway(database, "one") as one:
            one.store.put("kind", "a", b"1")
            await one.store.commit()
            before = (await one.board.changes(0))[-1].version
            one.store.delete("kind", "a")
            await one.store.commit()
            (gone,) = await one.board.changes(before)
            connection = await asyncpg.connect(database)
            await connection.execute("SELECT powerpack.forget_deleted(0)")
            await connection.close()

            assert gone.document is None
            assert await one.board.changes(gone.version) == []
            with pytest.raises(FeedGone, match="everything has to be read anew"):
                await one.board.changes(before)
            async with gateway(database, "two") as two:
                await two.store.close()
                assert (await two.store.open()).version == gone.version

    asyncio.run(story())


@pytest.mark.parametrize("names", [("one", None), (None, "one")])
def test_a_gateway_that_is_alone_and_one_of_a_fleet_exclude_each_other(
    database: str, names: tuple[str | None, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "ALONE_S", 0.0)
    first, second = (PostgresStore(database, secret=b"\1" * 32, journal=NoJournal(), member=each) for each in names)

    async def story() -> None:
        await first.open()
        with pytest.raises(StoreInUse, match="in use by another gateway"):
            await second.open()
        await first.close()

    asyncio.run(story())


def test_ids_go_on_beyond_those_of_a_gateway_that_was_alone(database: str) -> None:
    async def story() -> None:
        alone = PostgresStore(database, secret=b"\1" * 32, journal=NoJournal())
        await alone.open()
        alone.insert(message(41))
        await alone.commit()
        await alone.close()
        async with gateway(database, "one") as one:
            assert await one.board.next_ids(100) == 42
            assert await one.board.next_ids(1) == 142

    asyncio.run(story())
