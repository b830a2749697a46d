"""Rent over a year: fees on their days, numbers that come back and numbers that are lost, also across a restart."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from contract_support import Api, lab_on
from powerpack_gateway.errors import NotFound
from powerpack_gateway.numbers import Onboarding
from powerpack_gateway.settings import NumberSettings, Settings
from powerpack_lab.config import LabConfig, NumberConfig
from powerpack_lab.lab import Lab

MIAMI = "13055550190"
DAY_S = 86_400


def fees(api: Api, number: str) -> list[tuple[str, str, str]]:
    """Kind, day and amount of everything that a number cost, oldest first."""
    found: list[Mapping[str, str]] = []
    while (page := api.get(f"Ledger/?number={number}&offset={len(found)}").body)["objects"]:
        found += page["objects"]
    return [(each["kind"], each["charged_on"][:10], each["amount"]) for each in reversed(found)]


def test_a_reclaimed_number_is_charged_as_a_new_one(lab: Lab, api: Api) -> None:
    api.post(f"PhoneNumber/{MIAMI}/")
    assert api.request("DELETE", f"Number/{MIAMI}/").status == 204
    lab.advance(4 * DAY_S)
    (listed,) = api.get("Number/Unrented/").body["objects"]
    bought = api.post(f"PhoneNumber/{MIAMI}/")

    assert listed["number"] == MIAMI
    assert bought.body["numbers"] == [{"number": MIAMI, "status": "Success"}]
    assert fees(api, MIAMI) == [("monthly", "2026-03-02", "0.50000"), ("monthly", "2026-03-06", "0.50000")]


def test_after_five_days_a_number_is_support_s_to_give_back_and_after_ten_it_is_gone(lab: Lab, api: Api) -> None:
    for number in (MIAMI, "12065550190"):
        api.post(f"PhoneNumber/{number}/")
        api.request("DELETE", f"Number/{number}/")
    lab.advance(5 * DAY_S)
    refused = api.post(f"PhoneNumber/{MIAMI}/")
    lab.call(lab.stack.gateway.holdings.orders.get_back(MIAMI))
    lab.advance(5 * DAY_S)

    assert api.get("Number/Unrented/").body["objects"] == []
    assert (refused.status, "write to support" in refused.body["error"]) == (404, True)
    assert api.get(f"Number/{MIAMI}/").status == 200
    assert [each.fields["number"] for each in lab.journal.events(kind="number.lapsed")] == ["12065550190"]
    with pytest.raises(NotFound):
        lab.call(lab.stack.gateway.holdings.orders.get_back("12065550190"))


def test_a_number_of_another_carrier_is_rented_and_can_be_given_back(state: Path) -> None:
    number = {"numbers": "13125550170", "carrier": "IRWY1", "region": "Illinois"}
    with lab_on(state) as lab:
        api = Api(lab)
        assert api.post("Number/", number).status == 202
        assert api.request("DELETE", "Number/13125550170/").status == 204
        assert api.post("Number/", number).status == 202
    with lab_on(state, minutes_later=1) as lab:
        api = Api(lab)

        assert api.get("Number/Unrented/").body["objects"] == []
        assert fees(api, "13125550170") == [("monthly", "2026-03-02", "0.50000")] * 2
        assert api.request("DELETE", "Number/13125550170/").status == 204


def test_numbers_of_another_carrier_come_all_or_none(api: Api) -> None:
    values = {"numbers": ["13125550170", "14155550180"], "carrier": "IRWY1", "region": "Illinois"}

    assert api.post("Number/", values).status == 400
    assert api.get("Number/13125550170/").status == 404


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("Number/17185550190/", {"rent": True, "service": "mms"}),  # one that has no MMS
        ("Tollfree/17185550190/", {"rent": True}),  # one that is not toll-free
    ],
)
def test_what_the_pool_can_not_take_is_not_rented_for_it(
    lab: Lab, api: Api, path: str, values: Mapping[str, object]
) -> None:
    pool = api.get(f"Powerpack/{lab.powerpack_uuid}/").body["number_pool"].split("/")[-2]
    refused = api.post(f"NumberPool/{pool}/{path}", values)

    assert refused.status == 400
    assert api.get("Number/17185550190/").status == 404
    assert fees(api, "17185550190") == []


def test_unrenting_takes_a_number_out_of_its_powerpack_and_messages_go_on_from_the_others(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    before = api.send("12125550101")["from_number"]
    api.request("DELETE", f"Number/{before}/")
    after = api.send("12125550101")

    assert before == "12125550180"
    assert after["message_state"] == "delivered"
    assert after["from_number"] != before
    assert f"sticky sender: {before} is no longer in the pool" in after["selection_reasons"]


def test_rentals_and_numbers_given_back_survive_a_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        api.post(f"PhoneNumber/{MIAMI}/")
        api.request("DELETE", "Number/14155550181/")
        before = fees(api, MIAMI)
    with lab_on(state, minutes_later=40 * 24 * 60) as lab:
        api = Api(lab)

        assert fees(api, MIAMI) == [*before, ("monthly", "2026-04-02", "0.50000")]
        assert list(lab.journal.events(kind="number.renewed")) == []
        assert api.post("PhoneNumber/14155550181/").status == 404
        lab.advance(1)
        assert [each.fields["number"] for each in lab.journal.events(kind="number.lapsed")] == ["14155550181"]


def test_a_number_that_was_had_back_is_not_given_back_after_a_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        api.post(f"PhoneNumber/{MIAMI}/")
        api.request("DELETE", f"Number/{MIAMI}/")
        api.post(f"PhoneNumber/{MIAMI}/")
    with lab_on(state, minutes_later=11 * 24 * 60) as lab:
        lab.advance(60)

        assert Api(lab).get("Number/Unrented/").body["objects"] == []
        assert Api(lab).get(f"Number/{MIAMI}/").status == 200
        assert list(lab.journal.events(kind="number.lapsed")) == []


def test_a_number_lapses_once(state: Path) -> None:
    with lab_on(state) as lab:
        Api(lab).post(f"PhoneNumber/{MIAMI}/")
        Api(lab).request("DELETE", f"Number/{MIAMI}/")
        lab.advance(11 * DAY_S)
        assert [each.fields["number"] for each in lab.journal.events(kind="number.lapsed")] == [MIAMI]
    with lab_on(state, minutes_later=12 * 24 * 60) as lab:
        lab.advance(60)

        assert list(lab.journal.events(kind="number.lapsed")) == []


def test_numbers_are_rented_while_the_credit_lasts() -> None:
    poor = Settings(numbers=NumberSettings(credit="1.20000"))
    config = LabConfig(
        gateway=poor, numbers=(NumberConfig(number="14155550180"), NumberConfig(number=MIAMI, for_sale=True))
    )
    with Lab(seed=1, clock="virtual", config=config) as lab:
        api = Api(lab)
        bought = api.post(f"PhoneNumber/{MIAMI}/")
        api.request("DELETE", f"Number/{MIAMI}/")
        refused = api.post(f"PhoneNumber/{MIAMI}/")

        assert bought.status == 201
        assert refused.status == 400
        assert refused.body["error"] == "insufficient credit: number 13055550190 costs 0.50000, and 0.20000 is left"


def test_enough_traffic_moves_a_number_from_beta_to_general_availability(lab: Lab, api: Api) -> None:
    holdings = lab.stack.gateway.holdings
    lab.call(holdings.orders.onboard("18445550190", Onboarding.BETA))
    api.post("PhoneNumber/18445550190/")
    before = holdings.numbers["18445550190"].onboarding
    for index in range(100):
        api.accept(f"1415555{index:04d}", src="18445550190")

    assert before is Onboarding.BETA
    assert holdings.numbers["18445550190"].onboarding is Onboarding.GENERAL
    assert [each.fields["number"] for each in lab.journal.events(kind="number.onboarded")] == ["18445550190"]
