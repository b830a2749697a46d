"""account.py: the account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contract_support import EPOCH, Api
from live_api import Live
from powerpack_gateway.request_limit import ApiSettings, RequestLimit
from powerpack_gateway.settings import Settings
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

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


def test_the_account_is_changed(api: ApiClient) -> None:
    answer = api.post("/", {"name": "Grace Hopper", "city": "Arlington", "address": None})

    assert (answer.status, answer.json["message"]) == (202, "changed")
    changed = api.get("/").json
    assert (changed["name"], changed["city"], changed["address"]) == ("Grace Hopper", "Arlington", "")


def test_an_account_that_is_changed_is_kept(tmp_path: Path) -> None:
    with (before := Live(tmp_path / "state.db")).lab:
        before.ok("POST", "", {"name": "Grace Hopper"}, status=202)
    with (after := Live(tmp_path / "state.db")).lab:
        assert after.ok("GET", "")["name"] == "Grace Hopper"


def test_the_sdk_changes_the_account(sdk: Any) -> None:
    assert sdk.account.update(name="Grace Hopper").message == "changed"
    assert sdk.account.get().name == "Grace Hopper"


def test_one_request_too_many_is_answered_429_until_the_window_has_moved() -> None:
    config = LabConfig(
        carriers=(CarrierConfig(name="generic"),), gateway=Settings(api=ApiSettings(requests_max=3, window_s=5))
    )
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config) as lab:
        api = Api(lab)
        statuses = [api.get("").status for _ in range(2)] + [api.post("Message/", {}).status for _ in range(3)]
        lab.advance(5)

        assert statuses == [200, 200, 400, 429, 429]
        assert api.get("").status == 200


def test_a_429_says_when_to_come_again(api: ApiClient, gateway: StandIn) -> None:
    gateway.request_limit = RequestLimit(ApiSettings(requests_max=1), gateway.clock)
    api.get("/")
    refused = api.get("/")

    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
    assert refused.error == "more than 1 requests in 5 s, which is the limit"
    assert api.request("GET", "/docs").status == 200


@pytest.mark.parametrize("settings", [{"requests_max": -1}, {"requests_max": 100_001}, {"window_s": 0}])
def test_a_limit_that_can_not_be_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected"):
        ApiSettings(**settings)
