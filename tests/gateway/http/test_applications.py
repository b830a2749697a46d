"""applications.py: create, get, list, update, delete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn


@pytest.fixture
def app_id(api: ApiClient) -> str:
    """An application that receives messages."""
    created = api.post("/Application/", {"app_name": "inbox", "message_url": "https://example.com/inbox"})
    app_id = created.json["app_id"]
    assert isinstance(app_id, str)
    return app_id


def test_an_application_is_created_with_201_and_its_id(api: ApiClient) -> None:
    answer = api.post("/Application/", {"app_name": "inbox"})

    assert answer.status == 201
    assert answer.json == {
        "api_id": answer.json["api_id"],
        "app_id": answer.json["app_id"],
        "message": "created",
    }
    assert re.fullmatch(r"1\d{16}", answer.json["app_id"])
    assert api.get(f"/Application/{answer.json['app_id']}/").json["app_name"] == "inbox"


def test_an_application_shows_everything_about_itself(api: ApiClient, app_id: str) -> None:
    answer = api.get(f"/Application/{app_id}/")

    assert answer.json == {
        "answer_method": "POST",
        "answer_url": "",
        "api_id": answer.json["api_id"],
        "app_id": app_id,
        "app_name": "inbox",
        "application_type": "XML",
        "default_app": False,
        "default_endpoint_app": False,
        "enabled": True,
        "fallback_answer_url": "",
        "fallback_method": "POST",
        "hangup_method": "POST",
        "hangup_url": "",
        "log_incoming_message": True,
        "log_incoming_messages": True,
        "message_method": "POST",
        "message_url": "https://example.com/inbox",
        "public_uri": False,
        "resource_uri": f"{api.root}/Application/{app_id}/",
        "sip_uri": f"sip:{app_id}@app.plivo.com",
        "sub_account": None,
    }


def test_an_update_changes_what_is_given_and_nothing_else(api: ApiClient, app_id: str) -> None:
    had = api.get(f"/Application/{app_id}/").json

    answer = api.post(
        f"/Application/{app_id}/",
        {
            "app_id": "7",
            "app_name": "outbox",
            "answer_url": "http://example.com/answer",
            "message_method": "get",
            "log_incoming_messages": "False",
            "default_number_app": True,
            "public_uri": None,
        },
    )

    assert (answer.status, answer.json["message"]) == (202, "changed")
    changed = api.get(f"/Application/{app_id}/").json
    assert changed == had | {
        "api_id": changed["api_id"],
        "answer_url": "http://example.com/answer",
        "message_method": "GET",
        "log_incoming_message": False,
        "log_incoming_messages": False,
        "default_app": True,
    }


def test_a_url_is_taken_away_by_an_empty_one(api: ApiClient, app_id: str) -> None:
    api.post(f"/Application/{app_id}/", {"message_url": ""})

    assert api.get(f"/Application/{app_id}/").json["message_url"] == ""


def test_applications_are_listed_by_name(api: ApiClient, app_id: str) -> None:
    api.post("/Application/", {"app_name": "other"})

    answer = api.get("/Application/?app_name=inbox")

    assert [each["app_id"] for each in answer.json["objects"]] == [app_id]


def test_applications_are_listed_by_subaccount(api: ApiClient, app_id: str) -> None:
    api.post(f"/Application/{app_id}/", {"subaccount": "SAXXXXXXXXXXXXXXXXXX"})

    assert api.get("/Application/?subaccount=SAXXXXXXXXXXXXXXXXXX").json["meta"]["total_count"] == 1
    assert api.get("/Application/?subaccount=SAYYYYYYYYYYYYYYYYYY").json["meta"]["total_count"] == 0


def test_a_deleted_application_is_gone(api: ApiClient, gateway: StandIn, app_id: str) -> None:
    answer = api.delete(f"/Application/{app_id}/", {"app_id": app_id, "cascade": True})

    assert (answer.status, answer.raw) == (204, b"")
    assert len(gateway.applications) == 0


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_application_is_not_found(api: ApiClient, method: str) -> None:
    answer = api.call(method, "/Application/7/")

    assert (answer.status, answer.error) == (404, "application 7 not found")


WRONG: list[tuple[dict[str, object], str]] = [
    ({}, "app_name parameter is missing"),
    ({"app_name": "in box"}, "app_name is \"in box\", expected up to 255 letters, digits, '-' and '_'"),
    ({"app_name": "x" * 256}, 'app_name is "xxxxx'),
    ({"app_name": "x", "message_url": "inbox"}, 'message_url is "inbox", expected an http or https URL'),
    ({"app_name": "x", "message_method": "PUT"}, 'message_method is "PUT", expected one of post, get'),
    ({"app_name": "x", "public_uri": "maybe"}, 'public_uri is "maybe", expected true or false'),
]


@pytest.mark.parametrize(("body", "said"), WRONG, ids=[said[:40] for _, said in WRONG])
def test_a_wrong_application_is_refused_by_field(
    api: ApiClient, gateway: StandIn, body: dict[str, object], said: str
) -> None:
    answer = api.post("/Application/", body)

    assert answer.status == 400
    assert answer.error.startswith(said)
    assert len(gateway.applications) == 0
