"""Those who wait for a commit, and how they hear of it: the same for every Store."""

import asyncio
from collections.abc import Callable, Sequence

from powerpack_gateway.errors import StoreError, StoreFenced, StoreInUse
from powerpack_gateway.store.base import Durable, Store

KEPT_S_MAX = 10.0
"""How long a change of documents waits for a store that fails: less than a gateway waits for the keeper, and a client
for its answer."""

RETRY_S = 0.5
"""Between two looks at whether a store has recovered; it tries by itself every second."""

_FOR_EVER = (StoreFenced, StoreInUse)
"""Errors after which the store writes nothing any more, so that what was changed is forgotten."""


def tell_each(waiting: Sequence[Durable], error: StoreError | None) -> None:
    """Call everyone, whatever one of them does."""
    for call in waiting:
        try:
            call(error)
        except Exception as mistake:  # noqa: BLE001 -- the others of the group must hear of their commit all the same
            told = {"message": f"{call!r} failed, called after a commit", "exception": mistake}
            asyncio.get_running_loop().call_exception_handler(told)


async def until_durable(when_durable: Callable[[Durable], None]) -> None:
    """Return when everything up to now is on disk; raises StoreError."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(error: StoreError | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    when_durable(settle)
    await done


async def until_kept(store: Store) -> None:
    """Return when every change of documents up to now is on disk, whichever commit that takes.

    What was changed is in force in memory, and goes with the next group if this one can not be written. So a refusal
    would be untrue, and who sends the request again would hear that what it asks for exists already: the answer waits.
    Raises StoreError when it waited too long, or when nothing will ever be written.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + KEPT_S_MAX
    while True:
        try:
            await store.commit()
        except _FOR_EVER:
            raise
        except StoreError as error:
            if loop.time() >= give_up_at:
                raise StoreError(
                    f"{error}; the change is in force, and is written when that is mended: do not ask for it again"
                ) from error
            await asyncio.sleep(RETRY_S)
        else:
            return
