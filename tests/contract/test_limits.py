"""Too much at once: messages that pile up, receipts that come in a storm, and an end under a backlog."""

from contract_support import EPOCH, Api
from powerpack_gateway.settings import Settings
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ONE_CARRIER = (CarrierConfig(name="generic", profile="generic"),)
TOLLFREE = "18335550180"
STORM = 2_000


def _lab(**settings: object) -> Lab:
    config = LabConfig(carriers=ONE_CARRIER, gateway=Settings(**settings))  # type: ignore[arg-type]  # by name
    return Lab(seed=1, clock="virtual", epoch=EPOCH, config=config)


def people(count: int) -> list[str]:
    return [f"1415{5000000 + index}" for index in range(count)]


def test_beyond_its_limit_the_gateway_accepts_nothing_until_there_is_room() -> None:
    with _lab(under_way_max=3) as lab:
        api = Api(lab)
        carrier = lab.carrier("generic")
        carrier.faults.add("throttle")
        wanted = {"powerpack_uuid": lab.powerpack_uuid, "text": "Hello"}
        whole = api.post("Message/", {**wanted, "dst": "<".join(people(3))})
        refused = api.post("Message/", {**wanted, "dst": people(1)[0]})
        crowded = list(lab.journal.events(kind="message.crowded"))
        carrier.faults.clear()
        lab.advance(300)
        again = api.post("Message/", {**wanted, "dst": people(1)[0]})
        kept = api.get("Message/").body["objects"]

    assert whole.status == 202
    assert refused.status == 503
    assert "3 messages are under way and 3 is the limit" in refused.body["error"]
    assert "send it again later" in refused.body["error"]
    assert len(crowded) == 1
    assert again.status == 202
    assert len(kept) == 4  # nothing is left of what was refused


def test_a_storm_of_receipts_does_not_hold_up_sending() -> None:
    with _lab() as lab:
        api = Api(lab)
        carrier = lab.carrier("generic")
        carrier.faults.add("delay_receipt", delay_s_min=300, delay_s_max=301)
        text = {"src": TOLLFREE, "text": "Hello", "message_expiry": 10_000}
        for begin in range(0, STORM, 1_000):
            answer = api.post("Message/", {**text, "dst": "<".join(people(STORM)[begin : begin + 1_000])})
            assert answer.status == 202
        lab.advance(STORM / 25 + 10)
        sent = {each["message_state"] for each in api.get("Message/").body["objects"]}
        carrier.faults.clear()
        carrier.faults.add("refuse_bind")  # receipts pile up at the carrier while nobody is bound
        carrier.faults.add("disconnect", after=1)
        api.accept("14155550100", src="72345")
        lab.advance(600)
        before = lab.stack.gateway.messages_under_way
        carrier.faults.clear()
        uuid = api.accept("14155550101", src="72345")
        lab.advance(60)
        after = lab.stack.gateway.messages_under_way
        unmatched = list(lab.journal.events(kind="receipt.unmatched"))

        assert api.message(uuid)["message_state"] == "delivered"
    assert sent == {"sent"}
    assert before >= STORM
    assert after == 0
    assert len(unmatched) <= 1  # the message on which the carrier hung up was submitted twice


def test_an_end_under_a_backlog_takes_its_time_to_drain_and_no_longer() -> None:
    lab = _lab()
    lab.start()
    lab.carrier("generic").faults.add("lose_response")
    Api(lab).post(
        "Message/", {"src": TOLLFREE, "text": "Hello", "dst": "<".join(people(500)), "url": "http://127.0.0.1:9/x"}
    )
    lab.advance(1)
    gateway, loop = lab.stack.gateway, lab.stack.clock
    began = loop.monotonic()
    lab.call(gateway.stop(5.0))
    took_s = loop.monotonic() - began
    lab.stop()

    assert took_s <= 5.5
