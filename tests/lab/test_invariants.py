"""Invariants: a good journal passes, and each doctored one breaks exactly what it should."""

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


@pytest.mark.parametrize(
    ("status", "repeats", "names"), [(0, True, []), (4006, False, []), (0, False, ["no_duplicates"])]
)
def test_an_mms_is_submitted_again_where_that_is_promised(status: int, repeats: bool, names: list[str]) -> None:
    story = good().mms(LONGCODE, BEN, status=status).mms(LONGCODE, BEN)

    assert broken_by(story, replace(TERMS, repeats=repeats)) == names


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
