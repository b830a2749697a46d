"""Invariants: a good journal passes, and each doctored one breaks exactly what it should."""

import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.journals import ANA, BEN, LONGCODE, SHORTCODE, Story, good
from lab.verdicts import TERMS, broken_by, told_but_refused, what
from powerpack_lab.invariant import VIOLATIONS_MAX
from powerpack_lab.invariants import ALL, NAMES, Oracle, check
from powerpack_lab.observed import Observed


def test_a_good_journal_breaks_nothing() -> None:
    assert broken_by(good()) == []


def test_an_empty_journal_breaks_nothing() -> None:
    assert broken_by(Story()) == []


def _unfinished() -> Story:
    story = Story().add("message.accepted", uuid="u1", source=LONGCODE, destination=ANA, units=1)
    return story.stages("u1", "SUBMITTED")


def _two_ends() -> Story:
    return good().stages("u1", "FAILED")


def _out_of_nowhere() -> Story:
    return good().add("handset.received", number=BEN, carrier="att", source=LONGCODE, message_ids=("zz",))


def _read_by_another() -> Story:
    story = good().without("handset.received")
    story.submit(LONGCODE, BEN, "Other 2.", 3)
    return story.add("handset.received", number=BEN, carrier="att", source=LONGCODE, message_ids=("a1",))


def _read_by_nobody() -> Story:
    return good().without("handset.received")


def _delivered_without_a_receipt() -> Story:
    return good().without("message.receipt")


def _delivered_after_half_of_it() -> Story:
    story = good().add("message.accepted", uuid="u2", source=LONGCODE, destination=BEN, units=2)
    story.add("message.receipt", uuid="u2", carrier="att", id="a1", state="DELIVERED")
    return (
        story.add("handset.received", number=BEN, carrier="att", source=LONGCODE, message_ids=("a1",))
        .submit(LONGCODE, BEN, "2.", 3)
        .stages("u2", "DELIVERED")
    )


def _written_after_stop() -> Story:
    return good().stop(LONGCODE, ANA).submit(LONGCODE, ANA, "Still there? 2.", 3)


def _another_number_after_stop() -> Story:
    return good().stop(LONGCODE, ANA).submit(SHORTCODE, ANA, "Still there? 2.", 3)


def _selected_after_stop() -> Story:
    reasons = ("sticky sender: 14155550180 is suspended",)
    story = good().stop(LONGCODE, ANA)
    return story.add("number.selected", uuid="u2", number=SHORTCODE, destination=ANA, reasons=reasons)


def _too_fast() -> Story:
    return good().submit(LONGCODE, ANA, "2.", 3).submit(LONGCODE, ANA, "3.", 4)


def _other_number_without_reason() -> Story:
    reasons = ("number priority: shortcode",)
    return good().add("number.selected", uuid="u2", number=SHORTCODE, destination=ANA, reasons=reasons)


def _suspended() -> Story:
    return good().add("number.suspended", number=SHORTCODE, reason="").submit(SHORTCODE, BEN, "2.", 3)


def _abroad() -> Story:
    return good().submit(SHORTCODE, "14165550101", "2.", 3)


def _same_again() -> Story:
    return good().add("", 60.0).submit(LONGCODE, ANA, sequence=3).respond("a2", 3)


def _never_told() -> Story:
    return good().without("webhook.received").told("u1", "queued", "delivered")


def _told_in_disorder() -> Story:
    return good().without("webhook.received").told("u1", "sent", "queued", "delivered")


def _unsigned() -> Story:
    return good().told("u1", "delivered", signed=False)


def _signed_once_for_all_tries() -> Story:
    story = good().without("webhook.received").told("u1", "queued", answer=503, nonce="1")
    return story.told("u1", "queued", nonce="1").told("u1", "sent", "delivered")


def _undocumented() -> Story:
    return good().add("message.failed", uuid="u1", error_code="999", why="because")


def _without_reason() -> Story:
    return good().add("message.failed", uuid="u1", error_code="200", why="")


def _swallowed() -> Story:
    return good().add("loop.exception", message="", error="KeyError()")


def _server_error() -> Story:
    return good().add("api.request", method="POST", path="/", status=500)


def _mms_out_of_nowhere() -> Story:
    return good().add("handset.received_mms", number=BEN, carrier="att", source=LONGCODE, message_id="zz")


def _mms_after_stop() -> Story:
    return good().stop(LONGCODE, ANA).mms(LONGCODE, ANA)


def _mms_from_a_number_without() -> Story:
    return good().mms(SHORTCODE, BEN)


def _mms_again() -> Story:
    return good().mms(LONGCODE, BEN).mms(LONGCODE, BEN)


@pytest.mark.parametrize(
    ("doctored", "names"),
    [
        (_mms_out_of_nowhere, ["conserved"]),
        (_mms_after_stop, ["silent_after_stop"]),
        (_mms_from_a_number_without, ["capable"]),
        (_mms_again, ["no_duplicates"]),
        (_unfinished, ["conserved"]),
        (_two_ends, ["conserved", "told"]),
        (_out_of_nowhere, ["conserved"]),
        (_read_by_another, ["conserved"]),
        (_read_by_nobody, ["conserved"]),
        (_delivered_without_a_receipt, ["conserved"]),
        (_delivered_after_half_of_it, ["conserved"]),
        (_written_after_stop, ["silent_after_stop"]),
        (_another_number_after_stop, ["silent_after_stop"]),
        (_selected_after_stop, ["silent_after_stop"]),
        (_too_fast, ["within_rate"]),
        (_other_number_without_reason, ["sticky"]),
        (_suspended, ["capable"]),
        (_abroad, ["capable"]),
        (_same_again, ["no_duplicates"]),
        (_never_told, ["told"]),
        (_told_in_disorder, ["told"]),
        (_unsigned, ["told"]),
        (told_but_refused, ["told"]),
        (_signed_once_for_all_tries, ["told"]),
        (_undocumented, ["accountable"]),
        (_without_reason, ["accountable"]),
        (_swallowed, ["accountable"]),
        (_server_error, ["accountable"]),
    ],
)
def test_a_doctored_journal_breaks_its_invariant(doctored: Callable[[], Story], names: list[str]) -> None:
    assert broken_by(doctored()) == names


def test_a_suspended_number_may_answer_a_stop() -> None:
    text = "You have been unsubscribed and will not receive any more messages from this number."
    story = good().add("number.suspended", number=SHORTCODE, reason="").stop(SHORTCODE, BEN)

    assert broken_by(story.submit(SHORTCODE, BEN, text, 3)) == []


@pytest.mark.parametrize(
    ("status", "repeats", "names"), [(0, True, []), (4006, False, []), (0, False, ["no_duplicates"])]
)
def test_an_mms_is_submitted_again_where_that_is_promised(status: int, repeats: bool, names: list[str]) -> None:
    story = good().mms(LONGCODE, BEN, status=status).mms(LONGCODE, BEN)

    assert broken_by(story, replace(TERMS, repeats=repeats)) == names


def _and_another_hours_later(story: Story) -> Story:
    """A second message, so that the first is long over and what need not be kept of it was let go."""
    story.add("message.accepted", 9_000.0, uuid="u2", source=LONGCODE, destination=BEN, units=1)
    story.stages("u2", "SUBMITTED").submit(LONGCODE, BEN, "Other 2.", 3).respond("a2", 3).stages("u2", "SENT")
    story.add("handset.received", 9_001.0, number=BEN, carrier="att", source=LONGCODE, message_ids=("a2",))
    return story.add("message.receipt", uuid="u2", carrier="att", id="a2", state="DELIVERED").stages("u2", "DELIVERED")


LATE: dict[str, tuple[str, Callable[[Story], Story], str]] = {
    "the same segment": (
        "no_duplicates",
        lambda story: story.submit(LONGCODE, ANA, "Hello 1.", 4).respond("a4", 4),
        "first in event 5: event 5 was accepted",
    ),
    "another end": ("conserved", lambda story: story.stages("u1", "FAILED"), "DELIVERED, a final state, and became"),
    "another end is told": ("told", lambda story: story.told("u1", "undelivered"), "was told after delivered"),
    "a stage that is not told": ("told", lambda story: story.stages("u1", "UNDELIVERED"), "undelivered was never told"),
}


@pytest.mark.parametrize("late", LATE)
def test_what_comes_hours_after_a_message_was_over_is_still_judged(late: str) -> None:
    invariant, add, words = LATE[late]
    story = _and_another_hours_later(good())
    assert broken_by(story) == []

    add(story.add("", 18_000.0))

    assert invariant in broken_by(story)
    assert words in " ".join(each.what for each in check(story.events, TERMS)[invariant])


def test_an_id_that_comes_again_is_read_by_each_of_its_handsets() -> None:
    story = good()
    story.add("message.accepted", 60.0, uuid="u2", source=LONGCODE, destination=BEN, units=1)
    story.stages("u2", "SUBMITTED").submit(LONGCODE, BEN, "Other 2.", 3).respond("a1", 3).stages("u2", "SENT")
    story.add("handset.received", 61.0, number=BEN, carrier="att", source=LONGCODE, message_ids=("a1",))
    story.add("message.receipt", 62.0, uuid="u1", carrier="att", id="a1", state="DELIVERED")
    story.add("message.receipt", uuid="u2", carrier="att", id="a1", state="DELIVERED").stages("u2", "DELIVERED")

    assert broken_by(story.add("", 120.0).stages("u3", "SENT")) == []


def test_an_end_that_a_kill_undid_has_to_come_again() -> None:
    story = good().add("scenario.gateway_down", 1.001, down_s=1.0, killed=True)
    story.add("", 9.0).stages("u1", "SENT")

    assert broken_by(story) == ["conserved"]
    assert "u1 to 14155550101 is SENT at the end" in what(story)


def test_events_of_what_is_over_are_not_kept() -> None:
    oracle = Oracle(TERMS)
    for n in range(1, 301):
        story = Story()
        story.add("message.accepted", n * 60.0, uuid=f"u{n}", source=LONGCODE, destination=ANA, units=1)
        story.add("traffic.sent", uuid=f"u{n}", destination=ANA, text=f"Hello {n}.", callback=True)
        story.stages(f"u{n}", "SUBMITTED").submit(LONGCODE, ANA, f"Hello {n}.", n).respond(f"a{n}", n)
        story.stages(f"u{n}", "SENT")
        story.add("handset.received", number=ANA, carrier="att", source=LONGCODE, message_ids=(f"a{n}",))
        story.add("message.receipt", uuid=f"u{n}", carrier="att", id=f"a{n}", state="DELIVERED")
        for event in story.stages(f"u{n}", "DELIVERED").told(f"u{n}", "queued", "sent", "delivered").events:
            oracle.see(event)

    assert all(each.holds for each in oracle.invariants)
    kept = pickle.dumps([vars(each) for each in oracle.invariants if each.name != "within_rate"])
    assert len(kept) < 300 * 150
    assert b"Hello" not in kept


def test_the_same_id_at_two_carriers_is_two_ids() -> None:
    story = good().without("message.receipt")
    story.add("message.receipt", uuid="u1", carrier="tmobile", id="a1", state="DELIVERED")

    assert broken_by(story) == ["conserved"]
    assert "the receipt a1 of tmobile" in what(story)


def test_a_text_that_crossed_to_another_carrier_has_the_id_of_the_first() -> None:
    story = good().without("handset.received").without("message.receipt").without("message.stage")
    story = story.without("webhook.received").stages("u1", "SUBMITTED", "SENT")
    story.add("carrier.interconnect", source="att", target="tmobile", message_id="a1")
    story.add("handset.received", number=ANA, carrier="tmobile", source=LONGCODE, message_ids=("a1",))
    story.add("message.receipt", uuid="u1", carrier="att", id="a1", state="DELIVERED").stages("u1", "DELIVERED")

    assert broken_by(story.told("u1", "queued", "sent", "delivered")) == []


def test_a_verdict_names_event_and_parties() -> None:
    story = _written_after_stop()
    wrong = next(each for each in story.events if b"Still there" in bytes(each.fields.get("raw", b"")))  # type: ignore[call-overload]

    found = what(story)
    assert f"{LONGCODE} wrote to {ANA} after its STOP in event" in found
    assert f"(event {wrong.n}," in found


def test_violations_of_one_kind_are_bounded() -> None:
    story = good()
    for _ in range(VIOLATIONS_MAX * 2):
        story.add("loop.exception", message="", error="KeyError()")

    assert len(check(story.events, TERMS)["accountable"]) == VIOLATIONS_MAX


def test_an_oracle_says_when_all_is_settled() -> None:
    oracle = Oracle(TERMS)
    settled = []
    for event in good().events:
        oracle.see(event)
        settled.append(oracle.is_settled)

    assert settled[0]
    assert not any(settled[1:-1])
    assert settled[-1]


def test_each_invariant_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({*NAMES}) == len(NAMES) == 8
    assert len({each.sentence for each in ALL}) == 8


def test_an_event_reads_as_a_line() -> None:
    event = Observed(n=3, moment=1.5, kind="number.suspended", fields={"number": LONGCODE, "raw": b"x"})

    assert str(event) == f"event 3 at 1.500 s: number.suspended number={LONGCODE}"
