"""What the gateway makes of carriers that misbehave: nothing is lost, and nobody gets a message twice without need."""

from collections.abc import Sequence

import pytest

from contract_support import Api
from powerpack_gateway.history import note_arrived
from powerpack_gateway.inbound import Inbound
from powerpack_gateway.messages import Message, Stage
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.underway import Underway
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

PEOPLE = tuple(f"1415555{index:04d}" for index in range(20))

ONE_CARRIER = (CarrierConfig(name="generic", profile="generic"),)


def _all_delivered(lab: Lab, api: Api, uuids: list[str], within: float = 600) -> None:
    for uuid in uuids:
        assert api.settled(uuid, within)["message_state"] == "delivered"
    assert [lab.handset(each).texts for each in PEOPLE] == [["Hello"]] * len(PEOPLE)


def test_a_throttling_carrier_gets_every_message_in_the_end_and_once(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("throttle", share=0.5)
    uuids = [api.accept(person) for person in PEOPLE]

    _all_delivered(lab, api, uuids)
    assert list(lab.journal.events(kind="gateway.held"))


def test_a_carrier_that_hangs_up_is_bound_to_again_and_gets_the_rest(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("disconnect", after=3)
    uuids = [api.accept(person) for person in PEOPLE]

    for uuid in uuids:
        assert api.settled(uuid, 900)["message_state"] == "delivered"
    assert all("Hello" in lab.handset(each).texts for each in PEOPLE)


def test_a_lost_response_is_submitted_again_at_least_once(lab: Lab, api: Api) -> None:
    lab.carrier("att").faults.add("lose_response")
    person = next(each for each in PEOPLE if lab.stack.directory.carrier_of(each) == "att")
    uuid = api.accept(person)
    lab.advance(30)
    lab.carrier("att").faults.clear()

    assert api.settled(uuid, 900)["message_state"] == "delivered"
    assert lab.handset(person).texts == ["Hello", "Hello"]


def test_a_lost_response_is_not_submitted_again_at_most_once() -> None:
    settings = Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome.AT_MOST_ONCE))
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER, gateway=settings)) as lab:
        lab.carrier("generic").faults.add("lose_response")
        uuid = Api(lab).accept(PEOPLE[0], message_expiry=300)
        message = Api(lab).settled(uuid, 600)

        assert lab.handset(PEOPLE[0]).texts == ["Hello"]
        assert (message["message_state"], message["error_code"]) == ("failed", "420")


def test_an_answer_that_comes_after_the_next_try_was_refused_settles_the_message_all_the_same() -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        api, faults = Api(lab), lab.carrier("generic").faults
        faults.add("late_response", delay_s_min=63, delay_s_max=63)
        uuid = api.accept(PEOPLE[0])
        lab.advance(55)
        faults.clear()
        faults.add("throttle")  # the second try, after the 60 s of the response timer
        message = api.settled(uuid, 60)

        assert (message["message_state"], message["error_code"]) == ("delivered", "000")
        assert message["message_sent_time"] is not None
        assert lab.handset(PEOPLE[0]).texts == ["Hello"]


def test_a_defect_of_the_gateways_own_costs_neither_the_link_nor_the_carriers_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive = Inbound.receive

    def stumble(self: Inbound, carrier: str, delivery: Delivery) -> None:
        if b"poison" in delivery.short_message:
            raise LookupError("a defect")
        receive(self, carrier, delivery)

    monkeypatch.setattr(Inbound, "receive", stumble)
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        api, phone = Api(lab), lab.handset(PEOPLE[0])
        uuid = api.accept(PEOPLE[0])
        api.settled(uuid)
        phone.reply("poison")
        phone.reply("fine")
        lab.advance(120)

        refused = [event.fields["reason"] for event in lab.journal.events(kind="carrier.delivery_dropped")]
        assert refused == ["the ESME answered ESME_RX_R_APPN at attempt 4"]
        assert len(list(lab.journal.events(kind="inbound.failed"))) == 4
        assert [event.fields["text"] for event in lab.journal.events(kind="message.received")] == ["fine"]
        assert not list(lab.journal.events(kind="gateway.disconnected"))
        assert api.send(PEOPLE[1])["message_state"] == "delivered"


@pytest.mark.parametrize("where", ["note_arrived", "before the store", "behind the store"])
def test_a_defect_that_meets_receipts_together_loses_none_of_them(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    stumbled: list[int] = []

    def stumble(count: int) -> None:
        if count > 1 and not stumbled:
            stumbled.append(count)
            raise LookupError("a defect")

    if where == "note_arrived":
        note = note_arrived

        def noted(arrived: Sequence[tuple[Message, str]], now: float) -> None:
            stumble(len(arrived))
            note(arrived, now)

        monkeypatch.setattr("powerpack_gateway.fates.note_arrived", noted)
    else:
        changed = Underway.changed

        def change(self: Underway, messages: Sequence[Message]) -> None:
            if messages[0].stage is not Stage.DELIVERED:
                changed(self, messages)
                return
            if where == "behind the store":
                changed(self, messages)
            stumble(len(messages))
            if where == "before the store":
                changed(self, messages)

        monkeypatch.setattr(Underway, "changed", change)
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        api = Api(lab)
        sent = {"src": "72345", "text": "Hello", "url": lab.webhooks.url(), "dst": "<".join(PEOPLE)}
        uuids = api.post("Message/", sent).body["message_uuid"]
        lab.advance(60)

        assert stumbled
        assert [event.fields["deliveries"] for event in lab.journal.events(kind="inbound.failed_together")] == stumbled
        assert {api.message(uuid)["message_state"] for uuid in uuids} == {"delivered"}
        assert lab.stack.gateway.messages_under_way == 0
        told = [each.params["MessageUUID"] for each in lab.webhooks.received if each.params["Status"] == "delivered"]
        assert sorted(told) == sorted(uuids)
        assert not list(lab.journal.events(kind="gateway.disconnected"))


def test_a_receipt_that_comes_twice_changes_nothing(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("duplicate_receipt")
    uuid = api.send(PEOPLE[0], url=lab.webhooks.url())["message_uuid"]
    lab.advance(30)

    assert lab.webhooks.statuses(uuid) == ["queued", "sent", "delivered"]


def test_a_message_that_no_carrier_takes_in_time_expires_with_420() -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        lab.carrier("generic").faults.add("throttle")
        message = Api(lab).settled(Api(lab).accept(PEOPLE[0], message_expiry=60), 120)

        assert (message["message_state"], message["error_code"]) == ("failed", "420")
        assert lab.handset(PEOPLE[0]).texts == []


def test_a_refused_submit_fails_with_the_apis_code() -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        lab.carrier("generic").faults.add("throttle", status="ESME_RINVDSTADR")
        message = Api(lab).send(PEOPLE[0])

        assert (message["message_state"], message["error_code"]) == ("failed", "50")


def test_a_throttled_recipient_reads_its_messages_in_the_order_they_were_sent() -> None:
    with Lab(seed=3, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        api = Api(lab)
        lab.carrier("generic").faults.add("throttle", share=0.4)
        texts = [f"part {index} of the story" for index in range(30)]
        uuids = [api.accept(PEOPLE[0], text) for text in texts]
        for uuid in uuids:
            api.settled(uuid)

        assert lab.handset(PEOPLE[0]).texts == texts


@pytest.mark.parametrize(
    ("fault", "settings", "state"),
    [
        ("unknown_pdu", {}, "delivered"),
        ("unknown_pdu", {"command_id": 0x80000113}, "delivered"),
        ("duplicate_response", {"status": "ESME_RSYSERR"}, "delivered"),
        ("no_message_id", {}, "undelivered"),
        ("no_message_id", {"body": False}, "undelivered"),
        ("nack", {"status": "ESME_RINVCMDID"}, "failed"),
    ],
)
def test_odd_answers_settle_one_message_each_and_the_session_goes_on(
    fault: str, settings: dict[str, object], state: str
) -> None:
    """An answer without an id was a yes, whose receipt nobody can know; the first of two answers counts."""
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        api, carrier = Api(lab), lab.carrier("generic")
        carrier.faults.add(fault, **settings)
        odd = api.settled(api.accept(PEOPLE[0]), 3 * 3_600)
        carrier.faults.clear()
        after = api.send(PEOPLE[1])

        assert odd["message_state"] == state
        assert after["message_state"] == "delivered"
        assert lab.handset(PEOPLE[0]).texts == ["Hello"]
        assert len(list(lab.journal.events(kind="carrier.bound"))) == 1


def test_a_message_without_a_receipt_ends_undelivered_after_two_hours(lab: Lab, api: Api) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("lose_receipt")
    uuid = api.accept(PEOPLE[0], url=lab.webhooks.url())
    lab.advance(minutes=119)
    assert api.message(uuid)["message_state"] == "sent"
    lab.advance(minutes=2)
    message = api.message(uuid)

    assert (message["message_state"], message["error_code"]) == ("undelivered", "1000")
    assert lab.webhooks.statuses(uuid) == ["queued", "sent", "undelivered"]


def test_a_stop_that_is_delivered_again_because_its_answer_was_lost_counts_once(lab: Lab, api: Api) -> None:
    api.send(PEOPLE[0])
    gateway = lab.stack.gateway

    async def arrive(link: str) -> None:
        delivery = Delivery(
            source=PEOPLE[0], destination="72345", short_message=b"STOP", esm_class=0, data_coding=0, tlvs={}, raw=b"",
            link=link, sequence=1, command_id=5,
        )  # fmt: skip
        route = gateway.dispatcher.routes["att"]
        gateway.dispatcher.answers.delivered(route, delivery)
        gateway.dispatcher.answers.batch_done(route)

    lab.call(arrive("a link that is gone"))
    lab.advance(5)
    lab.call(arrive("another one"))
    lab.advance(5)

    assert [event.fields["intent"] for event in lab.journal.events(kind="message.received")] == ["optout"]
    assert len(list(lab.journal.events(kind="inbound.redelivered"))) == 1


@pytest.mark.parametrize(("said", "times"), [("Table for two", 1), ("STOP", 2)])
def test_a_text_whose_acknowledgement_was_written_and_not_read_when_the_link_broke_counts_once(
    said: str, times: int
) -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=ONE_CARRIER)) as lab:
        Api(lab).send(PEOPLE[0])
        carrier, phone, other = lab.carrier("generic"), lab.handset(PEOPLE[0]), lab.handset(PEOPLE[1])
        number = phone.inbox[-1].from_number
        carrier.faults.add("slow_reader")
        Api(lab).accept(PEOPLE[2])  # the last that it reads
        lab.advance(1)
        phone.reply(said, to=number)
        lab.advance(1)
        carrier.faults.add("reset_in_pdu", command="deliver_sm")
        other.reply("Hello", to=number)
        lab.advance(1)
        carrier.faults.clear()
        lab.advance(300)
        phone.reply(said, to=number)
        lab.advance(5)

        heard = [each.fields["text"] for each in lab.journal.events(kind="message.received")]
        assert list(lab.journal.events(kind="gateway.disconnected"))
        assert heard.count(said) == times + 1, "what is said again later is another text; STOP is heard every time"
        assert heard.count("Hello") == 1
        assert len(list(lab.journal.events(kind="inbound.redelivered"))) == 2 - times
