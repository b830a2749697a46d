"""Binding: one place on a route that a link holds; it connects, waits, and connects again."""

import asyncio
import random
from collections.abc import Callable

from powerpack_gateway.host_names import connect
from powerpack_gateway.ports import Journal
from powerpack_gateway.smpp.backoff import Backoff
from powerpack_gateway.smpp.link import Link
from powerpack_gateway.smpp.settings import RouteSettings


class Binding:
    """Keeps one link up. The route tells it what became of the link: ``bound``, ``refused``, ``lost``."""

    def __init__(
        self, settings: RouteSettings, make_link: Callable[[], Link], *, journal: Journal, rng: random.Random
    ) -> None:
        self.link: Link | None = None  # the latest, until the route takes it off
        self.host, self.port = settings.hosts[0]
        self._settings = settings
        self._make_link = make_link
        self._journal = journal
        self._backoff = Backoff(settings.reconnect_s_min, settings.reconnect_s_max, rng)
        self._attempts = 0
        self._misses = 0  # attempts that ended without a bind
        self._is_bound = False
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Connect now."""
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._connect(), name=f"connect {self._settings.name}")
        self._task.add_done_callback(_report)

    async def stop(self) -> None:
        """Connect no more; an attempt that is under way is broken off."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    def bound(self) -> None:
        """The carrier accepted the bind."""
        self._is_bound = True
        self._backoff.succeeded()

    def refused(self) -> None:
        """The carrier refused our credentials: somebody has to mend them first."""
        self._backoff.refused()

    def lost(self) -> None:
        """There is no connection: try again, later."""
        if self._timer is None and not self._is_stopped:
            self._misses += not self._is_bound
            self._is_bound = False
            self._timer = asyncio.get_running_loop().call_later(self._backoff.next_delay_s(), self.start)

    async def _connect(self) -> None:
        settings = self._settings
        self.host, self.port = host, port = settings.hosts[self._attempts % len(settings.hosts)]
        self._attempts += 1
        self.link = self._make_link()
        link = self.link
        try:
            async with asyncio.timeout(settings.bind_timeout_s):
                await connect(
                    lambda: link,
                    host,
                    port,
                    within_s=settings.bind_timeout_s,
                    begin_with=self._misses // len(settings.hosts),
                    failed=self._failed,
                    ssl=settings.ssl,
                )
        except OSError as error:
            # A bind that came up just as the time ran out must be gone before the next attempt.
            link.abort()
            self._failed(str(error) or f"no connection within {settings.bind_timeout_s:g} s")
            self.lost()

    def _failed(self, reason: str) -> None:
        at = {"host": self.host, "port": self.port}
        self._journal.record("gateway.connect_failed", route=self._settings.name, **at, reason=reason)


def _report(task: "asyncio.Task[None]") -> None:
    """Hand an error that nobody expected to the loop: a route that silently stays away would be worse."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler({"message": "connecting failed", "exception": error, "task": task})
