"""account.py: the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn


def test_the_account_is_shown_without_its_token(api: ApiClient, gateway: StandIn) -> None:
    answer = api.get("/")

    assert answer.status == 200
    assert answer.json["auth_id"] == gateway.account.auth_id
    assert answer.json["name"] == "Ada Lovelace"
    assert answer.json["resource_uri"] == f"{api.root}/"
    assert isinstance(answer.json["cash_credits"], str)
    assert gateway.account.auth_token not in answer.raw.decode()


def test_the_account_has_the_fields_of_every_sdks_fixture(api: ApiClient) -> None:
    answer = api.get("/")

    assert " ".join(sorted(answer.json)) == (
        "account_type address api_id auth_id auto_recharge billing_mode cash_credits city name resource_uri state "
        "timezone"
    )
