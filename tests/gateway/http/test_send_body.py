"""send_body.py: the shape and types of POST Message/."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from powerpack_gateway.numbers import Service
from powerpack_gateway.send_form import DESTINATIONS_MAX, MEDIA_MAX, TEXT_LENGTH_MAX
from powerpack_gateway.sending import SendRequest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

SMS = {"src": "14155550101", "dst": "14155550199", "text": "hello"}
MMS = {"powerpack_uuid": "abc", "dst": "14155550199", "type": "mms"}


def test_the_shortest_request_gets_the_documented_defaults(api: ApiClient, gateway: StandIn) -> None:
    api.post("/Message/", SMS)

    assert gateway.asked == [
        SendRequest(
            src="14155550101",
            powerpack_uuid=None,
            destinations=("14155550199",),
            text="hello",
            service=Service.SMS,
            url=None,
            method="POST",
            log="true",
            message_expiry_s=10_800,
            media_urls=(),
            media_ids=(),
            requester_ip="192.0.2.7",
        )
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"url": ""}, {"url": None}, {"powerpack_uuid": ""}, {"method": "POST"}, {"log": True}, {"type": "sms"},
        {"log": False}, {"url": "https://example.com/s", "method": "GET"}, {"message_expiry": 5}, {"media_urls": None},
    ],
    ids=str,
)  # fmt: skip
def test_the_usual_requests_mean_the_same_read_at_once_and_field_by_field(
    api: ApiClient, gateway: StandIn, more: dict[str, object]
) -> None:
    assert api.post("/Message/", {**SMS, **more}).status == 202
    assert api.post("/Message/?nobody=asks", {**SMS, **more}).status == 202  # a query is read the long way

    assert gateway.asked[0] == gateway.asked[1]
    assert gateway.asked[0].url != ""


def test_everything_that_is_given_reaches_the_gateway(api: ApiClient, gateway: StandIn) -> None:
    api.post(
        "/Message/",
        {
            "powerpack_uuid": "abc",
            "dst": "+14155550198<14155550199",
            "text": "hello",
            "type": "mms",
            "media_urls": ["https://example.com/a.png"],
            "media_ids": ["one", "two"],
            "url": "https://example.com/status",
            "method": "get",
            "log": "false",
            "message_expiry": 60,
            "trackable": False,
            "dlt_entity_id": "1",
        },
    )

    assert gateway.asked == [
        SendRequest(
            src=None,
            powerpack_uuid="abc",
            destinations=("+14155550198", "14155550199"),
            text="hello",
            service=Service.MMS,
            url="https://example.com/status",
            method="GET",
            log="false",
            message_expiry_s=60,
            media_urls=("https://example.com/a.png",),
            media_ids=("one", "two"),
            requester_ip="192.0.2.7",
        )
    ]


@pytest.mark.parametrize(
    ("log", "kept"),
    [
        ("true", "true"),
        (True, "true"),
        ("True", "true"),
        ("", "true"),
        (None, "true"),
        ("false", "false"),
        (False, "false"),
        ("content_only", "content_only"),
        ("number_only", "number_only"),
    ],
)
def test_what_is_logged_is_said_in_many_ways(api: ApiClient, gateway: StandIn, log: object, kept: str) -> None:
    api.post("/Message/", SMS | {"log": log})

    assert gateway.asked[0].log == kept


@pytest.mark.parametrize("expiry", [5, "5", 10_799])
def test_an_expiry_inside_the_bounds_is_taken(api: ApiClient, gateway: StandIn, expiry: object) -> None:
    api.post("/Message/", SMS | {"message_expiry": expiry})

    assert gateway.asked[0].message_expiry_s == int(str(expiry))


def test_parameters_may_stand_in_the_query(api: ApiClient, gateway: StandIn) -> None:
    answer = api.post("/Message/?src=14155550101&dst=14155550199", {"text": "hello"})

    assert answer.status == 202
    assert gateway.asked[0].src == "14155550101"


def test_an_mms_needs_text_or_media_and_not_both(api: ApiClient, gateway: StandIn) -> None:
    answers = [
        api.post("/Message/", MMS | {"text": "hello"}),
        api.post("/Message/", MMS | {"media_urls": ["http://example.com/a.png"]}),
        api.post("/Message/", MMS | {"media_ids": ["one"]}),
    ]

    assert [answer.status for answer in answers] == [202, 202, 202]


def test_a_thousand_destinations_are_taken_and_the_same_one_twice_counts_once(api: ApiClient, gateway: StandIn) -> None:
    numbers = [f"1415{5550000 + index}" for index in range(DESTINATIONS_MAX)]

    answer = api.post("/Message/", SMS | {"dst": "<".join([*numbers, numbers[0]])})

    assert answer.status == 202
    assert len(gateway.asked[0].destinations) == DESTINATIONS_MAX + 1


def test_the_largest_sensible_request_is_under_the_body_limit(api: ApiClient) -> None:
    numbers = [f"+1415{5550000 + index}" for index in range(DESTINATIONS_MAX)]
    urls = [f"https://example.com/{'a' * 2_000}" for _ in range(MEDIA_MAX)]
    request = MMS | {"dst": "<".join(numbers), "text": "x", "media_urls": urls}
    raw = msgspec.json.encode(request).replace(b'"x"', b'"' + b"\\u00e9" * TEXT_LENGTH_MAX + b'"')

    answer = api.post("/Message/", raw)

    assert answer.status == 202
    assert len(raw) < 65_536


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dst": None}, "dst parameter is missing"),
        ({"dst": ""}, "dst parameter is missing"),
        ({"dst": ["14155550198", "14155550199"]}, 'dst is ["14155550198","14155550199"], expected a string'),
        (
            {"dst": "<".join(f"1415{5550000 + index}" for index in range(DESTINATIONS_MAX + 1))},
            "dst has 1001 destinations, 1000 is the limit",
        ),
        ({"src": None}, "src and powerpack_uuid are both missing, expected one of them"),
        ({"powerpack_uuid": "abc"}, "src and powerpack_uuid are both given, expected only one of them"),
        ({"src": {}}, "src is {}, expected a string"),
        ({"type": "whatsapp"}, 'type is "whatsapp", expected one of sms, mms'),
        ({"type": 1}, 'type is "1", expected one of sms, mms'),
        ({"text": None}, "text parameter is missing"),
        ({"text": ""}, "text parameter is missing"),
        ({"text": ["hello"]}, 'text is ["hello"], expected a string'),
        ({"text": "x" * 1_601}, "text has 1601 characters, 1600 is the limit"),
        ({"type": "mms", "text": ""}, "text, media_urls and media_ids are all missing, expected at least one of them "),
        ({"media_urls": ["http://example.com/"], "type": "fax"}, 'type is "fax", expected one of sms, mms'),
        ({"type": "mms", "media_urls": "http://a/"}, 'media_urls is "http://a/", expected an array of strings'),
        ({"type": "mms", "media_urls": ["a.png"]}, 'media_urls is "a.png", expected an http or https URL'),
        (
            {"type": "mms", "media_ids": ["a"] * 6, "media_urls": ["http://a/"] * 5},
            "media_urls and media_ids name 11 attachments, 10 is the limit",
        ),
        ({"url": "localhost:8000"}, 'url is "localhost:8000", expected an http or https URL'),
        ({"method": "PUT"}, 'method is "PUT", expected one of post, get'),
        ({"log": "maybe"}, 'log is "maybe", expected one of true, false, content_only, number_only'),
        ({"message_expiry": 4}, "message_expiry is 4, expected an integer from 5 to 10799"),
        ({"message_expiry": 10_800}, "message_expiry is 10800, expected an integer from 5 to 10799"),
        ({"message_expiry": "soon"}, 'message_expiry is "soon", expected an integer from 5 to 10799'),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_wrong_request_is_refused_by_name_and_nothing_is_sent(
    api: ApiClient, gateway: StandIn, change: dict[str, object], said: str
) -> None:
    answer = api.post("/Message/", SMS | change)

    assert answer.status == 400
    assert answer.error.startswith(said)
    assert gateway.asked == []


@pytest.mark.parametrize("body", [b"", b'""', b"null", b"{}"], ids=repr)
def test_a_request_that_says_nothing_misses_its_destination(api: ApiClient, body: bytes) -> None:
    answer = api.post("/Message/", body)

    assert (answer.status, answer.error) == (400, "dst parameter is missing")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"dst=1&src=2", b'{"dst": "\xff"}', b"[" * 50_000],
    ids=["cut", "array", "form", "no utf-8", "deep"],
)
def test_a_body_that_is_no_json_object_is_refused_in_plivos_words(api: ApiClient, body: bytes) -> None:
    answer = api.post("/Message/", body)

    assert answer.status == 400
    assert answer.error.startswith("invalid json data sent in raw POST: ")
