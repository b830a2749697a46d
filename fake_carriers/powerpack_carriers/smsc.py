"""A listening SMSC on asyncio: it takes connections and lets them go, and has no opinions about messages."""

import asyncio
import ssl as tls
from collections.abc import Sequence

from powerpack_carriers.group_records import group_journal
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.smsc_limits import SmscLimits
from powerpack_carriers.smsc_link import LinkFilter, SmscHandler, SmscLink

__all__ = ["LinkFilter", "Smsc", "SmscHandler", "SmscLimits", "SmscLink"]


class Smsc:
    """One port that ESMEs connect to.

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
    ) -> None:
        self.name = name
        self.handler = handler
        self.clock = clock
        self.journal = journal
        self.groups = group_journal(journal)
        self.limits = limits or SmscLimits()
        self.filters = list(filters)
        self.host = host
        self.links: list[SmscLink] = []
        self._port = port
        self._ssl = ssl
        self._server: asyncio.Server | None = None
        self._link_count = 0
        self._all_gone: asyncio.Future[None] | None = None

    @property
    def port(self) -> int:
        """Where it listens; as given before start()."""
        return self._port

    def __repr__(self) -> str:
        bound = sum(link.is_bound for link in self.links)
        where = f"{self.host}:{self.port}" if self._server else "stopped"
        return f"<Smsc {self.name} {where}: {len(self.links)} connected, {bound} bound>"

    async def start(self) -> None:
        """Listen. Raises OSError where that is not possible, with who wanted which port."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._new_link, self.host, self._port, ssl=self._ssl)
        except OSError as error:
            problem = f"carrier {self.name} can not listen on {self.host}:{self._port}: {error.strerror or error}"
            raise OSError(error.errno, problem) from error
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Unbind all ESMEs, close their connections and the port; nothing is left behind when it returns."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        if self.links:
            self._all_gone = asyncio.get_running_loop().create_future()
            for link in list(self.links):
                link.unbind()
            await self._all_gone
            self._all_gone = None
        await server.wait_closed()

    def admit(self, link: SmscLink) -> bool:
        """Whether there is room for one more link; for links."""
        if len(self.links) >= self.limits.links_max or self._server is None:
            return False
        self.links.append(link)
        return True

    def forget(self, link: SmscLink) -> None:
        """A link is gone; for links."""
        if link in self.links:
            self.links.remove(link)
        if self._all_gone is not None and not self.links and not self._all_gone.done():
            self._all_gone.set_result(None)

    def _new_link(self) -> SmscLink:
        self._link_count += 1
        return SmscLink(self, f"{self.name}#{self._link_count}")
