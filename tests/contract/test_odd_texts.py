"""What the gateway makes of texts that a carrier writes in its own way: it hears STOP, and long texts are whole."""

import pytest

from contract_support import Api
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

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
