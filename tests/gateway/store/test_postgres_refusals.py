"""What a server refuses, and what is refused about a server: by name, and without a password."""

import asyncio
import re
import socket
import threading
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from gateway.store.postgres_stores import SECRET, Events, run, store_at
from postgres_support import PostgresServer
from powerpack_gateway.errors import StoreError, StoreInUse, StoreTooNew, StoreUnusable
from powerpack_gateway.store import postgres_writer
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_connection import Target
from powerpack_gateway.store.postgres_schema import SCHEMA_VERSION


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


@pytest.mark.parametrize(
    "before",
    [
        "DROP INDEX powerpack.message_by_source",
        "SELECT 1",
    ],
    ids=["it lacks it", "it was made beforehand"],
)
def test_a_schema_of_version_1_has_the_index_by_number_once(database: str, before: str) -> None:
    async def story() -> tuple[list[Any], int]:
        store = PostgresStore(database, secret=SECRET, journal=Events())
        await store.open()
        await store.close()
        connection = await asyncpg.connect(database)
        await connection.execute(f"{before}; UPDATE powerpack.about SET version = 1")
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
