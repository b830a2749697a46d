"""The ten points that a compatible server has to keep (plivo_api.md 1.2), one test each, named by its point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from live_api import CAMPAIGN
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.registration.campaigns import CampaignForm

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

SEND = {"src": "14155550101", "dst": "14155550199", "text": "hello"}


@pytest.mark.parametrize("path", ["/Powerpack", "/Powerpack//", "//Powerpack/", "/Powerpack/"])
def test_1_slashes_are_collapsed_and_the_last_may_be_missing(api: ApiClient, powerpack: Powerpack, path: str) -> None:
    assert [each["uuid"] for each in api.get(path).json["objects"]] == [powerpack.uuid]
    assert api.get(f"{path}/{powerpack.uuid}//").json["uuid"] == powerpack.uuid


@pytest.mark.parametrize("body", [b'""', b"", b"null", b"{}"], ids=repr)
def test_2_no_parameters_are_said_in_four_ways_by_every_method(
    api: ApiClient, powerpack: Powerpack, body: bytes
) -> None:
    path = f"/Powerpack/{powerpack.uuid}/"
    answers = [api.call(method, path, body=body) for method in ("GET", "POST", "DELETE")]

    assert [each.status for each in answers] == [200, 200, 200]


@pytest.mark.parametrize(("query", "body"), [("?unrent=true", b""), ("", {"unrent": True}), ("", {"unrent": "true"})])
def test_3_a_delete_has_its_parameters_in_the_query_or_in_the_body(
    api: ApiClient, gateway: StandIn, powerpack: Powerpack, query: str, body: Any
) -> None:
    api.post(f"/NumberPool/{powerpack.number_pool_uuid}/Number/14155550102/")
    answer = api.delete(f"/NumberPool/{powerpack.number_pool_uuid}/Number/14155550102/{query}", body)

    assert answer.status == 200
    assert "14155550102" not in gateway.numbers


@pytest.mark.parametrize("query", ["?a=b&?search=hack", "?&?search=hack", "?&?limit=1"])
def test_4_stray_question_marks_and_unknown_keys_are_passed_over(
    api: ApiClient, powerpack: Powerpack, query: str
) -> None:
    answer = api.get(f"/NumberPool/{powerpack.number_pool_uuid}/Number//{query}", body=b'""')

    assert answer.status == 200
    assert answer.json["meta"]["limit"] == (1 if "limit" in query else 20)


def test_5_a_service_in_the_path_is_a_query(api: ApiClient, powerpack: Powerpack) -> None:
    pool = f"/NumberPool/{powerpack.number_pool_uuid}"
    answers = [api.get(f"{pool}/Shortcode/72345/&service=sms"), api.get(f"{pool}/Shortcode/72345/")]

    assert [(each.status, each.json["shortcode"]) for each in answers] == [(200, "72345")] * 2


@pytest.mark.parametrize(("said", "meant"), [(True, True), ("true", True), ("True", True), (False, False)])
@pytest.mark.parametrize("where", ["body", "query"])
def test_6_booleans_are_json_or_words_in_either_case(
    api: ApiClient, gateway: StandIn, said: object, meant: bool, where: str
) -> None:
    body, query = ({"name": "pack", "sticky_sender": said}, "") if where == "body" else (
        {"name": "pack"}, f"?sticky_sender={said}"
    )  # fmt: skip

    assert api.post(f"/Powerpack/{query}", body).json["sticky_sender"] is meant


@pytest.mark.parametrize("place", [1, 2, 3, 4, 5])
def test_7_samples_are_spelled_with_and_without_underscore(api: ApiClient, place: int) -> None:
    """What is refused is the sample itself, so it was understood under both names."""
    form = {**CAMPAIGN, "brand_id": "B1", f"sample{place}": "short"}
    spelled = {f"sample_{name[-1]}" if name.startswith("sample") else name: each for name, each in form.items()}

    errors = [api.post("/10dlc/Campaign/", each).error for each in (form, spelled)]
    assert errors[0] == errors[1]
    assert errors[0].startswith(f'sample{place} is "short", expected')
    assert f"sample{place}" in CampaignForm.__dataclass_fields__


def test_8_unknown_keys_and_explicit_nulls_are_left_alone(api: ApiClient, gateway: StandIn) -> None:
    app_id = api.post("/Application/", {"app_name": "inbox"}).json["app_id"]
    answers = [
        api.delete(f"/Application/{app_id}/", {"app_id": app_id}),
        api.post("/", {"name": None, "city": None, "address": None}),
        api.post("/Message/", {**SEND, "log": "true", "trackable": False, "method": "POST", "type": "sms", "x": 1}),
    ]

    assert [each.status for each in answers] == [204, 202, 202]
    assert gateway.account.name != ""


def test_9_pythons_list_as_a_text_is_an_error(api: ApiClient) -> None:
    wrong = api.post("/Message/", {**SEND, "dst": "['14155550198', '14155550199']"})
    right = api.post("/Message/", {**SEND, "dst": "14155550198<14155550199"})

    assert wrong.status == 400
    assert wrong.error.endswith("is not a valid phone number.")
    assert (right.status, len(right.json["message_uuid"])) == (202, 2)


def test_10_answers_are_json_with_a_body_except_after_204(api: ApiClient) -> None:
    accepted = api.post("/Message/", SEND)
    gone = api.delete("/Number/14155550102/")

    assert (accepted.status, accepted.headers["content-type"]) == (202, "application/json")
    assert accepted.json["message"] == "message(s) queued"
    assert (gone.status, gone.raw) == (204, b"")
