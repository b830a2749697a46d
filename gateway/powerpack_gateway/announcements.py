"""Announcements: callbacks that belong to no message, such as the outcome of a registration.

They are kept until they are acknowledged or given up, so a restart tells what is still owed. Those of one subject (a
brand, a number) go out in the order in which they were told.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from powerpack_gateway.callbacks import Callbacks, CallbackSettings, Notice
from powerpack_gateway.errors import StoreError
from powerpack_gateway.http_client import HttpSender
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.registration.brands import Method
from powerpack_gateway.signatures import new_nonce, signature_headers
from powerpack_gateway.store.base import Snapshot, Store

What = Literal["registration", "api", "phlo"]

KIND = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One callback that is owed."""

    number: int
    subject: str
    what: What
    url: str
    method: Method
    params: tuple[tuple[str, str], ...]


class Announcements:
    """Tells, keeps until it is told, and lets go. ``token`` is asked at each try, since an account may be restored."""

    def __init__(
        self,
        store: Store,
        *,
        token: Callable[[], str],
        settings: CallbackSettings,
        clock: Clock,
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._token = token
        self._rng = rng
        self._sender = HttpSender(clock=clock, journal=journal)
        self._callbacks = Callbacks(
            sender=self._sender, clock=clock, journal=journal, sign=self._sign, settled=self._settled, settings=settings
        )
        self._numbers = itertools.count(1)
        # Of subjects that are owed something: the key of their callbacks, and how many there are.
        self._keys: dict[str, int] = {}
        self._subjects: dict[int, str] = {}
        self._owed: Counter[int] = Counter()

    def __repr__(self) -> str:
        return f"<Announcements: {self._callbacks.pending} owed>"

    @property
    def in_flight(self) -> int:
        """Tries whose answer has not come."""
        return self._callbacks.in_flight

    def tell(self, what: What, subject: str, *, url: str, method: Method, params: Mapping[str, str]) -> None:
        """Tell a customer something; the callback goes out once it is on disk. Nothing happens without a ``url``."""
        if not url:
            return
        announcement = Announcement(
            number=next(self._numbers),
            subject=subject,
            what=what,
            url=url,
            method=method,
            params=tuple(params.items()),
        )
        self._store.put(KIND, str(announcement.number), msgspec.json.encode(announcement))

        def stored(error: StoreError | None) -> None:
            # What could not be written stays pending in the store and is written later; it is told all the same.
            self._hand_over(announcement)

        self._store.when_durable(stored)

    def restore(self, snapshot: Snapshot) -> None:
        """Tell again what an earlier process still owed."""
        owed = sorted(snapshot.each(KIND, Announcement), key=lambda each: each.number)
        if owed:
            self._numbers = itertools.count(owed[-1].number + 1)
        for each in owed:
            self._hand_over(each)

    async def stop(self, drain_s: float) -> None:
        """Give what is under way a moment; the rest goes out after the next start."""
        await self._callbacks.drain(drain_s)
        await self._callbacks.stop()
        await self._sender.close()

    def __len__(self) -> int:
        """Subjects that are owed something."""
        return len(self._subjects)

    def _hand_over(self, announcement: Announcement) -> None:
        key = self._keys.setdefault(announcement.subject, announcement.number)
        self._subjects[key] = announcement.subject
        self._owed[key] += 1
        self._callbacks.tell(
            Notice(
                key=key,
                index=announcement.number,
                url=announcement.url,
                method=announcement.method,
                params=dict(announcement.params),
                what=announcement.what,
            )
        )

    def _settled(self, notice: Notice, acknowledged: bool, body: bytes) -> None:
        self._store.delete(KIND, str(notice.index))
        self._owed[notice.key] -= 1
        if not self._owed[notice.key]:
            del self._owed[notice.key], self._keys[self._subjects.pop(notice.key)]

    def _sign(self, method: str, url: str, params: Mapping[str, str]) -> Mapping[str, str]:
        return signature_headers(token=self._token(), method=method, url=url, params=params, nonce=new_nonce(self._rng))
