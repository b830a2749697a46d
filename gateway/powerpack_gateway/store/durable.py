"""Those who wait for a commit, and how they hear of it: the same for every Store."""

import asyncio
from collections.abc import Callable, Sequence

from powerpack_gateway.errors import StoreError
from powerpack_gateway.store.base import Durable


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
