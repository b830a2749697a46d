"""The Store: what it promises, and what it hands back at start-up.

The gateway lives in memory; the store is told what changed. Changes join a group, one transaction commits the group,
and only then are the callbacks called that were given with ``when_durable``: the 202, a deliver_sm_resp. So nothing
is acknowledged that a power cut could take back, and a commit's price is shared by everything that waited for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec

from powerpack_gateway.errors import StoreError
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.media import Media
from powerpack_gateway.messages import Message

T = TypeVar("T")

Durable = Callable[[StoreError | None], None]
"""Called once after the commit, with the error when there was no commit."""

LIST_LIMIT_MAX = 20
"""Plivo lists at most this many objects a page (plivo_api.md 1.4)."""


LATER_S = 0.1
"""How long ``update_later`` may put a change off. A message's three callbacks are mostly heard in less; after a kill
those of this time go out once more."""

UNFOLLOWED = frozenset({"usage", "configuration", "part"})
"""Kinds of documents of which other gateways on the same database are not told: only one writes each at a time, and
whoever wants to know reads them (``Board.documents``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages a list wants; None does not filter. Times are Unix seconds."""

    message_direction: str | None = None
    message_state: str | None = None
    message_type: str | None = None
    error_code: str | None = None
    powerpack_id: str | None = None
    from_number: str | None = None
    numbers: tuple[str, ...] | None = None  # ours: what they sent and got
    to_number: str | None = None
    destination_country_iso2: str | None = None
    time_gt: float | None = None
    time_gte: float | None = None
    time_lt: float | None = None
    time_lte: float | None = None
    time_is: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some messages, newest first, and how many there are: counted up to one beyond the page, to tell whether it is the
    last one. To count a million costs as much as to read them, and the API says no total (plivo_api.md 1.4)."""

    messages: Sequence[Message]
    total_count: int


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """What was on disk: documents as (kind, key) -> JSON, sticky pairs as (powerpack_uuid,
    service, destination, number), and the messages that still owe something. ``version`` is that of the newest
    document, in a database that several gateways share."""

    documents: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    sticky: Sequence[tuple[str, str, str, str]] = ()
    open_messages: Sequence[Message] = ()
    last_message_id: int = 0
    version: int = 0

    def raw(self, kind: str) -> list[bytes]:
        """The documents of one kind, in the order in which they were first kept."""
        return [raw for (found, _), raw in self.documents.items() if found == kind]

    def each(self, kind: str, shape: type[T]) -> list[T]:
        """The same, decoded."""
        return [msgspec.json.decode(raw, type=shape) for raw in self.raw(kind)]


class Store(Protocol):
    """Everything that survives a restart.

    ``put``, ``insert`` and ``update`` never block and never fail: a failure comes through ``when_durable`` and
    ``commit``. Documents are small and many kinds; messages are many and one kind.
    """

    @property
    def ids(self) -> MessageIds:
        """How its messages are named; valid after ``open``."""
        ...

    @property
    def trouble(self) -> StoreError | None:
        """Why what was last to be written could not be; None while all is well."""
        ...

    @property
    def owed(self) -> StoreError | None:
        """Why documents that were changed are not on disk yet; None while none waits for another try."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way to a server, which lives in real time."""
        ...

    async def open(self) -> Snapshot:
        """Open or create it; raises StoreInUse, StoreUnusable or StoreTooNew."""
        ...

    def put(self, kind: str, key: str, document: bytes) -> None:
        """Keep a document, replacing the one with the same kind and key."""
        ...

    def delete(self, kind: str, key: str) -> None:
        """Forget a document."""
        ...

    def put_sticky(self, powerpack_uuid: str, service: str, destination: str, number: str | None) -> None:
        """Keep which number writes to whom; None forgets the pair."""
        ...

    def put_pairs(self, powerpack_uuid: str, service: str, pairs: Iterable[tuple[str, str]]) -> None:
        """The same for several handsets, each with its number."""
        ...

    def put_media(self, media: Media, content: bytes | None = None) -> None:
        """Keep a file; without ``content`` its bytes stay as they are."""
        ...

    def delete_media(self, media_id: str) -> None:
        """Forget a file and its bytes."""
        ...

    def insert(self, message: Message) -> None:
        """Keep a new message, as it will be when the group commits."""
        ...

    def insert_all(self, messages: Sequence[Message]) -> None:
        """Keep several."""
        ...

    def update(self, message: Message) -> None:
        """Keep a changed message; several changes before the commit are one."""
        ...

    def update_all(self, messages: Sequence[Message]) -> None:
        """Keep several."""
        ...

    def update_later(self, message: Message) -> None:
        """Keep a change that nobody waits for and that a kill may take back: that a callback was heard.

        It need not be in the group that ``when_durable`` and ``commit`` wait for. A store may put it off for as long
        as ``LATER_S``, since what happens to one message comes in threes; whoever reads finds it.
        """
        ...

    def update_all_later(self, messages: Sequence[Message]) -> None:
        """The same for several."""
        ...

    def when_durable(self, call: Durable) -> None:
        """Call back after the commit that holds everything up to now."""
        ...

    async def commit(self) -> None:
        """Return when everything up to now is on disk; raises StoreError."""
        ...

    async def message(self, row: int) -> Message | None:
        """One message."""
        ...

    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page:
        """A page of messages, newest first."""
        ...

    async def finished_before(self, moment: float, *, limit: int) -> Sequence[int]:
        """Rows of the oldest messages that were accepted before a moment and owe nothing; never the newest message's,
        whose row says which comes next."""
        ...

    def forget(self, rows: Sequence[int]) -> None:
        """Let go of finished messages."""
        ...

    async def media(self, media_id: str) -> Media | None:
        """One file, without its bytes."""
        ...

    async def media_content(self, media_id: str) -> bytes | None:
        """Its bytes; None while they are not there."""
        ...

    async def media_page(self, *, limit: int, offset: int) -> tuple[Sequence[Media], int]:
        """Some files, newest first, and how many there are in all."""
        ...

    async def uploads(self) -> Sequence[Media]:
        """Every file that was uploaded, oldest first."""
        ...

    async def media_expired(self, now: float) -> Sequence[str]:
        """The ids of files that are kept no more, a thousand at most."""
        ...

    async def sent_since(self, moment: float) -> Sequence[tuple[str, str, float]]:
        """(source, destination, sent_at) of every outbound segment sent at or after a moment: caps and rates go on.

        A message of three segments comes three times, since carriers count segments.
        """
        ...

    async def close(self) -> None:
        """Commit what is pending and let go of the file."""
        ...
