"""Complaints that ask for a proof of opt-in, and the proofs. Plivo writes e-mails about it; the paths are ours."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.proofs import Proof, ProofRequest, ProofStatus

TAG = "Complaint"

Words = Annotated[str, Meta(min_length=1, max_length=2_000)]
"""One answer in a proof: at most a page of words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFilter(Paging):
    """Which complaints a list wants; ``number`` is the source."""

    number: str | None = None
    status: ProofStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofForm:
    """How and when this person opted in, and an overview of the campaign; ``opted_in_at`` is ISO 8601 with a zone.
    ``destination_number`` says who complained, where two carriers gave two messages one id."""

    method: Words
    opted_in_at: str
    campaign: Words
    opt_in_process: Words
    ip_address: Annotated[str, Meta(max_length=45)] = ""
    destination_number: Annotated[str, Meta(max_length=16)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofShown:
    """A proof that was handed in."""

    campaign: str
    ip_address: str | None
    method: str
    opt_in_process: str
    opted_in_at: str
    submitted_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintShown:
    """The notice's four facts, and how far its proof is."""

    destination_number: str
    due: str
    original_message_id: str
    proof: ProofShown | None
    resource_uri: str
    source_number: str
    status: ProofStatus
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintList:
    """Some complaints."""

    meta: ListMeta
    objects: tuple[ComplaintShown, ...]


async def list_complaints(call: Call) -> Reply:
    """The complaints that ask for a proof of opt-in, in the order in which they were asked about."""
    given = call.parameters()
    wanted = read(given, ComplaintFilter)
    number = None if wanted.number is None else wanted.number.removeprefix("+")
    found = (
        each
        for each in call.gateway.holdings.complaints.requests
        if number in (None, each.notice.source_number) and wanted.status in (None, each.status)
    )
    return page(call, given, found, lambda each: _shown(call, each))


async def submit_proof(call: Call) -> Reply:
    """Answer a complaint: how and when this person opted in."""
    form = read(call.parameters(), ProofForm)
    proof = Proof(
        method=form.method,
        opted_in_at=_moment("opted_in_at", form.opted_in_at),
        campaign=form.campaign,
        opt_in_process=form.opt_in_process,
        ip_address=form.ip_address,
        submitted_at=call.gateway.clock.now(),
    )
    complaints = call.gateway.holdings.complaints
    handset = form.destination_number.removeprefix("+")
    request = complaints.requests.about(call.ids["number"], call.ids["message_id"], handset)
    return Reply.of(_shown(call, await complaints.hand_in(request, proof)), status=202)


def _moment(name: str, asked: str) -> datetime:
    try:
        moment = datetime.fromisoformat(asked)
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(asked)}, expected ISO 8601 such as 2026-11-22T01:25:00Z") from error
    if moment.tzinfo is None:
        raise BadRequest(f"{name} is {shown(asked)} without a zone, expected a Z at its end")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadRequest(f"{name} is {shown(asked)}, which no calendar goes beyond") from error


def _shown(call: Call, request: ProofRequest) -> ComplaintShown:
    notice = request.notice
    return ComplaintShown(
        destination_number=notice.destination_number,
        due=iso(request.due),
        original_message_id=notice.original_message_id,
        proof=None if request.proof is None else _proof(request.proof),
        resource_uri=call.uri("Complaint", notice.source_number, notice.original_message_id, "Proof"),
        source_number=notice.source_number,
        status=request.status,
        timestamp=iso(notice.timestamp),
    )


def _proof(proof: Proof) -> ProofShown:
    return ProofShown(
        campaign=proof.campaign,
        ip_address=proof.ip_address or None,
        method=proof.method,
        opt_in_process=proof.opt_in_process,
        opted_in_at=iso(proof.opted_in_at),
        submitted_at=iso(proof.submitted_at),
    )


ROUTES = (
    Operation("GET", "/Complaint/", list_complaints, tag=TAG, takes=ComplaintFilter, answers={200: ComplaintList}),
    Operation(
        "POST",
        "/Complaint/{number}/{message_id}/Proof/",
        submit_proof,
        tag=TAG,
        takes=ProofForm,
        answers={202: ComplaintShown},
    ),
)
