"""A carrier that gives an id again: each receipt ends the message whose handset it names."""

import pytest

from contract_support import Api
from powerpack_gateway import carrier_ids, parked_receipts
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ANA, BEN = "14155550101", "14155550102"


def states_with_one_id() -> list[str]:
    """Two messages get the same id while both wait; Ben's arrives, Ana's does not."""
    config = LabConfig(carriers=(CarrierConfig(name="generic"),))
    with Lab(seed=1, clock="virtual", config=config) as lab:
        faults = lab.carrier("generic").faults
        faults.add("id_reuse", distance=1)
        for handset, delay_s in ((ANA, 5), (BEN, 10)):  # the earlier message's first, as is usual
            faults.add("delay_receipt", delay_s_min=delay_s, delay_s_max=delay_s, destination=handset)
        faults.add("undeliverable", destination=ANA, error="070")
        api = Api(lab)
        uuids = [api.accept(each) for each in (ANA, BEN)]
        lab.advance(60)
        events = [api.get(f"Message/{each}/History/").body["events"] for each in uuids]
        ids = {each["carrier_message_id"] for found in events for each in found if each["event"] == "answer"}
        assert len(ids) == 1, ids
        return [str(api.message(each)["message_state"]) for each in uuids]


def test_two_messages_with_one_id_get_each_its_own_receipt() -> None:
    assert states_with_one_id() == ["undelivered", "delivered"]


def test_a_gateway_that_went_by_the_id_alone_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier_ids, "_likeness", lambda message, between: 1)
    monkeypatch.setattr(carrier_ids.CarrierIds, "find", _find_by_id_alone)

    assert states_with_one_id() != ["undelivered", "delivered"]


def _find_by_id_alone(ids: carrier_ids.CarrierIds, carrier: str, receipt: object, between: object) -> object:
    key = parked_receipts.CarrierId(carrier, getattr(receipt, "message_id", ""))
    return (key, ids._messages[key]) if key in ids._messages else None
