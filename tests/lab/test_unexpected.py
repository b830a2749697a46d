"""What is found at a test's end, in journals of real labs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.planted import PLANTED
from contract_support import EPOCH, Api
from powerpack_carriers.in_parts import InParts
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab
from powerpack_lab.unexpected import SHOWN_MAX, settle, unexpected

ANA = "14155550123"


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab in virtual time."""
    with Lab(clock="virtual", epoch=EPOCH) as lab:
        yield lab


def test_a_conversation_with_stop_and_start_is_as_it_should_be(lab: Lab) -> None:
    api, phone = Api(lab), lab.handset(ANA)
    api.accept(ANA, url=lab.webhooks.url("/status"))
    phone.expect("Hello")
    phone.reply("STOP")
    api.accept(ANA, "Again")
    phone.reply("START")
    api.accept(ANA, "Hello " * 50)

    settle(lab, 600)

    assert unexpected(lab) == []


def test_who_names_another_number_after_a_stop_decides_for_himself(lab: Lab) -> None:
    api, phone = Api(lab), lab.handset(ANA)
    api.accept(ANA)
    phone.expect("Hello")
    phone.reply("STOP")
    api.accept(ANA, "From elsewhere", src="14155550181")

    settle(lab, 600)

    assert phone.texts[-1] == "From elsewhere"
    assert unexpected(lab) == []


def test_one_text_may_be_sent_twice(lab: Lab) -> None:
    api = Api(lab)
    api.accept(ANA)
    settle(lab, 600)
    api.accept(ANA)

    settle(lab, 600)

    assert lab.handset(ANA).texts == ["Hello", "Hello"]
    assert unexpected(lab) == []


def test_a_text_that_went_out_more_often_than_asked_for_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED["sends every message twice"].plant(monkeypatch)
    api = Api(lab)
    api.accept(ANA)
    api.accept(ANA)
    api.accept("14155550124", "Another")
    settle(lab, 600)

    told = [each for each in unexpected(lab) if "no_duplicates" in each]

    assert [each.rpartition("; ")[2].partition(" (")[0] for each in told] == [
        "2 segments to it were asked for, and carriers have 4",
        "1 segments to it were asked for, and carriers have 2",
    ]


def test_one_text_sent_again_and_again_in_parts_to_a_carrier_that_throttles_is_no_duplicate(lab: Lab) -> None:
    lab.carrier("att").faults.add("throttle", share=0.4)
    lab.carrier("att").faults.add("lose_response", share=0.1)
    api = Api(lab)
    for _ in range(30):
        api.accept(ANA, "Hello " * 50)
        api.accept(ANA)
    settle(lab, 3600)

    assert len(lab.handset(ANA).texts) > 20
    assert unexpected(lab) == []


def test_after_a_client_of_the_tests_own_nothing_is_judged_by_invariants(lab: Lab) -> None:
    lab.journal.record("carrier.bound", link="att#2", system_id="esme", bind="transceiver")
    lab.journal.record("message.stage", uuid="1", stage="FAILED", before="DELIVERED", input="refuse")

    assert unexpected(lab) == []


def test_a_number_that_is_too_fast_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED["paces nothing"].plant(monkeypatch)
    api = Api(lab)
    for n in range(4):
        api.accept(ANA, f"Hello {n}", src="14155550181")
    settle(lab, 600)

    told = unexpected(lab)

    assert told
    assert all("within_rate: a segment of 14155550181 arrived" in each for each in told)


def test_rates_that_a_test_gave_a_carrier_are_not_judged(tmp_path: Path) -> None:
    slow = tmp_path / "slow.toml"
    slow.write_text(
        'name = "slow"\ncountry = "US"\ndated = 2026-01-01\n\n'
        "[receipt]\ndelay_s_min = 0.1\ndelay_s_max = 0.2\n\n"
        "[throughput]\nlongcode = { per_second = 0.05, burst = 1 }\n",
        encoding="utf-8",
    )
    carriers = (CarrierConfig(name="slow", profile=str(slow)),)
    with Lab(clock="virtual", epoch=EPOCH, config=LabConfig(carriers=carriers)) as lab:
        api = Api(lab)
        for n in range(4):
            api.accept(ANA, f"Hello {n}", src="14155550181")
        settle(lab, 600)

        assert any("ESME_RTHROTTLED" in str(each) for each in lab.journal.events(kind="pdu"))
        assert unexpected(lab) == []


def test_a_broken_invariant_is_told(lab: Lab) -> None:
    api, phone = Api(lab), lab.handset(ANA)
    uuid = api.accept(ANA)
    phone.expect("Hello")
    settle(lab, 600)

    lab.journal.record("message.stage", uuid=uuid, stage="FAILED", before="DELIVERED", input="refuse")

    [told] = unexpected(lab)
    assert told.startswith("invariant conserved: ")


def test_messages_on_their_way_are_told_and_only_some_of_many(lab: Lab) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("lose_receipt")
    api = Api(lab)
    for n in range(SHOWN_MAX + 2):
        api.accept(f"141555501{n:02}")

    settle(lab, 60)

    told = unexpected(lab)
    assert len(told) == SHOWN_MAX + 1
    assert told[0].endswith("to +14155550100 has no final state: it is SENT")
    assert told[-1] == "and 2 more of these"


def test_settling_takes_no_longer_than_it_may(lab: Lab) -> None:
    lab.carrier(lab.stack.directory.carrier_of(ANA) or "").faults.add("lose_receipt")
    Api(lab).accept(ANA)
    begin = lab.clock.monotonic()

    settle(lab, 60)

    assert lab.clock.monotonic() - begin == pytest.approx(60)


def test_a_lab_at_rest_is_not_kept_waiting(lab: Lab) -> None:
    begin = lab.clock.monotonic()

    settle(lab, 600)

    assert lab.clock.monotonic() == begin


@pytest.mark.parametrize("word", ["garbage", "lying_length", "malformed_delivery", "unknown_pdu", "wrong_service"])
def test_a_gateway_is_not_blamed_for_what_a_fault_of_the_tests_own_spoils(lab: Lab, word: str) -> None:
    api, phone = Api(lab), lab.handset(ANA)
    api.accept(ANA)
    phone.expect("Hello")
    fault = lab.carrier("att").faults.add(word)
    phone.reply("Hello yourself")
    lab.advance(5)
    lab.carrier("att").faults.remove(fault)

    settle(lab, 600)

    assert lab.carrier("att").faults.list() == ()
    assert list(lab.journal.events(kind="fault.struck"))
    assert unexpected(lab) == []


def test_a_part_that_a_phone_was_told_to_lose_is_the_tests_own_wish(lab: Lab) -> None:
    api, phone = Api(lab), lab.handset(ANA)
    api.accept(ANA)
    phone.expect("Hello")
    phone.reply("Hello yourself", parts=InParts(at_least=2, lost=(2,)))
    lab.advance(3_600)

    assert list(lab.journal.events(kind="inbound.part_lost"))
    assert unexpected(lab) == []
