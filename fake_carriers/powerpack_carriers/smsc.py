"""A listening SMSC on asyncio: it takes connections and lets them go, and has no opinions about messages."""

import asyncio
import ssl as tls
import threading
from collections.abc import Sequence
from functools import partial
from typing import Final

from powerpack_carriers.door import Door
from powerpack_carriers.group_records import group_journal
from powerpack_carriers.listener import Listener
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.smsc_handler import LinkFilter, SmscHandler
from powerpack_carriers.smsc_limits import SmscLimits
from powerpack_carriers.smsc_link import SmscLink

__all__ = ["LinkFilter", "Smsc", "SmscHandler", "SmscLimits", "SmscLink"]

READ_OCTETS: Final = 128 * 1024
"""Octets that are read at once: a thousand messages. asyncio itself makes a block of twice that anew for each read."""


class _Buffers(threading.local):
    """One for each thread: what is read is copied before anybody else can read, and all carriers of a lab share it."""

    def __init__(self) -> None:
        self.read_into = memoryview(bytearray(READ_OCTETS))


_BUFFERS = _Buffers()


class Smsc:
    """One port that ESMEs connect to, or several, which are its ``doors``.

    ``links`` are the connections in order of their arrival, ``filters`` stand between all of them and the wire and may
    be changed at any time. ``handler`` decides everything else.
    """

    def __init__(
        self,
        name: str,
        handler: SmscHandler,
        *,
        clock: Clock,
        journal: Journal,
        limits: SmscLimits | None = None,
        filters: Sequence[LinkFilter] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        ssl: tls.SSLContext | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.name = name
        self.handler = handler
        self.clock = clock
        self.journal = journal
        self.groups = group_journal(journal)
        self.limits = limits or SmscLimits()
        self.filters = list(filters)
        self.read_into = memoryview(b"")
        self.doors = tuple(
            Door(number, each, partial(self._new_link, number), handshake_within_s=self.limits.bind_within_s)
            for number, each in enumerate((Listener(host=host, port=port, tls=ssl), *listeners), start=1)
        )
        self.links: list[SmscLink] = []
        self._is_started = False
        self._link_count = 0
        self._all_gone: asyncio.Future[None] | None = None

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Where it listens, the first port first; as given before start()."""
        return tuple(door.listener for door in self.doors)

    @property
    def host(self) -> str:
        """Where it listens first."""
        return self.listeners[0].host

    @property
    def port(self) -> int:
        """Where it listens first; as given before start()."""
        return self.listeners[0].port

    def __repr__(self) -> str:
        bound = sum(link.is_bound for link in self.links)
        where = f"{self.host}:{self.port}" if self._is_started else "stopped"
        return f"<Smsc {self.name} {where}: {len(self.links)} connected, {bound} bound>"

    async def start(self) -> None:
        """Listen. Raises OSError where that is not possible, with who wanted which port; then it listens nowhere."""
        self.read_into = _BUFFERS.read_into
        try:
            for door in self.doors:
                await self._use(door)
        except OSError:
            await self._close_ports()
            raise
        self._is_started = True

    async def _use(self, door: Door) -> None:
        try:
            await door.use()
        except OSError as error:
            where = f"{door.listener.host}:{door.listener.port}"
            problem = f"carrier {self.name} can not listen on {where}: {error.strerror or error}"
            raise OSError(error.errno, problem) from error

    async def stop(self) -> None:
        """Unbind all ESMEs, close their connections and the ports; nothing is left behind when it returns."""
        if not self._is_started:
            return
        self._is_started = False
        for door in self.doors:
            door.shut()
        if self.links:
            self._all_gone = asyncio.get_running_loop().create_future()
            for link in list(self.links):
                link.unbind()
            await self._all_gone
            self._all_gone = None
        await self._close_ports()

    async def _close_ports(self) -> None:
        for door in self.doors:
            door.shut()
            await door.wait_shut()

    async def call(self, host: str, port: int, *, password: str) -> None:
        """Connect to an ESME that listens and send outbind; it must bind as any other. Raises OSError."""
        await asyncio.get_running_loop().create_connection(partial(self._new_link, 0, password), host, port)

    def admit(self, link: SmscLink) -> bool:
        """Whether there is room for one more link; for links."""
        if len(self.links) >= self.limits.links_max or not self._is_started:
            return False
        self.links.append(link)
        return True

    def forget(self, link: SmscLink) -> None:
        """A link is gone; for links."""
        if link in self.links:
            self.links.remove(link)
        if self._all_gone is not None and not self.links and not self._all_gone.done():
            self._all_gone.set_result(None)

    def _new_link(self, listener: int, outbind_password: str | None = None) -> SmscLink:
        self._link_count += 1
        name = f"{self.name}#{self._link_count}"
        return SmscLink(self, name, listener=listener, outbind_password=outbind_password)
