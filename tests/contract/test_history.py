"""A message's history, through the API: everything that happened to it, and nobody else may read it."""

from pathlib import Path
from typing import Any

from contract_support import Api, lab_on
from powerpack_lab.lab import Lab

ANA = "14155550101"


def events(api: Api, uuid: str) -> list[dict[str, Any]]:
    """Its history; that every answer is as declared is checked by ``Api``."""
    answer = api.get(f"Message/{uuid}/History/")
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["events"]
    return found


def steps(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["event"], each["stage"]) for each in found]


def test_a_message_that_arrives_tells_every_step_with_its_time(lab: Lab, api: Api) -> None:
    uuid = api.send(ANA)["message_uuid"]

    found = events(api, uuid)

    assert steps(found) == [
        ("accepted", "queued"),
        ("submit", "submitted"),
        ("answer", "sent"),
        ("receipt", "delivered"),
    ]
    assert [each["time"] for each in found] == sorted(each["time"] for each in found)
    assert found[1]["carrier"] in lab.carriers
    assert found[2]["command_status"] == "0x00000000"
    assert found[3]["carrier_message_id"] == found[2]["carrier_message_id"]
    assert found[3]["reported"] == "DELIVRD"


def test_each_part_of_a_long_message_has_its_answer_and_its_receipt(api: Api) -> None:
    found = events(api, api.send(ANA, "x" * 200)["message_uuid"])

    answers = [each for each in found if each["event"] == "answer"]
    assert [each["part"] for each in answers] == [1, 2]
    assert [each["carrier_message_id"] for each in found if each["event"] == "receipt"] == [
        each["carrier_message_id"] for each in answers
    ]


def test_every_try_of_a_callback_is_there_with_what_its_receiver_said(lab: Lab, api: Api) -> None:
    lab.webhooks.answer = lambda _: (500, "not now")
    uuid = api.accept(ANA, url=lab.webhooks.url())
    lab.advance(seconds=59)
    lab.webhooks.answer = lambda _: (204, "")
    lab.advance(minutes=3)

    told = [each for each in events(api, uuid) if each["event"] == "callback"]

    assert [(each["callback"], each["attempt"], each["http_status"]) for each in told] == [
        ("queued", 1, 500),
        ("queued", 2, 204),
        ("sent", 1, 204),
        ("delivered", 1, 204),
    ]


def test_a_receiver_that_is_not_there_is_a_reason(lab: Lab, api: Api) -> None:
    uuid = api.accept(ANA, url="http://127.0.0.1:9/nobody")
    lab.advance(seconds=5)

    (told,) = [each for each in events(api, uuid) if each["event"] == "callback"]

    assert "http_status" not in told
    assert told["reason"].startswith("unreachable")


def test_a_lost_answer_and_the_second_submit_are_there(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("lose_response", until_s=1.0)
    found = events(api, api.send(ANA)["message_uuid"])

    assert [each.get("attempt") for each in found if each["event"] == "submit"] == [1, 2]
    (lost,) = [each for each in found if each["event"] == "no_answer"]
    assert lost["stage"] == "unknown"
    assert lost["reason"]


def test_a_throttled_submit_shows_the_carriers_status(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("throttle", until_s=0.5)
    found = events(api, api.send(ANA)["message_uuid"])

    assert [each["command_status"] for each in found if each["event"] == "answer"] == ["0x00000058", "0x00000000"]


def test_the_end_of_an_undelivered_message_has_both_codes(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("undeliverable", error="070")
    message = api.send(ANA)

    found = events(api, message["message_uuid"])

    assert steps(found)[-2:] == [("receipt", "sent"), ("ended", "undelivered")]
    assert found[-2]["error_code"] == "070"
    assert found[-1]["error_code"] == message["error_code"]


def test_a_restart_is_part_of_the_history_and_loses_none_of_it(state: Path) -> None:
    with lab_on(state) as lab:
        for carrier in lab.carriers.values():
            carrier.faults.add("lose_receipt")
        uuid = Api(lab).accept(ANA)
        lab.advance(seconds=5)
        before = events(Api(lab), uuid)
    with lab_on(state, minutes_later=1) as lab:
        api = Api(lab)
        after = events(api, uuid)

        assert after[: len(before)] == before
        assert steps(after)[len(before) :] == [("restarted", "sent")]


def test_an_incoming_message_has_its_webhook_in_its_history(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    lab.handset(ANA).reply("hello", to=number)
    lab.advance(5)
    (uuid,) = [each["message_uuid"] for each in api.get("Message/?message_direction=inbound").body["objects"]]

    assert steps(events(api, uuid)) == [("received", "received")]


def test_an_unknown_message_has_no_history(api: Api) -> None:
    answer = api.get("Message/b3a8a4b2-0000-4000-8000-000000000000/History/")

    assert answer.status == 404
