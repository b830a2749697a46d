"""Complaints: when a number or a campaign has too many."""

import pytest

from powerpack_carriers.complaints import ComplaintRules, Complaints
from powerpack_carriers.verdict import Verdict

BLOCKED = Verdict(error="4772")


def _complaints(**rules: object) -> Complaints:
    return Complaints(ComplaintRules(blocked=BLOCKED, **rules))  # type: ignore[arg-type]  # the caller's


def test_a_number_is_blocked_at_its_threshold_and_not_twice() -> None:
    complaints = _complaints(per_number=3)

    blocked = [complaints.take(now, number="1206", campaign_id="", handset=str(now)) for now in range(4)]

    assert blocked == [(), (), ("1206",), ()]
    assert complaints.blocks("1206")
    assert not complaints.blocks("1207")


def test_old_complaints_do_not_count() -> None:
    complaints = _complaints(per_number=2, within_s=10)

    blocked = [complaints.take(now, number="1206", campaign_id="", handset=str(now)) for now in (0, 10, 19)]

    assert blocked == [(), (), ("1206",)]


def test_one_phone_is_one_complaint_however_often_it_reports() -> None:
    complaints = _complaints(per_number=2)

    assert [complaints.take(now, number="1206", campaign_id="", handset="ana") for now in range(50)] == [()] * 50
    assert complaints.counted() == [("1206", 1, False)]
    assert complaints.take(50, number="1206", campaign_id="", handset="ben") == ("1206",)


def test_the_latest_report_of_a_phone_counts() -> None:
    complaints = _complaints(per_number=2, within_s=10)

    reports = [(0, "ana"), (8, "ana"), (15, "ben")]

    assert [complaints.take(now, number="1", campaign_id="", handset=who) for now, who in reports] == [(), (), ("1",)]


def test_a_campaign_is_blocked_for_what_all_its_numbers_did() -> None:
    complaints = _complaints(per_campaign=2)

    blocked = [complaints.take(0, number=number, campaign_id="C1", handset=number) for number in ("1206", "1207")]

    assert blocked == [(), ("C1",)]


def test_nothing_is_blocked_without_thresholds() -> None:
    complaints = _complaints()

    assert [complaints.take(0, number="1206", campaign_id="C1", handset=str(n)) for n in range(100)] == [()] * 100


def test_who_explains_itself_begins_anew() -> None:
    complaints = _complaints(per_number=2)
    for handset in ("ana", "ben"):
        complaints.take(0, number="1206", campaign_id="", handset=handset)
    complaints.unblock("1206")
    complaints.unblock("1999")

    assert not complaints.blocks("1206")
    assert complaints.take(0, number="1206", campaign_id="", handset="ana") == ()


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ({"per_number": -1}, "per_number: found -1, expected 0 to 10000"),
        ({"per_campaign": 10_001}, "per_campaign: found 10001, expected 0 to 10000"),
        ({"within_s": 0}, "within_s: found 0, expected 1 to"),
    ],
)
def test_thresholds_have_bounds(rules: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _complaints(**rules)
