"""The table of files in the SQLite store: what is to be written, and how it is read."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from powerpack_gateway.media import Media
from powerpack_gateway.store.media_rows import MediaRows

SCHEMA = """
CREATE TABLE media (id TEXT PRIMARY KEY, created_at REAL NOT NULL, expires_at REAL NOT NULL, is_upload INTEGER NOT NULL,
    json BLOB NOT NULL, content BLOB) WITHOUT ROWID;
CREATE INDEX media_by_time ON media (created_at);
CREATE INDEX media_by_expiry ON media (expires_at)
"""

_PUT = """INSERT INTO media VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
    SET json = excluded.json, expires_at = excluded.expires_at, content = coalesce(excluded.content, content)"""
_DELETE = "DELETE FROM media WHERE id = ?"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Media).decode


def write(connection: sqlite3.Connection, changes: MediaRows) -> None:
    """Write it all, in the transaction that is open."""
    rows = [
        (media.id, media.created_at, media.expires_at, media.is_upload, _encode(media), content)
        for media, content in changes.changed
    ]
    connection.executemany(_PUT, rows)
    connection.executemany(_DELETE, [(media_id,) for media_id in changes.deleted])


class MediaReader:
    """Reads files; ``read`` runs a query and gives its rows."""

    ONE = "SELECT json FROM media WHERE id = ?"
    CONTENT = "SELECT content FROM media WHERE id = ?"
    PAGE = "SELECT json FROM media ORDER BY created_at DESC, id LIMIT ? OFFSET ?"
    UPLOADS = "SELECT json FROM media WHERE is_upload ORDER BY created_at, id"
    COUNT = "SELECT count(*) FROM media"
    EXPIRED = "SELECT id FROM media WHERE expires_at <= ? ORDER BY expires_at LIMIT 1000"

    @staticmethod
    def media(rows: Sequence[Any]) -> list[Media]:
        """The files in the rows."""
        return [_decode(row[0]) for row in rows]
