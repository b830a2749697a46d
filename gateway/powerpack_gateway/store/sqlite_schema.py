"""A state file: its tables, how one of an earlier version becomes one of this, and what is refused."""

import sqlite3

from powerpack_gateway.errors import StoreTooNew, StoreUnusable
from powerpack_gateway.store import sqlite_log, sqlite_media, sqlite_numbers

APPLICATION_ID = 0x50574C42
"""'PWLB': marks the file as ours, so that another program's database is not taken for a state file."""

SCHEMA_VERSION = 7
"""2: MMS has files. 3: indexes for lists. 4: histories. 5: an index by number, made when it is needed. 6: it
holds who sent, too. 7: a log of what has no row yet, and an index of what is open."""

_SCHEMA = """
CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE sticky (powerpack_uuid TEXT NOT NULL, service TEXT NOT NULL, destination TEXT NOT NULL,
    number TEXT NOT NULL, PRIMARY KEY (powerpack_uuid, service, destination)) WITHOUT ROWID;
CREATE TABLE message (
    id INTEGER PRIMARY KEY, direction TEXT NOT NULL, service TEXT NOT NULL, source TEXT NOT NULL,
    destination TEXT NOT NULL, country TEXT NOT NULL, powerpack_uuid TEXT, text TEXT NOT NULL, units INTEGER NOT NULL,
    callback_url TEXT, callback_method TEXT NOT NULL, log INTEGER NOT NULL, created_at REAL NOT NULL,
    requester_ip TEXT NOT NULL, expires_at REAL NOT NULL, intent TEXT NOT NULL, stage INTEGER NOT NULL,
    error_code TEXT, carrier TEXT, sent_at REAL, updated_at REAL NOT NULL, told INTEGER NOT NULL,
    reasons TEXT NOT NULL, carrier_ids TEXT NOT NULL, arrived INTEGER NOT NULL, attempts INTEGER NOT NULL,
    is_open INTEGER NOT NULL, media TEXT NOT NULL DEFAULT '', history BLOB NOT NULL DEFAULT x'');
"""

_INDEXES = """
CREATE INDEX message_by_time ON message (created_at);
CREATE INDEX inbound_by_time ON message (created_at) WHERE direction = 'inbound';
CREATE INDEX undelivered_by_time ON message (created_at) WHERE stage = 5;
CREATE INDEX failed_by_time ON message (created_at) WHERE stage = 6;
"""
"""For the API's lists. They cost the sending of a message 2 to 3 us together, since times only grow and the other three
hold few rows; an index of destinations or senders was measured at 9 us each, more than the insert itself: see
``sqlite_numbers``."""

_OPEN = "CREATE INDEX open_messages ON message (id) WHERE is_open"
"""For the start. Most messages are finished when they get their row, and are never in it."""

_NEW = (
    _SCHEMA, sqlite_media.SCHEMA, sqlite_numbers.SCHEMA, sqlite_numbers.SENDERS, _INDEXES, sqlite_log.SCHEMA, _OPEN
)  # fmt: skip
"""What makes a new file."""

_UPGRADES = {
    1: f"ALTER TABLE message ADD COLUMN media TEXT NOT NULL DEFAULT '';{sqlite_media.SCHEMA}",
    2: _INDEXES,
    3: "ALTER TABLE message ADD COLUMN history BLOB NOT NULL DEFAULT x''",
    4: sqlite_numbers.SCHEMA,
    5: sqlite_numbers.SENDERS,
    6: f"{sqlite_log.SCHEMA};{_OPEN}",
}
"""What makes a file of a version one of the next."""


def check(connection: sqlite3.Connection, where: str) -> None:
    """Raises StoreUnusable for another program's database, and StoreTooNew for a file of a later version."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    version = _version(connection)
    if _tables(connection) and application_id != APPLICATION_ID:
        raise StoreUnusable(f"state file {where} is a database of another program; give another file")
    if version > SCHEMA_VERSION:
        raise StoreTooNew(
            f"state file {where} has schema version {version}, this powerpack-lab knows up to "
            f"{SCHEMA_VERSION}; upgrade powerpack-lab or give another file"
        )


def prepare(connection: sqlite3.Connection, *, secret: bytes) -> None:
    """Make the tables of a new file, or bring an earlier one to this version, in the transaction that is open."""
    is_new, version = not _tables(connection), _version(connection)
    if is_new:
        for statement in ";".join(_NEW).split(";"):
            connection.execute(statement)
        connection.execute("INSERT INTO document VALUES ('secret', 'message_ids', ?)", (secret,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for older in range(SCHEMA_VERSION if is_new else version, SCHEMA_VERSION):
        for statement in _UPGRADES[older].split(";"):
            connection.execute(statement)
    if version != SCHEMA_VERSION:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _tables(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return found


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found
