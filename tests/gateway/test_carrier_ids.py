"""Which message a receipt speaks of."""

import pytest

from powerpack_gateway import carrier_ids
from powerpack_gateway.carrier_ids import CarrierId, CarrierIds
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.receipts import Receipt, parse_receipt


def message(number: int) -> Message:
    return Message(
        id=number,
        uuid=str(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="14155550101",
        text="hi",
        created_at=0.0,
    )


def receipt(message_id: str) -> Receipt:
    return parse_receipt(f"id:{message_id} stat:DELIVRD".encode(), {})


def test_a_receipt_finds_the_message_that_waits_for_it() -> None:
    ids, waiting = CarrierIds(), message(1)
    ids.put("att", "abc123", waiting)

    assert ids.find("att", receipt("abc123")) == (CarrierId("att", "abc123"), waiting)


def test_two_carriers_may_give_the_same_id() -> None:
    ids = CarrierIds()
    ids.put("att", "7", message(1))
    ids.put("tmobile", "7", message(2))

    found = ids.find("tmobile", receipt("7"))
    assert found is not None
    assert found[1].id == 2


@pytest.mark.parametrize(
    ("answered", "reported"),
    [
        pytest.param("70BA8A69", "1891273321", id="hex-answered-decimal-reported"),
        pytest.param("1891273321", "70ba8a69", id="decimal-answered-hex-reported"),
        pytest.param("ABCDEF", "abcdef", id="case"),
    ],
)
def test_an_id_is_found_in_the_forms_that_carriers_write_it(answered: str, reported: str) -> None:
    ids = CarrierIds()
    ids.put("att", answered, message(1))

    assert ids.find("att", receipt(reported)) is not None


def test_a_settled_id_is_forgotten_since_it_comes_again_some_day() -> None:
    ids = CarrierIds()
    ids.put("att", "7", message(1))
    ids.settled(CarrierId("att", "7"))

    assert ids.find("att", receipt("7")) is None
    assert len(ids) == 0


def test_a_receipt_that_came_before_the_answer_is_handed_out_with_it_once() -> None:
    ids, early = CarrierIds(), receipt("7")
    assert ids.park("att", early) is None

    assert ids.put("att", "7", message(1)) is early
    assert ids.put("att", "7", message(1)) is None


def test_an_early_receipt_is_found_in_whatever_form_its_id_is_written() -> None:
    ids, early = CarrierIds(), receipt("1891273321")
    ids.park("att", early)

    assert ids.put("att", "70BA8A69", message(1)) is early


def test_too_many_early_receipts_push_the_oldest_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier_ids, "PARKED_MAX", 2)
    ids = CarrierIds()

    lost = [ids.park("att", receipt(each)) for each in ("1", "2", "3")]

    assert lost == [None, None, CarrierId("att", "1")]


def test_a_finished_message_waits_for_no_receipt_of_its_parts_and_leaves_others_alone() -> None:
    ids, done, other = CarrierIds(), message(1), message(2)
    done.carrier, done.carrier_ids = "att", ("7", "8", "")
    for each in ("7", "8"):
        ids.put("att", each, done)
    ids.put("att", "8", other)

    ids.forget(done)

    assert ids.find("att", receipt("7")) is None
    assert ids.find("att", receipt("8")) == (CarrierId("att", "8"), other)
