"""MMS all the way: API, media, selection, MM7 between two implementations, handset, report, callback; and back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_support import EPOCH, Api, lab_on
from powerpack_carriers import Device, Media
from powerpack_gateway.media import TOTAL_BYTES_MAX
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_lab.config import LabConfig
from powerpack_lab.lab import Lab

ANA = "14155550123"
LONGCODE = "14155550180"
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


@dataclass
class Site:
    """A web site with pictures: path to status, headers and body; counts what is asked for."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def put(
        self, path: str, body: bytes = PICTURE, *, kind: str = "image/jpeg", status: int = 200, **headers: str
    ) -> str:
        """Serve a page; its address."""
        self.pages[path] = status, {"content-type": kind, **headers}, body
        return f"{self.url}{path}"

    async def app(self, scope: Mapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        self.asked.append(scope["path"])
        status, headers, body = self.pages.get(scope["path"], (404, {}, b""))
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def site(lab: Lab) -> Site:
    """A site in the lab's loop."""
    site = Site()
    site.url = lab.serve(site.app)
    return site


def fetched(lab: Lab, url: str) -> httpx.Response:
    """GET from within the lab."""

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            return await client.get(url)

    return lab.call(get())


def uploaded(api: Api, *files: tuple[str, bytes, str]) -> list[Mapping[str, Any]]:
    """Upload files as an SDK does; what the API says of each."""
    lab = api.lab

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
            parts = [("file", each) for each in files]
            return await client.post(f"{lab.api_url}/{lab.auth_id}/Media/", files=parts)

    response = lab.call(post())
    assert response.status_code == 200, response.text
    objects: list[Mapping[str, Any]] = response.json()["objects"]
    return objects


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


# Media that can not be had


def redirecting(site: Site, to: str) -> str:
    """An address that leads elsewhere."""
    return site.put("/moved", b"", status=302, location=to)


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda site: f"{site.url}/gone.jpg", "140", "it answers 404"),
        (lambda site: site.put("/a.bin", kind="application/zip"), "130", "is application/zip"),
        (lambda site: site.put("/a.jpg", b""), "140", "it is empty"),
        (lambda site: site.put("/big.jpg", bytes(TOTAL_BYTES_MAX + 1)), "120", "more than 5000000 bytes"),
        (lambda site: redirecting(site, "http://example.com/x.jpg"), "140", "another origin"),
        (lambda site: redirecting(site, "/moved"), "140", "redirects more than 3 times"),
        (lambda site: "http://127.0.0.1:1/x.jpg", "140", "unreachable"),
        (lambda site: site.put("/broken.jpg", b"", status=500), "140", "it answers 500"),
    ],
    ids=["gone", "type", "empty", "size", "elsewhere", "loop", "nobody", "500"],
)
def test_media_that_can_not_be_had_fail_the_message(
    lab: Lab, api: Api, site: Site, make: Callable[[Site], str], code: str, words: str
) -> None:
    message = api.send(ANA, "Look!", media_urls=[make(site)])

    assert (message["message_state"], message["error_code"]) == ("failed", code)
    assert words in message["selection_reasons"][-1]
    assert lab.handset(ANA).inbox == []


def test_several_files_together_have_a_limit(api: Api, site: Site) -> None:
    urls = [site.put(f"/{index}.jpg", bytes(2_000_000)) for index in range(3)]

    message = api.send(ANA, "Look!", media_urls=urls)

    assert (message["error_code"], message["selection_reasons"][-1]) == (
        "120",
        "its media have 6000000 bytes, 5000000 is the limit",
    )


def test_a_redirect_within_the_origin_is_followed_and_a_type_is_known_by_its_name(
    lab: Lab, api: Api, site: Site
) -> None:
    site.put("/here.png", kind="application/octet-stream")
    api.send(ANA, "Look!", media_urls=[redirecting(site, "/here.png")])
    api.send(ANA, "Look!", media_urls=[f"{site.url}/here.png"])

    assert [len(each.media) for each in lab.handset(ANA).inbox] == [1]
    assert lab.handset(ANA).inbox[0].media[0].content_type == "image/png"


def test_one_request_to_many_fetches_a_file_once(lab: Lab, api: Api, site: Site) -> None:
    people = [f"1415555{index:04d}" for index in range(1000, 1005)]
    answer = api.post(
        "Message/", {"src": "18335550180", "dst": "<".join(people), "media_urls": [site.put("/x.jpg")], "text": "x"}
    )
    for uuid in answer.body["message_uuid"]:
        assert api.settled(uuid)["message_state"] == "delivered"

    assert site.asked == ["/x.jpg"]


# Media of the account


def test_uploaded_media_are_listed_read_and_sent(lab: Lab, api: Api) -> None:
    (media,) = uploaded(api, ("dog.png", PICTURE, "image/png"))
    api.send(ANA, "My dog", media_ids=[media["media_id"]])

    assert (media["status"], media["status_code"], media["size"]) == ("success", 201, len(PICTURE))
    assert fetched(lab, media["media_url"]).content == PICTURE
    assert api.get(f"Media/{media['media_id']}/").body["file_name"] == "dog.png"
    assert [each["media_id"] for each in api.get("Media/").body["objects"]] == [media["media_id"]]
    assert lab.handset(ANA).inbox[0].media[0].data == PICTURE


def test_an_upload_that_is_too_large_or_of_no_type_is_refused_alone(api: Api) -> None:
    good, large, odd, empty = uploaded(
        api,
        ("a.jpg", PICTURE, "image/jpeg"),
        ("b.jpg", bytes(2_000_001), "image/jpeg"),
        ("c.exe", b"MZ", "application/x-msdownload"),
        ("d.jpg", b"", "image/jpeg"),
    )

    assert [each["status"] for each in (good, large, odd, empty)] == ["success", "failed", "failed", "failed"]
    assert large["error_message"] == "the file has 2000001 bytes, 2000000 is the limit"
    assert odd["error_message"] == "content type application/x-msdownload is not supported"
    assert empty["error_message"] == "the file is empty"


def test_an_upload_that_is_none_is_refused(api: Api) -> None:
    answer = api.post("Media/", {"file": "x"})

    assert answer.status == 400
    assert "expected multipart/form-data with parts named 'file'" in answer.body["error"]


def test_unused_uploads_are_kept_six_hours_and_used_ones_longer(lab: Lab, api: Api) -> None:
    unused, used = uploaded(api, ("a.jpg", PICTURE, "image/jpeg"), ("b.jpg", PICTURE, "image/jpeg"))
    api.send(ANA, "x", media_ids=[used["media_id"]])
    lab.advance(hours=6, seconds=1)
    uploaded(api, ("c.jpg", PICTURE, "image/jpeg"))

    assert api.get(f"Media/{unused['media_id']}/").status == 404
    assert api.get(f"Media/{used['media_id']}/").status == 200
    assert api.post("Message/", {"src": LONGCODE, "dst": ANA, "media_ids": [unused["media_id"]]}).status == 400


def test_media_of_a_message_are_listed_read_and_deleted(lab: Lab, api: Api, site: Site) -> None:
    uuid = api.send(ANA, "x", media_urls=[site.put("/x.jpg")])["message_uuid"]
    (media,) = api.get(f"Message/{uuid}/Media/").body["objects"]
    one = api.get(f"Message/{uuid}/Media/{media['media_id']}/").body
    shown = fetched(lab, media["media_url"])
    deleted = api.request("DELETE", f"Message/{uuid}/Media/")

    assert media == {
        "content_type": "image/jpeg",
        "media_id": media["media_id"],
        "media_url": f"{lab.stack.gateway.media.base_url}/media/{media['media_id']}",
        "message_uuid": uuid,
        "size": len(PICTURE),
    }
    assert {name: one[name] for name in media} == media
    assert (shown.content, shown.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert deleted.status == 204
    assert api.get(f"Message/{uuid}/Media/").body["objects"] == []
    assert fetched(lab, media["media_url"]).status_code == 404
    assert api.get("Message/no-such-uuid/Media/").status == 404


def test_an_mms_whose_media_are_deleted_while_it_waits_is_not_sent(lab: Lab, api: Api, site: Site) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.call(lab.carrier("att").mmsc.stop())
    uuid = api.accept(ANA, "Look!", media_urls=[site.put("/x.jpg")])
    lab.advance(60)
    assert api.request("DELETE", f"Message/{uuid}/Media/").status == 204
    lab.call(lab.carrier("att").mmsc.start())
    message = api.settled(uuid)

    assert (message["message_state"], message["error_code"]) == ("failed", "140")
    assert message["selection_reasons"][-1] == "its media were deleted before it was sent"
    assert api.get(f"Message/{uuid}/Media/").body["objects"] == []
    lab.advance(60)
    assert lab.handset(ANA).inbox == []


def test_a_file_that_is_gone_when_its_turn_comes_is_told_as_such(lab: Lab, api: Api, site: Site) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.call(lab.carrier("att").mmsc.stop())
    uuid = api.accept(ANA, "Look!", media_urls=[site.put("/x.jpg")])
    lab.advance(60)
    (media,) = api.get(f"Message/{uuid}/Media/").body["objects"]

    async def delete() -> None:
        lab.stack.gateway.store.delete_media(media["media_id"])
        await lab.stack.gateway.store.commit()

    lab.call(delete())
    lab.call(lab.carrier("att").mmsc.start())
    message = api.settled(uuid)

    assert (message["message_state"], message["error_code"]) == ("failed", "140")
    assert f"media {media['media_id']} was deleted before" in message["selection_reasons"][-1]


# Carriers


def test_a_phone_without_mms_leaves_it_undelivered(lab: Lab, api: Api, site: Site) -> None:
    number = next(
        each
        for each in (f"1415555{index:04d}" for index in range(2000, 2100))
        if lab.stack.directory.carrier_of(each) == "verizon"
    )
    lab.stack.directory.handset(number).device = Device.SMS

    message = api.send(number, "x", media_urls=[site.put("/x.jpg")])

    assert (message["message_state"], message["error_code"]) == ("undelivered", "70")


def test_a_carrier_with_links_delivers_when_the_link_is_opened(lab: Lab, api: Api, site: Site) -> None:
    lab.stack.directory.assign(ANA, "tmobile")
    phone = lab.stack.directory.handset(ANA)
    phone.device = Device.SMS
    uuid = api.accept(ANA, "Look!", media_urls=[site.put("/x.jpg")])
    lab.advance(30)
    before = api.message(uuid)["message_state"]
    page = fetched(lab, phone.inbox[0].text.rpartition(" ")[2])

    assert (before, page.status_code) == ("sent", 200)
    assert "x.jpg" in page.text
    assert api.settled(uuid)["message_state"] == "delivered"


REFUSALS = {2001: "40", 2003: "50", 2004: "130", 3001: "80", 3002: "10", 4001: "300", 4005: "20", 4007: "100"}


@pytest.mark.parametrize(("status", "code"), REFUSALS.items())
def test_a_refusal_fails_with_the_apis_code(lab: Lab, api: Api, status: int, code: str) -> None:
    lab.carrier("att").faults.add("mm7_answer", status_code=status)
    lab.stack.directory.assign(ANA, "att")

    message = api.send(ANA, "x", type="mms")

    assert (message["message_state"], message["error_code"]) == ("failed", code)
    assert f"StatusCode {status}" in message["selection_reasons"][-1]


@pytest.mark.parametrize("settings", [{"status_code": 4006}, {"form": "http_500", "status_code": 4006}])
def test_a_busy_mmsc_gets_it_again(lab: Lab, api: Api, settings: dict[str, object]) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", until_s=20, **{**settings, "form": "status"})

    message = api.send(ANA, "x", type="mms")

    assert message["message_state"] == "delivered"
    assert len(lab.handset(ANA).inbox) == 1
    assert [event.fields["carrier"] for event in lab.journal.events(kind="gateway.held")][:1] == ["att mm7"]


def test_an_mmsc_that_is_down_is_waited_for(lab: Lab, api: Api) -> None:
    lab.stack.directory.assign(ANA, "att")
    carrier = lab.carrier("att")
    lab.call(carrier.mmsc.stop())
    uuid = api.accept(ANA, "x", type="mms")
    lab.advance(60)
    waiting = api.message(uuid)["message_state"]
    lab.call(carrier.mmsc.start())

    assert waiting == "queued"
    assert api.settled(uuid)["message_state"] == "delivered"


UNKNOWN = ["not_xml", "empty", "wrong_transaction", "hang_up"]


@pytest.mark.parametrize("form", UNKNOWN)
def test_an_unknown_outcome_is_submitted_again(lab: Lab, api: Api, form: str) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", form=form, until_s=0.5)

    message = api.send(ANA, "x", type="mms")

    assert message["message_state"] == "delivered"
    assert len(lab.handset(ANA).inbox) >= 2, "at least once"


@pytest.mark.parametrize("form", ["unknown_namespace", "no_length"])
def test_an_odd_answer_is_an_answer(lab: Lab, api: Api, form: str) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", form=form)

    message = api.send(ANA, "x", type="mms")

    assert message["message_state"] == "delivered"
    assert len(lab.handset(ANA).inbox) == 1


@pytest.fixture
def careful() -> Iterator[Api]:
    """A gateway that never sends twice."""
    settings = Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome.AT_MOST_ONCE, receipt_wait_s=600))
    config = replace(LabConfig(), gateway=settings)
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config) as lab:
        yield Api(lab)


@pytest.mark.parametrize("form", UNKNOWN)
def test_at_most_once_an_unknown_outcome_is_never_submitted_again(careful: Api, form: str) -> None:
    lab = careful.lab
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", form=form)
    uuid = careful.accept(ANA, "x", type="mms")
    lab.advance(hours=3, minutes=10)

    assert len(lab.handset(ANA).inbox) == 1
    assert careful.message(uuid)["error_code"] == "420"


def test_a_long_code_keeps_its_pace_over_sms_and_mms(lab: Lab, api: Api) -> None:
    people = [f"1415555{index:04d}" for index in range(1000, 1003)]
    uuids = [api.accept(each, "x", src=LONGCODE, type=kind) for each in people for kind in ("sms", "mms")]
    for uuid in uuids:
        api.settled(uuid)
    sent = sorted(str(api.message(uuid)["message_sent_time"]) for uuid in uuids)

    assert sent[0][:19] < sent[-1][:19]
    assert (len(sent), sent[-1][14:19]) == (6, "00:20"), "one in 4.1 s"


def test_a_tollfree_number_sends_two_mms_a_second(lab: Lab, api: Api) -> None:
    people = "<".join(f"1415555{index:04d}" for index in range(1000, 1021))
    sent = api.post("Message/", {"src": "18335550180", "dst": people, "type": "mms", "text": "x"}).body["message_uuid"]
    for uuid in sent:
        assert api.settled(uuid)["message_state"] == "delivered"
    moments = [event.at.timestamp() for event in lab.journal.events(kind="mm7") if event.fields["direction"] == ">"
               and event.fields["operation"] == "SubmitReq"]  # fmt: skip

    assert len(moments) == 21
    assert 9.0 < moments[-1] - moments[0] < 10.5


def test_after_stop_no_mms_goes_out(lab: Lab, api: Api) -> None:
    api.send(ANA, "x", type="mms")
    lab.handset(ANA).reply("STOP")
    lab.advance(5)
    message = api.send(ANA, "y", type="mms")

    assert (message["message_state"], message["error_code"]) == ("failed", "200")


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
