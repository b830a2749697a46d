"""What a failure says led to it: the events that matter, in words, and no others."""

from dataclasses import replace

import pytest

from chaos.planted import PLANTED
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId, EsmClass, TlvTag
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_lab.chaos import run_scenario
from powerpack_lab.chaos_result import Failure, Result
from powerpack_lab.event_words import pdu_words, words_of
from powerpack_lab.report import told
from powerpack_lab.scenario_units import Bounds
from powerpack_lab.scenario_yaml import load_scenario
from powerpack_lab.violation_story import LINE_MAX, LINES_MAX


def _with(defect: str) -> Result:
    planted = PLANTED[defect]
    with pytest.MonkeyPatch.context() as patch:
        planted.plant(patch)
        return run_scenario(load_scenario(planted.scenario), 7)


def _pdu(command_id: CommandId, source: str, destination: str, esm_class: int, text: bytes) -> Pdu:
    fields: dict[str, FieldValue] = {
        "source_addr": source,
        "destination_addr": destination,
        "esm_class": esm_class,
        "short_message": text,
    }
    return Pdu(command_id=command_id, command_status=0, sequence_number=7, fields=fields)


def _first(result: Result, check: str) -> Failure:
    return next(failure for failure in result.failures if failure.check == check)


def test_a_number_that_is_too_fast_is_told_by_what_came_from_it_to_that_carrier() -> None:
    failure = _first(_with("paces nothing"), "within_rate")

    assert len(failure.story) >= 3
    assert all(" tmobile#" in line and " < submit_sm " in line for line in failure.story)
    assert all(f" {failure.about[0]} -> " in line for line in failure.story)
    assert [" s ! " in line for line in failure.story] == [False] * (len(failure.story) - 1) + [True]


def test_a_lost_receipt_is_told_with_the_fault_that_lost_it() -> None:
    result = _with("waits for ever for a lost receipt")
    failure = _first(result, "conserved")

    assert failure.story[-2].endswith("s   fault lose_receipt strikes at att")
    assert failure.story[-1].endswith("s   all is healed")
    assert sum("submit_sm " in line for line in failure.story) == 1, "other messages to the phone are another story"
    assert "and 25 more" in str(result.failures)


def test_a_wrong_count_is_told_by_the_first_message_that_makes_it_wrong() -> None:
    result = _with("takes a throttle for a refusal")
    failure = _first(result, "counts")

    assert "submit_sm_resp" in str(failure)
    assert "fails with 20: tmobile refused it with ESME_RTHROTTLED" in str(failure)
    assert f"closer: powerpack-lab chaos replay x --seed 7 --about {failure.about[0]} --pdus" in told(result, "x")


def test_too_many_of_a_count_name_the_first_and_too_few_name_none() -> None:
    scenario = load_scenario("undeliverable-numbers")
    found = run_scenario(scenario, 7).counts
    counts = {"undelivered": Bounds(low=0, high=1), "local": Bounds(low=found["accepted"] + 1)}
    result = run_scenario(replace(scenario, expect=replace(scenario.expect, counts=counts)), 7)
    many, few = result.failures

    assert f"the first is {many.about[0]}" in many.what
    assert "SENT -> UNDELIVERED" in str(many)
    assert (few.about, few.story) == ((), ())


def test_a_delay_is_told_with_the_trouble_meanwhile() -> None:
    failure = _first(_with("asks for a carrier's address once and for all"), "delivered_within")
    told = "\n".join(failure.story)

    assert told.index("DNS leads to other hosts at generic") < told.index("QUEUED -> SUBMITTED")


def test_a_suspended_number_is_told_with_its_suspension() -> None:
    failure = _first(_with("lets a suspended number through"), "capable")

    assert "number.suspended" in failure.story[-2]
    assert len(failure.story) <= LINES_MAX + 1
    assert any("more events" in line for line in failure.story)
    assert all(len(line) <= LINE_MAX for line in failure.story)


def test_a_pdu_says_which_part_and_what_a_receipt_says() -> None:
    part = _pdu(CommandId.submit_sm, "14155550180", "14155550101", EsmClass.UDHI, b"\5\0\3\x0a\5\2Story")
    text = b"id:5b sub:001 dlvrd:001 submit date:2603021700 done date:2603021700 stat:DELIVRD err:000 text:S"
    receipt = _pdu(CommandId.deliver_sm, "14155550101", "14155550180", EsmClass.DELIVERY_RECEIPT, text)

    assert pdu_words(encode(part)) == "submit_sm seq=7 14155550180 -> 14155550101 part 2 of 5 'Story'"
    assert pdu_words(encode(receipt)).endswith("14155550180 receipt id:5b stat:DELIVRD err:000")
    assert pdu_words(b"\0\0\0\x04").startswith("undecodable: ")


def test_a_pdu_says_what_is_in_message_payload() -> None:
    part = _pdu(CommandId.deliver_sm, "14155550101", "14155550180", EsmClass.UDHI, b"")
    part.tlvs += (Tlv(TlvTag.message_payload, b"\5\0\3\x0a\5\2Story"),)

    assert pdu_words(encode(part)).endswith("part 2 of 5 'Story'")


def test_what_nobody_has_words_for_is_told_with_its_fields() -> None:
    assert words_of("carrier.unheard_of", {"uuid": "x", "carrier": "att", "count": 0, "why": "w"}) == (
        "carrier.unheard_of: carrier att, why w"
    )
    assert words_of("webhook.received", {"status": "sent", "signed": False, "nonce": "", "answer": 200}) == (
        "webhook sent, NOT SIGNED; answered 200"
    )
