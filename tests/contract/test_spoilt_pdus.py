"""What the gateway makes of carriers that spoil what they deliver: it answers, goes on, and hears STOP where it can."""

import pytest

from contract_support import Api
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

PERSON = "14155550123"
NUMBER = "14155550181"

ONE_CARRIER = (CarrierConfig(name="generic", profile="generic"),)


def a_lab() -> Lab:
    return Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER))


def the_session_stands(lab: Lab) -> None:
    """It is the first one, and it serves."""
    assert len(list(lab.journal.events(kind="carrier.bound"))) == 1
    assert Api(lab).send("14155550199")["message_state"] == "delivered"


@pytest.mark.parametrize(
    "form", ["short_sm_length", "long_sm_length", "no_nul", "cut_field", "stray_octets", "tlv_past_end"]
)
def test_a_damaged_delivery_is_refused_and_the_session_goes_on(form: str) -> None:
    with a_lab() as lab:
        carrier = lab.carrier("generic")
        carrier.faults.add("malformed_delivery", form=form)
        lab.handset(PERSON).reply("STOP", to=NUMBER)
        lab.advance(5)
        carrier.faults.clear()
        (dropped,) = lab.journal.events(kind="carrier.delivery_dropped")
        lab.handset(PERSON).reply("Hello", to=NUMBER)
        lab.advance(5)

        assert [event.fields["reason"] for event in lab.journal.events(kind="gateway.bad_pdu")]
        assert str(dropped.fields["reason"]).startswith("the ESME answered ESME_R")
        assert [event.fields["text"] for event in lab.journal.events(kind="message.received")] == ["Hello"]
        the_session_stands(lab)


@pytest.mark.parametrize("form", ["short_sm_length", "stray_octets", "tlv_past_end"])
def test_of_a_receipt_whose_parameters_are_damaged_the_text_is_read(form: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("malformed_delivery", form=form, kind="receipt")
        message = Api(lab).settled(Api(lab).accept(PERSON), 60)
        lab.carrier("generic").faults.clear()

        assert message["message_state"] == "delivered"
        assert all("its text was read" in str(e.fields["reason"]) for e in lab.journal.events(kind="gateway.bad_pdu"))
        the_session_stands(lab)


@pytest.mark.parametrize("form", ["cut_field", "long_sm_length"])
def test_a_message_whose_receipt_is_damaged_ends_undelivered_in_time(form: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("malformed_delivery", form=form, kind="receipt")
        message = Api(lab).settled(Api(lab).accept(PERSON), 3 * 3_600)
        lab.carrier("generic").faults.clear()

        assert (message["message_state"], message["error_code"]) == ("undelivered", "1000")
        the_session_stands(lab)


def test_a_receipt_whose_address_lacks_its_nul_still_names_its_message() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("malformed_delivery", form="no_nul", kind="receipt")
        message = Api(lab).settled(Api(lab).accept(PERSON), 60)
        lab.carrier("generic").faults.clear()

        assert message["message_state"] == "delivered"
        the_session_stands(lab)


@pytest.mark.parametrize(
    ("form", "said", "heard"),
    [
        ("latin_1", "Olé, où?", "Olé, où?"),
        ("utf_8", "Olé, où?", "Olé, où?"),
        ("odd_ucs2", "Olé 😀", "Olé \ufffd"),
        ("little_endian", "Olé 😀", "Olé 😀"),
        ("udhi_without_header", "Hello", "Hello"),
        ("header_past_end", "Hello", "ÿHello"),
        ("reserved_coding", "Olé, où?", "Olé, où?"),
    ],
)
def test_a_text_that_lies_about_its_alphabet_is_read_as_well_as_it_goes(form: str, said: str, heard: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("encoding_lie", form=form)
        lab.handset(PERSON).reply(said, to=NUMBER)
        lab.advance(5)

        assert [event.fields["text"] for event in lab.journal.events(kind="message.received")] == [heard]
        lab.carrier("generic").faults.clear()
        the_session_stands(lab)


@pytest.mark.parametrize(
    ("fault", "settings"), [("encoding_lie", {"form": "cut_characters"}), ("sar_parts", {})], ids=["cut", "sar"]
)
def test_a_long_text_is_whole_however_its_parts_come(fault: str, settings: dict[str, object]) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add(fault, **settings)
        lab.handset(PERSON).reply("é😀" * 60, to=NUMBER)
        lab.advance(5)

        assert [event.fields["text"] for event in lab.journal.events(kind="message.received")] == ["é😀" * 60]


@pytest.mark.parametrize(
    "form", ["utf_8", "little_endian", "udhi_without_header", "header_past_end", "reserved_coding"]
)
def test_a_stop_counts_in_whatever_alphabet_it_came(form: str) -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("encoding_lie", form=form)
        lab.handset(PERSON).reply("STOP", to=NUMBER)
        lab.advance(5)

        assert [event.fields["intent"] for event in lab.journal.events(kind="message.received")] == ["optout"]


def test_the_network_hears_a_toll_free_stop_whatever_comes_to_the_gateway() -> None:
    config = LabConfig(carriers=(CarrierConfig(name="att", profile="att"),))
    with Lab(seed=1, clock="virtual", config=config) as lab:
        tollfree = "18335550180"
        lab.carrier("att").faults.add("encoding_lie", form="header_past_end")
        lab.handset(PERSON).reply("STOP", to=tollfree)
        lab.advance(5)

        assert [text for text in lab.handset(PERSON).texts if text.startswith("NETWORK MSG")]


@pytest.mark.parametrize(
    "form",
    ["empty_system_id", "no_nul", "no_body", "no_version", "long_system_id", "unknown_tlvs", "cut_tlv"],
)
def test_a_bind_that_is_answered_oddly_is_a_bind(form: str) -> None:
    with a_lab() as lab:
        bind_anew(lab, "odd_bind_resp", form=form)

        assert len(list(lab.journal.events(kind="gateway.bound"))) == 2
        assert Api(lab).send(PERSON)["message_state"] == "delivered"


@pytest.mark.parametrize(
    ("fault", "settings", "reason"),
    [
        ("odd_bind_resp", {"form": "wrong_command"}, "no answer to the bind within 10 s"),
        ("wrong_service", {"service": "http"}, "HTTP"),
        ("wrong_service", {"service": "amqp"}, "AMQP"),
        ("wrong_service", {"service": "ssh"}, "SSH"),
    ],
)
def test_what_is_no_answer_to_a_bind_is_named_and_tried_again(
    fault: str, settings: dict[str, object], reason: str
) -> None:
    with a_lab() as lab:
        bind_anew(lab, fault, **settings)
        lab.advance(30)
        reasons = [str(event.fields["reason"]) for event in lab.journal.events(kind="gateway.disconnected")]
        lab.carrier("generic").faults.clear()
        lab.advance(60)

        assert any(reason in each for each in reasons), reasons
        assert Api(lab).send(PERSON)["message_state"] == "delivered"


def test_a_refusal_with_a_body_is_a_refusal() -> None:
    with a_lab() as lab:
        lab.carrier("generic").faults.add("refuse_bind", status="ESME_RSYSERR")
        bind_anew(lab, "odd_bind_resp", form="error_with_body")
        (refused, *_) = lab.journal.events(kind="gateway.bind_refused")

        assert refused.fields["status_name"] == "ESME_RSYSERR"


def bind_anew(lab: Lab, fault: str, **settings: object) -> None:
    """Have the carrier end the session with a fault at work, and give the gateway time to bind again."""
    lab.carrier("generic").faults.add(fault, **settings)
    for link in lab.carrier("generic").links:
        link.abort("the test ends it")
    lab.advance(15)
