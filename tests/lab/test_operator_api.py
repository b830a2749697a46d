"""What an operator does to the lab's gateway: look at a number, suspend it, bring it back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from powerpack_lab.lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=1, clock="virtual") as lab:
        yield lab


def call(lab: Lab, method: str, path: str, host: str = "localhost") -> tuple[int, Any]:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            return await client.request(method, lab.stack.control_url + path, headers={"Host": host})

    response = lab.call(ask())
    return response.status_code, response.json()


def test_a_number_tells_whether_it_may_send(lab: Lab) -> None:
    assert call(lab, "GET", "/numbers/+14155550180") == (
        200,
        {"number": "14155550180", "type": "longcode", "country": "US", "suspended": None, "can_send": True},
    )


def test_a_number_that_was_complained_about_comes_back(lab: Lab) -> None:
    status, body = call(lab, "POST", "/numbers/72345/suspend")
    assert (status, body["suspended"], body["can_send"]) == (200, "suspended by the operator", False)
    status, body = call(lab, "POST", "/numbers/72345/reinstate")

    assert (status, body["suspended"], body["can_send"]) == (200, None, True)
    kinds = [event.kind for event in lab.journal.events(kind="number.")]
    assert kinds == ["number.suspended", "number.reinstated"]


@pytest.mark.parametrize("action", ["", "/suspend", "/reinstate"])
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
