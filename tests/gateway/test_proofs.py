"""Proofs of opt-in: asked for once, handed in before the term, or overdue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from powerpack_gateway.compliance import Compliance, ComplianceSettings, Notice
from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.proofs import Proof, ProofRequests, ProofStatus

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DUE = NOW + timedelta(hours=24)


def notice(number: int, at: datetime = NOW) -> Notice:
    return Notice(
        source_number="12065550180",
        destination_number=f"141555501{number:02}",
        timestamp=at,
        original_message_id=f"m{number}",
    )


def proof(opted_in_at: datetime = NOW - timedelta(days=30)) -> Proof:
    return Proof(method="web form", opted_in_at=opted_in_at, campaign="codes", opt_in_process="a box", submitted_at=NOW)


def test_each_message_is_asked_about_once() -> None:
    requests = ProofRequests()
    first = requests.ask([notice(1)], now=NOW, due=DUE)
    second = requests.ask([notice(1), notice(2)], now=NOW, due=DUE)

    assert [each.key for each in first] == ["12065550180/14155550101/m1"]
    assert [each.key for each in second] == ["12065550180/14155550102/m2"]
    assert requests.next_due() == DUE


def test_a_proof_ends_the_term() -> None:
    requests = ProofRequests()
    requests.ask([notice(1)], now=NOW, due=DUE)
    answered = requests.hand_in(requests.about("12065550180", "m1"), proof())

    assert answered.status is ProofStatus.SUBMITTED
    assert requests.fall_due(DUE) == []
    assert requests.next_due() is None


def test_without_a_proof_the_term_ends_once() -> None:
    requests = ProofRequests()
    requests.ask([notice(1)], now=NOW, due=DUE)

    assert requests.fall_due(DUE - timedelta(microseconds=1)) == []
    assert [each.status for each in requests.fall_due(DUE)] == [ProofStatus.OVERDUE]
    assert requests.fall_due(DUE + timedelta(days=1)) == []
    assert requests.hand_in(requests.about("12065550180", "m1"), proof()).status is ProofStatus.SUBMITTED


def test_consent_that_came_after_the_message_is_none() -> None:
    requests = ProofRequests()
    requests.ask([notice(1)], now=NOW, due=DUE)

    with pytest.raises(BadRequest, match=r"opted_in_at is 2026-03-02T13:00:00\+00:00, expected a time before"):
        requests.hand_in(requests.about("12065550180", "m1"), proof(NOW + timedelta(hours=1)))
    with pytest.raises(NotFound, match=r"nobody asked for a proof about message m9"):
        requests.about("12065550180", "m9")


def test_two_people_whose_messages_have_one_id_are_asked_about_each() -> None:
    requests = ProofRequests()
    both = [replace(notice(number), original_message_id="1000") for number in (1, 2)]
    requests.ask(both, now=NOW, due=DUE)

    with pytest.raises(
        BadRequest, match=r"several messages have the id 1000: name one by its destination_number, 1415"
    ):
        requests.about("12065550180", "1000")
    requests.hand_in(requests.about("12065550180", "1000", "14155550102"), proof())
    with pytest.raises(NotFound, match="about message 1000 to 14155550199"):
        requests.about("12065550180", "1000", "14155550199")

    assert [each.status for each in requests] == [ProofStatus.OPEN, ProofStatus.SUBMITTED]


def test_what_is_settled_is_forgotten() -> None:
    requests = ProofRequests()
    requests.ask([notice(1)], now=NOW, due=DUE)

    assert [each.key for each in requests.forget("12065550180")] == ["12065550180/14155550101/m1"]
    assert list(requests) == []


def test_one_complaint_asks_for_no_proof_and_two_ask_for_both() -> None:
    compliance = Compliance(ComplianceSettings())

    def complain(number: int, at: datetime = NOW) -> list[str]:
        compliance.complain(notice(number, at))
        return [each.original_message_id for each in compliance.must_prove(notice(number, at))]

    assert complain(1) == []
    assert complain(2) == ["m1", "m2"]
    assert complain(3, NOW + timedelta(days=2)) == []
