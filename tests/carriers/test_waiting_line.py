"""Deliveries that wait: one by one, or by the hundred."""

from carriers.builders import a_batch
from powerpack_carriers.waiting_line import Delivery, WaitingLine


def next_in(line: WaitingLine) -> object:
    return line.first


def test_first_in_first_out_in_the_pieces_that_there_is_room_for() -> None:
    line, batch = WaitingLine(), a_batch(5)
    text, again = Delivery("text", b""), Delivery("receipt", b"")
    owed = [(batch, index, 1.0) for index in range(5)]
    line.add(text)
    line.add_receipts(owed)
    line.add_receipts([])
    line.put_back([again])

    assert (line.count, line.written) == (7, 2)
    assert [next_in(line), line.take(9), line.take(9)] == [again, again, text]
    assert (line.count, line.written) == (5, 0)
    assert (next_in(line), line.take(2), line.count) == (owed[0], owed[:2], 3)
    assert (next_in(line), line.take(3), line.count) == (owed[2], owed[2:], 0)


def test_what_comes_back_stands_in_front_in_its_order() -> None:
    line = WaitingLine()
    first, second, third = (Delivery("text", b"") for _ in range(3))
    line.add(third)

    line.put_back([first, second])

    assert [line.take(1) for _ in range(3)] == [first, second, third]
