"""phone_numbers.py: search and buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.numbers import Numbers, NumberType, Onboarding, PhoneNumber

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

NEW_YORK = ["12125550111", "12125560112", "12125570113"]
TOLLFREE = "18885550114"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("country_iso=US", [*NEW_YORK, TOLLFREE]),
        ("country_iso=us&type=local", NEW_YORK),
        ("country_iso=US&type=fixed", NEW_YORK),
        ("country_iso=US&type=tollfree", [TOLLFREE]),
        ("country_iso=US&type=mobile", []),
        ("country_iso=CA", ["16475550115"]),
        ("country_iso=DE", []),
        ("country_iso=US&pattern=212556", [NEW_YORK[1]]),
        ("country_iso=US&services=sms,mms", [NEW_YORK[1], TOLLFREE]),
        ("country_iso=US&services=voice&services=mms", [NEW_YORK[1], TOLLFREE]),
        ("country_iso=US&region=NY", NEW_YORK),
        ("country_iso=US&region=new+york", NEW_YORK),
        ("country_iso=US&region=Texas", []),
        ("country_iso=US&city=New%20York", NEW_YORK),
        ("country_iso=US&rate_center=nwyrcyzn02", [NEW_YORK[2]]),
        ("country_iso=US&lata=132", NEW_YORK[:2]),
        ("country_iso=US&lata=722", []),
        ("country_iso=US&npanxx=646555&local_calling_area=true", NEW_YORK[:2]),
        ("country_iso=CA&rate_center=toronto", ["16475550115"]),
        ("country_iso=US&npanxx=212555", [NEW_YORK[0]]),
        ("country_iso=US&npanxx=212555&local_calling_area=True", NEW_YORK[:2]),
        ("country_iso=US&npanxx=212557&local_calling_area=true", [NEW_YORK[2]]),
        ("country_iso=US&npanxx=305555&local_calling_area=true", []),
        ("country_iso=US&eligible=true&search=hack", [*NEW_YORK, TOLLFREE]),
    ],
)
def test_a_search_finds_what_passes_its_filters(api: ApiClient, query: str, numbers: list[str]) -> None:
    answer = api.get(f"/PhoneNumber/?{query}")

    assert answer.status == 200
    assert [each["number"] for each in answer.json["objects"]] == numbers
    assert answer.json["meta"]["total_count"] == len(numbers)


def test_an_offer_shows_everything_about_itself(api: ApiClient) -> None:
    answer = api.get("/PhoneNumber/?country_iso=US&pattern=2125550111")

    assert answer.json["objects"] == [
        {
            "city": "New York",
            "compliance_requirement": None,
            "country": "UNITED STATES",
            "lata": 132,
            "mms_enabled": False,
            "mms_rate": "0.01600",
            "monthly_rental_rate": "0.50000",
            "number": "12125550111",
            "prefix": "212",
            "rate_center": "NWYRCYZN01",
            "region": "New York",
            "resource_uri": f"{api.root}/PhoneNumber/12125550111/",
            "restriction": None,
            "restriction_text": None,
            "setup_rate": "0.00000",
            "sms_enabled": True,
            "sms_rate": "0.00550",
            "status": "general availability",
            "sub_type": "local",
            "type": "fixed",
            "voice_enabled": True,
            "voice_rate": "0.00850",
        }
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "country_iso parameter is missing"),
        ("country_iso=XX", 'country_iso is "XX", expected an ISO 3166 code of two letters'),
        ("country_iso=USA", 'country_iso is "USA", expected an ISO 3166 code of two letters'),
        ("country_iso=US&type=fax", 'type is "fax", expected one of local, fixed, mobile, national, tollfree'),
        ("country_iso=US&services=fax", 'services has "fax", expected some of voice, sms, mms'),
        ("country_iso=US&npanxx=212", 'npanxx is "212", expected 6 digits'),
        ("country_iso=US&npanxx=21255x", 'npanxx is "21255x", expected 6 digits'),
        (
            "country_iso=US&local_calling_area=true",
            "npanxx parameter is missing: local_calling_area widens the area of an npanxx",
        ),
    ],
)
def test_a_search_that_means_nothing_is_refused(api: ApiClient, query: str, said: str) -> None:
    answer = api.get(f"/PhoneNumber/?{query}")

    assert (answer.status, answer.error) == (400, said)


def test_a_bought_number_is_the_accounts(api: ApiClient, gateway: StandIn) -> None:
    gateway.has_application("17")
    answer = api.post("/PhoneNumber/+12125550111/", {"app_id": "17"})

    assert answer.status == 201
    assert answer.json == {
        "api_id": answer.json["api_id"],
        "message": "created",
        "numbers": [{"number": "12125550111", "status": "Success"}],
        "status": "fulfilled",
    }
    assert gateway.numbers["12125550111"].application_id == "17"


def test_a_number_that_nobody_sells_is_not_found(api: ApiClient) -> None:
    answer = api.post("/PhoneNumber/13055550100/")

    assert (answer.status, answer.error) == (404, "number 13055550100 is not available for rent")


def test_a_number_is_not_bought_twice(api: ApiClient) -> None:
    answer = api.post("/PhoneNumber/14155550101/")

    assert (answer.status, answer.error) == (400, "number 14155550101 is already rented by this account")


def test_a_number_that_needs_documents_says_so_before_it_is_bought_and_waits_for_them(
    api: ApiClient, gateway: StandIn
) -> None:
    berlin = PhoneNumber(number="493012345678", type=NumberType.LONGCODE, country="DE", city="Berlin")
    gateway.book.numbers = Numbers(for_sale=[berlin])
    (offer,) = api.get("/PhoneNumber/?country_iso=DE").json["objects"]
    bought = api.post("/PhoneNumber/493012345678/").json
    before = api.get("/Number/493012345678/").json["compliance_status"]
    answer = api.post("/Number/493012345678/", {"compliance_application_id": "papers-1"})
    after = api.get("/Number/493012345678/").json

    words = "This number is activated with proof of a local address and proof of identity."
    assert (offer["restriction"], offer["restriction_text"]) == ("activation", words)
    assert offer["compliance_requirement"]["address"] == "local"
    assert sorted(offer["compliance_requirement"]["documents"]) == ["address", "identity"]
    assert bought["status"] == "pending"
    assert bought["numbers"] == [{"number": "493012345678", "status": "pending", "requirement": words}]
    assert before == "pending"
    assert answer.status == 202
    assert (after["compliance_status"], after["compliance_application_id"]) == ("submitted", "papers-1")
    assert not gateway.numbers["493012345678"].can_send


def test_documents_can_be_handed_in_with_the_purchase(api: ApiClient, gateway: StandIn) -> None:
    gateway.book.numbers = Numbers(
        for_sale=[PhoneNumber(number="442012345678", type=NumberType.LONGCODE, country="GB")]
    )
    api.post("/PhoneNumber/442012345678/", {"verification_info": {"passport": "123"}})
    shown = api.get("/Number/442012345678/").json

    assert (shown["compliance_status"], shown["compliance_application_id"]) == ("submitted", '{"passport":"123"}')


def test_documents_that_nobody_asked_for_are_refused(api: ApiClient) -> None:
    answer = api.post("/Number/14155550101/", {"compliance_application_id": "papers-1"})

    assert (answer.status, "needs no documents" in answer.error) == (400, True)


def test_numbers_in_preview_are_not_found(api: ApiClient, gateway: StandIn) -> None:
    gateway.numbers.onboard("12125550111", Onboarding.PREVIEW)
    gateway.numbers.onboard("12125560112", Onboarding.BETA)
    found = api.get("/PhoneNumber/?country_iso=US&type=local").json["objects"]

    assert [(each["number"], each["status"]) for each in found] == [
        ("12125560112", "beta"),
        ("12125570113", "general availability"),
    ]
    assert api.post("/PhoneNumber/12125550111/").status == 404
