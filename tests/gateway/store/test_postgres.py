"""What is PostgreSQL's own: a server that refuses, goes away and comes back, and what becomes of what was written."""

import asyncio
import itertools
import re
import signal
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postgres_support import PostgresServer, started
from postgres_wire import CutWire
from powerpack_gateway.errors import StoreError, StoreInUse, StoreTooNew, StoreUnusable
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store import postgres as module
from powerpack_gateway.store import postgres_writer
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_connection import Target
from powerpack_gateway.store.postgres_rows import COLUMNS, readable, storable
from powerpack_gateway.store.postgres_schema import SCHEMA_VERSION

T = TypeVar("T")

SECRET = b"\1" * SECRET_BYTES
EVERYTHING = MessageFilter()
RESTARTS = 2
A_WHILE = 200


class Events:
    """A journal that a test reads, or waits for."""

    def __init__(self) -> None:
        self.of: dict[str, list[dict[str, object]]] = {}
        self._awaited: dict[str, list[asyncio.Future[None]]] = {}

    def record(self, kind: str, /, **fields: object) -> None:
        self.of.setdefault(kind, []).append(fields)
        for each in self._awaited.pop(kind, []):
            each.set_result(None)

    async def next(self, kind: str) -> None:
        """Return when it happens."""
        self._awaited.setdefault(kind, []).append(asyncio.get_running_loop().create_future())
        await self._awaited[kind][-1]


def message(row: int = 1, **changes: Any) -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text="hi",
        created_at=float(row),
        **changes,
    )


@pytest.fixture
def events() -> Events:
    return Events()


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def store_at(url: str, events: Events | None = None) -> PostgresStore:
    return PostgresStore(url, secret=SECRET, journal=events or Events())


async def rows_of(store: PostgresStore) -> list[int]:
    """What it lists, oldest first."""
    page = await store.messages(EVERYTHING, limit=20, offset=0)
    return [each.id for each in reversed(page.messages)]


async def refusal(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await store_at(url).open()
    return caught.value


# Addresses


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://lab:geheim@db.example:5433/sms", "postgresql://lab@db.example:5433/sms"),
        ("postgres://lab@[::1]/sms?sslmode=require", "postgresql://lab@[::1]/sms"),
        ("postgresql:///sms?host=/run/pg&password=geheim", "postgresql:///sms?host=/run/pg"),
        ("postgresql://?service=sms", "postgresql://?service=sms"),
        (
            "postgresql://lab:geheim@db1:5432,[::1]:5433,db3/sms?target_session_attrs=any",
            "postgresql://lab@db1:5432,[::1]:5433,db3/sms",
        ),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert Target(url).where == shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://lab:ge#heim@db/sms",
        "postgresql://lab:ge/heim@db/sms",
        "postgresql://lab:12/heim@db/sms",
        "mysql://lab:geheim@db/sms",
        "postgresql:sms",
    ],
)
def test_an_address_that_can_not_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(StoreUnusable, match="postgresql://user@host:port/database") as caught:
        Target(url)

    assert "heim" not in str(caught.value)
    assert caught.value.__cause__ is None


# Servers that refuse


def test_a_server_that_is_not_there_is_named(tmp_path: object) -> None:
    error = run(refusal(f"postgresql://lab:geheim@/sms?host={tmp_path}"))

    assert isinstance(error, StoreUnusable)
    assert "has no socket there; is the server running?" in str(error)
    assert "geheim" not in str(error)


def test_a_database_that_is_not_there_is_named(postgres: PostgresServer) -> None:
    error = run(refusal(postgres.url("nowhere")))

    assert isinstance(error, StoreUnusable)
    assert "has no such database; make it with createdb" in str(error)


@pytest.mark.parametrize("user", ["guarded", "guarded:geheim"], ids=["no password", "a wrong password"])
def test_a_password_that_is_missing_or_wrong_is_said_and_not_shown(postgres: PostgresServer, user: str) -> None:
    postgres.execute(
        "DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )

    error = run(refusal(postgres.url().replace("lab@", f"{user}@")))

    assert isinstance(error, StoreUnusable)
    assert "does not accept the password; give it in PGPASSWORD, ~/.pgpass or a service file" in str(error)
    assert "geheim" not in str(error)


def test_a_schema_of_another_program_is_left_alone(database: str) -> None:
    async def other() -> tuple[StoreError, list[str]]:
        connection = await asyncpg.connect(database)
        await connection.execute("CREATE SCHEMA powerpack; CREATE TABLE powerpack.about (title text)")
        error = await refusal(database)
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'powerpack'")
        await connection.close()
        return error, [each[0] for each in tables]

    error, tables = run(other())

    assert isinstance(error, StoreUnusable)
    assert "has a schema 'powerpack' of another program" in str(error)
    assert tables == ["about"]


def test_a_later_schema_is_refused_by_name(database: str) -> None:
    async def later() -> StoreError:
        store = store_at(database)
        await store.open()
        await store.close()
        connection = await asyncpg.connect(database)
        await connection.execute("UPDATE powerpack.about SET version = version + 1")
        await connection.close()
        return await refusal(database)

    error = run(later())

    assert isinstance(error, StoreTooNew)
    assert f"has schema version {SCHEMA_VERSION + 1}" in str(error)


def test_a_schema_of_version_1_gets_the_index_that_it_lacks_once(database: str) -> None:
    async def story() -> tuple[list[Any], int]:
        store = PostgresStore(database, secret=SECRET, journal=Events())
        await store.open()
        await store.close()
        connection = await asyncpg.connect(database)
        await connection.execute("DROP INDEX powerpack.message_by_source; UPDATE powerpack.about SET version = 1")
        for _ in range(2):
            await store.open()
            await store.close()
        indexes = await connection.fetch("SELECT indexname FROM pg_indexes WHERE indexname = 'message_by_source'")
        version = await connection.fetchval("SELECT version FROM powerpack.about")
        await connection.close()
        return [each[0] for each in indexes], version

    assert asyncio.run(story()) == (["message_by_source"], SCHEMA_VERSION)


def test_a_user_who_may_not_make_tables_is_told(postgres: PostgresServer, database: str) -> None:
    postgres.execute("DO $$ BEGIN CREATE ROLE visitor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")

    error = run(refusal(database.replace("lab@", "visitor@")))

    assert isinstance(error, StoreUnusable)
    assert "does not let this user make or change tables" in str(error)


def test_a_database_that_may_only_be_read_is_refused(database: str) -> None:
    error = run(refusal(f"{database}&options=-c%20default_transaction_read_only%3Don"))

    assert isinstance(error, StoreUnusable)
    assert "may only be read" in str(error)


def test_a_database_that_can_not_hold_every_character_is_refused(postgres: PostgresServer) -> None:
    postgres.execute("DROP DATABASE IF EXISTS latin")
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")

    error = run(refusal(postgres.url("latin")))

    assert isinstance(error, StoreUnusable)
    assert "is encoded in LATIN1, expected UTF8" in str(error)


def _has_no_tls(listening: socket.socket) -> None:
    """PostgreSQL's answer to a request for TLS where it has none."""
    with suppress(OSError), listening.accept()[0] as connection:
        connection.recv(8)
        connection.send(b"N")
        connection.recv(1)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sslmode=require", "not reached with TLS as its address asks for: .* rejected SSL upgrade"),
        ("sslmode=verify", "not reached with TLS as its address asks for: `sslmode` parameter must be one of"),
        ("sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "sslrootcert=/nowhere/ca.pem is not there"),
        (f"sslmode=verify-full&sslrootcert={__file__}", "not reached with TLS as its address asks for: .*certificate"),
    ],
)
def test_tls_that_can_not_be_had_is_said(query: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_has_no_tls, args=(listening,))
        thread.start()
        port = listening.getsockname()[1]
        target = Target(f"postgresql://lab:hidden@127.0.0.1:{port}/x?{query}")
        with pytest.raises(StoreUnusable) as refusal:
            asyncio.run(target.connect("test"))
        socket.create_connection(("127.0.0.1", port)).close()  # where nobody came, the thread waits for somebody
        thread.join()
    said = str(refusal.value)

    assert re.search(words, said), said
    assert "hidden" not in said


def test_a_pooler_in_between_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What PgBouncer says when one logs in is a number of its own, and no process of the server's.
    monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda _: 1)
    store = PostgresStore(database, secret=SECRET, journal=Events())

    with pytest.raises(StoreUnusable, match="is reached through a connection pooler"):
        asyncio.run(store.open())


def test_a_user_whose_statements_are_cut_short_is_told(postgres: PostgresServer, database: str) -> None:
    postgres.execute("DROP ROLE IF EXISTS hurried")
    postgres.execute("CREATE ROLE hurried LOGIN SUPERUSER")
    postgres.execute("ALTER ROLE hurried SET statement_timeout = '1ms'")
    store = PostgresStore(database.replace("lab@", "hurried@"), secret=SECRET, journal=Events())

    with pytest.raises(StoreError, match="raise statement_timeout for this user"):
        asyncio.run(store.open())


def test_a_second_gateway_that_would_be_alone_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_writer, "ALONE_S", 0.0)

    async def both() -> StoreError:
        first, second = store_at(database), store_at(database)
        await first.open()
        error = await refusal(database)
        await first.close()
        await second.open()
        await second.close()
        return error

    error = run(both())

    assert isinstance(error, StoreInUse)
    assert "is in use by another gateway" in str(error)


# Connections that end


class Cut:
    """A store behind a wire that can be cut; it holds message 1."""

    def __init__(self, database: str, events: Events) -> None:
        self.wire = CutWire(database)
        self.store = store_at(self.wire.url, events)

    async def __aenter__(self) -> "Cut":
        await self.wire.open()
        await self.store.open()
        self.store.insert(message(1))
        await self.store.commit()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.wire.loses_answers = self.wire.loses_requests = False
        await self.store.close()
        await self.wire.close()


@pytest.mark.parametrize("was_committed", [True, False])
def test_a_commit_whose_answer_is_lost_is_looked_up_and_happens_once(
    database: str, events: Events, was_committed: bool
) -> None:
    async def cut() -> list[int]:
        async with Cut(database, events) as each:
            each.wire.loses_answers, each.wire.loses_requests = was_committed, not was_committed
            each.store.insert(message(2))
            done = asyncio.ensure_future(each.store.commit())
            await events.next("store.lost")
            each.wire.loses_answers = each.wire.loses_requests = False
            await done
            return await rows_of(each.store)

    assert run(cut()) == [1, 2]
    assert [each["was_committed"] for each in events.of["store.back"]] == [was_committed]


def test_a_connection_that_was_told_of_its_end_and_has_not_seen_it_is_made_anew(
    postgres: PostgresServer, database: str, events: Events
) -> None:
    async def told() -> list[int]:
        async with Cut(database, events) as each:
            await rows_of(each.store)  # the connection that reads is there too
            each.wire.loses_ends = True
            await asyncio.to_thread(
                postgres.execute,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'powerpack-lab%'",
            )
            await each.wire.server_ended.wait()
            each.store.insert(message(2))
            await each.store.commit()
            return await rows_of(each.store)

    assert run(told()) == [1, 2]
    assert [each["was_committed"] for each in events.of["store.back"]] == [False]


def test_what_was_refused_while_in_doubt_is_taken_back(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)
    monkeypatch.setattr(module, "RETRY_S", 0.0)

    async def cut() -> tuple[list[int], Stage]:
        async with Cut(database, events) as each:
            changing = await each.store.message(1)
            assert changing is not None

            def change(row: int) -> None:
                changing.stage = Stage.SUBMITTED
                each.store.update(changing)
                each.store.insert(message(row))

            change(4)  # the server is asked about a statement before it is run for the first time
            await each.store.commit()
            each.wire.loses_answers = True
            change(2)
            with pytest.raises(StoreError):
                await each.store.commit()
            each.wire.loses_answers = False
            await events.next("store.back")
            each.store.insert(message(3))
            await each.store.commit()
            kept = await each.store.message(1)
            assert kept is not None
            return await rows_of(each.store), kept.stage

    rows, stage = run(cut())

    assert rows == [1, 3, 4]
    assert stage is Stage.SUBMITTED
    assert events.of["store.took_back"] == [{"messages": 1}]


def test_a_change_that_could_not_be_written_is_written_when_the_server_is_back(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)
    monkeypatch.setattr(module, "RETRY_S", 0.0)

    troubles: list[StoreError | None] = []

    async def gone() -> bytes:
        async with Cut(database, events) as each:
            await each.wire.close()
            each.store.put("number", "1", b"{}")
            with pytest.raises(StoreError, match="database postgresql://lab@/"):
                await each.store.commit()
            troubles.append(each.store.trouble)
            await each.wire.open()
            await events.next("store.back")
            await each.store.commit()
            troubles.append(each.store.trouble)
            await each.store.close()
            return (await each.store.open()).documents["number", "1"]

    assert run(gone()) == b"{}"
    assert [each is None for each in troubles] == [False, True]


def test_a_reader_whose_connection_was_lost_connects_again(database: str, events: Events) -> None:
    async def cut() -> list[int]:
        async with Cut(database, events) as each:
            before = await rows_of(each.store)
            each.wire.cut()
            return before + await rows_of(each.store)

    assert run(cut()) == [1, 1]


def test_a_value_that_can_not_be_bound_refuses_its_group_and_keeps_the_connection(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.0)

    async def wrong() -> list[int]:
        async with Cut(database, events) as each:
            each.store.insert(message(2, units=2**40))
            with pytest.raises(StoreError, match=r"can not store what it was given \(value out of int32 range\)$"):
                await each.store.commit()
            await asyncio.sleep(0)
            each.store.insert(message(3))
            await each.store.commit()
            return await rows_of(each.store)

    assert run(wrong()) == [1, 3]
    assert "store.lost" not in events.of


def test_a_gateway_whose_database_another_one_took_writes_nothing_more_and_says_so(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)
    monkeypatch.setattr(postgres_writer, "ALONE_S", 0.0)
    told: list[str] = []

    async def story() -> list[int]:
        async with Cut(database, events) as each:
            each.store.lost = told.append
            await each.wire.close()
            other = store_at(database)
            while True:  # until the server has seen that the first one's connection is gone
                try:
                    await other.open()
                except StoreInUse:
                    continue
                break
            await each.wire.open()
            for row in (2, 3):
                each.store.insert(message(row))
                with pytest.raises(StoreInUse):
                    await each.store.commit()
            rows = await rows_of(other)
            await other.close()
            each.store.abandon()
            return rows

    assert run(story()) == [1]
    assert ["is in use by another gateway" in each for each in told] == [True]


# Servers that end


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = started()
    yield server
    server.remove()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "killed"])
def test_a_server_that_is_restarted_under_load_loses_and_doubles_nothing(
    own_server: PostgresServer, events: Events, how: signal.Signals
) -> None:
    url = own_server.new_database()

    async def load() -> tuple[set[int], set[int]]:
        store = store_at(url, events)
        await store.open()
        rows = itertools.count(1)
        accepted: set[int] = set()
        restarts = 0

        async def client() -> None:
            while restarts < RESTARTS or len(accepted) < (RESTARTS + 1) * A_WHILE:
                row = next(rows)
                store.insert(message(row))
                try:
                    await store.commit()
                except StoreError:
                    await asyncio.sleep(0)  # it was not accepted; the next may be
                else:
                    accepted.add(row)
                    if len(accepted) % A_WHILE == 0:
                        events.record("a while")

        async with asyncio.TaskGroup() as clients:
            for _ in range(10):
                clients.create_task(client())
            for _ in range(RESTARTS):
                await events.next("a while")
                await asyncio.to_thread(own_server.stop, how)
                await asyncio.to_thread(own_server.start)
                restarts += 1
        await store.close()
        again = store_at(url, events)
        snapshot = await again.open()
        await again.close()
        return accepted, {each.id for each in snapshot.open_messages}

    accepted, kept = run(load())

    assert accepted == kept
    assert len(events.of["store.back"]) >= 2


# What rows hold


def test_every_field_of_a_message_has_its_column() -> None:
    assert set(COLUMNS) == {*Message.__struct_fields__} - {"uuid", "announced", "is_left"}


@given(st.text())
def test_any_text_can_be_stored_and_comes_back(text: str) -> None:
    assert "\0" not in storable(text)
    assert readable(storable(text)) == text


@given(st.text("\0\x1a0a"))
def test_marks_in_a_text_come_back_as_they_were(text: str) -> None:
    assert readable(storable(text)) == text
