"""The account when a gateway begins: that of the database, or in a new one that of whoever comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from powerpack_gateway.fleet.board import ACCOUNT, Board
from powerpack_gateway.store.base import Snapshot

LOOK_S: Final = 0.25
"""Time between looks for the account that another gateway is about to write."""


async def known_account(board: Board, snapshot: Snapshot, fill: Callable[[], Awaitable[None]]) -> Snapshot:
    """What the database holds, with its account: whoever can become the keeper ``fill``\\ s it, the others wait for it.

    Raises StoreError.
    """
    documents = dict(snapshot.documents)
    version, is_filled = snapshot.version, False
    while ("account", "account") not in documents:
        if not is_filled and ACCOUNT in await board.acquire([ACCOUNT]):
            is_filled = True
            # Somebody may have filled it, and gone, since the snapshot was read.
            if not await board.changes(version):
                await fill()
        else:
            await asyncio.sleep(LOOK_S)
        while changes := await board.changes(version):
            version = changes[-1].version
            for change in changes:
                if change.document is None:
                    documents.pop((change.kind, change.key), None)
                else:
                    documents[change.kind, change.key] = change.document
    return Snapshot(documents=documents, version=version)
