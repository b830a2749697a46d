"""The complaint desk: notices from 7726 come in, proofs of opt-in go out, and terms end. All of it is stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from powerpack_gateway.compliance import Compliance, ComplianceSettings, Notice, Verdict
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.proofs import Proof, ProofRequest, ProofRequests, key_of
from powerpack_gateway.store.base import Snapshot, Store
from powerpack_gateway.store.durable import until_kept


class ComplaintDesk:
    """``suspend`` takes a number's rights away; ``changed`` is called when ``next_due`` may be another moment."""

    def __init__(
        self,
        store: Store,
        compliance: Compliance,
        *,
        settings: ComplianceSettings,
        clock: Clock,
        journal: Journal,
        suspend: Callable[[str, str], None],
        changed: Callable[[], None],
    ) -> None:
        self.requests = ProofRequests()
        self._store = store
        self._compliance = compliance
        self._term = timedelta(seconds=settings.proof_due_s)
        self._clock = clock
        self._journal = journal
        self._suspend = suspend
        self._changed = changed

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was."""
        self.requests = ProofRequests(snapshot.each("proof", ProofRequest))
        for notice in snapshot.each("complaint", Notice):
            self._make_room(notice.source_number, self._compliance.complain(notice))

    def complain(self, notice: Notice) -> Verdict:
        """Count a complaint that a carrier passed on; over the threshold its number is suspended.

        One from the future is one of this moment: a clock that is ahead must not hide the complaints after it.
        """
        now = self._clock.now()
        if notice.timestamp > now:
            notice = replace(notice, timestamp=now)
        verdict = self._compliance.complain(notice)
        self._make_room(notice.source_number, verdict)
        key = key_of(notice.source_number, notice.destination_number, notice.original_message_id)
        self._store.put("complaint", key, msgspec.json.encode(notice))
        for request in self.requests.ask(self._compliance.must_prove(notice), now=now, due=now + self._term):
            self._put(request)
            self._journal.record(
                "complaint.proof_asked",
                source=request.notice.source_number,
                destination=request.notice.destination_number,
                timestamp=request.notice.timestamp,
                original_message_id=request.notice.original_message_id,
                due=request.due,
            )
        if verdict.suspend:
            self._suspend(notice.source_number, verdict.reason)
        return verdict

    async def hand_in(self, request: ProofRequest, proof: Proof) -> ProofRequest:
        """The sender's answer; it is on disk when this returns. Raises BadRequest."""
        request = self.requests.hand_in(request, proof)
        self._put(request)
        self._journal.record(
            "complaint.proof_submitted",
            source=request.notice.source_number,
            original_message_id=request.notice.original_message_id,
            method=proof.method,
        )
        await until_kept(self._store)
        return request

    def forget(self, number: str) -> None:
        """The operator settled everything about a number: it starts anew."""
        for destination, message_id in self._compliance.forget(number):
            self._delete("complaint", number, destination, message_id)
        for request in self.requests.forget(number):
            self._delete("proof", number, request.notice.destination_number, request.notice.original_message_id)

    def _make_room(self, number: str, verdict: Verdict) -> None:
        """What is kept of a number is bounded, and so is what is asked about it."""
        if verdict.let_go is None:
            return
        self.requests.drop(key_of(number, *verdict.let_go))
        self._delete("complaint", number, *verdict.let_go)
        self._delete("proof", number, *verdict.let_go)
        self._changed()

    def _delete(self, kind: str, number: str, handset: str, message_id: str) -> None:
        self._store.delete(kind, key_of(number, handset, message_id))
        self._store.delete(kind, f"{number}/{message_id}")  # as versions before this one wrote it

    def next_due(self) -> datetime | None:
        """When the next term ends."""
        return self.requests.next_due()

    def upkeep(self) -> None:
        """Suspend the numbers whose owner did not answer in time."""
        for request in self.requests.fall_due(self._clock.now()):
            self._put(request)
            notice = request.notice
            self._suspend(
                notice.source_number,
                f"no proof of opt-in for message {notice.original_message_id} to {notice.destination_number}"
                f" until {request.due:%Y-%m-%d %H:%M} UTC",
            )

    def _put(self, request: ProofRequest) -> None:
        self._store.put("proof", request.key, msgspec.json.encode(request))
        self._changed()
