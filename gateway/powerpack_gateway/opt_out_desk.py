"""The opt-out desk: STOP, START, and what an account changes by hand, all of it stored. Many STOPs tell on a number.

Handsets' words take effect at once and are on disk before the carrier hears that they came; what the account asks for
is on disk when it is answered.
"""

from collections.abc import Callable
from typing import TypedDict

import msgspec

from powerpack_gateway.compliance import Compliance
from powerpack_gateway.numbers import PhoneNumber
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.store.base import Snapshot, Store
from powerpack_gateway.store.durable import until_kept
from powerpack_gateway.suppression import Scope, SuppressionEntry, SuppressionList


class _Scopes(TypedDict):
    """What a STOP to one number reaches beside the number."""

    campaign_id: str | None
    powerpack_uuid: str | None


class OptOutDesk:
    """``powerpack_of`` says whose pool a number is in; ``suspend`` takes a number's rights away."""

    def __init__(
        self,
        store: Store,
        suppression: SuppressionList,
        compliance: Compliance,
        *,
        clock: Clock,
        journal: Journal,
        powerpack_of: Callable[[str], str | None],
        suspend: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._suppression = suppression
        self._compliance = compliance
        self._clock = clock
        self._journal = journal
        self._powerpack_of = powerpack_of
        self._suspend = suspend
        self._flagged: set[str] = set()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was; whoever was messaged is known already."""
        self._suppression.fill(snapshot.each("suppression", SuppressionEntry))
        for entry in self._suppression:
            if entry.scope is Scope.NUMBER:
                self._compliance.opted_out(entry.source_number, entry.handset, entry.since)

    def stop(self, number: PhoneNumber, handset: str) -> int:
        """A handset said STOP to a number: how many entries are new. Too many STOPs suspend the number."""
        now = self._clock.now()
        added = self._suppression.opt_out(number.number, handset, now=now, **self._scopes(number))
        for entry in added:
            self._put(entry)
        verdict = self._compliance.opted_out(number.number, handset, now)
        if verdict.suspend:
            self._suspend(number.number, verdict.reason)
        elif verdict.flag and number.number not in self._flagged:
            self._journal.record("number.flagged", number=number.number, reason=verdict.reason)
        (self._flagged.add if verdict.flag else self._flagged.discard)(number.number)
        return len(added)

    def start(self, number: PhoneNumber, handset: str) -> int:
        """A handset said START to a number: how many entries are lifted."""
        lifted = self._suppression.opt_in(number.number, handset, **self._scopes(number))
        for entry in lifted:
            self._store.delete("suppression", entry.id)
        return len(lifted)

    async def add(self, scope: Scope, key: str, handset: str) -> SuppressionEntry:
        """Put a handset on the list by hand, as for people who wrote a letter."""
        entry, is_new = self._suppression.add(scope, key, handset, now=self._clock.now())
        if is_new:
            self._put(entry)
            self._journal.record("suppression.added", number=entry.source_number, handset=handset, entries=1)
        await until_kept(self._store)
        return entry

    async def remove(self, entry_id: str) -> SuppressionEntry:
        """Take an entry off the list by hand; raises NotFound."""
        entry = self._suppression.remove(entry_id)
        self._store.delete("suppression", entry.id)
        self._journal.record("suppression.lifted", number=entry.source_number, handset=entry.handset, entries=1)
        await until_kept(self._store)
        return entry

    def _scopes(self, number: PhoneNumber) -> _Scopes:
        return {"campaign_id": number.campaign_id, "powerpack_uuid": self._powerpack_of(number.number)}

    def _put(self, entry: SuppressionEntry) -> None:
        self._store.put("suppression", entry.id, msgspec.json.encode(entry))
