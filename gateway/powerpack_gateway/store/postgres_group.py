"""A group of changes as one SQL statement: one round trip, one transaction, however much it holds.

Its parts are data-modifying CTEs, which PostgreSQL runs all or none of; rows are bound as one array a column, so that
the text depends on which parts there are and not on how many rows, and is planned once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from powerpack_gateway.fleet.board import DOCUMENTS
from powerpack_gateway.messages import Message
from powerpack_gateway.store.base import UNFOLLOWED
from powerpack_gateway.store.pending import Pending
from powerpack_gateway.store.postgres_rows import CHANGING, COLUMNS, CONSTANT, changing_row, storable, whole_row

_encode = msgspec.json.Encoder().encode

_ALL = ", ".join(COLUMNS)
_CHANGE = {"id": "bigint", **CHANGING}
_SET = ", ".join(f"{name} = u.{name}" for name in CHANGING)
_MOVED = ", ".join([f"m.{name}" for name in CONSTANT] + [f"u.{name}" for name in CHANGING])
_MEDIA = {"id": "text", "created_at": "float8", "expires_at": "float8", "is_upload": "boolean", "json": "bytea",
    "content": "bytea"}  # fmt: skip
_PAIR = {"powerpack_uuid": "text", "service": "text", "destination": "text", "number": "text"}
_DOCUMENT = {"kind": "text", "key": "text", "json": "bytea"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """Who commits: the writer, which connection of it, which of its groups; ``member`` is the gateway's name on the
    board, None for one that is alone."""

    writer: int
    epoch: int
    group: int
    member: str | None


class Statement:
    """Collects parts and values. ``finished``: messages that should have moved to the history."""

    def __init__(self, group: Pending, fence: Fence) -> None:
        self._parts: list[str] = []
        self._values: list[object] = []
        self.finished: list[Message] = []
        rows = [(kind, storable(key), json) for (kind, key), json in group.documents.items()]
        self._followed = [row for row in rows if row[0] not in UNFOLLOWED]
        self._unfollowed = [row for row in rows if row[0] in UNFOLLOWED]
        self._add_fence(group, fence)
        self._add_documents(fence)
        self._add_unfollowed()
        self._add_sticky(group)
        self._add_messages(group)
        self._add_media(group)

    @property
    def sql(self) -> str:
        """Answers one row: how many messages moved to the history."""
        moved = "(SELECT count(*) FROM gone)" if self.finished else "0"
        return f"WITH {', '.join(self._parts)} SELECT {moved} FROM fenced"

    @property
    def values(self) -> Sequence[object]:
        """What its places stand for."""
        return self._values

    def _add_fence(self, group: Pending, fence: Fence) -> None:
        notices: dict[str, None] = {}
        if fence.member is not None:
            if self._followed:
                notices[DOCUMENTS] = None
            notices.update((each.lease, None) for each in group.unclaimed.values())
        places = ", ".join(
            f"{self._bind(value)}::{kind}"
            for value, kind in (
                (fence.writer, "bigint"),
                (fence.epoch, "bigint"),
                (fence.group, "bigint"),
                (fence.member, "text"),
                (bool(self._followed), "boolean"),
                (list(notices), "text[]"),
            )
        )
        self._parts.append(f"fenced AS MATERIALIZED (SELECT powerpack.fence({places}) AS holds)")

    def _add_documents(self, fence: Fence) -> None:
        """A document that is deleted stays as a mark, since other gateways have to hear of it."""
        rows = self._followed
        if not rows:
            return
        writer = self._bind(fence.member or "")
        self._add(
            "documents",
            rows,
            _DOCUMENT,
            # From ``fenced`` too, so that the lock of documents is held before a version is drawn.
            "INSERT INTO powerpack.document AS d (kind, key, json, version, writer)"
            f" SELECT u.kind, u.key, u.json, nextval('powerpack.document_version'), {writer}::text FROM fenced, {{u}}"
            " ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json, version = excluded.version,"
            " writer = excluded.writer, changed_at = now(),"
            " place = CASE WHEN d.json IS NULL THEN excluded.place ELSE d.place END",
        )

    def _add_unfollowed(self) -> None:
        """Documents of which nobody is told: no lock, no version, no mark."""
        self._add(
            "unfollowed",
            [row for row in self._unfollowed if row[2] is not None],
            _DOCUMENT,
            "INSERT INTO powerpack.document AS d (kind, key, json, version) SELECT u.kind, u.key, u.json, 0 FROM {u}"
            " ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json, changed_at = now()",
        )
        self._add(
            "unfollowed_gone",
            [row[:2] for row in self._unfollowed if row[2] is None],
            {name: kind for name, kind in _DOCUMENT.items() if name != "json"},
            "DELETE FROM powerpack.document AS d USING {u} WHERE d.kind = u.kind AND d.key = u.key",
        )

    def _add_sticky(self, group: Pending) -> None:
        pairs = [(p, s, storable(d), number) for (p, s, d), number in group.sticky.items() if number is not None]
        self._add(
            "pairs",
            pairs,
            _PAIR,
            "INSERT INTO powerpack.sticky SELECT u.* FROM {u}"
            " ON CONFLICT (powerpack_uuid, service, destination) DO UPDATE SET number = excluded.number",
        )
        parted = [(p, s, storable(d)) for (p, s, d), number in group.sticky.items() if number is None]
        self._add(
            "parted",
            parted,
            {name: kind for name, kind in _PAIR.items() if name != "number"},
            "DELETE FROM powerpack.sticky AS m USING {u} WHERE m.powerpack_uuid = u.powerpack_uuid"
            " AND m.service = u.service AND m.destination = u.destination",
        )

    def _add_messages(self, group: Pending) -> None:
        new = group.inserted.values()
        insert = "INSERT INTO {{table}} ({columns}) SELECT {values} FROM {{u}}"
        for part, table, columns, values, messages in (
            ("live", "powerpack.live", _ALL, "u.*", [each for each in new if each.is_open]),
            ("done", "powerpack.message", _ALL, "u.*", [each for each in new if not each.is_open]),
            ("unclaimed", "powerpack.live", f"{_ALL}, is_claimed", "u.*, false", group.unclaimed.values()),
        ):
            sql = insert.format(columns=columns, values=values)
            self._add(part, [whole_row(each) for each in messages], COLUMNS, sql.replace("{table}", table))
        changed = [each for each in group.updated.values() if each.is_open]
        self._add(
            "changed",
            [changing_row(each) for each in changed],
            _CHANGE,
            f"UPDATE powerpack.live AS m SET {_SET} FROM {{u}} WHERE m.id = u.id",
        )
        self.finished = [each for each in group.updated.values() if not each.is_open]
        if self.finished:
            rows = self._rows([changing_row(each) for each in self.finished], _CHANGE)
            self._parts.append(
                f"gone AS (DELETE FROM powerpack.live AS m USING {rows} WHERE m.id = u.id RETURNING {_MOVED}),"
                f" moved AS (INSERT INTO powerpack.message ({_ALL}) SELECT * FROM gone)"
            )

    def _add_media(self, group: Pending) -> None:
        files = [
            (media.id, media.created_at, media.expires_at, media.is_upload, _encode(media), content)
            for media, content in group.media.changed
        ]
        self._add(
            "files",
            files,
            _MEDIA,
            "INSERT INTO powerpack.media AS m SELECT u.* FROM {u} ON CONFLICT (id) DO UPDATE SET"
            " json = excluded.json, expires_at = excluded.expires_at, content = coalesce(excluded.content, m.content)",
        )
        if group.forgotten:
            place = self._bind(group.forgotten)
            self._parts.append(f"forgotten AS (DELETE FROM powerpack.message WHERE id = ANY ({place}::bigint[]))")
        if group.media.deleted:
            place = self._bind(group.media.deleted)
            self._parts.append(f"files_gone AS (DELETE FROM powerpack.media WHERE id = ANY ({place}::text[]))")

    def _add(self, name: str, rows: Sequence[Sequence[object]], columns: Mapping[str, str], sql: str) -> None:
        if rows:
            self._parts.append(f"{name} AS ({sql.replace('{u}', self._rows(rows, columns))})")

    def _rows(self, rows: Iterable[Sequence[object]], columns: Mapping[str, str]) -> str:
        values = zip(*rows, strict=True)
        places = ", ".join(
            f"{self._bind(column)}::{kind}[]" for kind, column in zip(columns.values(), values, strict=True)
        )
        return f"unnest({places}) AS u({', '.join(columns)})"

    def _bind(self, value: object) -> str:
        self._values.append(value)
        return f"${len(self._values)}"


def late_changes(messages: Sequence[Message]) -> tuple[str, Sequence[object]]:
    """The statement for changes of messages that are in the history already, where nothing should change."""
    values = list(zip(*(changing_row(each) for each in messages), strict=True))
    places = ", ".join(f"${index}::{kind}[]" for index, kind in enumerate(_CHANGE.values(), 1))
    sql = f"UPDATE powerpack.message AS m SET {_SET} FROM unnest({places}) AS u({', '.join(_CHANGE)}) WHERE m.id = u.id"
    return sql, values
