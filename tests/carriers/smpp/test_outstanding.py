"""Requests that wait for their answers."""

from struct import pack

import pytest

from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.outstanding import Outstanding


def wire(*numbers: int) -> bytes:
    return pack(f">{len(numbers)}I", *numbers)


@pytest.fixture
def outstanding() -> Outstanding:
    """An enquire_link with number 1, deliveries 2 to 4; the window takes ten."""
    outstanding = Outstanding(window_max=10)
    outstanding.each()[outstanding.next_number()] = (CommandId.enquire_link_resp, "link")
    assert outstanding.add_deliveries(["a", "b", "c"]) == 2
    return outstanding


def test_what_waits_fills_the_window(outstanding: Outstanding) -> None:
    assert (len(outstanding), outstanding.free) == (4, 6)
    assert outstanding.contexts() == ["link", "a", "b", "c"]


@pytest.mark.parametrize(
    ("numbers", "left"),
    [
        ((), ["link", "a", "b", "c"]),
        ((2, 3), ["link", "c"]),
        ((4, 2), ["link", "b"]),
    ],
    ids=str,
)
def test_answers_to_deliveries_settle_them_in_any_order(
    outstanding: Outstanding, numbers: tuple[int, ...], left: list[str]
) -> None:
    assert outstanding.settle(wire(*numbers))
    assert outstanding.contexts() == left


@pytest.mark.parametrize("numbers", [(5,), (2, 2), (1,), (2, 3, 4, 5)], ids=str)
def test_one_answer_that_fits_nothing_leaves_all_as_it_was(outstanding: Outstanding, numbers: tuple[int, ...]) -> None:
    assert not outstanding.settle(wire(*numbers))
    assert outstanding.contexts() == ["link", "a", "b", "c"]


def test_the_oldest_are_withdrawn_as_long_as_they_are_overdue(outstanding: Outstanding) -> None:
    assert outstanding.withdraw(lambda context: context in ("link", "a", "c")) == ["link", "a"]
    assert outstanding.contexts() == ["b", "c"]


def test_many_numbers_are_not_taken_where_they_would_begin_anew_in_between(
    outstanding: Outstanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("powerpack_carriers.smpp.outstanding.SEQUENCE_NUMBER_MAX", 6)

    assert outstanding.add_deliveries(["d", "e", "f"]) is None
    assert outstanding.add_deliveries(["d", "e"]) == 5
    assert outstanding.next_number() == 1
