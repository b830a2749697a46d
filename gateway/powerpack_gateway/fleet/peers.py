"""The peers: one link to every other live gateway, kept up for as long as the board says that it lives.

Of two gateways the one with the smaller name connects, so there is one link and not two. A gateway that the board has
buried is cut off and not let in again: its name stands for one life.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from powerpack_gateway.fleet.board import Member
from powerpack_gateway.fleet.frames import Frame
from powerpack_gateway.fleet.peer_link import NONCE_BYTES, PeerLink
from powerpack_gateway.ports import Journal

CONNECT_S: Final = 2.0
"""How long a connection to a peer may take; it is tried again with the next look at the board."""

BURIED_MAX: Final = 1_000
"""Names of the dead that are kept: a process that wakes up under one does so within days, not years."""


class Listener(Protocol):
    """Who hears of peers."""

    def peer_opened(self, peer_id: str) -> None:
        """A link to a gateway is there."""

    def peer_frames(self, peer_id: str, frames: Sequence[Frame]) -> None:
        """All frames of one read."""

    def peer_writable(self, peer_id: str) -> None:
        """A peer began or ceased to read."""

    def peer_lost(self, peer_id: str, reason: str) -> None:
        """The link is gone; what was unanswered stays so."""


class Peers:
    """``listen`` first, then ``follow`` with every standing of the board; ``stop`` leaves nothing open."""

    def __init__(self, listener: Listener, *, gateway_id: str, journal: Journal, rng: random.Random) -> None:
        self._listener = listener
        self._gateway_id = gateway_id
        self._journal = journal
        self._rng = rng
        self._secret: Callable[[], bytes] = bytes
        self._server: asyncio.Server | None = None
        self._links: dict[str, PeerLink] = {}
        self._greeting: dict[PeerLink, None] = {}  # in order, so that an end repeats in virtual time
        self._dialling: dict[str, asyncio.Task[None]] = {}
        self._known: set[str] = set()
        self._buried: dict[str, None] = {}
        self._is_stopping = False
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        return f"<Peers of {self._gateway_id}: {len(self._links)} of {len(self._known)} linked>"

    async def listen(self, host: str, port: int, secret: Callable[[], bytes]) -> int:
        """Take connections of peers; returns the port. ``secret`` is asked at each greeting."""
        self._secret = secret
        self._server = await asyncio.get_running_loop().create_server(
            lambda: self._new_link(is_called=True), host, port
        )
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    @property
    def linked(self) -> frozenset[str]:
        """The gateways that can be spoken to now."""
        return frozenset(self._links)

    def is_writable(self, peer_id: str) -> bool:
        """Whether a peer is linked and reads."""
        link = self._links.get(peer_id)
        return link is not None and link.is_writable

    def send(self, peer_id: str, frame: Frame) -> bool:
        """Queue a frame for a peer; False when there is no link."""
        link = self._links.get(peer_id)
        if link is None:
            return False
        link.send(frame)
        return True

    def send_all(self, frame: Frame) -> None:
        """Queue a frame for every peer that is linked."""
        for link in self._links.values():
            link.send(frame)

    def follow(self, members: Sequence[Member]) -> None:
        """The board says who lives: link up with the new, cut off the dead."""
        living = {each.gateway_id: each.address for each in members}
        for dead in self._known - living.keys():
            self._buried[dead] = None
            if dead in self._links:
                self._links[dead].close(f"{dead} was taken for dead")
        while len(self._buried) > BURIED_MAX:
            del self._buried[next(iter(self._buried))]
        self._known = set(living) - {self._gateway_id}
        for peer_id, address in living.items():
            if self._gateway_id < peer_id and peer_id not in self._links and peer_id not in self._dialling:
                task = asyncio.get_running_loop().create_task(self._dial(peer_id, address))
                self._dialling[peer_id] = task
                task.add_done_callback(lambda _, name=peer_id: self._dialling.pop(name, None))  # type: ignore[misc] # a default binds the name

    async def stop(self) -> None:
        """Close everything."""
        self._is_stopping = True
        if self._server is not None:
            self._server.close()
        dialling = list(self._dialling.values())
        for task in dialling:
            task.cancel()
        await asyncio.gather(*dialling, return_exceptions=True)
        for link in [*self._links.values(), *self._greeting]:
            link.close("this gateway stops")
        await self._all_closed()
        if self._server is not None:
            await self._server.wait_closed()

    async def _all_closed(self) -> None:
        while self._links or self._greeting:
            self._changed.clear()
            await self._changed.wait()

    def _new_link(self, *, is_called: bool) -> PeerLink:
        nonce = self._rng.randbytes(NONCE_BYTES)
        link = PeerLink(self, gateway_id=self._gateway_id, secret=self._secret(), nonce=nonce, is_called=is_called)
        self._greeting[link] = None
        return link

    async def _dial(self, peer_id: str, address: str) -> None:
        host, _, port = address.rpartition(":")
        made: list[PeerLink] = []

        def make() -> PeerLink:
            made.append(self._new_link(is_called=False))
            return made[0]

        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().create_connection(make, host, int(port))
        except (OSError, ValueError) as error:  # ValueError: an address that is none
            for link in made:
                self._greeting.pop(link, None)
            self._journal.record("fleet.unreached", peer=peer_id, address=address, error=str(error) or "no answer")

    # LinkOwner

    def link_opened(self, link: PeerLink) -> None:
        """Take the link, in place of an older one to the same gateway."""
        peer_id = link.peer_id
        assert peer_id is not None, "an open link has proved whose it is"
        self._greeting.pop(link, None)
        if peer_id in self._buried:
            link.close(f"{peer_id} was taken for dead")
            return
        had = self._links.get(peer_id)
        if had is not None:
            had.close("the peer connected anew")
            self._forget(had, "the peer connected anew")
        self._links[peer_id] = link
        self._journal.record("fleet.linked", peer=peer_id)
        self._listener.peer_opened(peer_id)

    def link_frames(self, link: PeerLink, frames: Sequence[Frame]) -> None:
        """Pass on what a peer says."""
        if link.peer_id is not None and self._links.get(link.peer_id) is link:
            self._listener.peer_frames(link.peer_id, frames)

    def link_writable(self, link: PeerLink) -> None:
        """Pass on that a peer reads, or does not."""
        if link.peer_id is not None and self._links.get(link.peer_id) is link:
            self._listener.peer_writable(link.peer_id)

    def link_closed(self, link: PeerLink, reason: str) -> None:
        """Let go of a link."""
        if link in self._greeting:
            del self._greeting[link]
            if not self._is_stopping:
                self._journal.record("fleet.refused", peer=link.peer_id or "", reason=reason)
        else:
            self._forget(link, reason)
        self._changed.set()

    def _forget(self, link: PeerLink, reason: str) -> None:
        peer_id = link.peer_id
        if peer_id is not None and self._links.get(peer_id) is link:
            del self._links[peer_id]
            self._journal.record("fleet.unlinked", peer=peer_id, reason=reason)
            self._listener.peer_lost(peer_id, reason)
