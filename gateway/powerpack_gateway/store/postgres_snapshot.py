"""What a gateway reads from PostgreSQL when it starts."""

import asyncpg

from powerpack_gateway.errors import StoreUnusable
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.store.base import Snapshot
from powerpack_gateway.store.postgres_errors import LOST, store_error
from powerpack_gateway.store.postgres_rows import COLUMNS, message_of, readable

_DOCUMENTS = "SELECT kind, key, json FROM powerpack.document WHERE json IS NOT NULL ORDER BY place"
_VERSION = """SELECT greatest((SELECT max(version) FROM powerpack.document), forgotten_version)
    FROM powerpack.about"""
_STICKY = "SELECT powerpack_uuid, service, destination, number FROM powerpack.sticky"
_OPEN = f"SELECT {', '.join(COLUMNS)} FROM powerpack.live ORDER BY id"
_LAST_ID = """SELECT greatest(coalesce((SELECT max(id) FROM powerpack.message), 0),
    coalesce((SELECT max(id) FROM powerpack.live), 0))"""


async def read_snapshot(connection: asyncpg.Connection, where: str, *, is_shared: bool) -> tuple[Snapshot, MessageIds]:
    """All of it as of one moment, and how the database names its messages. Where it ``is_shared``, messages and pairs
    belong to leases and are not read here. Raises StoreError."""
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await connection.fetch(_DOCUMENTS)
            documents = {(kind, readable(key)): json for kind, key, json in rows}
            ids = MessageIds(documents["secret", "message_ids"])
            snapshot = Snapshot(
                documents=documents,
                version=await connection.fetchval(_VERSION),
                last_message_id=await connection.fetchval(_LAST_ID),
            )
            if not is_shared:
                pairs = await connection.fetch(_STICKY)
                snapshot.sticky = [(uuid, service, readable(to), number) for uuid, service, to, number in pairs]
                snapshot.open_messages = [message_of(row, ids) for row in await connection.fetch(_OPEN)]
            return snapshot, ids
    except (*LOST, asyncpg.PostgresError) as error:
        raise store_error(error, where) from error
    except (KeyError, ValueError) as error:
        raise StoreUnusable(
            f"database {where} lacks what every database of ours has ({error!r}); restore it, or give another --store"
        ) from error
