"""Numbers that annoy people are flagged, then silenced."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.compliance import (
    AUDIENCE_MAX,
    COMPLAINTS_KEPT_MAX,
    Compliance,
    ComplianceSettings,
    Notice,
    OptOutRate,
    UnreadableSpamReport,
    Verdict,
    parse_spam_report,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER, OTHER = "14155550100", "14155550101"


def handset(index: int) -> str:
    return f"1206555{index:04d}"


def after_messaging(count: int, settings: ComplianceSettings | None = None) -> Compliance:
    compliance = Compliance(settings or ComplianceSettings())
    for index in range(count):
        compliance.messaged(NUMBER, handset(index), NOW)
    return compliance


def complaint(index: int, *, at: datetime = NOW) -> Notice:
    return Notice(
        source_number=NUMBER, destination_number=handset(index), timestamp=at, original_message_id=f"m{index}"
    )


def test_a_number_that_nobody_says_stop_to_forgets_whom_it_wrote_to_before_the_window() -> None:
    compliance = Compliance(ComplianceSettings())
    for day in range(100):
        for index in range(300):
            compliance.messaged(NUMBER, f"1{day:03}{index:07}", NOW + day * DAY)

    assert 300 <= len(compliance) <= 1_300


@pytest.mark.parametrize(
    ("audience", "opted_out", "flag", "suspend"),
    [
        (100, 4, False, False),
        (100, 5, True, False),
        (100, 9, True, False),
        (100, 10, True, True),
        (20, 1, True, False),
        (20, 2, True, True),
        (19, 19, False, False),
        (1, 1, False, False),
    ],
)
def test_five_in_a_hundred_flag_and_ten_suspend(audience: int, opted_out: int, flag: bool, suspend: bool) -> None:
    compliance = after_messaging(audience)

    verdict = [compliance.opted_out(NUMBER, handset(index), NOW) for index in range(opted_out)][-1]

    assert (verdict.flag, verdict.suspend) == (flag, suspend)
    assert bool(verdict.reason) == flag


def test_a_verdict_says_why() -> None:
    compliance = after_messaging(40)
    compliance.opted_out(NUMBER, handset(0), NOW)

    flagged = compliance.opted_out(NUMBER, handset(1), NOW)

    assert flagged.reason == "2 of 40 handsets (5.0%) opted out of 14155550100 within 24 h; 5% flags a number"


def test_a_handset_counts_once_however_often_it_is_messaged_or_says_stop() -> None:
    compliance = after_messaging(30)
    for _ in range(5):
        compliance.messaged(NUMBER, handset(0), NOW)
        compliance.opted_out(NUMBER, handset(0), NOW)

    assert compliance.opt_out_rate(NUMBER, NOW) == OptOutRate(opted_out=1, messaged=30)


def test_a_stop_from_a_stranger_does_not_count() -> None:
    compliance = after_messaging(30)

    compliance.opted_out(NUMBER, handset(99), NOW)

    assert compliance.opt_out_rate(NUMBER, NOW).opted_out == 0


def test_numbers_are_counted_apart() -> None:
    compliance = after_messaging(30)

    compliance.opted_out(NUMBER, handset(0), NOW)

    assert compliance.opt_out_rate(OTHER, NOW) == OptOutRate(opted_out=0, messaged=0)
    assert compliance.opt_out_rate(OTHER, NOW).share == 0.0


def test_what_is_a_day_old_no_longer_counts() -> None:
    compliance = after_messaging(30)
    compliance.messaged(NUMBER, handset(1), NOW + 23 * HOUR)
    compliance.opted_out(NUMBER, handset(0), NOW + 23 * HOUR)

    rate = compliance.opt_out_rate(NUMBER, NOW + DAY)

    assert rate == OptOutRate(opted_out=0, messaged=1)


def test_an_old_stop_does_not_count_for_a_handset_messaged_since() -> None:
    compliance = after_messaging(30)
    compliance.opted_out(NUMBER, handset(0), NOW)
    compliance.messaged(NUMBER, handset(0), NOW + 23 * HOUR)

    assert compliance.opt_out_rate(NUMBER, NOW + DAY) == OptOutRate(opted_out=0, messaged=1)


def test_a_complaint_of_a_day_ago_needs_no_proof_any_more() -> None:
    compliance = Compliance(ComplianceSettings())
    old, new = replace(complaint(0), timestamp=NOW), replace(complaint(1), timestamp=NOW + DAY)
    compliance.complain(old)
    compliance.complain(new)

    assert compliance.must_prove(new) == ()
    assert compliance.forget(NUMBER) == tuple(
        (each.destination_number, each.original_message_id) for each in (old, new)
    )


def test_a_forgotten_number_starts_anew() -> None:
    compliance = after_messaging(30)
    compliance.opted_out(NUMBER, handset(0), NOW)
    compliance.complain(complaint(0))

    compliance.forget(NUMBER)

    assert compliance.opt_out_rate(NUMBER, NOW) == OptOutRate(opted_out=0, messaged=0)
    assert compliance.complaints(NUMBER, NOW) == 0


def test_only_so_many_handsets_are_remembered() -> None:
    compliance = after_messaging(1)
    compliance.opted_out(NUMBER, handset(0), NOW)
    for index in range(AUDIENCE_MAX):
        compliance.messaged(NUMBER, f"1{index:010d}", NOW)

    assert compliance.opt_out_rate(NUMBER, NOW) == OptOutRate(opted_out=0, messaged=AUDIENCE_MAX)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.booleans()), max_size=60))
def test_the_rate_is_what_counting_everything_anew_gives(events: list[tuple[int, int, bool]]) -> None:
    compliance = Compliance(ComplianceSettings())
    now, messaged, stopped = NOW, dict[str, datetime](), dict[str, datetime]()
    for hours, index, stops in events:
        now += hours * HOUR
        if not stops:
            compliance.messaged(NUMBER, handset(index), now)
            messaged[handset(index)] = now
        else:
            compliance.opted_out(NUMBER, handset(index), now)
            if messaged.get(handset(index), NOW - 9 * DAY) > now - DAY:
                stopped[handset(index)] = now

    audience = {each for each, moment in messaged.items() if moment > now - DAY}
    out = {each for each, moment in stopped.items() if moment > now - DAY}
    assert compliance.opt_out_rate(NUMBER, now) == OptOutRate(opted_out=len(audience & out), messaged=len(audience))


def test_the_third_complaint_in_a_day_suspends() -> None:
    compliance = after_messaging(0)

    verdicts = [compliance.complain(complaint(index)) for index in range(3)]

    assert verdicts[:2] == [Verdict(), Verdict()]
    assert verdicts[2] == Verdict(
        suspend=True,
        flag=True,
        reason="3 complaints to 7726 about 14155550100 within 24 h; 3 suspend a number",
    )


def test_the_same_complaint_told_twice_counts_once() -> None:
    compliance = after_messaging(0)

    verdicts = [compliance.complain(complaint(1)) for _ in range(5)]

    assert not any(verdict.suspend for verdict in verdicts)
    assert compliance.complaints(NUMBER, NOW) == 1


def test_complaints_about_messages_of_other_days_do_not_add_up() -> None:
    compliance = after_messaging(0)

    verdicts = [compliance.complain(complaint(index, at=NOW + index * 13 * HOUR)) for index in range(6)]

    assert not any(verdict.suspend for verdict in verdicts)


def test_a_late_complaint_about_an_old_message_does_not_hide_the_new_ones() -> None:
    compliance = after_messaging(0)
    compliance.complain(complaint(0))
    compliance.complain(complaint(1))
    compliance.complain(complaint(2, at=NOW - 3 * DAY))

    assert compliance.complain(complaint(3)).suspend


def test_a_flood_of_complaints_is_bounded() -> None:
    compliance = after_messaging(0)
    let_go = [compliance.complain(complaint(index)).let_go for index in range(COMPLAINTS_KEPT_MAX + 5)]

    first = [(each.destination_number, each.original_message_id) for each in map(complaint, range(5))]
    assert let_go == [None] * COMPLAINTS_KEPT_MAX + first
    assert compliance.complaints(NUMBER, NOW) == COMPLAINTS_KEPT_MAX


def test_a_threshold_that_could_not_be_reached_is_refused() -> None:
    with pytest.raises(ValueError, match="complaints_max"):
        ComplianceSettings(complaints_max=COMPLAINTS_KEPT_MAX + 1)


def test_thresholds_are_settings() -> None:
    settings = ComplianceSettings(complaints_max=1, audience_min=1, opt_out_suspend_share=0.5, window_s=60)
    compliance = after_messaging(2, settings)

    assert compliance.complain(complaint(0)).suspend
    assert compliance.opted_out(NUMBER, handset(0), NOW).suspend


def test_a_spam_report_is_read() -> None:
    notice = parse_spam_report(
        "7726 report source:14155550100 destination:12065550100 date:2026-11-22T01:25:00.5Z id:tm-0000A1\n"
    )

    assert notice == Notice(
        source_number="14155550100",
        destination_number="12065550100",
        timestamp=datetime(2026, 11, 22, 1, 25, 0, 500000, tzinfo=UTC),
        original_message_id="tm-0000A1",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("this is spam!", "is 'this is spam!', expected '7726 report source:"),
        ("7726 report source:1 destination:2 date:2026-11-22T01:25:00Z", "expected '7726 report source:"),
        (
            f"7726 report source:1 destination:2 date:2026-11-22T01:25:00Z id:{'a' * 65}",
            "expected '7726 report source:",
        ),
        ("7726 report source:x destination:2 date:2026-11-22T01:25:00Z id:1", "expected '7726 report source:"),
        ("7726 report source:1 destination:2 date:yesterday id:1", "has date 'yesterday', expected ISO 8601"),
        ("7726 report source:1 destination:2 date:2026-11-22T01:25:00 id:1", "without a zone, expected a Z"),
        ("7726 report source:1 destination:2 date:0001-01-01T00:00:00Z id:1", "expected one from 1992 to 9998"),
        ("7726 report source:1 destination:2 date:0001-01-01T00:00:00+14:00 id:1", "expected one from 1992 to 9998"),
        ("7726 report source:1 destination:2 date:9999-12-31T23:59:59-14:00 id:1", "expected one from 1992 to 9998"),
    ],
)
def test_a_report_in_another_form_is_refused_with_what_was_found(text: str, message: str) -> None:
    with pytest.raises(UnreadableSpamReport) as refused:
        parse_spam_report(text)

    assert message in str(refused.value)
