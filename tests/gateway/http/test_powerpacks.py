"""powerpacks.py: create, get, list, update, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from powerpack_gateway.powerpacks import Powerpack

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

US_SMS = {
    "country_iso": "US",
    "service_type": "SMS",
    "priority": {"priority1": "longcode", "priority2": "tollfree", "priority3": None},
}


def order(country: str, service: str, *types: str | None) -> dict[str, Any]:
    return {
        "country_iso": country,
        "service_type": service,
        "priority": dict(zip(("priority1", "priority2", "priority3"), types, strict=True)),
    }


DEFAULTS = [
    order("US", "SMS", "shortcode", "tollfree", "longcode"),
    order("US", "MMS", "shortcode", "tollfree", "longcode"),
    order("CA", "SMS", "shortcode", "longcode", "tollfree"),
    order("CA", "MMS", "shortcode", "longcode", "tollfree"),
]


def test_a_powerpack_needs_a_name_only(api: ApiClient) -> None:
    answer = api.post("/Powerpack/", {"name": "welcome"})

    assert answer.status == 200
    assert answer.json == {
        "api_id": "00000000-0000-4000-8000-000000000001",
        "application_id": "",
        "application_type": "",
        "created_on": "2026-03-31T12:30:45.123456Z",
        "local_connect": True,
        "name": "welcome",
        "number_pool": f"{api.root}/NumberPool/00000000-0000-4000-8000-000000000003/",
        "number_priority": DEFAULTS,
        "sticky_sender": True,
        "uuid": "00000000-0000-4000-8000-000000000002",
    }


def test_everything_that_is_given_is_kept(api: ApiClient) -> None:
    created = api.post(
        "/Powerpack/",
        {
            "name": "welcome",
            "sticky_sender": "false",
            "local_connect": False,
            "application_type": "PHLO",
            "application_id": 20468599130939380,
            "number_priority": [US_SMS],
        },
    )

    answer = api.get(f"/Powerpack/{created.json['uuid']}/")

    assert answer.status == 200
    assert (answer.json["sticky_sender"], answer.json["local_connect"]) == (False, False)
    assert (answer.json["application_type"], answer.json["application_id"]) == ("PHLO", "20468599130939380")
    assert answer.json["number_priority"] == [US_SMS, *DEFAULTS[1:]]


def test_an_update_changes_what_is_given_and_nothing_else(api: ApiClient) -> None:
    created = api.post("/Powerpack/", {"name": "welcome", "sticky_sender": False}).json

    answer = api.post(f"/Powerpack/{created['uuid']}/", {"local_connect": False, "number_priority": [US_SMS]})

    assert answer.status == 200
    assert answer.json == created | {
        "api_id": answer.json["api_id"],
        "local_connect": False,
        "number_priority": [US_SMS, *DEFAULTS[1:]],
    }


@pytest.mark.parametrize("nothing", ["none", "None", ""])
def test_an_application_is_taken_away_by_naming_none(api: ApiClient, nothing: str, gateway: StandIn) -> None:
    gateway.has_application("1")
    created = api.post("/Powerpack/", {"name": "x", "application_type": "xml", "application_id": "1"}).json

    answer = api.post(f"/Powerpack/{created['uuid']}/", {"application_id": nothing})

    assert (answer.json["application_id"], answer.json["application_type"]) == ("", "")


def test_the_type_of_an_application_is_changed_alone_only_where_there_is_one(api: ApiClient, gateway: StandIn) -> None:
    gateway.has_application("1")
    with_one = api.post("/Powerpack/", {"name": "x", "application_type": "xml", "application_id": "1"}).json
    without = api.post("/Powerpack/", {"name": "y"}).json

    changed = api.post(f"/Powerpack/{with_one['uuid']}/", {"application_type": "phlo"}).json
    unchanged = api.post(f"/Powerpack/{without['uuid']}/", {"application_type": "phlo"}).json

    assert (changed["application_type"], changed["application_id"]) == ("PHLO", "1")
    assert (unchanged["application_type"], unchanged["application_id"]) == ("", "")


def test_an_update_that_says_nothing_changes_nothing(api: ApiClient) -> None:
    created = api.post("/Powerpack/", {"name": "welcome"}).json

    answer = api.post(f"/Powerpack/{created['uuid']}/", b'""')

    assert answer.json == created | {"api_id": answer.json["api_id"]}


def test_powerpacks_are_listed_with_their_count(api: ApiClient) -> None:
    for name in ("one", "two", "three"):
        api.post("/Powerpack/", {"name": name})

    answer = api.get("/Powerpack/?limit=2&offset=1")

    assert [each["name"] for each in answer.json["objects"]] == ["two", "three"]
    assert answer.json["meta"]["total_count"] == 3


def test_a_deleted_powerpack_is_gone_and_its_numbers_stay(
    api: ApiClient, gateway: StandIn, powerpack: Powerpack
) -> None:
    answer = api.delete(f"/Powerpack/{powerpack.uuid}/")

    assert answer.status == 200
    assert answer.json["response"] == "success"
    assert api.get(f"/Powerpack/{powerpack.uuid}/").status == 404
    assert "14155550101" in gateway.numbers


@pytest.mark.parametrize("told", [("?unrent_numbers=true", b""), ("", {"unrent_numbers": True})], ids=["query", "body"])
def test_a_powerpacks_numbers_are_given_back_when_told_so_in_query_or_body(
    api: ApiClient, gateway: StandIn, powerpack: Powerpack, told: tuple[str, object]
) -> None:
    gateway.powerpacks.remove_number(powerpack.uuid, "72345")

    answer = api.delete(f"/Powerpack/{powerpack.uuid}/{told[0]}", told[1])

    assert answer.status == 200
    assert "14155550101" not in gateway.numbers


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_powerpack_is_not_found(api: ApiClient, method: str) -> None:
    answer = api.call(method, "/Powerpack/abc/")

    assert (answer.status, answer.error) == (404, "powerpack abc not found")


def test_a_second_powerpack_of_the_same_name_is_refused(api: ApiClient) -> None:
    api.post("/Powerpack/", {"name": "welcome"})

    answer = api.post("/Powerpack/", {"name": "welcome"})

    assert (answer.status, answer.error) == (400, "a powerpack with the name 'welcome' exists already")


WRONG: list[tuple[dict[str, object], str]] = [
    ({}, "name parameter is missing"),
    ({"name": "x" * 256}, "name has 256 characters, 255 is the limit"),
    ({"name": "x", "sticky_sender": "maybe"}, 'sticky_sender is "maybe", expected true or false'),
    ({"name": "x", "application_id": "1"}, "application_type parameter is missing: application_id is given"),
    (
        {"name": "x", "application_id": "1", "application_type": "fax"},
        'application_type is "fax", expected one of xml, phlo',
    ),
    ({"name": "x", "number_priority": {}}, "number_priority is {}, expected an array of at most 4 objects"),
    ({"name": "x", "number_priority": [US_SMS] * 5}, "number_priority is [{"),
    ({"name": "x", "number_priority": ["US"]}, 'number_priority[0] is "US", expected an object'),
    (
        {"name": "x", "number_priority": [{"country_iso": "US", "service_type": "SMS"}]},
        "number_priority[0].priority is null, expected an object with priority1, priority2, priority3",
    ),
    (
        {"name": "x", "number_priority": [order("US", "SMS", "fax", None, None)]},
        'number_priority[0].priority.priority1 is "fax", expected one of shortcode, tollfree, longcode',
    ),
    (
        {"name": "x", "number_priority": [order("US", "SMS", None, None, None)]},
        "number_priority[0].priority names no type",
    ),
    (
        {"name": "x", "number_priority": [order("US", "FAX", "longcode", None, None)]},
        'number_priority[0].service_type is "FAX", expected one of sms, mms',
    ),
    (
        {"name": "x", "number_priority": [{"country_iso": "US", "priority": {"priority1": "longcode"}}]},
        "number_priority[0].service_type parameter is missing",
    ),
    (
        {"name": "x", "number_priority": [{"service_type": "SMS", "priority": {"priority1": "longcode"}}]},
        "number_priority[0].country_iso parameter is missing",
    ),
    (
        {"name": "x", "number_priority": [order("MX", "SMS", "longcode", None, None)]},
        "number_priority: country_iso is 'MX', expected one of US, CA",
    ),
    (
        {"name": "x", "number_priority": [order("US", "SMS", "longcode", "longcode", None)]},
        "number_priority for US SMS names a type twice: longcode, longcode",
    ),
    ({"name": "x", "number_priority": [US_SMS, US_SMS]}, "number_priority names US SMS twice"),
]


@pytest.mark.parametrize(("body", "said"), WRONG, ids=[said[:50] for _, said in WRONG])
def test_a_wrong_powerpack_is_refused_by_field(
    api: ApiClient, gateway: StandIn, body: dict[str, object], said: str
) -> None:
    answer = api.post("/Powerpack/", body)

    assert answer.status == 400
    assert answer.error.startswith(said)
    assert len(gateway.powerpacks) == 0
