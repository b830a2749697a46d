"""A carrier refuses for now: who waits, for how long, and that nobody else does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contract_support import EPOCH, Api
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ANA, BEN = "14155550101", "14155550102"
ONE, OTHER = "12065550180", "12125550180"
NEAR_MIDNIGHT = datetime(2026, 3, 3, 7, 30, 10, tzinfo=UTC)
"""Half past eleven at night in Los Angeles."""


def _lab(profile: str = "generic", epoch: datetime = EPOCH, **delivery: Any) -> Lab:
    settings = Settings(delivery=DeliverySettings(**delivery))
    config = LabConfig(carriers=(CarrierConfig(name=profile, profile="generic"),), gateway=settings)
    return Lab(seed=1, clock="virtual", epoch=epoch, config=config)


def _sent_at(message: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(message["message_sent_time"])


def test_a_full_queue_of_one_handset_holds_back_only_its_messages() -> None:
    with _lab() as lab:
        api = Api(lab)
        lab.carrier("generic").faults.add("throttle", status="ESME_RMSGQFUL", destination=ANA)
        first, second = api.accept(ANA, "one"), api.accept(ANA, "two")
        others = [api.accept(f"1415555{index:04d}") for index in range(200, 230)]
        lab.advance(20)
        meanwhile = [api.message(each)["message_state"] for each in (first, second, *others)]
        lab.carrier("generic").faults.clear()
        api.settled(first), api.settled(second)
        barred = [event.fields["whose"] for event in lab.journal.events(kind="gateway.barred")]
        texts, held = lab.handset(ANA).texts, list(lab.journal.events(kind="gateway.held"))

    assert meanwhile == ["queued", "queued"] + ["delivered"] * 30
    assert texts == ["one", "two"]
    assert set(barred) == {f"to/{ANA}"}
    assert held == []


def test_full_queues_of_many_handsets_are_the_carriers_own() -> None:
    with _lab() as lab:
        lab.carrier("generic").faults.add("throttle", status="ESME_RMSGQFUL")
        for index in range(200, 230):
            Api(lab).accept(f"1415555{index:04d}")
        lab.advance(20)

        assert list(lab.journal.events(kind="gateway.held"))


def test_a_full_minute_waits_for_the_next_and_only_its_senders() -> None:
    with _lab("att") as lab:
        api = Api(lab)
        lab.carrier("att").faults.add("throttle", status=0x69, source=ONE)
        late, prompt = api.accept(ANA, src=ONE), api.accept(BEN, src=OTHER)
        lab.advance(20)
        states = [api.message(each)["message_state"] for each in (late, prompt)]
        lab.carrier("att").faults.clear()
        message = api.settled(late)

    assert states == ["queued", "delivered"]
    assert (message["message_state"], message["error_code"]) == ("delivered", "000")
    assert 60 <= (_sent_at(message) - EPOCH).total_seconds() < 62


def test_a_used_up_day_waits_for_midnight_in_los_angeles() -> None:
    with _lab("tmobile", NEAR_MIDNIGHT) as lab:
        api = Api(lab)
        lab.carrier("tmobile").faults.add("throttle", status=9802)
        uuid = api.accept(ANA)
        lab.advance(60)
        lab.carrier("tmobile").faults.clear()
        message = api.settled(uuid, 3600)

    midnight = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert message["message_state"] == "delivered"
    assert 0 <= (_sent_at(message) - midnight).total_seconds() < 2


def test_what_would_expire_before_midnight_fails_with_the_carriers_code() -> None:
    with _lab("tmobile", EPOCH) as lab:
        lab.carrier("tmobile").faults.add("throttle", status=9802)
        message = Api(lab).send(ANA)

    assert (message["message_state"], message["error_code"]) == ("failed", "100")


def test_each_route_may_have_its_own_policy_for_unknown_outcomes() -> None:
    config = LabConfig(
        carriers=(
            CarrierConfig(name="att", profile="generic", unknown_outcome=UnknownOutcome.AT_MOST_ONCE),
            CarrierConfig(name="verizon", profile="generic"),
        )
    )
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config) as lab:
        api = Api(lab)
        people: dict[str, list[str]] = {"att": [], "verizon": []}
        for index in range(100, 120):
            person = f"1415555{index:04d}"
            people[lab.stack.directory.carrier_of(person) or ""].append(person)
        for carrier in lab.carriers.values():
            carrier.faults.add("lose_response")
        for name in people:
            api.accept(people[name][0])
        lab.advance(200)
        copies = {name: len(lab.handset(people[name][0]).texts) for name in people}

    assert copies["att"] == 1
    assert copies["verizon"] > 1
