"""pricing.py: what messages and numbers cost, by country."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient


def test_a_country_with_numbers_has_all_prices(api: ApiClient) -> None:
    us = api.get("/Pricing/?country_iso=us").json

    assert (us["country"], us["country_iso"], us["country_code"]) == ("United States", "US", 1)
    assert us["message"]["outbound"] == {"rate": "0.00550"}
    assert {each["group_name"] for each in us["message"]["outbound_networks_list"]} == {
        "AT&T",
        "T-Mobile USA",
        "Verizon Wireless",
        "US Cellular",
    }
    assert us["phone_numbers"] == {"local": {"rate": "0.50000"}, "tollfree": {"rate": "1.00000"}}


def test_a_country_without_numbers_has_the_price_of_a_message(api: ApiClient) -> None:
    germany = api.get("/Pricing/?country_iso=DE").json

    assert (germany["country"], germany["country_code"]) == ("Germany", 49)
    assert germany["message"]["outbound"] == {"rate": "0.00550"}
    assert germany["phone_numbers"] == {"local": {"rate": None}, "tollfree": {"rate": None}}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "country_iso parameter is missing"),
        ("country_iso=ZZ", 'country_iso is "ZZ", expected an ISO 3166 code of two letters'),
        ("country_iso=USA", 'country_iso is "USA", expected a string of length <= 2'),
    ],
)
def test_what_is_no_country_is_refused(api: ApiClient, query: str, error: str) -> None:
    answer = api.get(f"/Pricing/?{query}")

    assert (answer.status, answer.error) == (400, error)


def test_the_sdk_reads_prices(sdk: Any) -> None:
    canada = sdk.pricing.get(country_iso="CA")

    assert canada.country == "Canada"
    assert canada.message.outbound.rate == "0.00550"
