"""numbers.py and number_filter.py: the account's phone numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from powerpack_gateway.numbers import Numbers, NumberType, PhoneNumber, Registration, Verification

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

ALL = ["14155550101", "14155550102", "16135550103", "18005550104"]


def test_a_number_shows_everything_about_itself(api: ApiClient) -> None:
    answer = api.get("/Number/14155550101/")

    assert answer.json == {
        "active": True,
        "added_on": "2026-03-31",
        "alias": None,
        "api_id": answer.json["api_id"],
        "application": None,
        "carrier": "Plivo",
        "city": "San Francisco",
        "cnam_lookup": "disabled",
        "compliance_application_id": None,
        "compliance_status": None,
        "country": "United States",
        "mms_enabled": True,
        "mms_rate": "0.01600",
        "monthly_rental_rate": "0.50000",
        "number": "14155550101",
        "number_type": "local",
        "region": "California, UNITED STATES",
        "renewal_date": "2026-04-30",
        "resource_uri": f"{api.root}/Number/14155550101/",
        "sms_enabled": True,
        "sms_rate": "0.00550",
        "sub_account": None,
        "sub_account_name": None,
        "tendlc_campaign_id": None,
        "tendlc_registration_status": "COMPLETED",
        "toll_free_sms_verification": None,
        "toll_free_sms_verification_id": None,
        "toll_free_sms_verification_order_status": None,
        "voice_enabled": True,
        "voice_rate": "0.00850",
    }


def test_a_tollfree_number_has_a_verification_and_no_place(api: ApiClient) -> None:
    answer = api.get("/Number/18005550104/")

    assert answer.json["number_type"] == "tollfree"
    assert answer.json["region"] == "UNITED STATES"
    assert answer.json["toll_free_sms_verification"] == "verified"
    assert answer.json["tendlc_registration_status"] is None


def test_a_suspended_number_is_not_active(api: ApiClient, gateway: StandIn) -> None:
    gateway.numbers.suspend("14155550101", "opt-out rate 11 %")

    assert api.get("/Number/14155550101/").json["active"] is False


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ALL),
        ("?search=hack&nonsense=1", ALL),
        ("?type=local", ALL[:3]),
        ("?type=fixed", ALL[:3]),
        ("?type=tollfree", ALL[3:]),
        ("?type=mobile", []),
        ("?number_startswith=1415", ALL[:2]),
        ("?number_startswith=%2B1613", ALL[2:3]),
        ("?services=sms,voice", ALL),
        ("?services=mms", [ALL[0], ALL[3]]),
        ("?services=sms&services=mms", [ALL[0], ALL[3]]),
        ("?alias=front%20desk", [ALL[1]]),
        ("?cnam_lookup=disabled", ALL),
        ("?cnam_lookup=enabled", []),
        ("?subaccount=SAXXXXXXXXXXXXXXXXXX", []),
        ("?toll_free_sms_verification_order_status=APPROVED", []),
        ("?tendlc_campaign_id=C1", [ALL[1]]),
        ("?tendlc_registration_status=registered", [ALL[0]]),
        ("?tendlc_registration_status=Completed", [ALL[0]]),
        ("?tendlc_registration_status=UNREGISTERED", [ALL[2]]),
        ("?tendlc_registration_status=in_progress", [ALL[1]]),
        ("?tendlc_registration_status=PROCESSING", [ALL[1]]),
        ("?toll_free_sms_verification=verified", ALL[3:]),
        ("?toll_free_sms_verification=unverified", []),
        ("?renewal_date=2026-04-30", [ALL[0]]),
        ("?renewal_date__lt=2026-04-30", [ALL[1]]),
        ("?renewal_date__lte=2026-04-30", ALL[:2]),
        ("?renewal_date__gt=2026-04-30", []),
        ("?renewal_date__gte=2026-04-30", [ALL[0]]),
    ],
)
def test_the_accounts_numbers_pass_its_filters(
    api: ApiClient, gateway: StandIn, query: str, numbers: list[str]
) -> None:
    added = datetime(2026, 3, 31, tzinfo=UTC)
    gateway.book.numbers = Numbers(
        [
            PhoneNumber(
                number=ALL[0],
                type=NumberType.LONGCODE,
                country="US",
                mms_enabled=True,
                registration=Registration.COMPLETED,
                added_on=added,
            ),
            PhoneNumber(
                number=ALL[1],
                type=NumberType.LONGCODE,
                country="US",
                alias="front desk",
                campaign_id="C1",
                registration=Registration.PROCESSING,
                added_on=datetime(2026, 1, 15, tzinfo=UTC),
            ),
            PhoneNumber(number=ALL[2], type=NumberType.LONGCODE, country="CA"),
            PhoneNumber(
                number=ALL[3],
                type=NumberType.TOLLFREE,
                country="US",
                mms_enabled=True,
                verification=Verification.VERIFIED,
            ),
            PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="US", added_on=added),
        ]
    )

    answer = api.get(f"/Number/{query}")

    assert answer.status == 200
    assert [each["number"] for each in answer.json["objects"]] == numbers
    assert answer.json["meta"]["total_count"] == len(numbers)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("type=fax", 'type is "fax", expected one of local, fixed, mobile, national, tollfree'),
        ("services=fax", 'services has "fax", expected some of voice, sms, mms'),
        ("cnam_lookup=x", 'cnam_lookup is "x", expected one of enabled, disabled'),
        ("renewal_date__lt=soon", 'renewal_date__lt is "soon", expected YYYY-MM-DD'),
        (
            "tendlc_registration_status=x",
            (
                'tendlc_registration_status is "x", expected one of unregistered, in_progress, processing, '
                "registered, completed"
            ),
        ),
        (
            "toll_free_sms_verification=x",
            'toll_free_sms_verification is "x", expected one of unverified, pending_verification, verified',
        ),
    ],
)
def test_a_filter_that_means_nothing_is_refused(api: ApiClient, query: str, said: str) -> None:
    answer = api.get(f"/Number/?{query}")

    assert (answer.status, answer.error) == (400, said)


def test_alias_and_application_are_changed(api: ApiClient) -> None:
    app_id = api.post("/Application/", {"app_name": "inbox"}).json["app_id"]

    answer = api.post("/Number/14155550101/", {"alias": "front desk", "app_id": app_id})

    changed = api.get("/Number/14155550101/").json
    assert (answer.status, answer.json["message"]) == (202, "changed")
    assert changed["alias"] == "front desk"
    assert changed["application"] == f"{api.root}/Application/{app_id}/"


@pytest.mark.parametrize("app_id", ["", "none"])
def test_an_application_is_taken_away_by_naming_none(api: ApiClient, app_id: str, gateway: StandIn) -> None:
    gateway.has_application("1")
    api.post("/Number/14155550101/", {"alias": "front desk", "app_id": "1"})

    api.post("/Number/14155550101/", {"app_id": app_id})

    changed = api.get("/Number/14155550101/").json
    assert (changed["application"], changed["alias"]) == (None, "front desk")


def test_what_is_null_stays_as_it_is(api: ApiClient, gateway: StandIn) -> None:
    gateway.has_application("1")
    api.post("/Number/14155550101/", {"alias": "front desk", "app_id": "1"})

    api.post("/Number/14155550101/", {"alias": None, "app_id": None, "subaccount": None})

    changed = api.get("/Number/14155550101/").json
    assert (changed["application"], changed["alias"]) == (f"{api.root}/Application/1/", "front desk")


def test_an_endless_alias_is_refused(api: ApiClient) -> None:
    answer = api.post("/Number/14155550101/", {"alias": "x" * 256})

    assert (answer.status, answer.error) == (400, "alias has 256 characters, 255 is the limit")


def test_an_unrented_number_is_listed_and_bought_back(api: ApiClient, gateway: StandIn) -> None:
    assert api.delete("/Number/14155550101/").status == 204
    (listed,) = api.get("/Number/Unrented/").json["objects"]
    not_found = api.get("/Number/14155550101/")
    bought = api.post("/PhoneNumber/14155550101/")

    assert listed == {
        "country": "United States",
        "monthly_rental_rate": "0.50000",
        "number": "14155550101",
        "number_type": "local",
        "reclaimable_until": "2026-04-05T12:30:45.123456Z",
        "reserved_until": "2026-04-10T12:30:45.123456Z",
        "resource_uri": f"{api.root}/PhoneNumber/14155550101/",
        "setup_rate": "0.00000",
        "unrented_on": "2026-03-31T12:30:45.123456Z",
    }
    assert not_found.status == 404
    assert bought.status == 201
    assert api.get("/Number/Unrented/").json["objects"] == []
    assert "14155550101" in gateway.numbers


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("12125550111", "number 12125550111 not found in this account"),
        ("72345", "number 72345 is a short code: short codes are in their Powerpack's number pool"),
    ],
)
def test_what_is_no_number_of_the_account_is_not_found(api: ApiClient, method: str, number: str, said: str) -> None:
    answer = api.call(method, f"/Number/{number}/")

    assert (answer.status, answer.error) == (404, said)


def test_what_a_filter_finds_is_exported_as_csv(api: ApiClient, gateway: StandIn) -> None:
    gateway.numbers.edit("14155550102", alias="=HYPERLINK")
    answer = api.get("/Number/?format=csv&tendlc_registration_status=unregistered")
    header, *rows = answer.raw.decode().splitlines()

    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="numbers.csv"'
    assert header.startswith("number,alias,number_type,country,region")
    assert [row.split(",")[0] for row in rows] == ["14155550102", "16135550103"]
    assert rows[0].split(",")[1] == "'=HYPERLINK"
    assert rows[1].split(",")[1] == ""


def test_a_format_that_does_not_exist_is_refused(api: ApiClient) -> None:
    answer = api.get("/Number/?format=xls")

    assert (answer.status, answer.error) == (400, 'format is "xls", expected one of json, csv')


def test_numbers_of_another_carrier_are_added(api: ApiClient, gateway: StandIn) -> None:
    answer = api.post("/Number/", {"numbers": "12065550123, +18335550124", "carrier": "IRWY1", "region": "Washington"})

    assert (answer.status, answer.json["message"]) == (202, "changed")
    assert api.get("/Number/12065550123/").json["tendlc_registration_status"] == "UNREGISTERED"
    assert api.get("/Number/18335550124/").json["toll_free_sms_verification"] == "unverified"


def test_a_number_that_is_written_in_two_ways_is_added_once(api: ApiClient, gateway: StandIn) -> None:
    numbers = ["12065550123", "+1 206 555 0123"]

    assert api.post("/Number/", {"numbers": numbers, "carrier": "IRWY1", "region": "Washington"}).status == 202
    assert api.get("/Number/?number_startswith=1206555012").json["meta"]["total_count"] == 1


def test_an_added_number_is_its_subaccounts(api: ApiClient, gateway: StandIn) -> None:
    auth_id = api.post("/Subaccount/", {"name": "branch"}).json["auth_id"]
    body = {"numbers": "12065550123", "carrier": "IRWY1", "region": "Washington"}

    assert api.post("/Number/", {**body, "subaccount": "SANOBODY"}).status == 404
    assert api.post("/Number/", {**body, "subaccount": auth_id}).status == 202
    assert api.get("/Number/12065550123/").json["sub_account_name"] == "branch"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"carrier": "c", "region": "r"}, "numbers parameter is missing"),
        ({"numbers": "nobody", "carrier": "c", "region": "r"}, "'nobody' is not a valid phone number."),
        ({"numbers": ["14155550101"], "carrier": "c", "region": "r"}, "number 14155550101 is already in this account"),
        ({"numbers": ["12065550123"], "region": "r"}, "carrier parameter is missing"),
    ],
)
def test_numbers_that_can_not_be_added_are_refused(api: ApiClient, body: dict[str, object], error: str) -> None:
    answer = api.post("/Number/", body)

    assert (answer.status, answer.error) == (400, error)


def test_the_sdk_adds_numbers(sdk: Any) -> None:
    assert sdk.numbers.create("12065550123,12065550124", "IRWY1", "Washington").message == "changed"
