"""The board: what gateways that share a database know of each other, and how work passes from one to another.

Rules:

1. A gateway lives as long as its row among the members does. It renews the row every third of ``LIFE_S``; a row that
   is not renewed for ``LIFE_S``, on the database's clock, may be *buried* (deleted) by any other gateway. What is
   buried never comes back: whoever finds himself buried starts anew under another id.
2. A lease names a piece of work and the gateway that does it. It has no life of its own: it ends with its holder's
   row, or when its holder releases it. Its token grows with every change of holder.
3. Every commit of a store checks in its own transaction that its gateway's row is there, and holds it there until the
   transaction ends; a burial waits for that. So whatever a dead gateway wrote was written before its burial, and its
   successor reads it; what it tries to write afterwards is refused whole (``StoreFenced``).
4. A holder releases a lease only when nothing of that work is left in its memory.

Everything here is one round trip to the database, however many names, messages or changes it is about. Each raises
StoreError when the database can not be reached, and StoreFenced when this gateway was buried.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from powerpack_gateway.errors import StoreError
from powerpack_gateway.messages import Message
from powerpack_gateway.store.base import Store

LIFE_S = 6.0
"""How long a gateway that says nothing is taken to be alive: short enough that its work is taken over within seconds,
and three renewals, so that one that was lost costs nothing."""

CLAIM_MAX = 500
"""Messages claimed at once: enough that their cost is that of the rows, few enough not to hold up the loop."""

CHANGES_MAX = 1_000
"""Changes of documents read at once."""

ACCOUNT = "account"
"""The lease of the keeper, who alone writes the account's documents."""

NUMBERS = "numbers"
"""The lease of all messages of numbers that are in no Powerpack."""

DOCUMENTS = "documents"
"""What ``woken`` is told when documents changed; everything else that it is told is a lease's name."""


def powerpack_lease(powerpack_uuid: str | None) -> str:
    """The lease under which the messages of a Powerpack are worked at, or of none."""
    return NUMBERS if powerpack_uuid is None else f"powerpack/{powerpack_uuid}"


def route_lease(route: str) -> str:
    """The lease of the gateway that is bound to a carrier."""
    return f"route/{route}"


class FeedGone(StoreError):
    """The changes asked for are older than what is kept: everything has to be read anew."""


class Member(NamedTuple):
    """A live gateway; ``address`` is the ``host:port`` on which its peers reach it."""

    gateway_id: str
    address: str


class Lease(NamedTuple):
    """Who does a piece of work; ``token`` grows with every change of holder."""

    name: str
    holder: str
    token: int


class Change(NamedTuple):
    """One document that was put, or deleted (``document`` is None), and the gateway that did it. Versions grow in the
    order of the commits."""

    version: int
    kind: str
    key: str
    document: bytes | None
    writer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who lives, oldest member first, and who holds what. ``unheld`` are leases that had a holder once: their work may
    be unfinished, even if it is for a Powerpack that is gone."""

    members: Sequence[Member] = ()
    leases: Mapping[str, Lease] = field(default_factory=dict)
    unheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What belongs to the work of one lease: the claimed messages that still owe something, the Powerpack's sticky
    pairs as (powerpack_uuid, service, destination, number), and what was sent lately, as ``Store.sent_since`` says."""

    messages: Sequence[Message] = ()
    sticky: Sequence[tuple[str, str, str, str]] = ()
    sent: Sequence[tuple[str, str, float]] = ()


class Board(Protocol):
    """The board as one gateway sees it."""

    @property
    def gateway_id(self) -> str:
        """This gateway's name, for this one life of it."""
        ...

    @property
    def secret(self) -> bytes:
        """What all gateways of this database share and nobody else has; known after ``join``."""
        ...

    async def join(self, address: str, woken: Callable[[str], None]) -> None:
        """Become a member. ``woken`` is called when there may be something to fetch: ``DOCUMENTS``, or the name of a
        lease with unclaimed messages. It may be called for nothing, and a call may be lost: ask now and then too."""
        ...

    async def renew(self, *, bury: bool) -> Standing:
        """Live on for ``LIFE_S``, and see who else does. With ``bury``, whoever is overdue is dead from now on; it is
        for a gateway that has reached the database throughout, since after an outage everybody is overdue."""
        ...

    async def acquire(self, names: Collection[str]) -> Mapping[str, Lease]:
        """Take what nobody holds; returns those of ``names`` that are ours now."""
        ...

    async def release(self, names: Collection[str]) -> None:
        """Let go of leases, whose work is finished here."""
        ...

    async def leave(self) -> None:
        """Be a member no more, release everything and close; nothing may be asked afterwards. Raises nothing: who can
        not say so is buried soon."""
        ...

    async def next_ids(self, count: int) -> int:
        """The first of ``count`` message ids, one after another, that nobody else gets."""
        ...

    async def take_up(self, name: str, *, since: float) -> Belongings:
        """What belongs to a lease that we hold; what was sent is told from the Unix second ``since``."""
        ...

    async def sent_by_route(self, route: str, *, since: float) -> Sequence[tuple[str, str, float]]:
        """(source, destination, sent_at) of every segment that went to a carrier: its limits go on."""
        ...

    async def claim(self, names: Collection[str], *, limit: int) -> Sequence[Message]:
        """Take messages that other gateways accepted for leases of ours, oldest first; from now on they are claimed."""
        ...

    async def unclaimed(self, *, limit: int) -> Mapping[str, int]:
        """How many messages wait to be claimed, by lease; ``limit`` are counted at most."""
        ...

    async def claimed(self, names: Collection[str]) -> Sequence[int]:
        """The ids of all messages of some leases that were claimed and still owe something."""
        ...

    async def claimed_messages(self, rows: Sequence[int]) -> Sequence[Message]:
        """Those of some ids that still do."""
        ...

    async def changes(self, after: int) -> Sequence[Change]:
        """The documents that changed after a version, in order, ``CHANGES_MAX`` at most. Raises FeedGone."""
        ...

    async def documents(self, kind: str, *, since: str = "") -> Sequence[tuple[str, bytes]]:
        """(key, JSON) of every document of a kind that ``changes`` does not tell of (``UNFOLLOWED``) and whose key is
        ``since`` or later, in the order of the keys."""
        ...


class FleetStore(Store, Protocol):
    """A store that several gateways share. ``open`` reads the documents; messages and pairs come by ``Board.take_up``.

    After this gateway was buried, every commit ends with StoreFenced.
    """

    def insert_unclaimed(self, message: Message) -> None:
        """Keep a new message for whoever holds its ``lease``, who is woken after the commit."""
        ...
