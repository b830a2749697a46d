"""Media of MMS: had by their address or uploaded, listed, kept and deleted, or not to be had at all."""

from collections.abc import Callable

import pytest

from contract.mms_site import ANA, LONGCODE, PICTURE, Site, fetched, uploaded
from contract_support import Api
from powerpack_gateway.media import TOTAL_BYTES_MAX
from powerpack_lab.lab import Lab

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
    lab.advance(hours=5, minutes=59)
    uploaded(api, ("c.jpg", PICTURE, "image/jpeg"))  # looks for what is kept no more, and not again for an hour
    lab.advance(minutes=2)

    assert api.get(f"Media/{unused['media_id']}/").status == 404
    assert api.get(f"Media/{used['media_id']}/").status == 200
    assert unused["media_id"] not in [each["media_id"] for each in api.get("Media/").body["objects"]]
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


def test_an_upload_stays_when_it_is_taken_from_a_message(lab: Lab, api: Api) -> None:
    (upload,) = uploaded(api, ("a.jpg", PICTURE, "image/jpeg"))
    uuid = api.send(ANA, "x", media_ids=[upload["media_id"]])["message_uuid"]

    assert api.request("DELETE", f"Message/{uuid}/Media/").status == 204
    assert api.get(f"Message/{uuid}/Media/").body["objects"] == []
    assert api.get(f"Media/{upload['media_id']}/").status == 200
    assert api.send(ANA, "again", media_ids=[upload["media_id"]])["message_state"] == "delivered"


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
