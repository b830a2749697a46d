"""A restart with the same state file goes on where it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract_support import Api, lab_on
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_lab.config import CarrierConfig, LabConfig, NumberConfig
from powerpack_lab.lab import Lab

ANA, BEN = "14155550101", "12065550102"


def test_account_powerpack_and_messages_are_there_again(state: Path) -> None:
    with lab_on(state) as lab:
        account, powerpack = (lab.auth_id, lab.auth_token), lab.powerpack_uuid
        uuid = Api(lab).send(ANA, "Your code is 4711")["message_uuid"]
    with lab_on(state, minutes_later=5) as lab:
        message = Api(lab).message(uuid)

        assert ((lab.auth_id, lab.auth_token), lab.powerpack_uuid) == (account, powerpack)
        assert (message["message_state"], message["message_type"]) == ("delivered", "sms")


def test_no_stop_is_forgotten(state: Path) -> None:
    with lab_on(state) as lab:
        Api(lab).send(ANA)
        lab.handset(ANA).reply("STOP")
    with lab_on(state, minutes_later=5) as lab:
        message = Api(lab).send(ANA, "Still there?")

        assert (message["message_state"], message["error_code"]) == ("failed", "200")


def test_nor_is_the_first_half_of_one_that_was_acknowledged(state: Path) -> None:
    half = b"\x05\x00\x03\x07\x02\x01STOP"
    with lab_on(state) as lab:
        number = Api(lab).send(ANA)["from_number"]
        delivery = Delivery(
            source=ANA, destination=number, short_message=half, esm_class=0x40, data_coding=0, tlvs={}, raw=b"",
            link="gone", sequence=1, command_id=5,
        )  # fmt: skip

        async def arrive() -> None:
            lab.stack.gateway.received("att", delivery)

        lab.call(arrive())
    with lab_on(state, minutes_later=5) as lab:
        lab.advance(minutes=6)  # so long its other half was waited for, over the restart
        message = Api(lab).send(ANA, "Still there?")

        assert (message["message_state"], message["error_code"]) == ("failed", "200")
        assert lab.handset(ANA).texts[-1].startswith("You have been unsubscribed")


def test_people_keep_their_number(state: Path) -> None:
    with lab_on(state) as lab:
        number = Api(lab).send(ANA)["from_number"]
    with lab_on(state, minutes_later=5) as lab:
        api = Api(lab)
        api.prefer("longcode", "tollfree", "shortcode")

        assert api.send(ANA)["from_number"] == number


def test_a_suspended_number_stays_suspended(state: Path) -> None:
    with lab_on(state) as lab:
        for person in ("14155550111", "14155550112", "14155550113"):
            assert Api(lab).send(person)["from_number"] == "72345"
            lab.handset(person).report_spam()
    with lab_on(state, minutes_later=5) as lab:
        assert Api(lab).send(ANA)["from_number"] != "72345"


def test_a_reinstated_number_starts_anew_also_after_a_restart(state: Path) -> None:
    people = [f"1415555011{index}" for index in range(5)]
    with lab_on(state) as lab:
        for person in people[:3]:
            assert Api(lab).send(person)["from_number"] == "72345"
            lab.handset(person).report_spam()
        lab.call(lab.stack.gateway.holdings.orders.reinstate("72345"))
    with lab_on(state, minutes_later=5) as lab:
        assert Api(lab).send(people[3])["from_number"] == "72345"
        lab.handset(people[3]).report_spam()

        assert Api(lab).send(people[4])["from_number"] == "72345"


def test_what_waited_for_its_turn_goes_out_after_the_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        api.prefer("longcode")
        api.send(BEN, "one")
        waiting = [api.accept(BEN, text) for text in ("two", "three")]
    with lab_on(state, minutes_later=1) as lab:
        states = [Api(lab).settled(uuid)["message_state"] for uuid in waiting]

        assert states == ["delivered", "delivered"]
        assert lab.handset(BEN).texts == ["two", "three"]


def test_an_answer_that_comes_while_the_gateway_ends_leaves_no_deadline_behind(state: Path) -> None:
    with lab_on(state, config=LabConfig(carriers=(CarrierConfig(name="generic"),))) as lab:
        for fault, values in (("late_response", {"delay_s_min": 2, "delay_s_max": 2}), ("lose_receipt", {})):
            lab.carrier("generic").faults.add(fault, **values)
        Api(lab).accept(ANA)
        lab.advance(0.5)
        lab.call(lab.stack.gateway.stop(5))
        lab.advance(3 * 3600)  # longer than a receipt is waited for

        stages = [each.fields["stage"] for each in lab.journal.events(kind="message.stage")]
        assert stages == ["SUBMITTED", "SENT"]


def test_what_waited_for_a_number_that_was_given_back_goes_out_from_another_after_the_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        api.prefer("longcode")
        gone = api.send(BEN, "one")["from_number"]
        waiting = [api.accept(BEN, text) for text in ("two", "three")]
        api.request("DELETE", f"Number/{gone}/")
    with lab_on(state, minutes_later=1) as lab:
        messages = [Api(lab).settled(uuid) for uuid in waiting]

        assert [each["message_state"] for each in messages] == ["delivered", "delivered"]
        assert gone not in {each["from_number"] for each in messages}


def test_what_waited_for_a_src_that_was_given_back_ends_with_its_own_code_after_the_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        api.send(BEN, "one", src="12065550180")
        waiting = api.accept(BEN, "two", src="12065550180")
        api.request("DELETE", "Number/12065550180/")
    with lab_on(state, minutes_later=1) as lab:
        message = Api(lab).settled(waiting)

        assert (message["message_state"], message["error_code"]) == ("failed", "40")


def test_a_number_is_not_faster_after_a_restart(state: Path) -> None:
    with lab_on(state) as lab:
        api = Api(lab)
        api.prefer("longcode")
        api.post(f"Powerpack/{lab.powerpack_uuid}/", {"local_connect": True})
        sent_at = api.send(BEN, "one")["message_sent_time"]
    with lab_on(state, minutes_later=1 / 60) as lab:
        again = Api(lab).send(BEN, "two")["message_sent_time"]

    assert _seconds(again) - _seconds(sent_at) >= 4.0


def test_the_day_on_which_clocks_are_set_back_is_counted_from_its_first_hour(state: Path) -> None:
    def spent(lab: Lab) -> bool:
        reasons = Api(lab).message(Api(lab).accept(BEN, src="12065550180"))["selection_reasons"]
        return any("has used up its day" in each for each in reasons)

    number = NumberConfig(number="12065550180", registered=False)
    config = LabConfig(carriers=(CarrierConfig(name="generic"),), numbers=(number,))
    with Lab(seed=1, clock="virtual", epoch=datetime(2026, 11, 1, 7, 5, tzinfo=UTC), state=state, config=config) as lab:
        for _ in range(18):  # of eleven segments each, from five past midnight in Los Angeles on
            Api(lab).send(BEN, "x" * 1_600, src="12065550180")
        assert spent(lab) is False
    with Lab(
        seed=1, clock="virtual", epoch=datetime(2026, 11, 2, 7, 55, tzinfo=UTC), state=state, config=config
    ) as lab:
        assert spent(lab)


def test_callbacks_that_are_owed_go_out_after_the_restart(state: Path) -> None:
    with lab_on(state) as lab:
        lab.webhooks.answer = lambda _: (500, "down")
        port = lab.webhooks.base_url
        uuid = Api(lab).send(ANA, url=lab.webhooks.url())["message_uuid"]
    with lab_on(state, minutes_later=5) as lab:
        assert lab.webhooks.base_url == port  # virtual ports repeat, so the old address is served again
        lab.advance(minutes=10)

        assert lab.webhooks.statuses(uuid) == ["queued", "sent", "delivered"]


def test_a_message_that_was_sent_gets_its_receipt_after_the_restart_or_ends_without(state: Path) -> None:
    with lab_on(state) as lab:
        for carrier in lab.carriers.values():
            carrier.faults.add("lose_receipt")
        uuid = Api(lab).accept(ANA)
        lab.advance(10)
        assert Api(lab).message(uuid)["message_state"] == "sent"
    with lab_on(state, minutes_later=30) as lab:
        assert Api(lab).message(uuid)["message_state"] == "sent"
        lab.advance(minutes=95)

        assert Api(lab).message(uuid)["message_state"] == "undelivered"


@pytest.mark.parametrize(("policy", "texts"), [("at_least_once", ["Hello"]), ("at_most_once", [])])
def test_what_may_have_been_submitted_is_submitted_again_only_at_least_once(
    state: Path, policy: str, texts: list[str]
) -> None:
    settings = Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome(policy)))
    config = LabConfig(carriers=(CarrierConfig(name="generic"),), gateway=settings)
    with lab_on(state, config=config) as lab:
        lab.carrier("generic").faults.add("lose_response")
        uuid = Api(lab).accept(ANA, message_expiry=600)
        lab.advance(1)
    with lab_on(state, minutes_later=1, config=config) as lab:
        lab.advance(minutes=15)
        message = Api(lab).message(uuid)

        assert lab.handset(ANA).texts == texts
        assert message["message_state"] == ("delivered" if texts else "failed")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_a_long_text_of_a_handset_is_whole_although_a_restart_came_between_its_parts(state: Path) -> None:
    async def part(lab: Lab, place: int, text: bytes) -> None:
        udh = bytes((5, 0, 3, 77, 3, place))
        gateway = lab.stack.gateway
        gateway.received("generic", Delivery(ANA, number, udh + text, 0x40, 0, {}, b"", "generic#1", place, 5))
        await gateway.commit()

    with lab_on(state) as lab:
        number = Api(lab).send(ANA)["from_number"]
        for place, text in ((3, b" and well"), (1, b"I am here")):
            lab.call(part(lab, place, text))
        lab.advance(60)
    with lab_on(state, minutes_later=5) as lab:
        lab.call(part(lab, 2, b", alive"))
        lab.advance(1)
        found = Api(lab).get("Message/?message_direction=inbound").body["objects"]

        assert [each["units"] for each in found] == [3]
        (received,) = lab.journal.events(kind="message.received")
        assert received.fields["text"] == "I am here, alive and well"
    with lab_on(state, minutes_later=20) as lab:
        lab.advance(minutes=15)

        assert list(lab.journal.events(kind="message.received")) == []
