"""MMS all the way: API, media, selection, MM7 between two implementations, handset, report, callback; and back."""

from pathlib import Path

import httpx
import pytest

from contract.mms_site import ANA, LONGCODE, PICTURE, Site, fetched, uploaded
from contract_support import Api, lab_on
from powerpack_carriers import Media
from powerpack_lab.lab import Lab

# There


def test_an_mms_arrives_whole_and_every_state_is_told(lab: Lab, api: Api, site: Site) -> None:
    message = api.send(ANA, "Look!", type="mms", media_urls=[site.put("/a/beach.jpg")], url=lab.webhooks.url("/status"))
    lab.advance(1)

    (received,) = lab.handset(ANA).inbox
    assert (received.text, received.from_number) == ("Look!", message["from_number"])
    assert received.media == (Media(content_type="image/jpeg", name="beach.jpg", data=PICTURE),)
    assert (message["message_state"], message["error_code"], message["message_type"]) == ("delivered", "000", "mms")
    assert (message["units"], message["total_rate"]) == (1, "0.01600")
    told = [each.params for each in lab.webhooks.received]
    assert [(each["Status"], each["Type"], each["Units"]) for each in told] == [
        ("queued", "mms", "1"),
        ("sent", "mms", "1"),
        ("delivered", "mms", "1"),
    ]


def test_mms_goes_only_from_numbers_that_can(lab: Lab, api: Api, site: Site) -> None:
    senders = {
        api.send(f"1415555{index:04d}", "Hi", media_urls=[site.put("/x.jpg")])["from_number"]
        for index in range(1000, 1012)
    }

    # The pool's others are long codes that were added for SMS, and short codes without MMS.
    assert senders <= {LONGCODE, "18335550180"}


def test_media_make_it_an_mms(api: Api, site: Site) -> None:
    url = site.put("/x.jpg")

    assert api.send(ANA, "Hi", media_urls=[url])["message_type"] == "mms"
    assert api.send(ANA, "Hi", media_urls=[url], type="sms")["message_type"] == "mms"


def test_an_mms_of_a_text_alone_arrives(lab: Lab, api: Api) -> None:
    api.send(ANA, "only words", type="mms")

    assert [(each.text, each.media) for each in lab.handset(ANA).inbox] == [("only words", ())]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"src": "14165550180", "type": "mms", "text": "x"}, "source number 14165550180 is not MMS enabled"),
        ({"src": LONGCODE, "type": "mms", "text": "x", "dst": "447700900123"}, "MMS can be sent to the US and Canada"),
        ({"src": LONGCODE, "media_ids": ["no-such-id"], "text": "x"}, "media_ids: media no-such-id not found"),
        ({"src": LONGCODE, "type": "mms"}, "text, media_urls and media_ids are all missing"),
        ({"src": LONGCODE, "media_urls": ["ftp://a/b"]}, "media_urls is"),
        ({"src": LONGCODE, "media_urls": ["http://a/b"] * 11}, "media_urls and media_ids name 11 attachments, 10 is"),
    ],
)
def test_what_can_not_be_an_mms_is_refused(api: Api, values: dict[str, object], words: str) -> None:
    answer = api.post("Message/", {"dst": ANA, **values})

    assert answer.status == 400
    assert answer.body["error"].startswith(words)


# And back


def with_application(api: Api, number: str) -> None:
    """Webhooks of a number go to the lab's receiver."""
    url = api.lab.webhooks.url("/inbound")
    app_id = api.post("Application/", {"app_name": "mms", "message_url": url}).body["app_id"]
    assert api.post(f"Number/{number}/", {"app_id": app_id}).status == 202


def test_a_handsets_mms_comes_as_a_webhook_with_its_files(lab: Lab, api: Api) -> None:
    with_application(api, LONGCODE)
    api.send(ANA, "Send us a picture", src=LONGCODE, type="mms")
    files = [
        Media(content_type="image/jpeg", name="one.jpg", data=PICTURE),
        Media(content_type="image/png", name="two.png", data=b"PNG"),
    ]

    async def send() -> None:
        lab.stack.directory.handset(ANA).send_mms("Here", media=files)

    lab.call(send())
    lab.advance(1)

    (webhook,) = [each.params for each in lab.webhooks.received if each.params.get("MediaCount")]
    assert (webhook["Type"], webhook["Body"], webhook["Text"], webhook["From"]) == ("mms", "Here", "Here", ANA)
    assert webhook["MediaCount"] == "2"
    assert [fetched(lab, webhook[f"Media{index}"]).content for index in range(3)] == [PICTURE, b"PNG", PICTURE]
    listed = api.get(f"Message/{webhook['MessageUUID']}/Media/").body["objects"]
    assert [each["content_type"] for each in listed] == ["image/jpeg", "image/png"]
    assert api.message(webhook["MessageUUID"])["message_type"] == "mms"


def test_stop_in_an_mms_is_a_stop(lab: Lab, api: Api) -> None:
    api.send(ANA, "x", src=LONGCODE, type="mms")

    async def send() -> None:
        lab.stack.directory.handset(ANA).send_mms("stop")

    lab.call(send())
    lab.advance(5)

    assert api.send(ANA, "y", src=LONGCODE)["error_code"] == "200"
    assert "unsubscribed" in lab.handset(ANA).texts[-1]


@pytest.mark.parametrize(
    ("path", "user", "status"),
    [("/mm7/att", "", 401), ("/mm7/att", "att:wrong", 401), ("/mm7/nobody", "", 404), ("/media/nothing", "", 405)],
)
def test_strangers_can_not_post_as_an_mmsc(lab: Lab, path: str, user: str, status: int) -> None:
    async def post() -> httpx.Response:
        auth = httpx.BasicAuth(*user.split(":")) if user else None
        async with httpx.AsyncClient(auth=auth, verify=False) as client:
            return await client.post(f"{lab.stack.gateway.media.base_url}{path}", content=b"<a/>")

    assert lab.call(post()).status_code == status


# Restart


def test_an_mms_that_was_accepted_goes_on_after_a_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        (media,) = uploaded(api, ("dog.png", PICTURE, "image/png"))
        lab.stack.directory.assign(ANA, "att")
        lab.call(lab.carrier("att").mmsc.stop())
        uuid = api.accept(ANA, "My dog", media_ids=[media["media_id"]])
        lab.advance(1)
    with lab_on(state, minutes_later=5) as lab:
        api = Api(lab)

        assert api.settled(uuid)["message_state"] == "delivered"
        assert lab.handset(ANA).inbox[0].media[0].data == PICTURE
        assert api.get(f"Message/{uuid}/Media/").body["objects"][0]["size"] == len(PICTURE)
        assert api.accept(ANA, "again", media_ids=[media["media_id"]])
