"""Invariants: a good journal passes, and each doctored one breaks exactly what it should."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.journals import ANA, BEN, LONGCODE, SHORTCODE, Story, good, octets, submit_sm
from powerpack_carriers.profile import Rate
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, EsmClass
from powerpack_gateway.numbers import NumberType
from powerpack_lab.invariant import VIOLATIONS_MAX, Terms
from powerpack_lab.invariants import ALL, NAMES, Oracle, check
from powerpack_lab.observed import Observed

TERMS = Terms(
    numbers={LONGCODE: "US", SHORTCODE: "US"},
    without_mms=frozenset({SHORTCODE}),
    rates={("att", NumberType.LONGCODE): Rate(per_second=0.25, burst=2)},
)


def _broken(story: Story, terms: Terms = TERMS) -> list[str]:
    return [name for name, violations in check(story.events, terms).items() if violations]


def _what(story: Story, terms: Terms = TERMS) -> str:
    return "\n".join(str(each) for violations in check(story.events, terms).values() for each in violations)


def test_a_good_journal_breaks_nothing() -> None:
    assert _broken(good()) == []


def test_an_empty_journal_breaks_nothing() -> None:
    assert _broken(Story()) == []


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


def _told_but_refused() -> Story:
    return good().without("webhook.received").told("u1", "queued", "sent").told("u1", "delivered", answer=503)


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
        (_told_but_refused, ["told"]),
        (_signed_once_for_all_tries, ["told"]),
        (_undocumented, ["accountable"]),
        (_without_reason, ["accountable"]),
        (_swallowed, ["accountable"]),
        (_server_error, ["accountable"]),
    ],
)
def test_a_doctored_journal_breaks_its_invariant(doctored: Callable[[], Story], names: list[str]) -> None:
    assert _broken(doctored()) == names


@pytest.mark.parametrize(
    ("status", "repeats", "names"), [(0, True, []), (4006, False, []), (0, False, ["no_duplicates"])]
)
def test_an_mms_is_submitted_again_where_that_is_promised(status: int, repeats: bool, names: list[str]) -> None:
    story = good().mms(LONGCODE, BEN, status=status).mms(LONGCODE, BEN)

    assert _broken(story, replace(TERMS, repeats=repeats)) == names


def test_an_automatic_answer_may_follow_a_stop() -> None:
    text = "You have been unsubscribed and will not receive any more messages from this number."
    story = good().stop(LONGCODE, ANA).submit(LONGCODE, ANA, text, 3)

    assert _broken(story) == []


def test_a_stop_that_was_not_acknowledged_binds_nobody_yet() -> None:
    story = good().stop(LONGCODE, ANA)
    story.events = story.events[:-1]

    assert _broken(story.submit(LONGCODE, ANA, "2.", 3)) == []


def _stop_in_parts(*parts: int, acknowledged: bool = True) -> Story:
    """A STOP in two parts, of which these come, in this order."""
    story = good()
    for index, part in enumerate(parts):
        header = bytes((5, 0, 3, 9, 2, part))
        raw = octets(
            CommandId.deliver_sm, 20 + index, source_addr=ANA, destination_addr=LONGCODE, esm_class=EsmClass.UDHI,
            short_message=header + (b"ST", b"OP")[part - 1],
        )  # fmt: skip
        story.deliver(raw)
        if acknowledged:
            story.pdu("gateway", ">", octets(CommandId.deliver_sm_resp, 20 + index))
    return story


@pytest.mark.parametrize(("parts", "is_stop"), [((1, 2), True), ((2, 1), True), ((1,), False), ((1, 1), False)])
def test_a_stop_in_parts_counts_when_all_of_it_was_acknowledged(parts: tuple[int, ...], is_stop: bool) -> None:
    later = _stop_in_parts(*parts).submit(LONGCODE, ANA, "2.", 3)
    unheard = _stop_in_parts(*parts, acknowledged=False).submit(LONGCODE, ANA, "2.", 3)

    assert _broken(later) == (["silent_after_stop"] if is_stop else [])
    assert _broken(unheard) == []


@pytest.mark.parametrize(
    ("text", "status", "names"),
    [("Stop.", 1000, ["silent_after_stop"]), ("Stop.", 3000, []), ("Stop it!", 1000, []), ("", 1000, [])],
)
def test_a_stop_by_mms_counts_when_it_was_taken(text: str, status: int, names: list[str]) -> None:
    story = good().add(
        "mm7", None, side="carrier", link="att", direction=">", operation="message", status=status, message_id="m",
        problem="", source=ANA, destination=LONGCODE, text=text,
    )  # fmt: skip

    assert _broken(story.submit(LONGCODE, ANA, "2.", 3)) == names


def test_the_same_id_at_two_carriers_is_two_ids() -> None:
    story = good().without("message.receipt")
    story.add("message.receipt", uuid="u1", carrier="tmobile", id="a1", state="DELIVERED")

    assert _broken(story) == ["conserved"]
    assert "the receipt a1 of tmobile" in _what(story)


def test_a_text_that_crossed_to_another_carrier_has_the_id_of_the_first() -> None:
    story = good().without("handset.received").without("message.receipt").without("message.stage")
    story = story.without("webhook.received").stages("u1", "SUBMITTED", "SENT")
    story.add("carrier.interconnect", source="att", target="tmobile", message_id="a1")
    story.add("handset.received", number=ANA, carrier="tmobile", source=LONGCODE, message_ids=("a1",))
    story.add("message.receipt", uuid="u1", carrier="att", id="a1", state="DELIVERED").stages("u1", "DELIVERED")

    assert _broken(story.told("u1", "queued", "sent", "delivered")) == []


def test_after_start_one_may_write_again() -> None:
    story = good().stop(LONGCODE, ANA).add("suppression.lifted", number=LONGCODE, handset=ANA, entries=2)

    assert _broken(story.submit(LONGCODE, ANA, "2.", 3)) == []


@pytest.mark.parametrize(("moment", "names"), [(4.0, []), (3.99, ["within_rate"])])
def test_a_token_comes_when_it_comes_and_not_a_moment_earlier(moment: float, names: list[str]) -> None:
    story = Story().submit(LONGCODE, BEN, "1.", 3).submit(LONGCODE, BEN, "2.", 4).add("", moment)

    assert _broken(story.submit(LONGCODE, BEN, "3.", 5)) == names


def test_a_number_may_send_what_its_bucket_holds() -> None:
    story = good().submit(LONGCODE, ANA, "2.", 3).add("", 4.0).submit(LONGCODE, ANA, "3.", 4)

    assert _broken(story) == []


def test_what_a_carrier_refused_may_be_submitted_again() -> None:
    story = good().add("", 60.0).submit(LONGCODE, ANA, "2.", 3).respond("", 3, CommandStatus.ESME_RTHROTTLED)

    assert _broken(story.add("", 90.0).submit(LONGCODE, ANA, "2.", 4).respond("a2", 4)) == []


def _unanswered() -> Story:
    return good().submit(LONGCODE, BEN, "2.", 3)


def _again_after(story: Story, seconds: float) -> Story:
    return story.add("", story.moment + seconds).submit(LONGCODE, BEN, "2.", 4).respond("a2", 4)


def _lost_link() -> Story:
    return _again_after(_unanswered().add("gateway.disconnected", route="att", link="att#1", reason=""), 5.0)


def _killed_while_under_way() -> Story:
    return _again_after(_unanswered().add("scenario.gateway_down", down_s=5.0, killed=True), 5.0)


def _killed_before_it_was_written() -> Story:
    return _again_after(_unanswered().respond("a2", 3).add("scenario.gateway_down", down_s=5.0, killed=True), 5.0)


@pytest.mark.parametrize("story", [_lost_link, _killed_while_under_way, _killed_before_it_was_written])
def test_what_nobody_knows_may_be_repeated_if_the_policy_says_so(story: Callable[[], Story]) -> None:
    assert _broken(story()) == []
    assert _broken(story(), replace(TERMS, repeats=False)) == ["no_duplicates"]


def test_an_answer_that_does_not_come_in_time_is_none() -> None:
    patient, hasty = _again_after(_unanswered(), 60.0), _again_after(_unanswered(), 59.0)

    assert _broken(patient) == []
    assert _broken(hasty) == ["no_duplicates"]
    assert "was waited for 59.000 s only" in _what(hasty)


@pytest.mark.parametrize("later_s", [0.003, 8.0])
def test_an_answer_that_was_written_down_before_the_gateway_died_counts(later_s: float) -> None:
    story = _unanswered().respond("a2", 3).add("scenario.gateway_down", 1.0 + later_s, down_s=5.0, killed=True)

    assert _broken(_again_after(story, 5.0)) == ["no_duplicates"]


def test_the_same_text_from_another_number_is_a_duplicate_too() -> None:
    story = good().add("", 60.0).submit(SHORTCODE, ANA, sequence=3).respond("a2", 3)

    assert _broken(story) == ["no_duplicates"]


def test_what_was_final_and_not_yet_written_may_come_again() -> None:
    story = good().add("scenario.gateway_down", down_s=5.0, killed=True).stages("u1", "DELIVERED")

    assert _broken(story) == []
    assert _broken(story.stages("u1", "DELIVERED")) == ["conserved"]


def test_a_limit_that_a_carrier_measured_is_a_limit() -> None:
    blocked = {"carrier": "tmobile", "verdict": "9802", "source": LONGCODE, "destination": ANA}
    capped = good().add("carrier.blocked", rule="limit: brand per pacific day", **blocked)

    assert _broken(capped) == ["within_rate"]
    assert "over the limit brand per pacific day of tmobile" in _what(capped)
    assert _broken(good().add("carrier.blocked", rule="content: shaft", **blocked)) == []


def test_a_reason_excuses_another_number() -> None:
    reasons = ("sticky sender: 14155550180 is no longer in the pool", "number priority: shortcode")
    story = good().add("number.selected", uuid="u2", number=SHORTCODE, destination=ANA, reasons=reasons)

    assert _broken(story) == []


def _given_up(tries: int) -> Story:
    story = _told_but_refused().told("u1", *["delivered"] * (tries - 1), answer=503)
    return story.add("callback.gave_up", params={"MessageUUID": "u1", "Status": "delivered"})


def test_a_callback_that_was_given_up_after_all_its_tries_is_excused() -> None:
    assert _broken(_given_up(4)) == []
    assert _broken(_given_up(3)) == ["told"]


def test_a_lost_receipt_is_no_excuse_for_a_message_without_an_end() -> None:
    story = Story().add("message.accepted", uuid="u1", source=LONGCODE, destination=ANA, units=1)
    story.submit(LONGCODE, ANA).respond().stages("u1", "SUBMITTED", "SENT")
    story.add("fault.struck", carrier="att", fault="lose_receipt-1", message_id="a1")

    assert _broken(story) == ["conserved"]


def _arriving_together(first: float, last: float) -> Story:
    """Nine texts that were sent one by one until ``last`` and come all at 100 s, behind a stall."""
    story = good()
    raws = [submit_sm(LONGCODE, BEN, f"Late {n}.", 10 + n) for n in range(9)]
    for n, raw in enumerate(raws):
        story.add("", first + (last - first) * n / 8).pdu("gateway", ">", raw)
    story.add("", 100.0)
    for raw in raws:
        story.pdu("carrier", "<", raw)
    return story


def test_what_was_long_on_its_way_counts_when_it_was_sent() -> None:
    in_time = _arriving_together(10.0, 90.0)

    assert _broken(in_time) == []
    assert _broken(in_time.submit(LONGCODE, ANA, "Now 1.", 30).submit(LONGCODE, ANA, "Now 2.", 31)) == []
    assert _broken(_arriving_together(20.0, 100.0)) == []


def test_a_stall_is_no_excuse_for_what_was_sent_too_fast() -> None:
    hasty = _arriving_together(50.0, 57.0)

    assert _broken(hasty) == ["within_rate"]
    assert f"a segment of {LONGCODE} was sent 2.250 s too early for att" in _what(hasty)


def test_a_wire_that_is_only_a_little_late_excuses_nothing() -> None:
    story = good()
    for n, sent_at in enumerate((8.0, 12.0, 16.0)):
        raw = submit_sm(LONGCODE, BEN, f"Late {n}.", 10 + n)
        story.add("", sent_at).pdu("gateway", ">", raw).add("", 16.2).pdu("carrier", "<", raw)
    late = _broken(story)
    story = good()
    raws = [submit_sm(LONGCODE, BEN, f"Late {n}.", 10 + n) for n in range(3)]
    for raw in raws:
        story.add("", 8.0).pdu("gateway", ">", raw)
    for raw in raws:
        story.add("", 8.2).pdu("carrier", "<", raw)

    assert late == []
    assert _broken(story) == ["within_rate"]


def test_a_number_that_left_is_no_reason_unless_somebody_named_it() -> None:
    other = {"uuid": "u2", "number": SHORTCODE, "destination": ANA, "reasons": ("number priority: shortcode",)}
    suspended = good().add("number.suspended", number=LONGCODE, reason="")

    assert _broken(suspended.add("number.selected", **other)) == ["sticky"]

    refused = good().add("message.refused", why=f"sticky sender: {LONGCODE} is suspended; shortcode: no number")
    assert _broken(refused.add("number.selected", **other)) == []
    again = refused.add("number.selected", **{**other, "number": LONGCODE})  # known again since it was named
    assert _broken(again) == ["sticky"]


def test_that_another_number_was_named_is_no_reason() -> None:
    other = {"uuid": "u2", "number": SHORTCODE, "destination": ANA, "reasons": ("number priority: shortcode",)}
    refused = good().add("message.refused", why="sticky sender: 12065550199 is suspended")

    assert _broken(refused.add("number.selected", **other)) == ["sticky"]


def _answered_after(seconds: float, *, link: str = "att#1") -> Story:
    """A handset's text that came to the gateway, and its answer, which the carrier has given up."""
    asked = octets(CommandId.deliver_sm, 7, source_addr=ANA, destination_addr=LONGCODE, short_message=b"Hi")
    answer = octets(CommandId.deliver_sm_resp, 7)
    story = good().pdu("carrier", ">", asked).add("", 70.0).pdu("gateway", "<", asked)
    story.add("", 70.0 + seconds).pdu("gateway", ">", answer)
    return story.add("carrier.unexpected_response", link=link, raw=answer)


def test_only_the_wire_may_be_late_with_an_answer() -> None:
    assert _broken(_answered_after(0.002)) == []
    assert _broken(_answered_after(2.0)) == ["accountable"]


def test_each_side_counts_its_own_links() -> None:
    """A gateway that was killed calls its next link the first, and the carrier calls it the second."""
    assert _broken(_answered_after(0.002, link="att#2")) == []
    assert _broken(_answered_after(0.002, link="verizon#1")) == ["accountable"]


def test_an_answer_that_comes_too_late_is_excused_and_one_that_nobody_asked_for_is_not() -> None:
    late = octets(CommandId.deliver_sm_resp, 7)
    unasked = octets(CommandId.deliver_sm_resp, 8)
    twice = good().stop(LONGCODE, ANA).pdu("gateway", ">", late)

    assert _broken(good().stop(LONGCODE, ANA).add("carrier.unexpected_response", link="att#1", raw=late)) == []
    assert _broken(good().add("carrier.unexpected_response", link="att#1", raw=unasked)) == ["accountable"]
    assert _broken(twice.add("carrier.unexpected_response", link="att#1", raw=late)) == ["accountable"]


def _part(number: int, sequence: int, status: int = CommandStatus.ESME_ROK) -> tuple[bytes, bytes]:
    """A part of a text of two from ANA, and what the gateway answers."""
    asked = octets(
        CommandId.deliver_sm,
        sequence,
        source_addr=ANA,
        destination_addr=LONGCODE,
        esm_class=EsmClass.UDHI,
        short_message=bytes((5, 0, 3, 9, 2, number)) + b"half",
    )
    return asked, octets(CommandId.deliver_sm_resp, sequence, status)


@pytest.mark.parametrize(
    ("came", "names"),
    [
        ([(1, CommandStatus.ESME_ROK)], []),  # the other never left the phone
        ([(1, CommandStatus.ESME_ROK), (2, CommandStatus.ESME_RX_P_APPN)], []),
        ([(1, CommandStatus.ESME_ROK), (2, CommandStatus.ESME_ROK)], ["accountable"]),
        ([(n, CommandStatus.ESME_ROK) for n in (1, 2, 1)], []),  # of the next text with this reference
    ],
)
def test_a_part_counts_as_lost_when_the_gateway_had_it(came: list[tuple[int, int]], names: list[str]) -> None:
    story = good()
    for sequence, (number, status) in enumerate(came, start=20):
        asked, answer = _part(number, sequence, status)
        story.pdu("carrier", ">", asked).pdu("gateway", ">", answer)
    story.add("inbound.part_lost", source=ANA, destination=LONGCODE, reference=9, missing=[2], why="late")

    assert _broken(story) == names


def test_a_verdict_names_event_and_parties() -> None:
    story = _written_after_stop()
    wrong = next(each for each in story.events if b"Still there" in bytes(each.fields.get("raw", b"")))  # type: ignore[call-overload]

    found = _what(story)
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


# What faults of the wire excuse


def test_a_stop_that_is_no_pdu_binds_nobody_and_breaks_no_oracle() -> None:
    spoilt = octets(CommandId.deliver_sm, 7, source_addr=ANA, destination_addr=LONGCODE, short_message=b"STOP")[:-9]
    story = good().deliver(spoilt).pdu("gateway", ">", octets(CommandId.deliver_sm_resp, 7))

    assert _broken(story.submit(LONGCODE, ANA, "2.", 3)) == []


@pytest.mark.parametrize(
    ("fault", "broken"), [("truncated_pdu-1", []), ("unknown_pdu-12", []), ("throttle-1", ["accountable"])]
)
def test_what_a_fault_has_spoilt_is_not_the_gateways_fault(fault: str, broken: list[str]) -> None:
    story = good().add("fault.struck", carrier="att", fault=fault).add("gateway.bad_pdu", route="att", reason="?")

    assert _broken(story) == broken


def test_what_no_fault_spoils_is_told_behind_a_fault_as_well() -> None:
    story = good().add("fault.struck", carrier="att", fault="garbage-1").add("store.failed", error="?")

    assert _broken(story) == ["accountable"]


def _nacked() -> Story:
    """The first copy of a segment was answered with a generic_nack, the second one as it should be."""
    story = good().without("message.receipt").without("handset.received")
    again = Story()
    answered = ("submit_sm_resp", "DELIVERED")
    again.events = [
        each for each in story.events if not any(word in f"{each.kind} {each.text('stage')}" for word in answered)
    ]
    nack = octets(CommandId.generic_nack, 2, CommandStatus.ESME_RSYSERR)
    again.pdu("gateway", "<", nack).submit(LONGCODE, ANA, sequence=3).respond("a2", 3)
    return again


def test_a_generic_nack_is_a_refusal_and_what_follows_no_duplicate() -> None:
    story = _nacked().add("message.receipt", uuid="u1", carrier="att", id="a2", state="DELIVERED")

    assert _broken(story.stages("u1", "DELIVERED")) == []


def test_behind_a_generic_nack_only_its_handset_is_excused() -> None:
    story = _nacked().add("message.accepted", uuid="u2", source=LONGCODE, destination=BEN, units=1)
    story.stages("u2", "SENT", "DELIVERED").add("message.receipt", uuid="u2", carrier="att", id="a3", state="DELIVERED")

    assert _broken(story) == ["conserved"]
