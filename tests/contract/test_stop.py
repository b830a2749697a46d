"""STOP, START, HELP: what a handset says, and what the gateway then does and does not do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from contract_support import Api
from powerpack_gateway.numbers import Verification
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_lab.lab import Lab

ANA, BEN = "14155550101", "12065550102"

UNSUBSCRIBED = "You have been unsubscribed and will not receive any more messages from this number."


def _outcome(message: Mapping[str, Any]) -> tuple[str, str | None]:
    return message["message_state"], message["error_code"]


def test_after_stop_the_powerpack_writes_no_more(lab: Lab, api: Api) -> None:
    api.send(ANA)
    lab.handset(ANA).reply("STOP")
    lab.handset(ANA).expect(UNSUBSCRIBED)
    before = lab.handset(ANA).texts
    message = api.send(ANA, "Still there?")

    assert _outcome(message) == ("failed", "200")
    assert message["error_message"] == "Source number blocked by STOP from destination number"
    assert lab.handset(ANA).texts == before


def test_after_stop_the_number_itself_writes_no_more_either(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    lab.handset(ANA).reply("STOP")

    assert _outcome(api.send(ANA, "Still there?", src=number)) == ("failed", "200")


def test_other_people_and_other_numbers_are_not_concerned(lab: Lab, api: Api) -> None:
    api.send(ANA)
    lab.handset(ANA).reply("STOP")
    assert api.post("PhoneNumber/14155550190/").status == 201

    assert _outcome(api.send(BEN)) == ("delivered", "000")
    assert _outcome(api.send(ANA, src="14155550190")) == ("delivered", "000")


def test_start_lifts_it(lab: Lab, api: Api) -> None:
    api.send(ANA)
    phone = lab.handset(ANA)
    phone.reply("STOP")
    phone.expect(UNSUBSCRIBED)
    phone.reply("START")
    phone.expect("You have been resubscribed")

    assert _outcome(api.send(ANA, "Welcome back")) == ("delivered", "000")


def test_start_to_another_number_of_the_pool_makes_that_one_the_handsets_own(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    told_stop = api.send(ANA)["from_number"]
    other = next(each for each in lab.powerpack().numbers if each.startswith("1206") and each != told_stop)
    phone = lab.handset(ANA)
    phone.reply("STOP", to=told_stop)
    phone.expect(UNSUBSCRIBED)
    phone.reply("START", to=other)
    phone.expect("You have been resubscribed")
    message = api.send(ANA, "Welcome back")

    assert _outcome(message) == ("delivered", "000")
    assert message["from_number"] == other
    assert f"sticky sender: the handset knows {other}" in message["selection_reasons"]

    refused = api.send(ANA, "From the old one", src=told_stop)

    assert _outcome(refused) == ("failed", "200")
    assert f"{ANA} said STOP to {told_stop} at " in refused["selection_reasons"][-1]
    assert f"{ANA} said STOP to {told_stop} at " in str(api.get(f"Message/{refused['message_uuid']}/History/").body)


def test_a_start_that_lifts_nothing_is_not_answered(lab: Lab, api: Api) -> None:
    api.send(ANA, "Hello")
    lab.handset(ANA).reply("START")
    lab.advance(30)

    assert lab.handset(ANA).texts == ["Hello"]


def test_help_is_answered_and_blocks_nothing(lab: Lab, api: Api) -> None:
    api.send(ANA)
    lab.handset(ANA).reply("help")
    lab.handset(ANA).expect("Text STOP to stop receiving messages from this number.")

    assert _outcome(api.send(ANA)) == ("delivered", "000")


@pytest.mark.parametrize("text", ["stop", "  Stop. ", "STOP ALL", "Unsubscribe", "cancel"])
def test_the_words_count_however_they_are_written(lab: Lab, api: Api, text: str) -> None:
    api.send(ANA)
    lab.handset(ANA).reply(text)

    assert _outcome(api.send(ANA)) == ("failed", "200")


@pytest.mark.parametrize("text", ["please don't stop", "Stop it!", "non-stop"])
def test_a_sentence_with_the_word_in_it_is_no_stop(lab: Lab, api: Api, text: str) -> None:
    api.send(ANA)
    lab.handset(ANA).reply(text)

    assert _outcome(api.send(ANA)) == ("delivered", "000")


def test_a_stop_wins_over_messages_that_wait_already(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    api.send(BEN, "one")
    waiting = api.accept(BEN, "two")
    lab.handset(BEN).reply("STOP")
    message = api.settled(waiting)

    assert _outcome(message) == ("failed", "200")
    assert "two" not in lab.handset(BEN).texts


def test_a_message_whose_number_left_the_pool_after_a_stop_ends_for_the_stop(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    number = api.send(BEN, "one")["from_number"]
    waiting = api.accept(BEN, "two")
    lab.handset(BEN).reply("STOP")
    pool = lab.stack.gateway.holdings.powerpacks[lab.powerpack_uuid].number_pool_uuid
    assert api.request("DELETE", f"NumberPool/{pool}/Number/{number}/").status == 200
    message = api.settled(waiting)

    assert _outcome(message) == ("failed", "200")
    assert "two" not in lab.handset(BEN).texts


CROWD = [f"1415555{index:04d}" for index in range(200, 240)]


def _told_a_crowd(lab: Lab, api: Api, kind: str = "shortcode") -> str:
    """A text to forty people, above the audience from which a rate counts; returns the number that it came from."""
    api.prefer(kind)
    assert (
        api.post("Message/", {"powerpack_uuid": lab.powerpack_uuid, "dst": "<".join(CROWD), "text": "Sale!"}).status
        == 202
    )
    (source,) = {lab.handset(person).expect("Sale!").from_number for person in CROWD}
    return source


def test_whoever_says_stop_is_answered_though_that_suspends_the_number(lab: Lab, api: Api) -> None:
    number = _told_a_crowd(lab, api)
    for person in CROWD:
        lab.handset(person).reply("STOP")
    for person in CROWD:
        lab.handset(person).expect(UNSUBSCRIBED)

    assert api.get(f"Compliance/{number}/").body["suspended"] is not None
    assert [event.fields["number"] for event in lab.journal.events(kind="number.suspended")] == [number]
    assert api.send(BEN, src=number)["error_code"] == "40"


def test_a_suspended_number_answers_help_itself(lab: Lab, api: Api) -> None:
    number = _told_a_crowd(lab, api)
    lab.operator.suspend(number)
    lab.handset(CROWD[0]).reply("HELP", to=number)
    answer = lab.handset(CROWD[0]).expect("Text STOP to stop receiving messages")

    assert answer.from_number == number


def test_what_a_number_may_not_send_for_another_reason_it_does_not_answer_either(lab: Lab, api: Api) -> None:
    """Carriers refuse all that a toll-free number sends that is not verified."""
    number = _told_a_crowd(lab, api, "tollfree")
    lab.operator.suspend(number)
    numbers = lab.stack.gateway.holdings.numbers

    async def take_back() -> None:
        numbers._keep(replace(numbers[number], verification=Verification.UNVERIFIED))

    lab.call(take_back())
    lab.handset(CROWD[0]).reply("HELP", to=number)
    lab.advance(60)
    (answer,) = lab.journal.events(kind="reply.automatic")

    assert _outcome(api.message(str(answer.fields["uuid"]))) == ("failed", "40")


def test_the_applications_webhook_hears_it_signed(lab: Lab, api: Api) -> None:
    app_id = api.post(
        "Application/",
        {"app_name": "inbound", "answer_url": "https://example.com/", "message_url": lab.webhooks.url("/inbound")},
    ).body["app_id"]
    api.post(f"Powerpack/{lab.powerpack_uuid}/", {"application_type": "xml", "application_id": app_id})
    number = api.send(ANA)["from_number"]
    lab.handset(ANA).reply("Stop")
    lab.handset(ANA).reply("and thanks for the fish, " * 8)
    lab.advance(10)

    stop, long = (each for each in lab.webhooks.received if each.path == "/inbound")
    assert stop.is_signed
    assert (stop.params["From"], stop.params["To"], stop.params["Text"]) == (ANA, number, "Stop")
    assert (stop.params["MessageIntent"], stop.params["PowerpackUUID"]) == ("optout", lab.powerpack_uuid)
    assert (long.params["Text"], long.params["Units"]) == ("and thanks for the fish, " * 8, "2")
    assert long.params["MessageIntent"] == ""


@pytest.mark.parametrize(
    ("status", "states"),
    [(200, ["delivered", "delivered"]), (500, ["received", "undelivered"]), (404, ["received", "undelivered"])],
)
def test_the_applications_answer_decides_what_became_of_an_inbound_message(
    lab: Lab, api: Api, status: int, states: list[str]
) -> None:
    application = {"app_name": "inbox", "message_url": lab.webhooks.url("/inbox")}
    api.post("Number/14155550180/", {"app_id": api.post("Application/", application).body["app_id"]})
    lab.webhooks.answer = lambda _: (status, "")
    lab.handset(ANA).reply("hello?", to="14155550180")
    seen = []
    for wait_s in (30, 600):  # before the first retry, and after the last
        lab.advance(wait_s)
        seen += api.get("Message/?message_direction=inbound").body["objects"]

    assert [each["message_state"] for each in seen] == states
    assert len(lab.webhooks.received) == (1 if status == 200 else 4)
    assert api.get(f"Message/?message_direction=inbound&message_state={states[-1]}").body["objects"] == seen[-1:]


def test_an_inbound_message_is_in_the_list(lab: Lab, api: Api) -> None:
    api.send(ANA)
    lab.handset(ANA).reply("Thanks!")
    listed = api.get("Message/?message_direction=inbound").body["objects"]

    assert [(each["from_number"], each["message_state"]) for each in listed] == [(ANA, "received")]


def test_a_part_that_comes_again_when_the_text_is_complete_is_no_text_of_its_own(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    first, second = (b"\x05\x00\x03\x07\x02" + rest for rest in (b"\x01Good ", b"\x02morning"))

    async def arrive() -> None:
        for part in (second, first, second):
            delivery = Delivery(
                source=ANA, destination=number, short_message=part, esm_class=0x40, data_coding=0, tlvs={}, raw=b"",
                link="gone", sequence=1, command_id=5,
            )  # fmt: skip
            lab.stack.gateway.received("att", delivery)

    lab.call(arrive())
    lab.advance(minutes=30)

    received = [each.fields["text"] for each in lab.journal.events(kind="message.received")]
    assert received == ["Good morning"]
    assert list(lab.journal.events(kind="inbound.part_lost")) == []


def _deliver(lab: Lab, source: str, destination: str, *parts: bytes, esm_class: int = 0, data_coding: int = 0) -> None:
    """As a carrier would that writes and cuts in its own way."""

    async def arrive() -> None:
        for part in parts:
            delivery = Delivery(
                source=source, destination=destination, short_message=part, esm_class=esm_class,
                data_coding=data_coding, tlvs={}, raw=b"", link="gone", sequence=1, command_id=5,
            )  # fmt: skip
            lab.stack.gateway.received("att", delivery)

    lab.call(arrive())


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("4155550101", "4155550180"),
        ("+14155550101", "+14155550180"),
        ("4155550101", "14155550180"),
        ("2065550102", "72345"),  # elsewhere a number of Egypt
    ],
)
def test_a_stop_counts_however_the_carrier_writes_numbers(lab: Lab, api: Api, source: str, destination: str) -> None:
    handset = f"1{source[-10:]}"
    number = destination if destination == "72345" else f"1{destination[-10:]}"
    api.send(handset, src=number)
    _deliver(lab, source, destination, b"STOP")

    assert _outcome(api.send(handset, src=number)) == ("failed", "200")


@pytest.mark.parametrize("source", ["ACME", "ä", "", "72346", "5550101"])
def test_a_stop_from_what_is_no_phone_is_kept_and_not_answered(lab: Lab, api: Api, source: str) -> None:
    _deliver(lab, source, "14155550180", b"STOP")
    lab.advance(30)

    assert [each["handset"] for each in api.get("OptOut/?key=14155550180").body["objects"]] == [source]
    assert list(lab.journal.events(kind="reply.automatic")) == []


def test_a_handset_abroad_keeps_its_number(lab: Lab, api: Api) -> None:
    _deliver(lab, "2065550102", "14155550180", b"Hello from Cairo")

    assert api.get("Message/?message_direction=inbound").body["objects"][0]["from_number"] == "2065550102"


def test_a_stop_whose_second_half_is_lost_counts_when_the_wait_is_over(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    half = b"\x05\x00\x03\x07\x02\x01STOP"

    async def arrive() -> None:
        delivery = Delivery(
            source=ANA, destination=number, short_message=half, esm_class=0x40, data_coding=0, tlvs={}, raw=b"",
            link="gone", sequence=1, command_id=5,
        )  # fmt: skip
        lab.stack.gateway.received("att", delivery)

    lab.call(arrive())
    assert _outcome(api.send(ANA)) == ("delivered", "000")
    lab.advance(minutes=11)

    assert _outcome(api.send(ANA)) == ("failed", "200")
    (lost,) = lab.journal.events(kind="inbound.part_lost")
    assert lost.fields["missing"] == [2]
