"""What is due is served at its moment, in order, by one timer."""

from collections.abc import Iterator

import pytest

from powerpack_gateway.turns import Turns
from powerpack_lab.virtual import VirtualLoop


class Desk:
    """Keeps what was served, and when."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.served: list[tuple[float, list[str]]] = []
        self.turns: Turns[str] = Turns(self.serve)

    def serve(self, ready: list[str]) -> None:
        self.served.append((self.loop.time(), ready))

    def put(self, *entries: tuple[float, str]) -> None:
        async def put() -> None:
            for due, item in entries:
                self.turns.put(due, item)

        self.loop.run(put())


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


@pytest.fixture
def desk(loop: VirtualLoop) -> Desk:
    return Desk(loop)


def test_nothing_is_served_before_its_moment(desk: Desk, loop: VirtualLoop) -> None:
    desk.put((5.0, "a"))

    loop.advance(4.999)

    assert desk.served == []
    assert len(desk.turns) == 1


def test_everything_is_served_at_its_moment_whatever_the_order_of_arrival(desk: Desk, loop: VirtualLoop) -> None:
    desk.put((5.0, "c"), (1.0, "a"), (3.0, "b"))

    loop.advance(10)

    assert desk.served == [(1.0, ["a"]), (3.0, ["b"]), (5.0, ["c"])]
    assert len(desk.turns) == 0


def test_what_is_due_together_is_served_together_in_the_order_of_arrival(desk: Desk, loop: VirtualLoop) -> None:
    desk.put((2.0, "b"), (1.0, "z"), (2.0, "a"), (2.0, "c"))

    loop.advance(10)

    assert desk.served == [(1.0, ["z"]), (2.0, ["b", "a", "c"])]


def test_what_is_overdue_is_served_at_once_and_first(desk: Desk, loop: VirtualLoop) -> None:
    loop.advance(10)
    desk.put((10.0, "now"), (3.0, "late"), (11.0, "next"))

    loop.settle()

    assert desk.served == [(10.0, ["late", "now"])]


def test_an_earlier_entry_overtakes_the_timer(desk: Desk, loop: VirtualLoop) -> None:
    desk.put((5.0, "b"))
    loop.advance(1)
    desk.put((2.0, "a"))

    loop.advance(1)

    assert desk.served == [(2.0, ["a"])]


def test_many_entries_cost_one_timer(desk: Desk, loop: VirtualLoop) -> None:
    desk.put(*((float(due), "x") for due in range(1, 1001)))
    before = loop.jumps

    loop.advance(1)

    assert loop.jumps == before + 1
    assert len(desk.turns) == 999


def test_an_item_may_come_back_while_it_is_served(loop: VirtualLoop) -> None:
    moments: list[float] = []

    def again(ready: list[str]) -> None:
        moments.append(loop.time())
        if len(moments) < 3:
            turns.put(loop.time() + 4.0, ready[0])

    turns: Turns[str] = Turns(again)

    async def put() -> None:
        turns.put(0.0, "a")

    loop.run(put())
    loop.advance(100)

    assert moments == [0.0, 4.0, 8.0]


def test_items_are_never_compared(desk: Desk, loop: VirtualLoop) -> None:
    served: list[object] = []
    turns: Turns[object] = Turns(served.extend)
    items = [object(), object()]

    async def put() -> None:
        for item in items:
            turns.put(1.0, item)

    loop.run(put())
    loop.advance(1)

    assert served == items


def test_after_clear_nothing_is_served_and_no_timer_is_left(desk: Desk, loop: VirtualLoop) -> None:
    desk.put((1.0, "a"), (2.0, "b"))
    before = loop.jumps

    desk.turns.clear()
    loop.advance(10)

    assert desk.served == []
    assert len(desk.turns) == 0
    assert loop.jumps == before + 1


def test_after_clear_it_can_be_used_again(desk: Desk, loop: VirtualLoop) -> None:
    desk.put((1.0, "a"))
    desk.turns.clear()
    desk.put((2.0, "b"))

    loop.advance(10)

    assert desk.served == [(2.0, ["b"])]


def test_what_is_not_due_yet_survives_a_serving_that_fails(loop: VirtualLoop) -> None:
    served: list[str] = []
    failures: list[dict[str, object]] = []

    def fails_once(ready: list[str]) -> None:
        served.extend(ready)
        if len(served) == 1:
            raise RuntimeError("a bug")

    turns: Turns[str] = Turns(fails_once)
    loop.set_exception_handler(lambda _, context: failures.append(context))

    async def put() -> None:
        turns.put(1.0, "a")
        turns.put(2.0, "b")

    loop.run(put())
    loop.advance(10)

    assert served == ["a", "b"]
    assert len(failures) == 1
