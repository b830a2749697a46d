"""Plivo's support, asked from a test."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract_support import Api
from powerpack_carriers.errors import HandsetError
from powerpack_gateway.errors import ApiError, BadRequest, NotFound
from powerpack_lab.lab import Lab

ANA = "+14155550123"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=1, clock="virtual") as lab:
        yield lab


def send(lab: Lab, dst: str = ANA) -> Any:
    return Api(lab).post("Message/", {"powerpack_uuid": lab.powerpack_uuid, "dst": dst, "text": "Hello"})


def sender(lab: Lab) -> str:
    assert send(lab).status == 202
    return lab.handset(ANA).expect("Hello").from_number


def test_a_suspended_number_does_not_send_until_it_is_reinstated(lab: Lab) -> None:
    suspended = lab.operator.suspend("72345", reason="three complaints")
    other = sender(lab)

    assert (suspended.suspended, suspended.can_send) == ("three complaints", False)
    assert other != "72345"
    assert lab.operator.reinstate("72345").can_send
    assert lab.operator.number("72345").suspended is None


def test_a_short_code_joins_a_powerpack(lab: Lab) -> None:
    lab.operator.disconnect("72345")

    assert lab.operator.add_short_code("54321", powerpack_uuid=lab.powerpack_uuid).number == "54321"
    assert "54321" in lab.powerpack().numbers
    assert sender(lab) == "54321"


def test_a_number_that_is_disconnected_is_gone(lab: Lab) -> None:
    lab.operator.disconnect("+14155550180")

    assert "14155550180" not in lab.powerpack().numbers
    with pytest.raises(NotFound):
        lab.operator.number("14155550180")


def test_a_number_that_was_given_back_is_restored(lab: Lab) -> None:
    assert Api(lab).request("DELETE", "Number/14155550180/").status == 204

    assert lab.operator.restore("14155550180").number == "14155550180"


def test_the_account_is_suspended_and_reinstated(lab: Lab) -> None:
    lab.operator.suspend_account(reason="unpaid")
    refused = send(lab)
    lab.advance(minutes=1)
    uuid = refused.body["message_uuid"][0]

    assert Api(lab).get(f"Message/{uuid}/").body["error_code"] == "910"
    lab.operator.reinstate_account()
    assert sender(lab)


def test_a_closed_account_has_no_numbers(lab: Lab) -> None:
    lab.operator.close_account()

    assert Api(lab).get("Number/").body["meta"]["total_count"] == 0


def test_credit_is_added(lab: Lab) -> None:
    before = float(Api(lab).get("").body["cash_credits"])

    lab.operator.add_credit("10.5")

    assert float(Api(lab).get("").body["cash_credits"]) == pytest.approx(before + 10.5)


def test_other_countries_are_refused(lab: Lab) -> None:
    lab.operator.allow_countries(["CA"])
    assert send(lab).status == 403

    lab.operator.allow_countries(None)
    assert send(lab).status == 202


def test_a_number_of_the_shop_goes_on(lab: Lab) -> None:
    number = Api(lab).get("PhoneNumber/?country_iso=US&type=local").body["objects"][0]["number"]

    lab.operator.onboard(number, "testing")

    offers = Api(lab).get("PhoneNumber/?country_iso=US&type=local").body["objects"]
    assert number not in [each["number"] for each in offers]


@pytest.mark.parametrize(
    ("slip", "kind", "message"),
    [
        (lambda lab: lab.operator.suspend("4155550180"), HandsetError, "without its country code"),
        (lambda lab: lab.operator.suspend("12065559999"), NotFound, "12065559999 not found in this account"),
        (lambda lab: lab.operator.suspend("72345", reason=""), ValueError, "reason: found '', expected a text"),
        (lambda lab: lab.operator.reinstate(72345), TypeError, "number: found 72345, expected a str"),
        (lambda lab: lab.operator.reinstate("12065559999"), NotFound, "12065559999 not found"),
        (lambda lab: lab.operator.restore("72345"), ApiError, "72345"),
        (lambda lab: lab.operator.activate("12065559999"), NotFound, "12065559999 not found"),
        (
            lambda lab: lab.operator.onboard("72345", "gamma"),
            ValueError,
            "status: found 'gamma', expected one of testing, preview",
        ),
        (lambda lab: lab.operator.add_short_code("123"), ValueError, "number: found '123', expected a short code"),
        (lambda lab: lab.operator.add_short_code("72345"), BadRequest, "72345"),
        (
            lambda lab: lab.operator.add_short_code("54321", country="DE"),
            ValueError,
            "country: found 'DE', expected one of US, CA",
        ),
        (lambda lab: lab.operator.add_short_code("54321", powerpack_uuid="x"), NotFound, "x"),
        (
            lambda lab: lab.operator.add_short_code("54321", powerpack_uuid=lab.powerpack_uuid),
            BadRequest,
            "short code 72345 already",
        ),
        (lambda lab: lab.operator.add_credit("10,5"), ValueError, "an amount is '10,5'"),
        (lambda lab: lab.operator.allow_countries("US"), ValueError, "countries: found 'US', expected ISO 3166 codes"),
        (
            lambda lab: lab.operator.allow_countries(["USA"]),
            ValueError,
            "countries: found .'USA'., expected ISO 3166 codes",
        ),
    ],
)
def test_a_slip_is_told(lab: Lab, slip: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        slip(lab)

    assert "54321" not in [each.number for each in lab.stack.gateway.holdings.numbers]


def test_who_it_is(lab: Lab) -> None:
    assert repr(lab.operator) == f"<LabOperator of {lab.auth_id}>"
