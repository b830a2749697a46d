"""Compliance: opt-out rates, complaints, proofs of opt-in, and advice. Plivo writes e-mails; the paths are ours."""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.routing import Route

from powerpack_gateway.advice import Advice
from powerpack_gateway.content import Finding, check
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.http.body import Parameters, shown
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.paging import page
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.nanp import type_of
from powerpack_gateway.number_types import TYPES
from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.proofs import Proof, ProofRequest, ProofStatus

TEXT_LENGTH_MAX = 2_000
"""Characters of one answer in a proof: a page of words."""

_STATUSES: Mapping[str, ProofStatus] = {each.value: each for each in ProofStatus}


async def list_numbers(call: Call) -> Reply:
    """How each number stands with its recipients and the carriers."""
    return page(call, call.parameters(), call.gateway.holdings.numbers, lambda each: _present_number(call, each))


async def get_number(call: Call) -> Reply:
    """How one number stands."""
    return Reply(body=_present_number(call, call.gateway.holdings.numbers[call.ids["number"]]))


async def list_complaints(call: Call) -> Reply:
    """The complaints that ask for a proof of opt-in, oldest first."""
    given = call.parameters()
    number, status = given.text("number"), given.choice("status", _STATUSES)
    found = (
        each
        for each in call.gateway.holdings.complaints.requests
        if (number is None or each.notice.source_number == number.removeprefix("+")) and status in (None, each.status)
    )
    return page(call, given, found, lambda each: _present_complaint(call, each))


async def submit_proof(call: Call) -> Reply:
    """202: how and when this person opted in, and an overview of the campaign."""
    given = call.parameters()
    proof = Proof(
        method=_words(given, "method"),
        opted_in_at=_moment(given, "opted_in_at"),
        campaign=_words(given, "campaign"),
        opt_in_process=_words(given, "opt_in_process"),
        ip_address=given.text("ip_address") or "",
        submitted_at=call.gateway.clock.now(),
    )
    key = f"{call.ids['number']}/{call.ids['message_id']}"
    return Reply(status=202, body=_present_complaint(call, await call.gateway.holdings.complaints.hand_in(key, proof)))


async def list_advice(call: Call) -> Reply:
    """What there is to say about texts and volumes, the latest first."""
    given = call.parameters()
    rule, number = given.text("rule"), given.text("number")
    found = (
        each
        for each in call.gateway.advisor
        if rule in (None, each.rule) and (number is None or each.number == number.removeprefix("+"))
    )
    return page(call, given, found, _present_advice)


async def check_text(call: Call) -> Reply:
    """What is to say about a text before it is sent: ``text``, and ``src`` or ``company`` where they are known."""
    given = call.parameters()
    text = given.required("text")
    src = (given.text("src") or "").removeprefix("+")
    kind = type_of(src) if src else NumberType.LONGCODE
    return Reply(
        body={
            "advice": [_present_finding(each) for each in check(text, company=given.text("company") or "", kind=kind)]
        }
    )


async def check_message(call: Call) -> Reply:
    """What is to say about the text of a message that was sent."""
    message = await call.gateway.message(call.ids["uuid"])
    kind = type_of(message.source) if message.source else NumberType.LONGCODE
    return Reply(body={"advice": [_present_finding(each) for each in check(message.text, kind=kind)]})


async def list_types(call: Call) -> Reply:
    """What sets long codes, toll-free numbers and short codes apart."""
    shown_types = [
        {
            "content": facts.content,
            "cost": facts.cost,
            "dequeue_per_second": facts.dequeue_per_s,
            "examples": facts.examples,
            "form": facts.form,
            "per_second": facts.per_s,
            "procurement": facts.procurement,
            "profile": facts.profile,
            "segments_a_day_max": facts.segments_a_day_max,
            "type": kind.value,
        }
        for kind, facts in TYPES.items()
    ]
    return page(call, call.parameters(), shown_types, lambda each: each)


def _words(given: Parameters, name: str) -> str:
    words = given.required(name)
    if len(words) > TEXT_LENGTH_MAX:
        raise BadRequest(f"{name} has {len(words)} characters, {TEXT_LENGTH_MAX} is the limit")
    return words


def _moment(given: Parameters, name: str) -> datetime:
    asked = given.required(name)
    try:
        moment = datetime.fromisoformat(asked)
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(asked)}, expected ISO 8601 such as 2026-11-22T01:25:00Z") from error
    if moment.tzinfo is None:
        raise BadRequest(f"{name} is {shown(asked)} without a zone, expected a Z at its end")
    return moment.astimezone(UTC)


def _present_number(call: Call, number: PhoneNumber) -> dict[str, object]:
    compliance, now = call.gateway.holdings.compliance, call.gateway.clock.now()
    rate = compliance.opt_out_rate(number.number, now)
    return {
        "complaints": compliance.complaints(number.number, now),
        "flagged": compliance.verdict(number.number, now).reason or None,
        "messaged": rate.messaged,
        "number": number.number,
        "opt_out_rate": round(rate.share, 4),
        "opted_out": rate.opted_out,
        "suspended": number.suspended,
    }


def _present_complaint(call: Call, request: ProofRequest) -> dict[str, object]:
    notice, proof = request.notice, request.proof
    return {
        "destination_number": notice.destination_number,
        "due": iso(request.due),
        "original_message_id": notice.original_message_id,
        "proof": None
        if proof is None
        else {
            "campaign": proof.campaign,
            "ip_address": proof.ip_address or None,
            "method": proof.method,
            "opt_in_process": proof.opt_in_process,
            "opted_in_at": iso(proof.opted_in_at),
            "submitted_at": iso(proof.submitted_at),
        },
        "resource_uri": call.uri("Complaint", notice.source_number, notice.original_message_id, "Proof"),
        "source_number": notice.source_number,
        "status": request.status.value,
        "timestamp": iso(notice.timestamp),
    }


def _present_advice(advice: Advice) -> dict[str, object]:
    return {
        "advice": advice.advice,
        "at": iso(datetime.fromtimestamp(advice.at, UTC)),
        "found": advice.found or None,
        "number": advice.number,
        "rule": advice.rule,
    }


def _present_finding(finding: Finding) -> dict[str, object]:
    return {"advice": finding.advice, "found": finding.found or None, "rule": finding.rule.value}


ROUTES = (
    Route("/Compliance/", list_numbers, methods=["GET"]),
    Route("/Compliance/{number}/", get_number, methods=["GET"]),
    Route("/Complaint/", list_complaints, methods=["GET"]),
    Route("/Complaint/{number}/{message_id}/Proof/", submit_proof, methods=["POST"]),
    Route("/Advice/", list_advice, methods=["GET"]),
    Route("/Advice/", check_text, methods=["POST"]),
    Route("/Message/{uuid}/Advice/", check_message, methods=["GET"]),
    Route("/NumberType/", list_types, methods=["GET"]),
)
