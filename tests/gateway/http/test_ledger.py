"""ledger.py: every fee, the latest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient


def test_a_fee_says_when_for_what_and_how_much(api: ApiClient) -> None:
    (fee,) = api.get("/Ledger/?number=18005550104").json["objects"]

    assert fee == {
        "amount": "1.00000",
        "charged_on": "2026-03-31T12:30:45.123456Z",
        "kind": "monthly",
        "number": "18005550104",
        "number_type": "tollfree",
        "units": 1,
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 6), ("?kind=setup", 1), ("?kind=monthly", 5), ("?number=%2B72345", 2), ("?number=1", 0), ("?limit=2", 6)],
)
def test_a_ledger_is_narrowed(api: ApiClient, query: str, count: int) -> None:
    assert api.get(f"/Ledger/{query}").json["meta"]["total_count"] == count


def test_a_kind_of_fee_that_does_not_exist_is_refused(api: ApiClient) -> None:
    answer = api.get("/Ledger/?kind=usage")

    assert (answer.status, answer.error) == (400, 'kind is "usage", expected one of setup, monthly, sms, mms')


def test_what_a_number_costs_is_taken_off_the_credit(api: ApiClient) -> None:
    before = float(api.get("/").json["cash_credits"])
    api.post("/PhoneNumber/12125550111/")

    assert before - float(api.get("/").json["cash_credits"]) == pytest.approx(0.5)
