"""Proof of opt-in: after several complaints a sender has to show that each of these people asked for its messages.

Seed 002, Consumer complaints: for the messages that were complained about, a proof of consent, and an overview of the
campaign and of its opt-in. The term is not Plivo's, which prints none; Bandwidth gives 24 h (facts/carriers.md 4.7).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from powerpack_gateway.compliance import Notice
from powerpack_gateway.errors import BadRequest, NotFound


class ProofStatus(StrEnum):
    """How far a request is."""

    OPEN = "open"
    SUBMITTED = "submitted"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the sender says. ``method`` is how consent was given (web form, keyword, paper)."""

    method: str
    opted_in_at: datetime
    campaign: str
    opt_in_process: str
    ip_address: str = ""
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRequest:
    """One complaint's request; it has to be answered before ``due``."""

    notice: Notice
    asked_at: datetime
    due: datetime
    proof: Proof | None = None
    is_overdue: bool = False

    @property
    def key(self) -> str:
        """The number, the person and the message: two carriers may give two messages one id."""
        return key_of(self.notice.source_number, self.notice.destination_number, self.notice.original_message_id)

    @property
    def status(self) -> ProofStatus:
        """A proof that comes late is a proof; what it brought about is the operator's to lift."""
        if self.proof is not None:
            return ProofStatus.SUBMITTED
        return ProofStatus.OVERDUE if self.is_overdue else ProofStatus.OPEN


def key_of(number: str, handset: str, message_id: str) -> str:
    """What names a complaint, and the request for its proof."""
    return f"{number}/{handset}/{message_id}"


class ProofRequests:
    """Every request. Methods that change one return it, to be stored."""

    def __init__(self, requests: Iterable[ProofRequest] = ()) -> None:
        self._by_key = {each.key: each for each in requests}

    def __iter__(self) -> Iterator[ProofRequest]:
        return iter(self._by_key.values())

    def ask(self, notices: Iterable[Notice], *, now: datetime, due: datetime) -> list[ProofRequest]:
        """Ask about every complaint that nobody asked about yet."""
        asked = [ProofRequest(notice=each, asked_at=now, due=due) for each in notices]
        new = [each for each in asked if each.key not in self._by_key]
        self._by_key |= {each.key: each for each in new}
        return new

    def about(self, number: str, message_id: str, handset: str = "") -> ProofRequest:
        """The request about a message, of those to this handset if one is named. Raises NotFound, and BadRequest where
        several people complained about messages with one id."""
        found = [
            each
            for each in self
            if (each.notice.source_number, each.notice.original_message_id) == (number, message_id)
            and handset in ("", each.notice.destination_number)
        ]
        if not found:
            to = f" to {handset}" if handset else ""
            raise NotFound(f"nobody asked for a proof about message {message_id}{to}")
        if len(found) > 1:
            people = ", ".join(each.notice.destination_number for each in found)
            raise BadRequest(f"several messages have the id {message_id}: name one by its destination_number, {people}")
        return found[0]

    def hand_in(self, request: ProofRequest, proof: Proof) -> ProofRequest:
        """The sender answers; raises BadRequest for consent that came after the message."""
        if proof.opted_in_at > request.notice.timestamp:
            raise BadRequest(
                f"opted_in_at is {proof.opted_in_at.isoformat()}, expected a time before the complaint"
                f" ({request.notice.timestamp.isoformat()})"
            )
        return self._keep(replace(request, proof=proof))

    def drop(self, key: str) -> None:
        """Its complaint had to make room."""
        self._by_key.pop(key, None)

    def fall_due(self, now: datetime) -> list[ProofRequest]:
        """The requests whose term ended without an answer, each once."""
        late = [each for each in self if each.status is ProofStatus.OPEN and now >= each.due]
        return [self._keep(replace(each, is_overdue=True)) for each in late]

    def next_due(self) -> datetime | None:
        """When the next term ends, or None."""
        return min((each.due for each in self if each.status is ProofStatus.OPEN), default=None)

    def forget(self, number: str) -> list[ProofRequest]:
        """The operator settled everything about a number."""
        settled = [each for each in self if each.notice.source_number == number]
        for each in settled:
            del self._by_key[each.key]
        return settled

    def _keep(self, request: ProofRequest) -> ProofRequest:
        self._by_key[request.key] = request
        return request
