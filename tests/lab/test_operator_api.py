"""What an operator does to the lab's gateway: look at a number, suspend it, bring it back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contract_support import Api
from powerpack_lab.lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=1, clock="virtual") as lab:
        yield lab


def call(lab: Lab, method: str, path: str, values: object = None, host: str = "localhost") -> tuple[int, Any]:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            return await client.request(method, lab.stack.control_url + path, headers={"Host": host}, json=values)

    response = lab.call(ask())
    return response.status_code, response.json()


def test_a_number_tells_whether_it_may_send(lab: Lab) -> None:
    assert call(lab, "GET", "/numbers/+14155550180") == (
        200,
        {
            "number": "14155550180",
            "type": "longcode",
            "country": "US",
            "status": "general availability",
            "activation": None,
            "suspended": None,
            "can_send": True,
        },
    )


def test_a_number_that_was_complained_about_comes_back(lab: Lab) -> None:
    status, body = call(lab, "POST", "/numbers/72345/suspend")
    assert (status, body["suspended"], body["can_send"]) == (200, "suspended by the operator", False)
    status, body = call(lab, "POST", "/numbers/72345/reinstate")

    assert (status, body["suspended"], body["can_send"]) == (200, None, True)
    kinds = [event.kind for event in lab.journal.events(kind="number.") if event.kind != "number.rented"]
    assert kinds == ["number.suspended", "number.reinstated"]


@pytest.mark.parametrize("action", ["", "/suspend", "/reinstate", "/disconnect", "/activate"])
def test_a_number_of_nobody_is_not_found(lab: Lab, action: str) -> None:
    method = "POST" if action else "GET"

    assert call(lab, method, f"/numbers/12025550199{action}") == (
        404,
        {"error": "number 12025550199 not found in this account"},
    )


def test_the_carriers_own_control_api_is_still_there(lab: Lab) -> None:
    status, body = call(lab, "GET", "/carriers")

    assert status == 200
    assert [each["name"] for each in body] == list(lab.carriers)


def test_other_sites_may_not_call_it(lab: Lab) -> None:
    status, body = call(lab, "POST", "/numbers/72345/suspend", host="evil.example")

    assert status == 403
    assert "evil.example" in body["error"]


def test_a_short_code_is_added_by_the_operator_and_joins_a_pool(lab: Lab) -> None:
    status, body = call(lab, "POST", "/shortcodes", {"number": "54321", "country": "CA"})
    api = Api(lab)
    uuid = api.post("Powerpack/", {"name": "second"}).body["uuid"]
    pool = api.get(f"Powerpack/{uuid}/").body["number_pool"].rstrip("/").split("/")[-1]
    joined, _ = call(lab, "POST", "/shortcodes/54321/pool", {"powerpack_uuid": uuid})
    (member,) = api.get(f"NumberPool/{pool}/Shortcode/").body["objects"]

    assert (status, body["number"], body["type"], body["can_send"]) == (201, "54321", "shortcode", True)
    assert (joined, member["shortcode"], member["country_iso2"]) == (200, "54321", "CA")
    assert call(lab, "POST", "/shortcodes/72345/pool", {"powerpack_uuid": uuid})[0] == 400
    assert call(lab, "POST", "/shortcodes/54321/pool")[0] == 404


def test_a_short_code_is_removed_by_support_only(lab: Lab) -> None:
    api = Api(lab)
    by_account = api.request("DELETE", "Number/72345/")
    by_support = call(lab, "DELETE", "/shortcodes/72345")
    sent = api.send("14155550101")

    assert by_account.status == 404
    assert by_support == (200, {"number": "72345", "removed": True})
    assert sent["from_number"] == "18335550180"
    assert call(lab, "DELETE", "/shortcodes/14155550180")[0] == 400
    assert call(lab, "DELETE", "/shortcodes/72345")[0] == 404


@pytest.mark.parametrize(
    ("path", "values", "said"),
    [
        ("/shortcodes", {"number": "12345678"}, "number: found '12345678', expected a short code"),
        ("/shortcodes", {"number": "54321", "country": "DE"}, "country: found 'DE', expected one of US, CA"),
        ("/shortcodes", {"number": "54321", "mms": "yes"}, "mms: found 'yes', expected true or false"),
        ("/shortcodes", {"number": "72345"}, "number 72345 is already in this account"),
        ("/shortcodes", [1], "the body is no JSON object"),
        (
            "/numbers/14155550190/onboard",
            {"status": "new"},
            "status: found 'new', expected one of testing, preview, beta",
        ),
        ("/numbers/14155550180/activate", None, "activation is 'needs no documents', expected 'submitted'"),
        ("/account/suspend", {"reason": 1}, "reason: found 1, expected a text"),
    ],
)
def test_a_mistake_is_answered_with_what_was_found_and_expected(lab: Lab, path: str, values: object, said: str) -> None:
    status, body = call(lab, "POST", path, values)

    assert status == 400
    assert said in body["error"]


def test_an_endless_body_is_refused(lab: Lab) -> None:
    status, body = call(lab, "POST", "/shortcodes", {"number": "5" * 70_000})

    assert (status, "65536" in body["error"]) == (413, True)


def test_a_number_that_was_given_back_is_restored(lab: Lab) -> None:
    api = Api(lab)
    api.request("DELETE", "Number/14155550181/")
    lab.advance(6 * 86_400)
    status, body = call(lab, "POST", "/numbers/14155550181/restore")

    assert (status, body["number"]) == (200, "14155550181")
    assert api.get("Number/14155550181/").status == 200
    assert call(lab, "POST", "/numbers/14155550181/restore")[0] == 404


def test_a_disconnected_number_is_gone(lab: Lab) -> None:
    status, body = call(lab, "POST", "/numbers/14155550181/disconnect", {"reason": "phishing"})
    api = Api(lab)

    assert (status, body) == (200, {"number": "14155550181", "disconnected": True})
    assert api.get("Number/14155550181/").status == 404
    assert api.get("Number/Unrented/").body["objects"] == []
    (event,) = lab.journal.events(kind="number.disconnected")
    assert event.fields["reason"] == "phishing"


def test_a_number_goes_on_in_the_shop(lab: Lab) -> None:
    assert call(lab, "POST", "/numbers/14155550190/onboard", {"status": "preview"})[1]["status"] == "preview"
    found = Api(lab).get("PhoneNumber/?country_iso=US&pattern=415").body["objects"]

    assert found == []


def test_a_suspended_account_sends_nothing_until_it_is_reinstated(lab: Lab) -> None:
    api = Api(lab)
    status, body = call(lab, "POST", "/account/suspend", {"reason": "fraud"})
    blocked = api.send("14155550101")
    call(lab, "POST", "/account/reinstate")
    sent = api.send("14155550101")

    assert (status, body["suspended"]) == (200, "fraud")
    assert (blocked["message_state"], blocked["error_code"]) == ("failed", "910")
    assert sent["message_state"] == "delivered"
    assert call(lab, "GET", "/account")[1]["suspended"] is None


def test_a_closed_account_has_no_numbers_and_sends_nothing(lab: Lab) -> None:
    api = Api(lab)
    status, body = call(lab, "POST", "/account/close")
    refused = api.post("Message/", {"powerpack_uuid": lab.powerpack_uuid, "dst": "14155550101", "text": "Hello"})

    assert (status, body["suspended"]) == (200, "closed by its owner")
    assert api.get("Number/").body["objects"] == []
    assert api.get("Number/Unrented/").body["objects"] == []
    assert refused.status == 400
    assert api.get("Ledger/").body["meta"]["total_count"] > 0


@pytest.mark.parametrize("countries", ["US", [{}], ["USA"], [["US"]], {"US": 1}, 7], ids=str)
def test_countries_that_are_none_are_refused(lab: Lab, countries: object) -> None:
    status, body = call(lab, "PUT", "/account/countries", {"countries": countries})

    assert (status, body["error"]) == (
        400,
        f"countries: found {countries!r}, expected ISO 3166 codes such as ['US', 'CA'], or none for all",
    )


def test_a_webhook_stands_for_a_phlo(lab: Lab) -> None:
    phlo = {"phlo_id": "abc-1", "url": "http://127.0.0.1/phlo", "method": "GET"}

    assert call(lab, "PUT", "/phlos/abc-1", {"url": phlo["url"], "method": "GET"}) == (200, phlo)
    assert call(lab, "GET", "/phlos") == (200, [phlo])
    assert call(lab, "DELETE", "/phlos/abc-1") == (200, {"phlo_id": "abc-1", "removed": True})
    assert call(lab, "GET", "/phlos") == (200, [])


@pytest.mark.parametrize(
    ("method", "path", "values", "refusal"),
    [
        ("PUT", "/phlos/abc", {}, (400, "url parameter is missing")),
        ("PUT", "/phlos/abc", {"url": "nonsense"}, (400, 'url is "nonsense", expected an http or https URL')),
        (
            "PUT",
            "/phlos/abc",
            {"url": "http://x", "method": "PUT"},
            (400, "method is 'PUT', expected one of POST, GET"),
        ),
        ("PUT", "/phlos/a_b", {"url": "http://x"}, (400, "phlo_id is 'a_b', expected 1 to 64 of A-Z, a-z, 0-9 and -")),
        ("DELETE", "/phlos/abc", None, (404, "phlo abc not found in this account")),
    ],
)
def test_a_wrong_phlo_is_refused(lab: Lab, method: str, path: str, values: object, refusal: tuple[int, str]) -> None:
    status, body = call(lab, method, path, values)

    assert (status, body["error"]) == refusal


def test_the_owner_pays_in(lab: Lab) -> None:
    _, before = call(lab, "GET", "/account")
    _, after = call(lab, "POST", "/account/credit", {"amount": "2.5"})

    assert float(after["credit"]) - float(before["credit"]) == pytest.approx(2.5)


@pytest.mark.parametrize("amount", ["ten", "1.000001", None])
def test_what_is_no_amount_is_not_paid_in(lab: Lab, amount: object) -> None:
    status, body = call(lab, "POST", "/account/credit", {"amount": amount})

    assert (status, body["error"][:21]) == (400, "amount: an amount is ")
