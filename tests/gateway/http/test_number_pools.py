"""number_pools.py: the numbers, short codes and toll-free numbers of a Powerpack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.powerpacks import Powerpack

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn


@pytest.fixture
def pool(powerpack: Powerpack) -> str:
    """The path of the pool."""
    return f"/NumberPool/{powerpack.number_pool_uuid}"


def listed(api: ApiClient, path: str, key: str = "number") -> list[str]:
    answer = api.get(path)
    assert answer.status == 200
    assert answer.json["meta"]["total_count"] == len(answer.json["objects"])
    return [each[key] for each in answer.json["objects"]]


def test_a_pool_names_its_lists(api: ApiClient, pool: str, powerpack: Powerpack) -> None:
    answer = api.get(f"{pool}/")

    assert answer.json["uuid"] == powerpack.number_pool_uuid
    assert answer.json["numbers"] == f"{api.root}{pool}/Number/"
    assert answer.json["shortcodes"] == f"{api.root}{pool}/Shortcode/"
    assert answer.json["tollfree"] == f"{api.root}{pool}/Tollfree/"


@pytest.mark.parametrize("path", ["", "Number/", "Number/14155550101/", "Shortcode/", "Tollfree/"])
def test_an_unknown_pool_is_not_found(api: ApiClient, path: str) -> None:
    answer = api.get(f"/NumberPool/abc/{path}")

    assert (answer.status, answer.error) == (404, "number pool abc not found")


def test_a_short_code_is_added_by_support_only(api: ApiClient, pool: str) -> None:
    answer = api.post(f"{pool}/Number/72345/")

    assert (answer.status, answer.error) == (400, "number 72345 is a short code: support adds it to a Powerpack")


def test_the_ends_of_a_pools_list_are_empty_texts(api: ApiClient, pool: str) -> None:
    for path in ("Number", "Shortcode", "Tollfree"):
        meta = api.get(f"{pool}/{path}/").json["meta"]

        assert (meta["next"], meta["previous"]) == ("", "")


def test_a_pools_neighbour_pages_are_addresses(api: ApiClient, pool: str) -> None:
    meta = api.get(f"{pool}/Number/?limit=1&offset=1").json["meta"]

    assert meta["next"] == f"{api.root}{pool}/Number/?limit=1&offset=2"
    assert meta["previous"] == f"{api.root}{pool}/Number/?limit=1&offset=0"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["14155550101", "14155550102", "18005550104"]),
        ("?&?search=hack", ["14155550101", "14155550102", "18005550104"]),
        ("?type=fixed", ["14155550101", "14155550102"]),
        ("?type=tollfree", ["18005550104"]),
        ("?type=toll-free", ["18005550104"]),
        ("?type=mobile", []),
        ("?service=mms", ["14155550101", "18005550104"]),
        ("?service=sms", ["14155550101", "14155550102", "18005550104"]),
        ("?country_iso2=ca", []),
        ("?country_iso2=US&starts_with=415", ["14155550101", "14155550102"]),
        ("?country_iso2=US&starts_with=4155550101,800", ["14155550101", "18005550104"]),
        ("?country_iso2=US&starts_with=4155550102&starts_with=800", ["14155550102", "18005550104"]),
        ("?country_iso2=US&starts_with=212", []),
    ],
)
def test_the_numbers_of_a_pool_pass_its_filters(api: ApiClient, pool: str, query: str, numbers: list[str]) -> None:
    assert listed(api, f"{pool}/Number/{query}") == numbers


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("type=fax", 'type is "fax", expected one of fixed, mobile, tollfree, toll-free'),
        ("service=fax", 'service is "fax", expected one of sms, mms'),
        ("starts_with=415", "starts_with needs country_iso2, expected one of US, CA"),
        ("starts_with=415&country_iso2=DE", "starts_with needs country_iso2, expected one of US, CA"),
        ("country_iso2=US&starts_with=" + ",".join("1" * 11), "starts_with has 11 prefixes, 10 is the limit"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(api: ApiClient, pool: str, query: str, said: str) -> None:
    answer = api.get(f"{pool}/Number/?{query}")

    assert (answer.status, answer.error) == (400, said)


def test_short_codes_and_tollfree_numbers_have_lists_of_their_own(api: ApiClient, pool: str) -> None:
    assert listed(api, f"{pool}/Shortcode/", "shortcode") == ["72345"]
    assert listed(api, f"{pool}/Tollfree/") == ["18005550104"]
    assert listed(api, f"{pool}/Tollfree/", "tollfree") == ["18005550104"]


def test_a_number_of_a_pool_says_where_it_belongs(api: ApiClient, pool: str, powerpack: Powerpack) -> None:
    answer = api.get(f"{pool}/Number/14155550101/")

    assert answer.json == {
        "account_phone_number_resource": f"{api.root}/Number/14155550101/",
        "added_on": "2026-03-31T12:30:45.123456Z",
        "api_id": answer.json["api_id"],
        "country_iso2": "US",
        "number": "14155550101",
        "number_pool_uuid": powerpack.number_pool_uuid,
        "numberpool_uuid": powerpack.number_pool_uuid,
        "service": "mms",
        "type": "fixed",
    }


def test_a_short_code_of_a_pool_says_where_it_belongs(api: ApiClient, pool: str, powerpack: Powerpack) -> None:
    answer = api.get(f"{pool}/Shortcode/72345/")

    assert answer.json == {
        "added_on": "2026-03-31T12:30:45.123456Z",
        "api_id": answer.json["api_id"],
        "country_iso2": "US",
        "number_pool_uuid": powerpack.number_pool_uuid,
        "service": "sms",
        "shortcode": "72345",
    }


@pytest.mark.parametrize(
    "path",
    [
        "Number/14155550101/",
        "Number/+14155550101",
        "Number/%2B14155550101/",
        "Number/14155550101//?service=mms",
        "Number/18005550104/",
        "Tollfree/18005550104/",
        "Shortcode/72345/&service=sms",
    ],
)
def test_a_member_is_found_however_the_sdks_spell_it(api: ApiClient, pool: str, path: str) -> None:
    assert api.get(f"{pool}/{path}").status == 200


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Number/16135550103/", "longcode or tollfree 16135550103 is not in this number pool"),
        ("Number/72345/", "longcode or tollfree 72345 is not in this number pool"),
        ("Tollfree/14155550101/", "tollfree 14155550101 is not in this number pool"),
        ("Shortcode/18005550104/", "shortcode 18005550104 is not in this number pool"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_not_in_a_list_is_not_found_there(api: ApiClient, pool: str, method: str, path: str, said: str) -> None:
    answer = api.call(method, f"{pool}/{path}")

    assert (answer.status, answer.error) == (404, said)


def test_a_number_without_mms_is_not_found_for_mms(api: ApiClient, pool: str) -> None:
    answer = api.get(f"{pool}/Number/14155550102/?service=mms")

    assert answer.status == 404
    assert answer.error == "number 14155550102 is in this number pool with service 'sms', not 'mms'"


@pytest.mark.parametrize("body", [b'""', b"", {"rent": "false"}, {"service": "sms"}], ids=repr)
def test_an_own_number_is_added(api: ApiClient, gateway: StandIn, pool: str, body: object) -> None:
    answer = api.post(f"{pool}/Number/+16135550103/", body)

    assert answer.status == 200
    assert (answer.json["number"], answer.json["service"]) == ("16135550103", "sms")
    assert gateway.powerpacks.owner_of("16135550103") is not None


def test_adding_again_changes_the_service(api: ApiClient, pool: str) -> None:
    answer = api.post(f"{pool}/Number/14155550101/", {"service": "sms"})

    assert (answer.status, answer.json["service"]) == (200, "sms")


@pytest.mark.parametrize("rent", [True, "true", "True"], ids=repr)
def test_a_number_for_sale_is_rented_and_added(api: ApiClient, gateway: StandIn, pool: str, rent: object) -> None:
    answer = api.post(f"{pool}/Number/12125560112/", {"rent": rent, "service": "mms"})

    assert answer.status == 200
    assert answer.json["service"] == "mms"
    assert "12125560112" in gateway.numbers


def test_a_number_that_the_account_does_not_have_is_not_found(api: ApiClient, pool: str) -> None:
    answer = api.post(f"{pool}/Number/12125550111/")

    assert (answer.status, answer.error) == (404, "number 12125550111 not found in this account")


def test_a_tollfree_number_is_rented_and_added_with_mms_detected(api: ApiClient, pool: str) -> None:
    answer = api.post(f"{pool}/Tollfree/18885550114/", {"rent": "true"})

    assert answer.status == 200
    assert (answer.json["type"], answer.json["service"], answer.json["tollfree"]) == ("tollfree", "mms", "18885550114")


def test_a_long_code_is_no_tollfree_number(api: ApiClient, pool: str) -> None:
    answer = api.post(f"{pool}/Tollfree/16135550103/")

    assert (answer.status, answer.error) == (400, "number 16135550103 is a longcode, expected a tollfree number")


@pytest.mark.parametrize(
    ("path", "body", "is_rented"),
    [
        ("Number/14155550101/", b"", True),
        ("Number/14155550101/", {"unrent": False}, True),
        ("Number/14155550101/", {"unrent": "true"}, False),
        ("Number/14155550101/?unrent=True", b'""', False),
        ("Tollfree/18005550104/", b"", True),
        ("Tollfree/18005550104/", {"unrent": True}, False),
        ("Shortcode/72345/", b"", True),
        ("Shortcode/72345/", {"unrent": True}, True),
    ],
)
def test_a_member_is_removed_and_given_back_when_told_so(
    api: ApiClient, gateway: StandIn, pool: str, path: str, body: object, is_rented: bool
) -> None:
    number = path.split("/")[1]

    answer = api.delete(f"{pool}/{path}", body)

    assert (answer.status, answer.json["response"]) == (200, "success")
    assert gateway.powerpacks.owner_of(number) is None
    assert (number in gateway.numbers) is is_rented
