"""Which forms of an id a carrier may have told, and which message a receipt speaks of when several fit."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerpack_gateway.carrier_ids import CarrierIds
from powerpack_gateway.id_forms import SURE, Habit, IdForms, candidate_ids
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.parked_receipts import Between
from powerpack_gateway.receipts import parse_receipt

NOW = 1_774_960_000.0
HANDSETS = ("14155550101", "14155550102")
NUMBERS = ("18335550180", "18335550181")

WRITES: dict[Habit, tuple[Callable[[int], str], Callable[[int], str]]] = {
    Habit.AS_TOLD: (str, str),
    Habit.IN_DECIMAL: ("{:x}".format, str),
    Habit.IN_HEX: (str, "{:x}".format),
}
"""How a carrier of each habit tells the id of its n-th message, and reports it."""


@pytest.mark.parametrize(
    ("told", "receipted"),
    [
        ("70BA8A69", "1891273321"),
        ("1891273321", "70BA8A69"),
        ("70ba8a69", "1891273321"),
        ("6aad5", "436949"),
        ("0006aad5", "436949"),
        ("0000436949", "6aad5"),
        ("18d0e03a", "416342074"),
        ("39f99dd5", "972660181"),
        ("00B8BE19", "B8BE19"),
        ("B8BE19", "00b8be19"),
        ("0000000042", "42"),
        ("42", "0000000042"),
        ("10C8F40D", "10c8f40d"),
        ("0e99-AB", "0E99-ab".lower()),
    ],
)
def test_the_id_that_was_told_is_among_the_candidates(told: str, receipted: str) -> None:
    assert {told, told.lower()} & set(candidate_ids(receipted))


def test_the_id_as_it_is_written_is_tried_first() -> None:
    assert next(candidate_ids("70BA8A69")) == "70BA8A69"


def test_an_id_that_is_no_number_is_never_stripped() -> None:
    assert list(candidate_ids("0e99-aB")) == ["0e99-aB", "0e99-ab", "0E99-AB"]


@given(st.text(max_size=64))
def test_candidates_never_repeat(message_id: str) -> None:
    candidates = list(candidate_ids(message_id))

    assert candidates[0] == message_id
    assert len(candidates) == len(set(candidates))


def _forms_of(habit: Habit, count: int = 200) -> IdForms:
    forms = IdForms()
    told, reported = WRITES[habit]
    for number in range(1, count + 1):
        forms.told("att", told(number))
        forms.reported("att", reported(number))
    return forms


@pytest.mark.parametrize("habit", Habit)
def test_a_carriers_ids_show_how_it_reports_them(habit: Habit) -> None:
    forms = _forms_of(habit)

    assert forms.habit("att") is habit
    assert ("att" in forms.as_told) is (habit is Habit.AS_TOLD)
    assert forms.habit("tmobile") is None


def test_ids_with_letters_that_are_reported_so_are_as_told() -> None:
    forms = IdForms()
    forms.told("att", "2fd468ceaa")
    forms.reported("att", "2FD468CEAA")

    assert forms.habit("att") is Habit.AS_TOLD


def test_a_few_ids_without_letters_say_nothing() -> None:
    assert _forms_of(Habit.AS_TOLD, SURE - 1).habit("att") is None


def test_a_carrier_that_begins_to_report_in_decimal_is_understood_again() -> None:
    forms = IdForms()
    forms.told("att", "2fd468ceaa")
    forms.reported("att", "2fd468ceaa")
    for number in range(SURE):
        forms.reported("att", f"{number:010d}")

    assert (forms.habit("att"), forms.as_told) == (Habit.IN_DECIMAL, set())


def test_an_id_that_comes_again_says_no_more() -> None:
    """Of a hexadecimal counter ten ids in a row have no letter; with progress and repeats each comes often."""
    forms = IdForms()
    forms.told("att", "1a")
    for number in range(SURE * 10):
        forms.reported("att", f"{0x20 + number % 10:x}")

    assert forms.habit("att") is None


@pytest.mark.parametrize(
    ("habit", "reported", "told"),
    [
        (Habit.AS_TOLD, "2f", "47"),
        (Habit.IN_DECIMAL, "2f", "2f"),
        (Habit.IN_HEX, "2f", "47"),
    ],
)
def test_an_id_with_a_letter_shows_its_base_itself(habit: Habit, reported: str, told: str) -> None:
    assert told in set(_forms_of(habit).that_told("att", reported))


@pytest.mark.parametrize(
    ("habit", "reported", "told"),
    [
        (Habit.AS_TOLD, "16", {"16", "0000000016", "00000016"}),
        (Habit.IN_DECIMAL, "16", {"10", "00000010"}),
        (Habit.IN_HEX, "16", {"22", "0000000022"}),
    ],
)
def test_a_short_id_has_one_reading_once_the_habit_is_known(habit: Habit, reported: str, told: set[str]) -> None:
    assert set(_forms_of(habit).that_told("att", reported)) == told


def test_a_long_id_may_be_in_the_other_form_too() -> None:
    forms = [*_forms_of(Habit.IN_DECIMAL).that_told("att", "1891273321")]

    assert forms[0] == "70ba8a69"
    assert "1891273321" in forms


@pytest.mark.parametrize("habit", Habit)
@given(number=st.integers(min_value=1, max_value=2**40))
def test_what_is_reported_is_found_under_what_was_told_and_the_other_way_round(habit: Habit, number: int) -> None:
    forms, (tell, report) = _forms_of(habit), WRITES[habit]

    assert tell(number) in set(forms.that_told("att", report(number)))
    assert report(number) in set(forms.that_report("att", tell(number)))


class Carrier:
    """Counts its messages from 1 and reports them; what the gateway makes of it is checked at every step."""

    def __init__(self, habit: Habit) -> None:
        self.ids = CarrierIds()
        self.tell, self.report = WRITES[habit]
        self.messages: list[Message] = []
        self.settled: dict[int, int] = {}
        """By the message's place: the place of the message whose receipt settled it."""

    def take(self, handset: str, ours: str, *, is_early: bool) -> None:
        """A message; its receipt may come before its answer."""
        place = len(self.messages)
        message = Message(
            id=place,
            uuid=str(place),
            direction=Direction.OUTBOUND,
            service=Service.SMS,
            source=ours,
            destination=handset,
            text="hi",
            created_at=0.0,
        )
        message.stage = Stage.SENT
        self.messages.append(message)
        if is_early:
            self.receipt(place)
        for parked in self.ids.put("att", self.tell(place + 1), message, NOW):
            self._settle(parked.receipt.message_id, parked.between, meant=self._meant(parked.receipt.message_id))

    def receipt(self, place: int) -> None:
        """The receipt of the message at a place, perhaps once more."""
        message = self.messages[place]
        self._settle(self.report(place + 1), Between(message.destination, message.source), meant=place)

    def _meant(self, reported: str) -> int:
        return next(place for place in range(len(self.messages)) if self.report(place + 1) == reported)

    def _settle(self, reported: str, between: Between, *, meant: int) -> None:
        receipt = parse_receipt(f"id:{reported} stat:DELIVRD".encode(), {})
        found = self.ids.reported("att", receipt, between)
        if found is None:
            self.ids.park("att", receipt, between, NOW)
            return
        key, message = found
        assert message.destination == between.source, "it is another handset's"
        self.ids.settled(key, message)
        self.settled[message.id] = meant


@pytest.mark.parametrize("habit", Habit)
@settings(deadline=None)  # what it looks at is who gets which receipt, on however busy a machine
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(HANDSETS), st.sampled_from(NUMBERS), st.booleans()),
        min_size=24,  # the 16 of a receipt may be message 22, or message 10
        max_size=32,
    ),
    order=st.randoms(use_true_random=False),
)
def test_receipts_of_a_carrier_whose_habit_is_known_find_each_its_own_message(
    habit: Habit, pairs: list[tuple[str, str, bool]], order: random.Random
) -> None:
    """Even where all go from one number to one handset, however late, early and often they come."""
    carrier = Carrier(habit)
    carrier.ids.forms = _forms_of(habit)
    for handset, ours, is_early in pairs:
        carrier.take(handset, ours, is_early=is_early)
    places = [*range(len(pairs)), *range(len(pairs))]
    order.shuffle(places)
    for place in places:
        carrier.receipt(place)

    assert carrier.settled == {place: place for place in range(len(pairs))}


@pytest.mark.parametrize("stray", ["x7", "7f", "2fd468ceaa"])
def test_a_receipt_that_is_nobodys_does_not_change_how_a_carrier_is_read(stray: str) -> None:
    """Garbled, or of another client of the carrier's: the receipts after it find their messages."""
    carrier = Carrier(Habit.AS_TOLD)
    carrier.ids.forms = _forms_of(Habit.AS_TOLD)
    for _ in range(30):
        carrier.take(*HANDSETS[:1], *NUMBERS[:1], is_early=False)
    found = carrier.ids.reported("att", parse_receipt(f"id:{stray} stat:DELIVRD".encode(), {}), Between("1", "2"))
    for place in range(15, 30):  # the 16 after the stray one would be message 10, were it hexadecimal
        carrier.receipt(place)

    assert found is None
    assert carrier.settled == {place: place for place in range(15, 30)}


@pytest.mark.parametrize("habit", Habit)
@given(count=st.integers(min_value=1, max_value=60), order=st.randoms(use_true_random=False))
def test_before_its_habit_is_known_the_addresses_decide(habit: Habit, count: int, order: random.Random) -> None:
    """Each message has a pair of its own, and nobody's receipt settles another."""
    carrier = Carrier(habit)
    for place in range(count):
        carrier.take(f"1415555{place // 2:04d}", NUMBERS[place % 2], is_early=order.random() < 0.2)
    places = [*range(count)]
    order.shuffle(places)
    for place in places:
        carrier.receipt(place)

    assert carrier.settled == {place: place for place in range(count)}
