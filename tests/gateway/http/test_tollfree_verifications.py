"""Toll-free verification as a customer sees it: asked for, decided later, told by a callback, its number follows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from live_api import DECIDED_S, Live

NUMBER = "18335550180"
HANDSET = "14155550123"

FORM: Mapping[str, object] = {
    "number": NUMBER,
    "usecase": "2FA, CUSTOMER_CARE",
    "usecase_summary": "Codes with which customers log in.",
    "message_sample": "Your Acme code is 4711.",
    "optin_image_url": "https://example.com/a.png,https://example.com/b.png",
    "optin_type": "WEB_FORM",
    "volume": "10,000",
}


def ask(live: Live, **more: object) -> str:
    """A new request's uuid."""
    asked = {"profile_uuid": live.profile(), **FORM, **more}
    uuid = live.ok("POST", "TollfreeVerification/", asked, status=201)["uuid"]
    assert isinstance(uuid, str)
    return uuid


def number(live: Live) -> Mapping[str, Any]:
    return live.ok("GET", f"Number/{NUMBER}/")


def status(live: Live, uuid: str) -> str:
    found = live.ok("GET", f"TollfreeVerification/{uuid}/")["status"]
    assert isinstance(found, str)
    return found


def test_a_request_is_approved_later_and_the_number_follows(live: Live) -> None:
    uuid = ask(live, callback_url=live.lab.webhooks.url("/verified"))
    waiting, of_number = live.ok("GET", f"TollfreeVerification/{uuid}/"), number(live)
    live.decided()
    approved = live.ok("GET", f"TollfreeVerification/{uuid}/")

    assert {name: waiting[name] for name in FORM} == FORM
    assert (waiting["status"], waiting["error_message"]) == ("SUBMITTED", "")
    assert of_number["toll_free_sms_verification"] == "pending_verification"
    assert (of_number["toll_free_sms_verification_id"], of_number["toll_free_sms_verification_order_status"]) == (
        uuid,
        "SUBMITTED",
    )
    assert approved["status"] == "APPROVED"
    assert approved["last_modified"] > approved["created"]
    assert number(live)["toll_free_sms_verification"] == "verified"
    assert live.told("/verified") == [{"uuid": uuid, "number": NUMBER, "status": "APPROVED", "error_message": ""}]
    assert live.lab.webhooks.received[0].is_signed


def test_a_number_sends_only_while_it_is_verified(live: Live) -> None:
    ask(live)
    pending = live.send(HANDSET, src=NUMBER)
    live.decided()
    verified = live.send(HANDSET, src=NUMBER)

    assert (pending["message_state"], pending["error_code"]) == ("failed", "40")
    assert verified["message_state"] == "delivered"


def test_a_request_is_rejected_where_a_test_wants_it(live: Live) -> None:
    uuid = ask(live, extra_data="test:reject", callback_url=live.lab.webhooks.url("/verified"), callback_method="GET")
    live.decided()

    rejected = live.ok("GET", f"TollfreeVerification/{uuid}/")
    assert (rejected["status"], rejected["rejection_reason"]) == ("REJECTED", "asked for with test:reject")
    assert number(live)["toll_free_sms_verification"] == "unverified"
    assert [(each.method, each.params["status"]) for each in live.lab.webhooks.received] == [("GET", "REJECTED")]


def test_a_request_that_needs_an_update_is_updated_and_approved(live: Live) -> None:
    uuid = ask(live, extra_data="test:update", callback_url=live.lab.webhooks.url("/verified"))
    live.decided()
    wanting = status(live, uuid)
    said = live.ok("POST", f"TollfreeVerification/{uuid}/", {"extra_data": "ticket 7"}, status=202)["message"]
    live.decided()

    assert wanting == "UPDATE_REQUIRED"
    assert said == f"Tollfree verification request for uuid {uuid} updated successfully."
    assert status(live, uuid) == "APPROVED"
    assert [each["status"] for each in live.told("/verified")] == ["UPDATE_REQUIRED", "APPROVED"]


def test_an_update_that_does_not_come_within_six_days_is_a_rejection(live: Live) -> None:
    uuid = ask(live, extra_data="test:update")
    live.lab.advance(days=6)
    before = status(live, uuid)
    live.decided()

    assert (before, status(live, uuid)) == ("UPDATE_REQUIRED", "REJECTED")


def test_a_request_is_taken_back_while_it_is_open(live: Live) -> None:
    uuid = ask(live, extra_data="test:wait")
    live.lab.advance(days=30)
    live.ok("DELETE", f"TollfreeVerification/{uuid}/", status=204)

    live.refused("GET", f"TollfreeVerification/{uuid}/", status=404)
    assert number(live)["toll_free_sms_verification"] == "unverified"
    assert number(live)["toll_free_sms_verification_id"] is None
    decided = ask(live)
    live.decided()
    assert "is APPROVED, expected" in live.refused("DELETE", f"TollfreeVerification/{decided}/")
    assert "is APPROVED, expected" in live.refused("POST", f"TollfreeVerification/{decided}/", {"volume": "1,000"})


def test_requests_are_listed_by_every_filter(live: Live) -> None:
    first = ask(live, usecase="2FA")
    live.lab.advance(days=2)
    second = ask(live, extra_data="test:reject")
    live.decided()
    profile_uuid = live.ok("GET", f"TollfreeVerification/{first}/")["profile_uuid"]
    day = live.ok("GET", f"TollfreeVerification/{second}/")["created"][:10]

    def found(query: str) -> list[str]:
        return [each["uuid"] for each in live.ok("GET", f"TollfreeVerification/?{query}")["objects"]]

    assert found("") == [first, second]
    assert found(f"number=%2B{NUMBER}") == [first, second]
    assert found("status=rejected") == [second]
    assert found(f"profile_uuid={profile_uuid}") == [first]
    assert found("usecase=2FA") == [first]
    assert found(f"created={day}") == found(f"created__gte={day}") == [second]
    assert found(f"created__lt={day}") == [first]
    assert found(f"created__lte={day}") == [first, second]
    assert found(f"created__gt={day}") == []
    assert found(f"created__gte={day}T00:00:00%2B00:00") == [second]
    meta = live.ok("GET", "TollfreeVerification/?limit=1")["meta"]
    assert (meta["count"], meta["total_count"], meta["limit"]) == (2, 2, 1)


def test_numbers_are_found_by_the_status_of_their_request(live: Live) -> None:
    ask(live)

    def found(query: str) -> list[str]:
        return [each["number"] for each in live.ok("GET", f"Number/?{query}")["objects"]]

    assert found("toll_free_sms_verification_order_status=SUBMITTED") == [NUMBER]
    assert found("toll_free_sms_verification_order_status=APPROVED") == []
    assert found("toll_free_sms_verification=pending_verification") == [NUMBER]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"number": "14155550180"}, "number 14155550180 is a longcode, expected a tollfree number"),
        ({"number": "18005550100"}, "number 18005550100 is not in this account"),
        ({"usecase": "2FA,SPAM"}, "usecase has 'SPAM', expected some of 2FA"),
        ({"volume": "12"}, 'volume is "12", expected one of '),
        ({"optin_type": "TELEPATHY"}, 'optin_type is "TELEPATHY", expected one of '),
        ({"optin_image_url": "https://a.example/,nowhere"}, 'optin_image_url is "nowhere", expected an http or https'),
        ({"usecase_summary": "x" * 501}, "usecase_summary is "),
        ({"message_sample": None}, "message_sample parameter is missing"),
    ],
)
def test_a_wrong_request_is_refused_by_field(live: Live, changes: dict[str, object], error: str) -> None:
    asked = {"profile_uuid": live.profile(), **FORM, **changes}

    assert live.refused("POST", "TollfreeVerification/", asked).startswith(error)


def test_wrong_times_of_a_filter_are_refused(live: Live) -> None:
    assert live.refused("GET", "TollfreeVerification/?created=yesterday") == (
        'created is "yesterday", expected YYYY-MM-DD or ISO 8601'
    )
    assert "calendar" in live.refused("GET", "TollfreeVerification/?created__lt=9999-12-31")


def test_a_number_has_one_open_request_and_its_profile_stays(live: Live) -> None:
    uuid = ask(live)
    profile_uuid = live.ok("GET", f"TollfreeVerification/{uuid}/")["profile_uuid"]

    assert f"has request {uuid} already" in live.refused(
        "POST", "TollfreeVerification/", {"profile_uuid": profile_uuid, **FORM}
    )
    assert "toll-free verification" in live.refused("DELETE", f"Profile/{profile_uuid}/")


def test_a_request_is_decided_after_a_restart(tmp_path: Path) -> None:
    before = Live(tmp_path / "state.db")
    with before.lab:
        uuid = ask(before)
    after = Live(tmp_path / "state.db")
    with after.lab:
        waiting = status(after, uuid)
        after.lab.advance(DECIDED_S)

        assert (waiting, status(after, uuid)) == ("SUBMITTED", "APPROVED")
        assert number(after)["toll_free_sms_verification"] == "verified"
