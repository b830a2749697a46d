"""Subaccounts: made, changed, deleted, and what their credentials open."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from live_api import Live
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service

if TYPE_CHECKING:
    from gateway.http.conftest import Answer, ApiClient, StandIn

OWN, OTHER, HANDSET = "14155550101", "14155550102", "14155550199"


class Sub:
    """Calls with a subaccount's credentials, below its own path."""

    def __init__(self, api: ApiClient, *, enabled: bool = True) -> None:
        made = api.post("/Subaccount/", {"name": "Shop", "enabled": enabled}).json
        self.auth_id: str = made["auth_id"]
        self._api = api
        self._main = api.authorization
        self._own = "Basic " + b64encode(f"{self.auth_id}:{made['auth_token']}".encode()).decode()

    def call(self, method: str, path: str, body: object = b"", *, auth_id: str | None = None) -> Answer:
        self._api.authorization = self._own
        try:
            return self._api.request(method, f"/v1/Account/{auth_id or self.auth_id}{path}", body=body)
        finally:
            self._api.authorization = self._main


@pytest.fixture
def sub(api: ApiClient) -> Sub:
    """A subaccount with one number."""
    sub = Sub(api)
    assert api.post(f"/Number/{OWN}/", {"subaccount": sub.auth_id}).status == 202
    return sub


def message(uuid: str, source: str) -> Message:
    return Message(
        id=1,
        uuid=uuid,
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        source=source,
        destination=HANDSET,
        text="hello",
        created_at=1_774_960_000.0,
        stage=Stage.DELIVERED,
    )


def test_a_subaccount_is_shown_changed_and_deleted(api: ApiClient, sub: Sub) -> None:
    shown = api.get(f"/Subaccount/{sub.auth_id}/").json
    changed = api.post(f"/Subaccount/{sub.auth_id}/", {"name": "Store", "enabled": True})

    assert (shown["name"], shown["enabled"], shown["account"]) == ("Shop", True, f"{api.root}/")
    assert (changed.status, api.get(f"/Subaccount/{sub.auth_id}/").json["name"]) == (202, "Store")
    assert [each["auth_id"] for each in api.get("/Subaccount/").json["objects"]] == [sub.auth_id]
    assert api.delete(f"/Subaccount/{sub.auth_id}/").status == 204
    assert api.get(f"/Subaccount/{sub.auth_id}/").status == 404
    assert sub.call("GET", "/Number/").status == 401


def test_a_number_shows_its_subaccount_and_is_found_by_it(api: ApiClient, sub: Sub) -> None:
    number = api.get(f"/Number/{OWN}/").json

    assert number["sub_account"] == f"{api.root}/Subaccount/{sub.auth_id}/"
    assert number["sub_account_name"] == "Shop"
    assert [each["number"] for each in api.get(f"/Number/?subaccount={sub.auth_id}").json["objects"]] == [OWN]
    assert api.post(f"/Number/{OWN}/", {"subaccount": "SA of nobody", "alias": "front desk"}).status == 404
    assert api.get(f"/Number/{OWN}/").json["alias"] != "front desk"
    api.post(f"/Number/{OWN}/", {"subaccount": "none"})
    assert api.get(f"/Number/{OWN}/").json["sub_account"] is None


def test_a_subaccount_sends_from_its_own_number_only(gateway: StandIn, sub: Sub) -> None:
    text = {"dst": HANDSET, "text": "hello"}

    assert sub.call("POST", "/Message/", {"src": f"+{OWN}", **text}).status == 202
    assert [each.src for each in gateway.asked] == [f"+{OWN}"]
    assert "no number of this subaccount" in sub.call("POST", "/Message/", {"src": OTHER, **text}).error
    assert sub.call("POST", "/Message/", {"powerpack_uuid": "abc", **text}).status == 403
    assert len(gateway.asked) == 1


def test_a_subaccount_sees_its_own_messages_and_numbers(gateway: StandIn, sub: Sub) -> None:
    gateway.kept = [message("mine", OWN), message("theirs", OTHER)]

    sub.call("GET", "/Message/")
    assert gateway.filters[-1].numbers == (OWN,)
    assert sub.call("GET", "/Message/mine/").status == 200
    assert sub.call("GET", "/Message/theirs/").status == 404
    assert [each["number"] for each in sub.call("GET", "/Number/").json["objects"]] == [OWN]
    assert (sub.call("GET", f"/Number/{OWN}/").status, sub.call("GET", f"/Number/{OTHER}/").status) == (200, 404)


def test_the_account_lists_a_subaccounts_messages(api: ApiClient, gateway: StandIn, sub: Sub) -> None:
    api.get(f"/Message/?subaccount={sub.auth_id}")

    assert gateway.filters[-1].numbers == (OWN,)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/Powerpack/"),
        ("POST", f"/Number/{OWN}/"),
        ("DELETE", f"/Number/{OWN}/"),
        ("GET", "/Subaccount/"),
        ("POST", "/10dlc/Brand/"),
        ("GET", "/Ledger/"),
    ],
)
def test_the_rest_is_the_main_accounts(sub: Sub, method: str, path: str) -> None:
    answer = sub.call(method, path)

    assert (answer.status, answer.error) == (
        403,
        f"subaccount {sub.auth_id} may not ask for this: it is the main account's",
    )


def test_credentials_open_their_own_path_only(api: ApiClient, sub: Sub) -> None:
    disabled = Sub(api, enabled=False)

    assert sub.call("GET", "/Number/", auth_id=api.root.rpartition("/")[2]).status == 401
    assert sub.call("GET", "/Number/", auth_id=disabled.auth_id).status == 401
    assert api.request("GET", f"/v1/Account/{sub.auth_id}/Number/").status == 401
    assert (disabled.call("GET", "/Number/").status, disabled.call("GET", "/Number/").error) == (
        403,
        f"subaccount {disabled.auth_id} is not enabled",
    )


def test_subaccounts_are_kept_and_let_their_numbers_go(tmp_path: Path) -> None:
    number = "Number/14155550180/"
    with (before := Live(tmp_path / "state.db")).lab:
        made = before.ok("POST", "Subaccount/", {"name": "Shop", "enabled": True}, status=201)
        before.ok("POST", number, {"subaccount": made["auth_id"]}, status=202)
    with (after := Live(tmp_path / "state.db")).lab:
        shown = after.ok("GET", f"Subaccount/{made['auth_id']}/")
        kept = after.ok("GET", number)["sub_account_name"]
        after.ok("DELETE", f"Subaccount/{made['auth_id']}/", {"cascade": True}, status=204)

        assert (len(made["auth_id"]), made["auth_id"][:2], len(made["auth_token"])) == (20, "SA", 40)
        assert (shown["auth_token"], kept) == (made["auth_token"], "Shop")
        assert after.ok("GET", number)["sub_account"] is None


def test_the_sdk_makes_changes_and_deletes_one(sdk: Any) -> None:
    made = sdk.subaccounts.create(name="Shop", enabled=True)

    assert sdk.subaccounts.get(made.auth_id).enabled is True
    assert sdk.subaccounts.update(made.auth_id, "Store", True).message == "changed"
    assert [each.name for each in sdk.subaccounts.list().objects] == ["Store"]
    sdk.subaccounts.delete(made.auth_id, cascade=True)
    assert sdk.subaccounts.list().objects == []
