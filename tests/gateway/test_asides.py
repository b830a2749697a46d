"""What waits by itself comes back in order, when its time is over and no earlier."""

from collections.abc import Iterator

import pytest

from powerpack_gateway.asides import Asides
from powerpack_lab.virtual import VirtualLoop


class Bench:
    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.back: list[tuple[float, list[str]]] = []
        self.asides: Asides[str] = Asides(lambda items: self.back.append((loop.time(), items)))

    def bar(self, key: str, until: float) -> None:
        self.loop.call_soon(self.asides.bar, key, until)
        self.loop.advance(0.0)


@pytest.fixture
def bench() -> Iterator[Bench]:
    loop = VirtualLoop(seed=7)
    yield Bench(loop)
    loop.settle()
    loop.shutdown()


def test_what_waits_comes_back_in_order_when_its_time_is_over(bench: Bench) -> None:
    bench.bar("to/1", 5.0)
    bench.asides.put("to/1", "a")
    bench.asides.put("to/1", "b")

    assert (len(bench.asides), bench.asides.barring(["x", "to/1"])) == (2, "to/1")
    bench.loop.advance(4.9)
    assert bench.back == []
    bench.loop.advance(0.2)
    assert bench.back == [(5.0, ["a", "b"])]
    assert not bench.asides
    assert bench.asides.barring(["to/1"]) is None


def test_a_longer_bar_takes_the_place_of_a_shorter_one(bench: Bench) -> None:
    bench.bar("k", 5.0)
    bench.bar("k", 9.0)
    bench.bar("k", 7.0)
    bench.asides.put("k", "a")

    bench.loop.advance(20.0)

    assert bench.back == [(9.0, ["a"])]


def test_rests_double_until_something_goes_well(bench: Bench) -> None:
    def rest() -> float:
        rested: list[float] = []
        bench.loop.call_soon(lambda: rested.append(bench.asides.rest("k", bench.loop.time(), least_s=1.0, most_s=3.0)))
        bench.loop.advance(0.0)
        return rested[0]

    rests = []
    for _ in range(3):
        rests.append(rest())
        assert rest() == 0.0  # it rests already
        bench.loop.advance(10.0)
    bench.asides.eased("k")
    rests.append(rest())

    assert rests == [1.0, 2.0, 3.0, 1.0]


def test_what_is_forgotten_does_not_come_back(bench: Bench) -> None:
    bench.bar("k", 5.0)
    bench.asides.put("k", "a")

    bench.asides.clear()
    bench.loop.advance(10.0)

    assert bench.back == []
    assert len(bench.asides) == 0
