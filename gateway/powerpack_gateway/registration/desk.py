"""The desk: what every kind of registration needs. It keeps, draws ids, waits for decisions, tells outcomes."""

import random
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from powerpack_gateway.announcements import Announcements
from powerpack_gateway.errors import expect
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.registration.brands import Method
from powerpack_gateway.store.base import Store
from powerpack_gateway.store.durable import until_kept
from powerpack_gateway.turns import Turns

T = TypeVar("T")

ID_LENGTH = 6
"""Characters after the B of a brand and the C of a campaign, as The Campaign Registry draws them."""

_ID_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """How long the outside takes to decide, in seconds. Real brands take minutes, campaigns and toll-free numbers days;
    the default lets a person at a sandbox see both states."""

    decision_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what no timer could follow."""
        expect("decision_s", self.decision_s, "0 or more", holds=self.decision_s >= 0)


class Desk:
    """Shared by all registrations of one gateway."""

    def __init__(
        self,
        store: Store,
        announcements: Announcements,
        *,
        settings: RegistrationSettings,
        clock: Clock,
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._announcements = announcements
        self._settings = settings
        self._rng = rng
        self.clock = clock
        self.journal = journal
        self._due: Turns[Callable[[], None]] = Turns(_call_all)

    def new_id(self, prefix: str) -> str:
        """An id as The Campaign Registry draws it."""
        return prefix + "".join(self._rng.choice(_ID_ALPHABET) for _ in range(ID_LENGTH))

    def new_uuid(self) -> str:
        """A random uuid."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def put(self, kind: str, key: str, value: object) -> None:
        """Keep a document with the next commit."""
        self._store.put(kind, key, msgspec.json.encode(value))

    async def kept(self, kind: str, key: str, value: T) -> T:
        """Keep a document; it is on disk when this returns."""
        self.put(kind, key, value)
        await until_kept(self._store)
        return value

    def drop(self, kind: str, key: str) -> None:
        """Forget a document with the next commit."""
        self._store.delete(kind, key)

    async def commit(self) -> None:
        """Return when everything up to now is on disk."""
        await until_kept(self._store)

    def deadline(self) -> float:
        """When what is asked for now will be decided, as a Unix time."""
        return self.clock.now().timestamp() + self._settings.decision_s

    def decide_at(self, moment: float, decide: Callable[[], None]) -> None:
        """Call at a Unix time, or at once when it is past."""
        wait_s = max(0.0, moment - self.clock.now().timestamp())
        self._due.put(self.clock.monotonic() + wait_s, decide)

    def tell(self, subject: str, *, url: str, method: Method, params: Mapping[str, str]) -> None:
        """Tell a customer the outcome of a step, and write it down."""
        self.journal.record("registration.changed", **params)
        self._announcements.tell("registration", subject, url=url, method=method, params=params)

    def close(self) -> None:
        """Decide nothing any more; what is undecided goes on after the next start."""
        self._due.clear()


def _call_all(due: list[Callable[[], None]]) -> None:
    for decide in due:
        decide()
