"""Invariants about sending: what is too fast or too often, and what a carrier, a wire or a restart excuses."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.journals import ANA, BEN, LONGCODE, SHORTCODE, Story, good, octets, submit_sm
from lab.verdicts import TERMS, broken_by, told_but_refused, what
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, EsmClass
from powerpack_gateway.callbacks import SILENT
from powerpack_gateway.store.sqlite import GROUP_GAP_S


@pytest.mark.parametrize(("moment", "names"), [(4.0, []), (3.99, ["within_rate"])])
def test_a_token_comes_when_it_comes_and_not_a_moment_earlier(moment: float, names: list[str]) -> None:
    story = Story().submit(LONGCODE, BEN, "1.", 3).submit(LONGCODE, BEN, "2.", 4).add("", moment)

    assert broken_by(story.submit(LONGCODE, BEN, "3.", 5)) == names


def test_a_number_may_send_what_its_bucket_holds() -> None:
    story = good().submit(LONGCODE, ANA, "2.", 3).add("", 4.0).submit(LONGCODE, ANA, "3.", 4)

    assert broken_by(story) == []


def test_what_a_carrier_refused_may_be_submitted_again() -> None:
    story = good().add("", 60.0).submit(LONGCODE, ANA, "2.", 3).respond("", 3, CommandStatus.ESME_RTHROTTLED)

    assert broken_by(story.add("", 90.0).submit(LONGCODE, ANA, "2.", 4).respond("a2", 4)) == []


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
    assert broken_by(story()) == []
    assert broken_by(story(), replace(TERMS, repeats=False)) == ["no_duplicates"]


def test_an_answer_that_does_not_come_in_time_is_none() -> None:
    patient, hasty = _again_after(_unanswered(), 60.0), _again_after(_unanswered(), 59.0)

    assert broken_by(patient) == []
    assert broken_by(hasty) == ["no_duplicates"]
    assert "was waited for 59.000 s only" in what(hasty)


@pytest.mark.parametrize("later_s", [0.003, 8.0])
def test_an_answer_that_was_written_down_before_the_gateway_died_counts(later_s: float) -> None:
    story = _unanswered().respond("a2", 3).add("scenario.gateway_down", 1.0 + later_s, down_s=5.0, killed=True)

    assert broken_by(_again_after(story, 5.0)) == ["no_duplicates"]


def test_the_same_text_from_another_number_is_a_duplicate_too() -> None:
    story = good().add("", 60.0).submit(SHORTCODE, ANA, sequence=3).respond("a2", 3)

    assert broken_by(story) == ["no_duplicates"]


def test_what_was_final_and_not_yet_written_may_come_again() -> None:
    story = good().add("scenario.gateway_down", down_s=5.0, killed=True).stages("u1", "DELIVERED")

    assert broken_by(story) == []
    assert broken_by(story.stages("u1", "DELIVERED")) == ["conserved"]


def test_a_limit_that_a_carrier_measured_is_a_limit() -> None:
    blocked = {"carrier": "tmobile", "verdict": "9802", "source": LONGCODE, "destination": ANA}
    capped = good().add("carrier.blocked", rule="limit: brand per pacific day", **blocked)

    assert broken_by(capped) == ["within_rate"]
    assert "over the limit brand per pacific day of tmobile" in what(capped)
    assert broken_by(good().add("carrier.blocked", rule="content: shaft", **blocked)) == []


def test_a_reason_excuses_another_number() -> None:
    reasons = ("sticky sender: 14155550180 is no longer in the pool", "number priority: shortcode")
    story = good().add("number.selected", uuid="u2", number=SHORTCODE, destination=ANA, reasons=reasons)

    assert broken_by(story) == []


def _given_up(tries: int) -> Story:
    story = told_but_refused().told("u1", *["delivered"] * (tries - 1), answer=503)
    return story.add("callback.gave_up", params={"MessageUUID": "u1", "Status": "delivered"})


def test_a_callback_that_was_given_up_after_all_its_tries_is_excused() -> None:
    assert broken_by(_given_up(4)) == []
    assert broken_by(_given_up(3)) == ["told"]


def test_a_callback_that_was_given_up_in_line_is_excused_where_its_receiver_is_slower_than_a_try() -> None:
    gave_up = {"params": {"MessageUUID": "u1", "Status": "delivered"}, "reason": f"{SILENT} for 435 s"}
    story = good().without("webhook.received").told("u1", "queued", "sent").add("callback.gave_up", **gave_up)

    assert broken_by(story) == ["told"]
    assert broken_by(story, replace(TERMS, is_silent=True)) == []


@pytest.mark.parametrize(("down_after_s", "is_owed"), [(GROUP_GAP_S / 2, False), (1.0, True)])
def test_an_end_that_a_kill_undid_is_owed_to_nobody(down_after_s: float, *, is_owed: bool) -> None:
    story = good().without("webhook.received").without("message.stage").told("u1", "queued")
    story.add("message.stage", 10.0, uuid="u1", stage="FAILED").add("scenario.gateway_down", 10.0 + down_after_s)
    story.stages("u1", "SENT", "DELIVERED")

    assert ("told" in broken_by(story.told("u1", "sent", "delivered"))) is is_owed


def test_a_lost_receipt_is_no_excuse_for_a_message_without_an_end() -> None:
    story = Story().add("message.accepted", uuid="u1", source=LONGCODE, destination=ANA, units=1)
    story.submit(LONGCODE, ANA).respond().stages("u1", "SUBMITTED", "SENT")
    story.add("fault.struck", carrier="att", fault="lose_receipt-1", message_id="a1")

    assert broken_by(story) == ["conserved"]


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

    assert broken_by(in_time) == []
    assert broken_by(in_time.submit(LONGCODE, ANA, "Now 1.", 30).submit(LONGCODE, ANA, "Now 2.", 31)) == []
    assert broken_by(_arriving_together(20.0, 100.0)) == []


def test_a_stall_is_no_excuse_for_what_was_sent_too_fast() -> None:
    hasty = _arriving_together(50.0, 57.0)

    assert broken_by(hasty) == ["within_rate"]
    assert f"a segment of {LONGCODE} was sent 2.250 s too early for att" in what(hasty)


def test_a_wire_that_is_only_a_little_late_excuses_nothing() -> None:
    story = good()
    for n, sent_at in enumerate((8.0, 12.0, 16.0)):
        raw = submit_sm(LONGCODE, BEN, f"Late {n}.", 10 + n)
        story.add("", sent_at).pdu("gateway", ">", raw).add("", 16.2).pdu("carrier", "<", raw)
    late = broken_by(story)
    story = good()
    raws = [submit_sm(LONGCODE, BEN, f"Late {n}.", 10 + n) for n in range(3)]
    for raw in raws:
        story.add("", 8.0).pdu("gateway", ">", raw)
    for raw in raws:
        story.add("", 8.2).pdu("carrier", "<", raw)

    assert late == []
    assert broken_by(story) == ["within_rate"]


def test_a_number_that_left_is_no_reason_unless_somebody_named_it() -> None:
    other = {"uuid": "u2", "number": SHORTCODE, "destination": ANA, "reasons": ("number priority: shortcode",)}
    suspended = good().add("number.suspended", number=LONGCODE, reason="")

    assert broken_by(suspended.add("number.selected", **other)) == ["sticky"]

    refused = good().add("message.refused", why=f"sticky sender: {LONGCODE} is suspended; shortcode: no number")
    assert broken_by(refused.add("number.selected", **other)) == []
    again = refused.add("number.selected", **{**other, "number": LONGCODE})  # known again since it was named
    assert broken_by(again) == ["sticky"]


def test_that_another_number_was_named_is_no_reason() -> None:
    other = {"uuid": "u2", "number": SHORTCODE, "destination": ANA, "reasons": ("number priority: shortcode",)}
    refused = good().add("message.refused", why="sticky sender: 12065550199 is suspended")

    assert broken_by(refused.add("number.selected", **other)) == ["sticky"]


def _answered_after(seconds: float, *, link: str = "att#1") -> Story:
    """A handset's text that came to the gateway, and its answer, which the carrier has given up."""
    asked = octets(CommandId.deliver_sm, 7, source_addr=ANA, destination_addr=LONGCODE, short_message=b"Hi")
    answer = octets(CommandId.deliver_sm_resp, 7)
    story = good().pdu("carrier", ">", asked).add("", 70.0).pdu("gateway", "<", asked)
    story.add("", 70.0 + seconds).pdu("gateway", ">", answer)
    return story.add("carrier.unexpected_response", link=link, raw=answer)


def test_only_the_wire_may_be_late_with_an_answer() -> None:
    assert broken_by(_answered_after(0.002)) == []
    assert broken_by(_answered_after(2.0)) == ["accountable"]


def test_each_side_counts_its_own_links() -> None:
    """A gateway that was killed calls its next link the first, and the carrier calls it the second."""
    assert broken_by(_answered_after(0.002, link="att#2")) == []
    assert broken_by(_answered_after(0.002, link="verizon#1")) == ["accountable"]


def test_an_answer_that_comes_too_late_is_excused_and_one_that_nobody_asked_for_is_not() -> None:
    late = octets(CommandId.deliver_sm_resp, 7)
    unasked = octets(CommandId.deliver_sm_resp, 8)
    twice = good().stop(LONGCODE, ANA).pdu("gateway", ">", late)

    assert broken_by(good().stop(LONGCODE, ANA).add("carrier.unexpected_response", link="att#1", raw=late)) == []
    assert broken_by(good().add("carrier.unexpected_response", link="att#1", raw=unasked)) == ["accountable"]
    assert broken_by(twice.add("carrier.unexpected_response", link="att#1", raw=late)) == ["accountable"]


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

    assert broken_by(story) == names


# What faults of the wire excuse


def test_a_stop_that_is_no_pdu_binds_nobody_and_breaks_no_oracle() -> None:
    spoilt = octets(CommandId.deliver_sm, 7, source_addr=ANA, destination_addr=LONGCODE, short_message=b"STOP")[:-9]
    story = good().deliver(spoilt).pdu("gateway", ">", octets(CommandId.deliver_sm_resp, 7))

    assert broken_by(story.submit(LONGCODE, ANA, "2.", 3)) == []


@pytest.mark.parametrize(
    ("fault", "broken"), [("truncated_pdu-1", []), ("unknown_pdu-12", []), ("throttle-1", ["accountable"])]
)
def test_what_a_fault_has_spoilt_is_not_the_gateways_fault(fault: str, broken: list[str]) -> None:
    story = good().add("fault.struck", carrier="att", fault=fault).add("gateway.bad_pdu", route="att", reason="?")

    assert broken_by(story) == broken


def test_what_comes_before_a_lost_answer_to_a_bind_has_no_place_and_is_excused() -> None:
    early = {"route": "att", "reason": "deliver_sm has no place in state BINDING: answered ESME_RINVBNDSTS"}
    story = good().add("fault.struck", carrier="att", fault="mute-1", link="att#3").add("gateway.bad_pdu", **early)

    assert broken_by(story) == []
    assert broken_by(story.add("gateway.bad_pdu", **{**early, "route": "verizon"})) == ["accountable"]


@pytest.mark.parametrize(
    ("quirks", "broken"),
    [
        ({"has_overlong_tlv": True}, []),
        ({"place": "nowhere", "tlvs": ["message_state"]}, []),
        ({"fields": ["stat"], "tlvs": []}, []),
        ({"place": "nowhere"}, ["accountable"]),
        ({"tlvs": []}, ["accountable"]),
        ({"id_form": "decimal"}, ["accountable"]),
    ],
)
def test_a_receipt_that_nobody_can_read_excuses_what_is_not_read(quirks: dict[str, object], broken: list[str]) -> None:
    story = good().add("fault.added", carrier="att", fault="receipt_quirk-1", config={"quirks": quirks})
    bad = {"carrier": "att", "error": "names no message"}

    assert (
        broken_by(story.add("fault.struck", carrier="att", fault="receipt_quirk-1").add("receipt.unreadable", **bad))
        == broken
    )


def test_what_no_fault_spoils_is_told_behind_a_fault_as_well() -> None:
    story = good().add("fault.struck", carrier="att", fault="garbage-1").add("store.failed", error="?")

    assert broken_by(story) == ["accountable"]


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

    assert broken_by(story.stages("u1", "DELIVERED")) == []


def test_behind_a_generic_nack_only_its_handset_is_excused() -> None:
    story = _nacked().add("message.accepted", uuid="u2", source=LONGCODE, destination=BEN, units=1)
    story.stages("u2", "SENT", "DELIVERED").add("message.receipt", uuid="u2", carrier="att", id="a3", state="DELIVERED")

    assert broken_by(story) == ["conserved"]
