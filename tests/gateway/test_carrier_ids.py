"""Which message a receipt speaks of."""

import pytest

from powerpack_gateway import parked_receipts
from powerpack_gateway.carrier_ids import NOBODY, CarrierIds
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.parked_receipts import PARKED_S_MAX, Between, CarrierId
from powerpack_gateway.receipts import Receipt, parse_receipt

NOW = 1_774_960_000.0
ANA, BEN, OURS = "14155550101", "14155550102", "18335550180"


def message(number: int, destination: str = ANA) -> Message:
    return Message(
        id=number,
        uuid=str(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        source=OURS,
        destination=destination,
        text="hi",
        created_at=0.0,
    )


def receipt(message_id: str) -> Receipt:
    return parse_receipt(f"id:{message_id} stat:DELIVRD".encode(), {})


def test_a_receipt_finds_the_message_that_waits_for_it() -> None:
    ids, waiting = CarrierIds(), message(1)
    ids.put("att", "abc123", waiting, NOW)

    assert ids.find("att", receipt("abc123")) == (CarrierId("att", "abc123"), waiting)


@pytest.mark.parametrize("why", ["handset", "carrier", "stage", "parts", "id came again"])
def test_the_short_way_takes_only_the_one_message_that_a_receipt_can_mean(why: str) -> None:
    ids, waiting = CarrierIds(), message(1)
    waiting.stage = Stage.SUBMITTED if why == "stage" else Stage.SENT
    waiting.units = 2 if why == "parts" else 1
    if why == "id came again":
        ids.put("att", "7", message(0), NOW)
    ids.put("att", "7", waiting, NOW)
    for carrier in ("att", "tmobile"):
        ids.forms.told(carrier, "7f")
        ids.forms.reported(carrier, "7f")

    assert ids.take("tmobile" if why == "carrier" else "att", "7", BEN if why == "handset" else ANA) is None
    found = ids.find("att", receipt("7"), Between(ANA, OURS))
    assert found is not None
    assert found[1] is waiting, "it waits still"


def test_of_two_messages_to_one_handset_a_receipt_is_for_the_one_whose_number_it_names() -> None:
    ids, older, newer = CarrierIds(), message(1), message(2)
    newer.source = "18335550181"
    ids.put("att", "7", older, NOW)
    ids.put("att", "7", newer, NOW)

    assert ids.find("att", receipt("7"), Between(ANA, OURS)) == (CarrierId("att", "7"), older)
    assert ids.find("att", receipt("7"), Between(ANA, newer.source)) == (CarrierId("att", "7"), newer)
    assert ids.find("att", receipt("7"), Between(ANA, "7726")) == (CarrierId("att", "7"), newer), "the newest of both"


def test_what_the_short_way_takes_waits_no_more() -> None:
    ids, waiting = CarrierIds(), message(1)
    waiting.stage = Stage.SENT
    ids.put("att", "7f", waiting, NOW)

    assert ids.take("att", "7f", ANA) is None, "nobody knows yet how this carrier reports"
    ids.forms.reported("att", "7f")
    assert ids.take("att", "7f", ANA) is waiting
    assert ids.take("att", "7f", ANA) is None
    assert len(ids) == 0


def test_two_carriers_may_give_the_same_id() -> None:
    ids = CarrierIds()
    ids.put("att", "7", message(1), NOW)
    ids.put("tmobile", "7", message(2), NOW)

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
    ids.put("att", answered, message(1), NOW)

    assert ids.find("att", receipt(reported)) is not None


def test_a_settled_id_is_forgotten_since_it_comes_again_some_day() -> None:
    ids = CarrierIds()
    waiting = message(1)
    ids.put("att", "7", waiting, NOW)
    ids.settled(CarrierId("att", "7"), waiting)

    assert ids.find("att", receipt("7")) is None
    assert len(ids) == 0


def test_a_receipt_that_came_before_the_answer_is_handed_out_with_it_once() -> None:
    ids, early = CarrierIds(), receipt("7")
    assert ids.park("att", early, NOBODY, NOW) == []

    assert [each.receipt for each in ids.put("att", "7", message(1), NOW)] == [early]
    assert ids.put("att", "7", message(1), NOW) == []


def test_an_early_receipt_is_found_in_whatever_form_its_id_is_written() -> None:
    ids, early = CarrierIds(), receipt("1891273321")
    ids.park("att", early, NOBODY, NOW)

    assert [each.receipt for each in ids.put("att", "70BA8A69", message(1), NOW)] == [early]


def test_too_many_early_receipts_push_the_oldest_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parked_receipts, "PARKED_MAX", 2)
    ids = CarrierIds()

    lost = [ids.park("att", receipt(each), NOBODY, NOW) for each in ("1", "2", "3")]

    assert lost == [[], [], [CarrierId("att", "1")]]


def test_a_finished_message_waits_for_no_receipt_of_its_parts_and_leaves_others_alone() -> None:
    ids, done, other = CarrierIds(), message(1), message(2)
    done.carrier, done.carrier_ids = "att", ("7", "8", "")
    for each in ("7", "8"):
        ids.put("att", each, done, NOW)
    ids.put("att", "8", other, NOW)

    ids.forget(done)

    assert ids.find("att", receipt("7")) is None
    assert ids.find("att", receipt("8")) == (CarrierId("att", "8"), other)


# An id that the carrier gives again


def test_a_receipt_for_an_id_that_came_again_goes_to_the_newest_that_fits() -> None:
    ids, earlier, later = CarrierIds(), message(1, ANA), message(2, BEN)
    ids.put("att", "7", earlier, NOW)
    ids.put("att", "7", later, NOW)
    key = CarrierId("att", "7")

    assert ids.find("att", receipt("7"), Between(ANA, OURS)) == (key, earlier)
    assert ids.find("att", receipt("7"), Between(BEN, OURS)) == (key, later)
    assert ids.find("att", receipt("7")) == (key, later)
    assert len(ids) == 2


@pytest.mark.parametrize("first", [ANA, BEN])
def test_when_one_of_them_is_settled_the_other_still_waits(first: str) -> None:
    ids, waiting = CarrierIds(), {each: message(index, each) for index, each in enumerate((ANA, BEN))}
    for each in waiting.values():
        ids.put("att", "7", each, NOW)
    key = CarrierId("att", "7")
    second = BEN if first == ANA else ANA

    ids.settled(key, waiting[first])

    assert ids.find("att", receipt("7"), Between(first, OURS)) is None
    assert ids.find("att", receipt("7"), Between(second, OURS)) == (key, waiting[second])
    ids.settled(key, waiting[second])
    assert len(ids) == 0


def test_a_message_that_ends_takes_its_id_from_among_the_older_ones() -> None:
    ids, earlier = CarrierIds(), message(1, ANA)
    earlier.carrier, earlier.carrier_ids = "att", ("7",)
    ids.put("att", "7", earlier, NOW)
    ids.put("att", "7", message(2, BEN), NOW)

    ids.forget(earlier)

    assert len(ids) == 1
    assert ids.find("att", receipt("7"), Between(ANA, OURS)) is None


@pytest.mark.parametrize(
    ("between", "is_found"),
    [
        pytest.param(Between(BEN, OURS), False, id="another-handset"),
        pytest.param(Between(ANA, OURS), True, id="its-handset"),
        pytest.param(Between(OURS, ANA), True, id="addresses-exchanged"),
        pytest.param(Between("4155550101", "8335550180"), True, id="without-the-country"),
        pytest.param(Between("72345", OURS), True, id="from-a-service-of-the-carriers"),
        pytest.param(Between("CARRIER", ""), True, id="from-a-name"),
        pytest.param(Between("", ""), True, id="from-nobody"),
        pytest.param(Between("", "18335550199"), True, id="from-nobody-to-another-sender"),
        pytest.param(Between(OURS, ""), True, id="from-ourselves"),
    ],
)
def test_a_receipt_that_names_another_handset_is_not_for_this_message(between: Between, is_found: bool) -> None:
    ids = CarrierIds()
    ids.put("att", "7", message(1, ANA), NOW)

    assert (ids.find("att", receipt("7"), between) is not None) is is_found


def test_a_parked_receipt_for_another_handset_is_not_taken_for_early() -> None:
    ids = CarrierIds()
    ids.park("att", receipt("7"), Between(BEN, OURS), NOW)

    assert ids.put("att", "7", message(1, ANA), NOW) == []


def test_a_receipt_that_is_parked_for_long_is_of_an_earlier_message() -> None:
    ids = CarrierIds()
    ids.park("att", receipt("7"), Between(ANA, OURS), NOW)

    assert ids.put("att", "7", message(1, ANA), NOW + PARKED_S_MAX + 1) == []
    assert ids.let_go(NOW + PARKED_S_MAX) == []
    assert ids.let_go(NOW + PARKED_S_MAX + 1) == [CarrierId("att", "7")]


def test_two_parts_with_one_id_are_one_message() -> None:
    ids, waiting = CarrierIds(), message(1)
    ids.put("att", "7", waiting, NOW)
    ids.put("att", "7", waiting, NOW)

    assert len(ids) == 1


def test_an_intermediate_receipt_and_the_final_one_that_came_early_are_both_handed_out_in_order() -> None:
    ids = CarrierIds()
    came = [parse_receipt(f"id:7 stat:{stat}".encode(), {}) for stat in ("ENROUTE", "DELIVRD", "ACCEPTD")]
    for each in came:
        ids.park("att", each, NOBODY, NOW)

    assert [each.receipt for each in ids.put("att", "7", message(1), NOW)] == came


def test_early_receipts_of_two_handsets_under_one_id_find_each_its_message() -> None:
    ids = CarrierIds()
    for handset in (ANA, BEN):
        ids.park("att", receipt("7"), Between(handset, OURS), NOW)

    for number, handset in enumerate((ANA, BEN)):
        early = ids.put("att", "7", message(number, handset), NOW)
        assert [each.between.source for each in early] == [handset]
