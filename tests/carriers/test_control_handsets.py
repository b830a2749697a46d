"""Phones, their texts and their MMS over the control API."""

import asyncio

import pytest

from carriers.builders import EPOCH, HANDSET, SOURCE, StandingClock, a_profile
from carriers.control_setting import Setting
from carriers.esme import Esme
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.control import control_app
from powerpack_carriers.handsets import TextMessage
from powerpack_carriers.mm7.content import Media

# Phones


@pytest.mark.parametrize("number", [HANDSET, f"+{HANDSET}", f"%2B{HANDSET}"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_messages_are_listed_however_the_number_is_written(number: str, slash: str) -> None:
    setting = Setting()
    setting.receive()

    response = setting.call("GET", f"/handsets/{number}/messages{slash}")

    assert response.status_code == 200
    assert response.json() == [
        {
            "index": 0,
            "text": "Win!",
            "from": SOURCE,
            "to": HANDSET,
            "received_at": "2026-11-22T01:30:00+00:00",
            "carrier_message_ids": ["17"],
            "parts": 1,
            "subject": "",
            "media": [],
        }
    ]


def test_a_phone_that_is_no_number_is_shown_once_a_text_went_there() -> None:
    setting = Setting()
    before = setting.call("GET", "/handsets/Ana/messages")
    setting.directory.visited("Ana", by="acme")

    assert (before.status_code, setting.call("GET", "/handsets/Ana/messages").json()) == (400, [])


def test_a_phone_that_got_nothing_has_no_messages_and_is_not_made() -> None:
    setting = Setting()

    response = setting.call("GET", f"/handsets/{HANDSET}/messages")

    assert (response.status_code, response.json()) == (200, [])
    assert setting.directory.handsets() == ()


def test_phones_are_listed() -> None:
    setting = Setting()
    setting.receive()

    assert setting.call("GET", "/handsets").json() == [
        {"number": HANDSET, "carrier": "acme", "messages": 1, "state": "on"}
    ]


def test_a_phone_replies_and_reports_over_the_api() -> None:
    async def scenario() -> list[str]:
        setting = Setting()
        async with setting.carrier as carrier, setting.client() as client, await Esme.bound(carrier) as esme:
            setting.receive()
            replied = await client.post(f"/handsets/{HANDSET}/reply", json={"text": "STOP"})
            sent = await client.post(f"/handsets/+{HANDSET}/reply", json={"text": "Hi", "to": "+12065550199"})
            reported = await client.post(f"/handsets/{HANDSET}/report-spam")
            assert [response.status_code for response in (replied, sent, reported)] == [200, 200, 200]
            assert reported.json()["report"].startswith(f"7726 report source:{SOURCE} destination:{HANDSET}")
            deliveries = [await esme.delivery() for _ in range(3)]
        return [f"{pdu.text('destination_addr')} {pdu.octets('short_message')[:4].decode()}" for pdu in deliveries]

    assert asyncio.run(scenario()) == [f"{SOURCE} STOP", "12065550199 Hi", f"{SOURCE} 7726"]


def test_an_older_message_can_be_reported() -> None:
    setting = Setting()
    setting.receive(message_id=b"17")
    setting.receive(message_id=b"18")

    response = setting.call("POST", f"/handsets/{HANDSET}/report-spam", json={"index": 0})

    assert response.json()["report"].endswith("id:17")
    assert [report.message_id for report in setting.carrier.spam_reports] == ["17"]


# Phones that are changed


def test_a_phone_is_made_and_changed_over_the_api() -> None:
    setting = Setting()
    behaviour = {"text": "STOP", "nth": 2, "parts": {"at_least": 2, "order": "reversed", "lost": [1]}}

    made = setting.call("PATCH", f"/handsets/+{HANDSET}", json={"state": "off", "device": "sms"})
    changed = setting.call("PATCH", f"/handsets/{HANDSET}", json={"behaviours": [behaviour], "ignored": ["Bye"]})
    shown = setting.call("GET", f"/handsets/{HANDSET}")

    assert (made.status_code, changed.status_code) == (200, 200)
    assert shown.json() == {
        "number": HANDSET,
        "carrier": "acme",
        "country": "US",
        "device": "sms",
        "state": "off",
        "messages": 0,
        "unfinished": 0,
        "held": 0,
        "behaviours": [behaviour],
    }


def test_a_number_is_ported_over_the_api() -> None:
    setting = Setting()
    other = Carrier(a_profile(), name="other", directory=setting.directory, clock=StandingClock())
    app = control_app(setting.directory, {"acme": setting.carrier, "other": other}, setting.journal, None)
    setting.app = app

    ported = setting.call("PATCH", f"/handsets/{HANDSET}", json={"carrier": "other"})

    assert ported.json()["carrier"] == "other"
    assert setting.directory.carrier_of(HANDSET) == "other"


def test_an_inbox_is_cleared() -> None:
    setting = Setting()
    setting.receive()

    assert setting.call("DELETE", f"/handsets/{HANDSET}/messages").json() == {"removed": 1}
    assert setting.call("GET", f"/handsets/{HANDSET}/messages").json() == []


# MMS


def test_an_mms_shows_its_media_and_they_can_be_read() -> None:
    setting = Setting()
    picture = Media(content_type="image/png", name="cat.png", data=b"PNG")
    shown = TextMessage(
        text="Look",
        from_number=SOURCE,
        to_number=HANDSET,
        received_at=EPOCH,
        carrier_message_ids=("17",),
        parts=1,
        subject="Cat",
        media=(picture,),
    )
    setting.carrier.handset(HANDSET).inbox.append(shown)

    (message,) = setting.call("GET", f"/handsets/{HANDSET}/messages").json()
    media = setting.call("GET", f"/handsets/{HANDSET}/messages/0/media/0")
    missing = setting.call("GET", f"/handsets/{HANDSET}/messages/0/media/1")
    assert (message["subject"], message["media"]) == (
        "Cat",
        [{"content_type": "image/png", "name": "cat.png", "size": 3}],
    )
    assert (media.content, media.headers["content-type"]) == (b"PNG", "image/png")
    assert (missing.status_code, missing.json()["error"]) == (404, "message 0 has 1 media, so there is none at 1")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"text": "Look", "to": SOURCE}, 409, "not connected over MM7"),
        ({"text": "Look"}, 409, "has nobody to answer"),
        ({"media": [{"content_type": "cat", "data": ""}]}, 400, "content_type: found 'cat', expected one such as"),
        ({"media": [{"content_type": "image/png", "data": "?"}]}, 400, "data: found what is no base64"),
        ({"media": [{"content_type": "image/png"}]}, 400, "data: missing"),
        ({"picture": 1}, 400, "picture: unknown"),
    ],
)
def test_an_mms_that_can_not_be_sent_says_why(body: dict[str, object], status: int, words: str) -> None:
    answer = Setting().call("POST", f"/handsets/{HANDSET}/send-mms", json=body)

    assert answer.status_code == status
    assert words in answer.json()["error"]
