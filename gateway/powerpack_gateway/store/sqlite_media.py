"""The table of files in the SQLite store: what is to be written, and how it is read."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from powerpack_gateway.media import Media

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


class MediaRows:
    """What changed since the last commit."""

    def __init__(self) -> None:
        self._put: dict[str, tuple[Media, bytes | None]] = {}
        self._deleted: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._put) + len(self._deleted)

    def put(self, media: Media, content: bytes | None) -> None:
        """A file is new, or has changed."""
        if content is None and media.id in self._put:
            content = self._put[media.id][1]
        self._put[media.id] = media, content
        self._deleted.pop(media.id, None)

    def delete(self, media_id: str) -> None:
        """A file goes."""
        self._put.pop(media_id, None)
        self._deleted[media_id] = None

    def write(self, connection: sqlite3.Connection) -> None:
        """Write it all, in the transaction that is open."""
        rows = [
            (media.id, media.created_at, media.expires_at, media.is_upload, _encode(media), content)
            for media, content in self._put.values()
        ]
        connection.executemany(_PUT, rows)
        connection.executemany(_DELETE, [(media_id,) for media_id in self._deleted])


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
