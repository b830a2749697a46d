"""Which number sends: priority, sticky sender, local connect, rates, MMS, and what is refused."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from contract_support import Api
from powerpack_gateway.numbers import Registration
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

REFUSED = "Your message could not be queued at this time. If the problem persists, please contact"

ANA, BEN, CAROL, DANA = "14155550101", "12065550102", "13125550103", "14165550104"


def test_the_short_code_of_the_destinations_country_comes_first(api: Api) -> None:
    assert api.send(ANA)["from_number"] == "72345"
    assert api.send(DANA)["from_number"] == "272345"


def test_number_priority_decides_the_type(api: Api) -> None:
    api.prefer("tollfree", "longcode", "shortcode")

    assert api.send(ANA)["from_number"] == "18335550180"


def test_the_same_person_keeps_the_same_number_after_the_priority_changed(api: Api) -> None:
    first = api.send(ANA)
    api.prefer("longcode", "tollfree", "shortcode")
    second = api.send(ANA)

    assert second["from_number"] == first["from_number"]
    assert second["selection_reasons"] == [f"sticky sender: the handset knows {first['from_number']}"]


def test_without_sticky_sender_the_rules_are_asked_anew(lab: Lab, api: Api) -> None:
    api.post(f"Powerpack/{lab.powerpack_uuid}/", {"sticky_sender": False})
    api.send(ANA)
    api.prefer("tollfree", "longcode", "shortcode")

    assert api.send(ANA)["from_number"] == "18335550180"


@pytest.mark.parametrize(
    ("to", "number", "why"),
    [
        pytest.param(BEN, "12065550180", "local connect: area code 206", id="area-code"),
        pytest.param("12535550105", "12065550180", "local connect: state WA", id="state"),
    ],
)
def test_local_connect_prefers_the_near_number(api: Api, to: str, number: str, why: str) -> None:
    api.prefer("longcode", "tollfree", "shortcode")
    message = api.send(to)

    assert message["from_number"] == number
    assert why in message["selection_reasons"]


def test_a_long_code_sends_one_message_in_four_seconds(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    api.post(f"Powerpack/{lab.powerpack_uuid}/", {"sticky_sender": True})
    api.send(BEN, "one")
    uuids = [api.accept(BEN, text) for text in ("two", "three")]
    for uuid in uuids:
        api.settled(uuid)
    submitted = [
        event.at.timestamp()
        for event in lab.journal.events(kind="pdu")
        if event.fields["side"] == "carrier" and "submit_sm seq" in str(event.fields["pdu"])
    ]

    gaps = [round(later - earlier, 2) for earlier, later in pairwise(submitted)]
    assert all(gap >= 4.0 for gap in gaps), gaps


def test_the_short_code_falls_back_when_it_is_over_its_rate(api: Api) -> None:
    people = "<".join(f"1415556{index:04d}" for index in range(120))
    uuids = api.post("Message/", {"powerpack_uuid": api.lab.powerpack_uuid, "dst": people, "text": "Hi"}).body[
        "message_uuid"
    ]
    senders = Counter(api.settled(uuid)["from_number"] for uuid in uuids)

    assert senders == {"72345": 100, "18335550180": 20}


def test_mms_through_a_powerpack_without_an_mms_number_is_refused(lab: Lab, api: Api) -> None:
    created = api.post("Powerpack/", {"name": "text only"}).body
    pool = created["number_pool"].split("/")[5]
    assert api.post(f"NumberPool/{pool}/Number/17185550190/", {"rent": "true"}).status == 200
    answer = api.post("Message/", {"powerpack_uuid": created["uuid"], "dst": ANA, "type": "mms", "text": "Look"})

    assert answer.status == 400
    assert answer.body["error"].startswith(REFUSED)
    assert set(answer.body) == {"api_id", "error"}


@pytest.mark.parametrize("service", ["sms", "mms"])
def test_an_unknown_powerpack_is_refused(api: Api, service: str) -> None:
    answer = api.post("Message/", {"powerpack_uuid": "no-such-powerpack", "dst": ANA, "type": service, "text": "Look"})

    assert answer.status == 400
    assert answer.body["error"].startswith(REFUSED)


def test_an_empty_powerpack_is_refused(api: Api) -> None:
    uuid = api.post("Powerpack/", {"name": "empty"}).body["uuid"]
    answer = api.post("Message/", {"powerpack_uuid": uuid, "dst": ANA, "text": "Hello"})

    assert answer.status == 400
    assert answer.body["error"].startswith(REFUSED)


def test_a_source_number_of_somebody_else_is_refused(api: Api) -> None:
    answer = api.post("Message/", {"src": "12025550199", "dst": ANA, "text": "Hello"})

    assert answer.status == 400
    assert answer.body["error"].startswith("this caller ID is not allowed for outbound message")


def test_a_number_does_not_write_to_itself(api: Api) -> None:
    answer = api.post("Message/", {"src": "14155550180", "dst": "14155550180", "text": "Hello"})

    assert answer.status == 422
    assert answer.body["error"] == "src is identical to src in dst"


def test_a_waiting_message_whose_number_leaves_the_pool_goes_out_from_another(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    pool = lab.stack.gateway.holdings.powerpacks[lab.powerpack_uuid].number_pool_uuid
    api.send(BEN, "one")
    waiting = api.accept(BEN, "two")
    assert api.message(waiting)["from_number"] == "12065550180"
    assert api.request("DELETE", f"NumberPool/{pool}/Number/12065550180/").status == 200
    message = api.settled(waiting)

    assert message["message_state"] == "delivered"
    assert message["from_number"] != "12065550180"
    assert "sticky sender: 12065550180 is no longer in the pool" in message["selection_reasons"]


@pytest.mark.parametrize("by_powerpack", [True, False])
def test_a_us_toll_free_number_does_not_reach_canada(api: Api, *, by_powerpack: bool) -> None:
    created = api.post("Powerpack/", {"name": "toll-free only"}).body
    pool = created["number_pool"].split("/")[5]
    assert api.post(f"NumberPool/{pool}/Number/18445550190/", {"rent": "true"}).status == 200
    sender = {"powerpack_uuid": created["uuid"]} if by_powerpack else {"src": "18445550190"}
    message = api.send(DANA, **sender)

    assert (message["message_state"], message["error_code"]) == ("failed", "201")


def test_two_messages_in_a_row_are_not_over_a_hundred_a_second(api: Api) -> None:
    assert [api.accept(person) and api.message(api.accept(person))["from_number"] for person in (ANA, BEN, CAROL)] == [
        "72345"
    ] * 3


@pytest.mark.parametrize(("source", "to"), [("72345", DANA), ("272345", ANA), ("18335550180", "447911123456")])
def test_short_codes_and_toll_free_numbers_are_national(api: Api, source: str, to: str) -> None:
    message = api.send(to, src=source)

    assert (message["message_state"], message["error_code"]) == ("failed", "90")
    assert "does not reach" in message["selection_reasons"][0]


@pytest.mark.parametrize("source", ["72345", "18335550180"])
def test_they_reach_the_territories_of_their_country(api: Api, source: str) -> None:
    assert api.send("17875550101", src=source)["message_state"] == "delivered"


def test_mms_beyond_the_us_and_canada_is_refused(api: Api) -> None:
    answer = api.post(
        "Message/", {"powerpack_uuid": api.lab.powerpack_uuid, "dst": "447911123456", "type": "mms", "text": "x"}
    )

    assert answer.status == 400
    assert answer.body["error"] == "MMS can be sent to the US and Canada only, and '447911123456' is elsewhere"


def test_a_list_of_destinations_may_end_in_its_separator(api: Api) -> None:
    answer = api.post("Message/", {"powerpack_uuid": api.lab.powerpack_uuid, "dst": f"{ANA}<", "text": "Hi"})

    assert answer.status == 202
    assert "invalid_number" not in answer.body


def test_a_number_that_was_asked_for_waits_for_midnight_when_its_day_is_used_up() -> None:
    """Twenty minutes before midnight in California an unregistered long code has sent all of its day but one."""
    epoch = datetime(2026, 3, 3, 7, 40, tzinfo=UTC)
    # A carrier that does not ask who is registered: all others let nothing pass from such a number.
    config = LabConfig(carriers=(CarrierConfig(name="generic"),))
    with Lab(seed=1, clock="virtual", epoch=epoch, config=config) as lab:
        api = Api(lab)
        lab.call(_unregister(lab, "12125550180"))
        pools, number = lab.stack.gateway.holdings.pools, lab.stack.gateway.holdings.numbers["12125550180"]
        pools.reserve(number, 198, lab.clock.now(), lab.clock.monotonic() - 10_000, is_answer=False)
        last, first = (api.accept(f"1212555011{index}", src="12125550180") for index in range(2))
        lab.advance(19 * 60)
        before = api.message(last)["message_state"], api.message(first)["message_state"]
        lab.advance(2 * 60)
        after = api.message(first)

    assert before == ("delivered", "queued")
    assert after["message_state"] == "delivered"
    assert "src: 12125550180 has used up its day" in after["selection_reasons"]


async def _unregister(lab: Lab, number: str) -> None:
    lab.stack.gateway.holdings.orders.register(number, Registration.UNREGISTERED, campaign_id=None)
