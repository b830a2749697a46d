"""lookup.py: what a number is, who serves it; outside the account, with its credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient


def test_a_number_is_looked_up(api: ApiClient) -> None:
    found = api.request("GET", "/v1/Number/+14155550123?type=carrier").json

    del found["api_id"]
    assert found == {
        "phone_number": "+14155550123",
        "country": {"name": "United States", "iso2": "US", "iso3": "USA"},
        "format": {
            "e164": "+14155550123",
            "national": "(415) 555-0123",
            "international": "+1 415-555-0123",
            "rfc3966": "tel:+1-415-555-0123",
        },
        "carrier": {
            "mobile_country_code": "310",
            "mobile_network_code": "410",
            "name": "AT&T",
            "type": "mobile",
            "ported": None,
        },
        "resource_uri": "/v1/Number/+14155550123?type=carrier",
    }


def test_a_carrier_that_is_in_no_table_is_named_as_its_route(api: ApiClient) -> None:
    found = api.request("GET", "/v1/Number/18005550123/").json

    assert (found["carrier"]["name"], found["carrier"]["type"], found["carrier"]["mobile_country_code"]) == (
        "someone",
        "fixed",
        "",
    )


@pytest.mark.parametrize(
    ("target", "status", "error"),
    [
        ("/v1/Number/nobody", 404, "'nobody' is not a valid phone number."),
        ("/v1/Number/14155550123?type=weather", 400, 'type is "weather", expected one of carrier'),
        ("/v1/Nowhere/", 404, '"/v1/Nowhere/" is not found: expected a path below /v1/Account/{auth_id}/'),
    ],
)
def test_what_can_not_be_looked_up_is_refused(api: ApiClient, target: str, status: int, error: str) -> None:
    answer = api.request("GET", target)

    assert (answer.status, answer.error) == (status, error)


def test_a_look_up_needs_credentials(api: ApiClient) -> None:
    api.authorization = None

    assert api.request("GET", "/v1/Number/14155550123").status == 401


def test_the_sdk_looks_up(sdk: Any) -> None:
    found = sdk.lookup.get("+14155550123")

    assert (found.phone_number, found.carrier.name, found.country.iso3) == ("+14155550123", "AT&T", "USA")
