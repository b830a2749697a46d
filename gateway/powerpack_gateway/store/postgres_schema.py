"""The tables in PostgreSQL, how they are made, and how those of an earlier version become those of this one.

A message that still owes something is in ``live``, a small table of rows that change; when it owes nothing any more it
moves to ``message``, which only grows. So updates touch no secondary index (PostgreSQL calls them HOT), a restart or a
take-over reads no history, and history needs no vacuum and may be partitioned by id. ``all_message`` is both.
"""

import secrets

import asyncpg

from powerpack_gateway.errors import StoreTooNew, StoreUnusable
from powerpack_gateway.store.postgres_members import MEMBERS
from powerpack_gateway.store.postgres_rows import COLUMNS, NULLABLE

SCHEMA_VERSION = 2
"""2: an index by who sent."""

MARK = "powerpack-lab"
"""In ``about``: a schema of this name without it is another program's."""

CREATING = 0x50574C42
"""The advisory lock of whoever creates or upgrades the tables: 'PWLB'."""

DOCUMENTS_CHANGING = CREATING + 1
"""The advisory lock of whoever changes documents, until his commit: versions become visible in their order."""

WOKEN = "powerpack"
"""The channel on which commits wake other gateways."""

ENCODINGS = ("UTF8", "SQL_ASCII")
"""Of databases that can hold every text; the second takes octets as they come, which are UTF-8 here."""

SUPERSEDED = "PP002"
"""The SQLSTATE of ``fence`` for a connection after which the same writer made another."""


def _columns() -> str:
    return ",\n    ".join(
        f"{name} {kind}{'' if name in NULLABLE else ' NOT NULL'}{' PRIMARY KEY' if name == 'id' else ''}"
        for name, kind in COLUMNS.items()
    )


_BY_SOURCE = "CREATE INDEX IF NOT EXISTS message_by_source ON powerpack.message (source, created_at)"
"""For lists of one number's messages. An account has few numbers and times grow, so that new entries find their pages
in memory; an index by handset would touch another page for each message. It may be there already: made beforehand,
CONCURRENTLY, it holds nobody up (docs/postgresql.md)."""

_SCHEMA = f"""
CREATE SCHEMA powerpack;
CREATE TABLE powerpack.about (mark text NOT NULL, version integer NOT NULL, peer_secret bytea NOT NULL,
    forgotten_version bigint NOT NULL DEFAULT 0, last_message_id bigint NOT NULL DEFAULT 0);

CREATE SEQUENCE powerpack.document_version;
CREATE SEQUENCE powerpack.document_place;
CREATE TABLE powerpack.document (kind text NOT NULL, key text NOT NULL, json bytea, version bigint NOT NULL,
    place bigint NOT NULL DEFAULT nextval('powerpack.document_place'), changed_at timestamptz NOT NULL DEFAULT now(),
    writer text NOT NULL DEFAULT '', PRIMARY KEY (kind, key));
CREATE INDEX document_by_version ON powerpack.document (version);
CREATE INDEX deleted_document ON powerpack.document (changed_at) WHERE json IS NULL;

CREATE TABLE powerpack.sticky (powerpack_uuid text NOT NULL, service text NOT NULL, destination text NOT NULL,
    number text NOT NULL, PRIMARY KEY (powerpack_uuid, service, destination));

CREATE TABLE powerpack.message (
    {_columns()}
);
CREATE INDEX message_by_time ON powerpack.message (created_at);
CREATE INDEX message_by_powerpack ON powerpack.message (powerpack_uuid, created_at);
CREATE INDEX inbound_by_time ON powerpack.message (created_at) WHERE direction = 'inbound';
CREATE INDEX undelivered_by_time ON powerpack.message (created_at) WHERE stage = 5;
CREATE INDEX failed_by_time ON powerpack.message (created_at) WHERE stage = 6;
{_BY_SOURCE};
CREATE TABLE powerpack.live (
    {_columns()},
    is_claimed boolean NOT NULL DEFAULT true,
    claimed_in text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX live_by_time ON powerpack.live (created_at);
CREATE INDEX live_by_lease ON powerpack.live (lease);
CREATE INDEX live_unclaimed ON powerpack.live (lease, id) WHERE NOT is_claimed;
CREATE INDEX live_by_claim ON powerpack.live (claimed_in) WHERE claimed_in IS NOT NULL;
CREATE VIEW powerpack.all_message AS
    SELECT {", ".join(COLUMNS)} FROM powerpack.message UNION ALL SELECT {", ".join(COLUMNS)} FROM powerpack.live;

CREATE TABLE powerpack.media (id text PRIMARY KEY, created_at float8 NOT NULL, expires_at float8 NOT NULL,
    is_upload boolean NOT NULL, json bytea NOT NULL, content bytea);
CREATE INDEX media_by_time ON powerpack.media (created_at);
CREATE INDEX media_by_expiry ON powerpack.media (expires_at);

CREATE TABLE powerpack.writer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, epoch bigint NOT NULL DEFAULT 0,
    last_group bigint NOT NULL DEFAULT 0, opened_at timestamptz NOT NULL DEFAULT now());

{MEMBERS}
CREATE FUNCTION powerpack.fence(writer_id bigint, at_epoch bigint, this_group bigint, member_id text,
    has_documents boolean, notices text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- The row says afterwards whether this group was committed, and its lock makes whoever asks wait for the answer.
    UPDATE powerpack.writer SET last_group = this_group WHERE id = writer_id AND epoch = at_epoch;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'writer % has a later connection than %', writer_id, at_epoch USING ERRCODE = '{SUPERSEDED}';
    END IF;
    IF member_id IS NOT NULL THEN
        PERFORM powerpack.must_live(member_id);
    END IF;
    IF has_documents THEN
        PERFORM pg_advisory_xact_lock({DOCUMENTS_CHANGING});
    END IF;
    IF cardinality(notices) > 0 THEN
        PERFORM pg_notify('{WOKEN}', notice) FROM unnest(notices) AS notice;
    END IF;
    RETURN true;
END $$;
"""

_UPGRADES: dict[int, str] = {1: _BY_SOURCE}
"""What makes a schema of a version one of the next."""


async def prepare(connection: asyncpg.Connection, *, secret: bytes, where: str) -> None:
    """Make the tables if there are none, or bring them up to date, all or nothing. ``secret`` makes the message uuids
    of a new database. Raises StoreUnusable or StoreTooNew, and asyncpg's errors."""
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        raise StoreUnusable(f"{where} is a standby, which may only be read; give the primary's address")
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding not in ENCODINGS:
        raise StoreUnusable(
            f"{where} is encoded in {encoding}, expected UTF8: it can not hold every character that people write; make"
            " one with createdb --encoding=UTF8 --template=template0"
        )
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", CREATING)
        version = await _version(connection, where)
        if version is None:
            await connection.execute(_SCHEMA)
            await connection.execute(
                "INSERT INTO powerpack.about (mark, version, peer_secret) VALUES ($1, $2, $3)",
                MARK,
                SCHEMA_VERSION,
                secrets.token_bytes(32),
            )
            await connection.execute(
                "INSERT INTO powerpack.document (kind, key, json, version) VALUES"
                " ('secret', 'message_ids', $1, nextval('powerpack.document_version'))",
                secret,
            )
            return
        if version > SCHEMA_VERSION:
            raise StoreTooNew(
                f"{where} has schema version {version}, this powerpack-lab knows up to {SCHEMA_VERSION}; "
                "upgrade powerpack-lab or give another --store"
            )
        for older in range(version, SCHEMA_VERSION):
            await connection.execute(_UPGRADES[older])
        if version < SCHEMA_VERSION:
            await connection.execute("UPDATE powerpack.about SET version = $1", SCHEMA_VERSION)


async def _version(connection: asyncpg.Connection, where: str) -> int | None:
    """The version of the tables that are there; None when there are none."""
    if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'powerpack')"):
        return None
    has_about = await connection.fetchval("SELECT to_regclass('powerpack.about') IS NOT NULL")
    try:
        row = await connection.fetchrow("SELECT mark, version FROM powerpack.about") if has_about else None
    except asyncpg.UndefinedColumnError:
        row = None
    if row is None or row["mark"] != MARK:
        raise StoreUnusable(f"{where} has a schema 'powerpack' of another program; give another --store")
    version: int = row["version"]
    return version
