"""What the gateway makes of texts that a carrier writes in its own way: it hears STOP, and long texts are whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from contract_support import Api
from powerpack_carriers.faults.deliveries import DeliveryFaultConfig
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

if TYPE_CHECKING:
    from random import Random

    from powerpack_carriers.faults.places import Wire

PERSON = "14155550123"
NUMBER, SHORT_CODE = "14155550181", "72345"

FORMS = ("plus", "double_zero", "national", "unknown_type", "blank")


def a_lab() -> Lab:
    return Lab(seed=1, clock="virtual", config=LabConfig(carriers=(CarrierConfig(name="generic", profile="generic"),)))


def received(lab: Lab, field: str) -> list[object]:
    return [event.fields[field] for event in lab.journal.events(kind="message.received")]


@pytest.mark.parametrize("to", [NUMBER, SHORT_CODE])
@pytest.mark.parametrize("form", FORMS)
def test_a_stop_is_heard_however_the_numbers_are_written(form: str, to: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("odd_addresses", form=form)
        lab.handset(PERSON).reply("STOP", to=to)
        lab.advance(5)
        lab.carrier("generic").faults.clear()

        assert (received(lab, "source"), received(lab, "destination")) == ([PERSON], [to])
        refused = Api(lab).settled(Api(lab).accept(PERSON, src=to), 60)
        assert (refused["message_state"], refused["error_code"]) == ("failed", "200")


@pytest.mark.parametrize("form", FORMS)
def test_a_receipt_is_matched_however_the_numbers_are_written(form: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("odd_addresses", form=form, kind="receipt")

        assert Api(lab).send(PERSON, src=NUMBER)["message_state"] == "delivered"


@pytest.mark.parametrize("text", ["x" * 200, "é😀" * 60], ids=["gsm", "utf-16"])
def test_a_long_text_whose_header_is_not_flagged_is_whole(text: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("lost_header")
        lab.handset(PERSON).reply(text, to=NUMBER)
        lab.advance(5)

        assert received(lab, "text") == [text]


def test_parts_without_a_header_are_texts_of_their_own() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("lost_header", form="stripped")
        lab.handset(PERSON).reply("x" * 200, to=NUMBER)
        lab.advance(5)

        assert received(lab, "text") == ["x" * 153, "x" * 47]


def test_texts_in_message_payload_are_read() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("payload_texts")
        for text in ("STOP", "é😀" * 60):
            lab.handset(PERSON).reply(text, to=NUMBER)
            lab.advance(5)

        assert received(lab, "text") == ["STOP", "é😀" * 60]
        assert received(lab, "intent")[0] == "optout"


@pytest.mark.parametrize("form", ["no_nul", "two_nuls", "blank", "tlvs"])
def test_a_submit_that_is_answered_oddly_has_its_receipt(form: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("odd_submit_resp", form=form)

        assert Api(lab).send(PERSON, src=NUMBER)["message_state"] == "delivered"
        assert len(list(lab.journal.events(kind="carrier.bound"))) == 1


def test_a_refusal_with_a_message_id_is_a_refusal() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("odd_submit_resp", form="error_with_body")
        lab.carrier("generic").faults.add("throttle", status="ESME_RINVDSTADR")
        message = Api(lab).settled(Api(lab).accept(PERSON, src=NUMBER), 60)

        assert (message["message_state"], message["error_code"]) == ("failed", "50")
        assert len(list(lab.journal.events(kind="carrier.bound"))) == 1


def test_nuls_behind_a_text_are_nothing() -> None:
    """python-smpp issue 7: a provider that ends every PDU with one."""
    with a_lab() as lab:
        lab.carrier("generic").faults.add(TrailingNulConfig())
        lab.handset(PERSON).reply("STOP", to=NUMBER)
        lab.advance(5)

        assert received(lab, "intent") == ["optout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailingNulConfig(DeliveryFaultConfig):
    """A NUL behind each deliver_sm, TLVs or not."""

    word: ClassVar[str] = "trailing_nul"

    def build(self, dice: Random) -> TrailingNul:
        return TrailingNul()


class TrailingNul:
    """Adds it."""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return [(len(pdu) + 1).to_bytes(4, "big") + pdu[4:] + b"\0"]


def test_a_text_that_comes_again_though_it_was_acknowledged_is_two() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("duplicate_text")
        lab.handset(PERSON).reply("Yes", to=NUMBER)
        lab.handset(PERSON).reply("STOP", to=NUMBER)
        lab.advance(60)

        assert received(lab, "text") == ["Yes", "STOP", "Yes", "STOP"]
        assert [event.fields["handset"] for event in lab.journal.events(kind="suppression.added")] == [PERSON] * 2


def test_a_late_stop_holds_from_then_on() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("delay_text", delay_s_min=600, delay_s_max=600)
        lab.handset(PERSON).reply("STOP", to=NUMBER)
        assert Api(lab).send(PERSON, src=NUMBER)["message_state"] == "delivered"
        lab.advance(600)

        assert Api(lab).settled(Api(lab).accept(PERSON, src=NUMBER), 60)["error_code"] == "200"


def test_a_stop_that_is_lost_is_not_known_and_the_toll_free_network_knows_it_all_the_same() -> None:
    config = LabConfig(carriers=(CarrierConfig(name="att", profile="att"),))
    with Lab(seed=1, clock="virtual", config=config) as lab:
        tollfree = "18335550180"
        lab.carrier("att").faults.add("lose_text")
        lab.handset(PERSON).reply("STOP", to=tollfree)
        lab.advance(5)
        message = Api(lab).settled(Api(lab).accept(PERSON, src=tollfree), 60)

        assert received(lab, "text") == []
        assert (message["message_state"], message["error_code"]) == ("undelivered", "200")


def test_nobody_can_tell_that_a_receipt_lies() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("fake_delivery")

        assert Api(lab).send(PERSON, src=NUMBER)["message_state"] == "delivered"
        assert lab.handset(PERSON).texts == []


@pytest.mark.parametrize(
    ("said", "heard"),
    [("Olé, où?", "Olé, où?"), ("STOP", "STOP"), ("a@b", "a¡b")],
    ids=["accents", "a keyword", "an octet that is another letter in GSM 03.38"],
)
def test_a_text_in_the_carriers_own_alphabet_is_read(said: str, heard: str) -> None:
    """Octets over 0x7F give Latin-1 away; those below are read as GSM 03.38, as nothing says that they are not."""
    with a_lab() as lab:
        lab.carrier("generic").faults.add("default_alphabet")
        lab.handset(PERSON).reply(said, to=NUMBER)
        lab.advance(5)

        assert received(lab, "text") == [heard]


def test_a_long_text_of_which_a_part_failed_is_not_delivered() -> None:
    """postmangovsg issue 1126 had SUCCESS, and the error of the other part beside it."""
    with a_lab() as lab:
        lab.carrier("generic").faults.add("undeliverable", share=0.5)
        (fault,) = lab.carrier("generic").faults
        found = set()
        for index in range(12):
            before = fault.struck
            uuid = Api(lab).accept(f"1415555020{index % 10}", "x" * 200, src=NUMBER)
            lab.advance(60)
            found.add((fault.struck - before, Api(lab).message(uuid)["message_state"]))

        assert found - {(2, "undelivered")} == {(0, "delivered"), (1, "undelivered")}, "parts that failed, and the end"


@pytest.mark.parametrize("first", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_texts_and_receipts_are_read_whatever_their_numbers(first: int) -> None:
    """From the bind on; an hour of signs of life is on the way."""
    with a_lab() as lab:
        lab.carrier("generic").faults.add("own_sequence", starts_at=first)
        lab.handset(PERSON).reply("STOP", to=SHORT_CODE)
        lab.advance(5)

        assert received(lab, "intent") == ["optout"]
        assert Api(lab).send(PERSON, src=NUMBER)["message_state"] == "delivered"
        lab.advance(3_600)
        assert Api(lab).send("14155550199", src=NUMBER)["message_state"] == "delivered"
        assert not list(lab.journal.events(kind="carrier.delivery_unanswered"))
        assert len(list(lab.journal.events(kind="carrier.bound"))) == 1


def test_a_text_to_a_landline_is_undelivered() -> None:
    with a_lab() as lab:
        lab.handset(PERSON).state = "landline"
        message = Api(lab).settled(Api(lab).accept(PERSON, src=NUMBER), 60)

        assert (message["message_state"], message["error_code"]) == ("undelivered", "70")
