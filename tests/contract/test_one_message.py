"""One message, all the way: POST, selection, SMPP, receipt, callbacks; and long ones, foreign ones, broken ones."""

import json

import plivo
import pytest

from contract_support import EPOCH, Api
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab
from powerpack_lab.webhooks import Webhook

ANA = "14155550101"


def _webhooks(lab: Lab, uuid: str) -> list[Webhook]:
    return [each for each in lab.webhooks.received if each.params["MessageUUID"] == uuid]


def test_a_message_reaches_the_phone_and_its_state_reaches_the_api(lab: Lab, api: Api) -> None:
    message = api.send(f"+{ANA}", "Your code is 4711")

    assert lab.handset(ANA).texts == ["Your code is 4711"]
    assert message["message_state"] == "delivered"
    assert message["error_code"] == "000"
    assert message["from_number"] == "72345"
    assert message["selection_reasons"][0] == "number priority: shortcode is the first type with capacity"


def test_each_state_is_told_in_order_and_signed_as_the_sdk_checks_it(lab: Lab, api: Api) -> None:
    url = lab.webhooks.url("/status?ref=7")
    uuid = api.send(ANA, url=url)["message_uuid"]
    lab.advance(5)

    received = _webhooks(lab, uuid)
    assert [each.params["Status"] for each in received] == ["queued", "sent", "delivered"]
    assert [each.params["Sequence"] for each in received] == ["1", "2", "3"]
    for each in received:
        headers = each.headers
        v2 = headers["x-plivo-signature-v2"], headers["x-plivo-signature-v2-nonce"]
        assert plivo.utils.validate_signature(url, v2[1], v2[0], lab.auth_token)
        v3 = headers["x-plivo-signature-v3"], headers["x-plivo-signature-v3-nonce"]
        assert plivo.utils.validate_v3_signature("POST", url, v3[1], lab.auth_token, v3[0], dict(each.params))


def test_a_subaccounts_callbacks_are_signed_with_its_token_and_the_main_accounts(lab: Lab, api: Api) -> None:
    made = api.post("Subaccount/", {"name": "branch", "enabled": True}).body
    number, url = "14155550180", lab.webhooks.url("/status")
    app_id = api.post("Application/", {"app_name": "inbound", "message_url": url}).body["app_id"]
    assert api.post(f"Number/{number}/", {"subaccount": made["auth_id"], "app_id": app_id}).status == 202
    api.send(ANA, src=number, url=url)
    lab.handset(ANA).reply("hello", to=number)
    lab.advance(5)

    received = lab.webhooks.received
    assert [each.params.get("Status", "received") for each in received] == ["queued", "sent", "delivered", "received"]
    assert all(each.is_signed for each in received)
    for each in received:
        for whose, token in (("", made["auth_token"]), ("ma-", lab.auth_token)):
            v2, v3 = (each.headers[f"x-plivo-signature-{whose}v{version}"] for version in (2, 3))
            assert plivo.utils.validate_signature(url, each.headers["x-plivo-signature-v2-nonce"], v2, token)
            nonce = each.headers["x-plivo-signature-v3-nonce"]
            assert plivo.utils.validate_v3_signature("POST", url, nonce, token, v3, dict(each.params))


def test_a_callback_by_get_carries_its_parameters_in_the_query(lab: Lab, api: Api) -> None:
    uuid = api.send(ANA, url=lab.webhooks.url("/status"), method="GET")["message_uuid"]
    lab.advance(5)

    received = _webhooks(lab, uuid)
    assert [(each.method, each.params["Status"]) for each in received] == [
        ("GET", "queued"),
        ("GET", "sent"),
        ("GET", "delivered"),
    ]
    assert all(each.is_signed for each in received)


def test_a_callback_that_fails_is_tried_again_after_a_minute(lab: Lab, api: Api) -> None:
    lab.webhooks.answer = lambda _: (500, "not now")
    uuid = api.accept(ANA, url=lab.webhooks.url())
    lab.advance(seconds=59)
    lab.webhooks.answer = lambda _: (200, "")
    lab.advance(minutes=3)

    assert [each.params["Status"] for each in _webhooks(lab, uuid)] == ["queued", "queued", "sent", "delivered"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Long text in GSM 03.38. " * 20, id="four-parts-of-septets"),
        pytest.param("Grüße aus Köln: 10 € [sic]", id="gsm-with-extension"),
        pytest.param("Привет, мир! " * 12, id="ucs2-in-parts"),
        pytest.param("🚀" * 40, id="surrogate-pairs-in-parts"),
    ],
)
def test_a_text_arrives_as_it_was_written(lab: Lab, api: Api, text: str) -> None:
    message = api.send(ANA, text)

    assert lab.handset(ANA).texts == [text]
    assert message["message_state"] == "delivered"


def test_a_long_message_counts_its_parts(api: Api) -> None:
    assert api.send(ANA, "x" * 161)["units"] == 2


def test_several_destinations_get_a_message_each_and_bad_ones_are_named(lab: Lab, api: Api) -> None:
    answer = api.post(
        "Message/",
        {"powerpack_uuid": lab.powerpack_uuid, "dst": f"{ANA}<12<+1 (206) 555-0102<{ANA}", "text": "Hello"},
    )
    lab.advance(10)

    assert answer.status == 202
    assert len(answer.body["message_uuid"]) == 2
    assert answer.body["invalid_number"] == ["12"]
    assert lab.handset(ANA).texts == lab.handset("12065550102").texts == ["Hello"]


def test_a_destination_that_no_carrier_serves_fails_with_90() -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=(CarrierConfig(name="att", profile="att"),))) as lab:
        message = Api(lab).send("4915112345678")

    assert (message["message_state"], message["error_code"]) == ("failed", "90")


def test_an_undeliverable_message_ends_undelivered_with_the_carriers_reason(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("undeliverable", error="070")
    message = api.send(ANA)

    assert message["message_state"] == "undelivered"
    assert message["error_code"] not in (None, "000")
    assert lab.handset(ANA).texts == []


def test_the_list_shows_the_newest_first_and_filters(api: Api) -> None:
    first, second = api.send(ANA, "one"), api.send("12065550102", "two")
    listed = api.get("Message/?limit=5").body["objects"]
    to_ana = api.get(f"Message/?to_number={ANA}").body["objects"]

    assert [each["message_uuid"] for each in listed] == [second["message_uuid"], first["message_uuid"]]
    assert [each["message_uuid"] for each in to_ana] == [first["message_uuid"]]


def test_everything_is_in_the_journal(lab: Lab, api: Api) -> None:
    uuid = api.send(ANA)["message_uuid"]
    events = list(lab.journal.events())
    about = [event.kind for event in events if event.fields.get("uuid") == uuid]
    pdus = [
        (event.fields["side"], event.fields["direction"])
        for event in events
        if "submit_sm seq" in str(event.fields.get("pdu"))
    ]

    assert about == [
        "number.selected",
        "message.accepted",
        "message.stage",
        "message.stage",
        "message.receipt",
        "message.stage",
    ]
    assert pdus == [("gateway", ">"), ("carrier", "<")]


def test_the_same_seed_makes_the_same_journal() -> None:
    def digest() -> str:
        with Lab(seed=11, clock="virtual", epoch=EPOCH) as lab:
            api = Api(lab)
            for index in range(5):
                api.accept(f"1415555{index:04d}")
            lab.advance(30)
            return lab.journal.digest()

    assert digest() == digest()


def test_the_answer_to_an_asynchronous_request_comes_to_its_url_signed(lab: Lab, api: Api) -> None:
    wanted = {"src": "14155550180", "dst": "14155550123", "text": "Hello", "callback_url": lab.webhooks.url("/answer")}
    answer = api.post("Message/", wanted)
    lab.advance(10)

    assert (answer.status, answer.body["message"]) == (202, "async api spawned")
    (told,) = (each for each in lab.webhooks.received if each.path == "/answer")
    assert told.is_signed
    assert (told.params["api_id"], told.params["status_code"]) == (answer.body["api_id"], "202")
    (uuid,) = json.loads(told.params["message_uuid"])
    assert api.message(uuid)["message_state"] == "delivered"
    assert len(lab.stack.gateway.announcements) == 0  # each request is a subject of its own, and they are not kept
