"""What becomes of a store when its PostgreSQL can not go on: a full disk, a standby that takes over, a primary that may
only be read. Each with a real server; a disk is really full where a small file system may be mounted (as root)."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress

import asyncpg
import pytest

from postgres_support import PostgresServer, started
from powerpack_gateway.errors import StoreError, StoreUnusable
from powerpack_gateway.fleet.board import DOCUMENTS
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store import postgres_writer
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_board import PostgresBoard
from real_loop import NoJournal

SECRET = b"\1" * 32
HANGS_S = 120.0
FULL = "can not grow, the disk is full; nothing of this group was written"


def message(row: int, text: str = "hi") -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text=text,
        created_at=float(row),
        lease="numbers",
    )


def incompressible(row: int) -> str:
    return random.Random(row).randbytes(40_000).hex()


async def until_well(store: PostgresStore) -> None:
    """Return when what was pending is written."""
    async with asyncio.timeout(HANGS_S):
        while True:
            with suppress(StoreError):
                await store.commit()
                if store.trouble is None:
                    return
            await asyncio.sleep(0.05)


# A full disk.


class Trigger:
    """Refuses new rows as a full disk does: with its SQLSTATE."""

    def __init__(self, postgres: PostgresServer) -> None:
        self._postgres = postgres
        self.url = postgres.new_database()
        self._name = self.url.partition("@/")[2].partition("?")[0]

    def fill(self) -> None:
        self._postgres.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON powerpack.live EXECUTE FUNCTION full_disk()",
            self._name,
        )

    def free(self) -> None:
        self._postgres.execute("DROP FUNCTION full_disk CASCADE", self._name)


class SmallDisk:
    """A database whose tables are on a file system of 24 MB."""

    def __init__(self, postgres: PostgresServer) -> None:
        self._postgres = postgres
        self.folder = postgres.folder / "small"
        self.folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0777", "none", str(self.folder)],
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            self.folder.rmdir()
            pytest.skip(f"a file system can not be mounted here: {mounted.stderr.decode().strip()}")
        inside = self.folder / "tables"
        inside.mkdir(mode=0o700)
        owner = (postgres.folder / "data").stat()
        os.chown(inside, owner.st_uid, owner.st_gid)
        postgres.execute(f"CREATE TABLESPACE small LOCATION '{inside}'")
        postgres.execute("CREATE DATABASE small TABLESPACE small")
        self.url = postgres.url("small")

    def fill(self) -> None:
        with suppress(asyncpg.DiskFullError):
            self._postgres.execute(
                "CREATE TABLE ballast AS SELECT repeat('x', 1000) FROM generate_series(1, 50000)", "small"
            )
            raise AssertionError("the disk is too large")
        for rows in (10_000, 1_000, 100, 10, 1):  # a statement that fails gives its room back
            with suppress(asyncpg.DiskFullError):
                self._postgres.execute("CREATE TABLE IF NOT EXISTS ballast (x text)", "small")
                while True:
                    self._postgres.execute(
                        f"INSERT INTO ballast SELECT repeat('x', 1000) FROM generate_series(1, {rows})", "small"
                    )

    def free(self) -> None:
        self._postgres.execute("DROP TABLE ballast", "small")

    def remove(self) -> None:
        self._postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'small'")
        self._postgres.execute("DROP DATABASE small")
        self._postgres.execute("DROP TABLESPACE small")
        subprocess.run(["umount", str(self.folder)], check=True)
        self.folder.rmdir()


@pytest.fixture(params=["sqlstate", "file system"])
def disk(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[Trigger | SmallDisk]:
    if request.param == "sqlstate":
        yield Trigger(postgres)
        return
    small = SmallDisk(postgres)
    yield small
    small.remove()


def test_a_full_disk_refuses_what_is_new_by_name_and_what_was_accepted_goes_on_when_there_is_room(
    disk: Trigger | SmallDisk,
) -> None:
    store = PostgresStore(disk.url, secret=SECRET, journal=NoJournal())

    async def story() -> None:
        await store.open()
        first = message(1)
        store.insert(first)
        await store.commit()
        await asyncio.to_thread(disk.fill)
        accepted, refused = [1], []
        for row in range(2, 40):  # until the room in the pages that are there is used up
            store.insert(message(row, incompressible(row)))
            try:
                await store.commit()
                accepted.append(row)
            except StoreError as error:
                refused.append(str(error))
                break
        assert refused
        assert FULL in refused[0]
        assert FULL in str(store.trouble)
        first.stage = Stage.SENT
        store.update(first)
        await asyncio.to_thread(disk.free)
        await until_well(store)
        store.insert(message(100))
        await store.commit()

        found = [row for row in range(1, 101) if await store.message(row) is not None]
        assert found == [*accepted, 100]
        again = await store.message(1)
        assert again is not None
        assert again.stage is Stage.SENT
        await store.close()

    asyncio.run(story())


# A fail-over.


@pytest.fixture
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """A primary and the standby that follows it."""
    primary = started()
    standby = primary.standby()
    yield primary, standby
    standby.remove()
    primary.remove()


def killed(primary: PostgresServer) -> None:
    """The primary's machine is gone."""
    primary.stop(signal.SIGQUIT)


def demoted(primary: PostgresServer) -> None:
    """The primary may only be read from now on, and its connections live."""
    primary.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    primary.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("goes", [killed, demoted])
def test_a_standby_that_is_promoted_is_written_and_read_from_then_on_and_nothing_committed_is_lost(
    pair: tuple[PostgresServer, PostgresServer],
    goes: Callable[[PostgresServer], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.5)  # how long clients wait for it
    primary, standby = pair
    store = PostgresStore(primary.url_of_either(standby, "postgres"), secret=SECRET, journal=NoJournal(), member="one")
    board = PostgresBoard(store, "one")
    woken: asyncio.Queue[str] = asyncio.Queue()

    async def story() -> None:
        await store.open()
        await board.join("127.0.0.1:1", woken.put_nowait)
        await board.acquire(["numbers"])
        for row in range(1, 21):
            store.insert(message(row))
            await store.commit()
        assert await store.message(20) is not None
        await asyncio.to_thread(goes, primary)
        accepted = list(range(1, 21))
        async with asyncio.timeout(HANGS_S):  # a server takes its new settings up a moment later
            with suppress(StoreError):
                while True:
                    store.insert(message(len(accepted) + 1))
                    await store.commit()
                    accepted.append(len(accepted) + 1)
            with suppress(StoreError):
                while True:
                    await board.renew(bury=True)
        await asyncio.to_thread(standby.promote)
        await until_well(store)
        store.insert(message(1_000))
        await store.commit()
        accepted.append(1_000)
        standing = await board.renew(bury=False)
        store.put("kind", "key", b"1")
        await store.commit()
        async with asyncio.timeout(HANGS_S):
            while await woken.get() != DOCUMENTS:
                pass

        assert standing.leases["numbers"].holder == "one"
        assert [row for row in range(1, 1_001) if await store.message(row) is not None] == accepted
        belongings = await board.take_up("numbers", since=0.0)
        assert [each.id for each in belongings.messages] == accepted
        await board.leave()
        await store.close()

    asyncio.run(story())


def test_while_there_is_only_a_standby_a_store_is_refused_by_name(pair: tuple[PostgresServer, PostgresServer]) -> None:
    primary, standby = pair
    either = PostgresStore(primary.url_of_either(standby, "postgres"), secret=SECRET, journal=NoJournal())
    one = PostgresStore(standby.url(), secret=SECRET, journal=NoJournal())

    async def story() -> None:
        await asyncio.to_thread(killed, primary)
        with pytest.raises(StoreUnusable, match="is a standby, which may only be read; give the primary's address"):
            await one.open()
        with pytest.raises(StoreError, match=f"host={primary.folder},{standby.folder} has no socket there"):
            await either.open()
        await asyncio.to_thread(standby.promote)
        await either.open()
        await either.close()

    asyncio.run(story())
