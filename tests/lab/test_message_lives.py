"""A message's life in words: what holds it up, and what happens again and again told once."""

from datetime import UTC, datetime, timedelta

from powerpack_lab.journal import Event
from powerpack_lab.message_lives import holdup, outcome, shortfall, story

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def life(*events: tuple[str, dict[str, object]]) -> list[Event]:
    return [
        Event(n=n, at=NOON + timedelta(seconds=n), kind=kind, fields={"uuid": "u", **fields})
        for n, (kind, fields) in enumerate(events, 1)
    ]


def moved(before: str, stage: str, happened: str) -> tuple[str, dict[str, object]]:
    return "message.stage", {"before": before, "stage": stage, "input": happened}


def deferred(why: str) -> tuple[str, dict[str, object]]:
    return "message.deferred", {"carrier": "att", "why": why}


SELECTED = ("number.selected", {"number": "72345", "wait_s": 0.0, "reasons": ["number priority: shortcode is first"]})
TRY = (moved("QUEUED", "SUBMITTED", "submit"), deferred("full"), moved("SUBMITTED", "QUEUED", "defer"))


def test_what_comes_again_is_told_once_with_its_count_and_its_last_moment() -> None:
    told = story(life(SELECTED, *TRY * 5))

    lines = [line for _, line in told]
    assert lines[2:] == [
        "QUEUED -> SUBMITTED (submit)",
        "att said full: it goes again",
        "SUBMITTED -> QUEUED (defer)",
        "  the same 3 times more",
        "QUEUED -> SUBMITTED (submit)",
        "att said full: it goes again",
        "SUBMITTED -> QUEUED (defer)",
    ]
    assert told[-1][0] == NOON + timedelta(seconds=16)


def test_what_comes_three_times_is_told_three_times() -> None:
    assert len(story(life(*TRY * 3))) == 9


def test_other_words_in_between_are_not_the_same() -> None:
    tries = [event for n in range(4) for event in (TRY[0], deferred(f"full of {n}"), TRY[2])]

    assert len(story(life(*tries))) == 12


def test_what_the_carrier_said_last_holds_a_message_up_until_it_is_taken() -> None:
    waiting = life(SELECTED, *TRY, TRY[0], deferred("closed"), TRY[2], *TRY * 2)

    assert holdup(waiting) == outcome(waiting) == "att said full: it goes again (2 times)"
    assert list(shortfall(waiting)) == ["is QUEUED since 12:00:13: att said full: it goes again (2 times)"]
    taken = life(SELECTED, *TRY, moved("SUBMITTED", "SENT", "accept"))
    assert holdup(taken) == ""
    assert outcome(taken) == "number priority: shortcode is first"


def test_one_that_failed_says_of_what_and_one_that_arrived_nothing() -> None:
    failed = life(("message.failed", {"error_code": 200, "why": "STOP"}), moved("QUEUED", "FAILED", "block"))

    assert list(shortfall(failed)) == ["failed at 12:00:01 with error 200: STOP"]
    assert list(shortfall(life(moved("SENT", "DELIVERED", "deliver")))) == []
