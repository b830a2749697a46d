"""Answers to many deliver_sm at once."""

from struct import pack

import pytest

from powerpack_carriers.smpp.delivery_runs import DeliveryRuns


def wire(*numbers: int) -> bytes:
    return pack(f">{len(numbers)}I", *numbers)


@pytest.fixture
def runs() -> DeliveryRuns:
    """Numbers 5 to 7, and 9 and 10."""
    runs = DeliveryRuns()
    runs.add(5, ["a", "b", "c"])
    runs.add(9, ["d", "e"])
    runs.add(11, [])
    return runs


@pytest.mark.parametrize(
    ("numbers", "left"),
    [
        ((), [(5, "a"), (6, "b"), (7, "c"), (9, "d"), (10, "e")]),
        ((5,), [(6, "b"), (7, "c"), (9, "d"), (10, "e")]),
        ((5, 6, 7), [(9, "d"), (10, "e")]),
        ((5, 6, 7, 9), [(10, "e")]),
        ((5, 6, 7, 9, 10), []),
    ],
)
def test_the_oldest_are_settled_in_their_order(
    runs: DeliveryRuns, numbers: tuple[int, ...], left: list[tuple[int, object]]
) -> None:
    assert runs.settle(wire(*numbers))

    assert len(runs) == len(left)
    assert list(runs.take_all()) == left
    assert len(runs) == 0


@pytest.mark.parametrize("numbers", [(6,), (5, 7), (6, 5), (5, 6, 7, 8), (5, 5), (5, 6, 7, 9, 10, 11), (4, 5)])
def test_anything_else_settles_nothing(runs: DeliveryRuns, numbers: tuple[int, ...]) -> None:
    assert not runs.settle(wire(*numbers))

    assert len(runs) == 5


def test_a_run_is_settled_piece_by_piece(runs: DeliveryRuns) -> None:
    settled = [runs.settle(wire(number)) for number in (5, 6, 6, 7, 10, 9, 10)]

    assert settled == [True, True, False, True, False, True, True]
    assert len(runs) == 0
