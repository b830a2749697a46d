"""asynchronous.py: a request that names a ``callback_url`` is answered there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

URL = "https://example.com/answer"
SEND = {"src": "14155550101", "dst": "14155550199", "text": "hello"}


def test_the_answer_goes_to_the_url_and_the_request_hears_that_it_was_taken_on(
    api: ApiClient, gateway: StandIn
) -> None:
    answer = api.post("/Message/", {**SEND, "callback_url": URL})

    assert answer.status == 202
    assert answer.json == {"api_id": answer.json["api_id"], "message": "async api spawned"}
    ((method, url, params),) = gateway.told
    assert (method, url) == ("POST", URL)
    assert params["api_id"] == answer.json["api_id"]
    assert (params["status_code"], params["message"]) == ("202", "message(s) queued")
    assert len(msgspec.json.decode(params["message_uuid"])) == 1
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"/Number/?limit=2&callback_url={URL}&callback_method=GET", b"", "200"),
        ("DELETE", "/Number/14155550102/", {"callback_url": URL, "callback_method": "get"}, "204"),
        ("POST", f"/Application/?callback_url={URL}&callback_method=get", {"app_name": "inbox"}, "201"),
        ("GET", f"/Powerpack/none/?callback_url={URL}&callback_method=GET", b"", "404"),
        ("POST", "/Message/", {**SEND, "dst": "x", "callback_url": URL, "callback_method": "GET"}, "400"),
    ],
    ids=["list", "delete", "create", "not found", "refused"],
)
def test_any_request_may_be_asynchronous_and_refusals_are_told_too(
    api: ApiClient, gateway: StandIn, method: str, path: str, body: Any, status: str
) -> None:
    answer = api.call(method, path, body=body)

    assert answer.status == (200 if method == "DELETE" else 202)
    ((told_by, url, params),) = gateway.told
    assert (told_by, url, params["status_code"]) == ("GET", URL, status)
    assert ("error" in params) is (int(status) >= 400)


def test_a_list_is_told_as_json(api: ApiClient, gateway: StandIn) -> None:
    api.get(f"/Number/?callback_url={URL}")

    ((_, _, params),) = gateway.told
    assert msgspec.json.decode(params["objects"]) == api.get("/Number/").json["objects"]
    assert msgspec.json.decode(params["meta"])["total_count"] == 4


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"callback_url": "ftp://example.com"}, "callback_url"),
        ({"callback_url": 7}, "callback_url"),
        ({"callback_url": URL, "callback_method": "PUT"}, "callback_method"),
    ],
    ids=str,
)
def test_a_wrong_address_is_refused_at_once_and_nothing_is_done(
    api: ApiClient, gateway: StandIn, change: dict[str, object], error: str
) -> None:
    answer = api.post("/Message/", {**SEND, **change})

    assert answer.status == 400
    assert answer.error.startswith(f"{error} is ")
    assert (gateway.told, gateway.asked) == ([], [])


@pytest.mark.parametrize("authorization", [None, "Basic d3Jvbmc6d3Jvbmc="])
def test_strangers_can_have_nothing_sent_anywhere(api: ApiClient, gateway: StandIn, authorization: str | None) -> None:
    api.authorization = authorization

    assert api.post("/Message/", {**SEND, "callback_url": URL}).status == 401
    assert api.request("GET", f"/docs/?callback_url={URL}").status == 200
    assert gateway.told == []


def test_an_operation_with_a_callback_url_of_its_own_means_that_one(api: ApiClient, gateway: StandIn) -> None:
    answer = api.post("/TollfreeVerification/", {"number": "18005550104", "callback_url": URL})

    assert answer.status == 400
    assert gateway.told == []


def test_an_empty_callback_url_and_one_in_a_text_are_none(api: ApiClient, gateway: StandIn) -> None:
    answers = [api.post("/Message/", {**SEND, **more}) for more in ({"callback_url": ""}, {"text": "callback_url"})]

    assert [len(each.json["message_uuid"]) for each in answers] == [1, 1]
    assert gateway.told == []
