"""A number's pace at the last moment, when a message really goes out."""

from collections.abc import Callable
from itertools import pairwise

from powerpack_gateway.encoding import Part
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.pacing import Pacing
from powerpack_gateway.route_queue import Segment
from powerpack_gateway.shared_limits import Limit
from powerpack_gateway.throughput import Rate
from powerpack_lab.clock import LoopClock
from powerpack_lab.lab import VIRTUAL_EPOCH
from powerpack_lab.virtual import VirtualLoop


def segment(number: int, source: str = "12065550180") -> Segment:
    message = Message(
        id=number,
        uuid=str(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        source=source,
        destination="14155550101",
        text="hi",
        created_at=0.0,
    )
    return Segment(message, 0, Part(0, b"hi"), 0)


class Wire:
    """A route that takes what it may have while it is up, and writes down when."""

    def __init__(self, rate: Rate, *shared: Limit) -> None:
        self.loop = VirtualLoop()
        self.held: list[tuple[int, str, float]] = []
        self.is_up = True
        self.went: list[tuple[int, float]] = []
        self.queue: list[Segment] = []
        self.pacing = Pacing(
            lambda _: rate,
            self.offer,
            LoopClock(self.loop, VIRTUAL_EPOCH),
            limits_of=lambda segment, carrier: shared,
            held=lambda segment, limit, wait_s: self.held.append((segment.message.id, limit.key, round(wait_s, 3))),
        )

    def offer(self, segments: list[Segment]) -> None:
        """What the dispatcher does with segments whose turn has come."""
        self.queue.extend(segments)
        while self.is_up and self.queue:
            each = self.queue.pop(0)
            if self.pacing.may_go(each):
                self.went.append((each.message.id, round(self.loop.time(), 3)))

    def do(self, act: Callable[[], None]) -> None:
        """Act inside the loop."""

        async def acting() -> None:
            act()

        self.loop.run(acting())

    def end(self, seconds: float) -> list[tuple[int, float]]:
        """Let time pass and take everything down."""
        self.loop.advance(seconds)
        self.pacing.close()
        self.loop.shutdown()
        return self.went


def test_what_comes_at_its_pace_goes_at_once() -> None:
    wire = Wire(Rate(per_second=0.25))
    for number in range(3):
        wire.do(lambda number=number: wire.offer([segment(number)]))  # type: ignore[misc] # bound in the loop
        wire.loop.advance(4)

    assert wire.end(0) == [(0, 0.0), (1, 4.0), (2, 8.0)]
    assert len(wire.pacing) == 0


def test_what_comes_at_once_goes_one_by_one_and_in_order() -> None:
    wire = Wire(Rate(per_second=0.25))
    wire.do(lambda: wire.offer([segment(number) for number in range(4)]))

    assert wire.end(60) == [(0, 0.0), (1, 4.0), (2, 8.0), (3, 12.0)]


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    wire = Wire(Rate(per_second=1, burst=2))
    wire.do(lambda: wire.offer([segment(number) for number in range(4)]))

    assert wire.end(60) == [(0, 0.0), (1, 0.0), (2, 1.0), (3, 2.0)]


def test_a_number_does_not_wait_for_another() -> None:
    wire = Wire(Rate(per_second=0.25))
    wire.do(lambda: wire.offer([segment(1), segment(2), segment(3, "72345")]))

    assert wire.end(60) == [(1, 0.0), (3, 0.0), (2, 4.0)]


def test_what_was_let_go_while_the_route_was_down_again_keeps_its_place_and_the_pace() -> None:
    wire = Wire(Rate(per_second=0.25))
    wire.do(lambda: wire.offer([segment(number) for number in range(4)]))
    wire.is_up = False
    wire.loop.advance(30)
    wire.is_up = True
    wire.do(lambda: wire.offer([]))

    assert wire.end(60) == [(0, 0.0), (1, 30.0), (2, 34.0), (3, 38.0)]


def test_what_was_submitted_before_goes_before_the_others_of_its_number() -> None:
    wire = Wire(Rate(per_second=0.25))
    wire.do(lambda: wire.offer([segment(1), segment(2), segment(3)]))
    wire.do(lambda: wire.offer([segment(9)._replace(is_again=True)]))

    assert [number for number, _ in wire.end(60)] == [1, 9, 2, 3]


def test_one_that_is_no_longer_wanted_does_not_hold_up_the_next() -> None:
    wire = Wire(Rate(per_second=0.25))
    wire.do(lambda: wire.offer([segment(1), segment(2), segment(3)]))
    wire.is_up = False
    wire.loop.advance(5)
    (let_go,) = wire.queue
    wire.queue.clear()
    wire.is_up = True
    wire.do(lambda: wire.pacing.settled(let_go))

    assert [number for number, _ in wire.end(60)] == [1, 3]


CAMPAIGN = Limit("att/campaign/C1", Rate(per_second=0.5), "campaign C1")
A_DAY_OF_THREE = Limit("tmobile/brand/B1", Rate(per_second=100, burst=100, per_day=3), "brand B1")


def test_numbers_of_a_campaign_share_its_rate_and_go_in_order() -> None:
    wire = Wire(Rate(per_second=100, burst=100), CAMPAIGN)
    sources = ("12065550180", "12065550181", "12065550182")
    wire.do(lambda: wire.offer([segment(number, sources[number % 3]) for number in range(6)]))

    assert wire.end(60) == [(number, 2.0 * number) for number in range(6)]
    assert wire.held == [(number, CAMPAIGN.key, 2.0) for number in range(1, 6)]


def test_nobody_starves_between_a_slow_number_and_a_slow_campaign() -> None:
    wire = Wire(Rate(per_second=0.25), CAMPAIGN)
    sources = ("12065550180", "12065550181")
    wire.do(lambda: wire.offer([segment(number, sources[number // 5]) for number in range(10)]))
    went = wire.end(120)
    moments = [moment for _, moment in went]
    of_first = [(number, moment) for number, moment in went if number < 5]

    assert sorted(number for number, _ in went) == list(range(10))
    assert min(after - before for before, after in pairwise(moments)) >= 2.0
    assert of_first == sorted(of_first)
    assert min(after[1] - before[1] for before, after in pairwise(of_first)) >= 4.0
    assert moments[-1] <= 24.0


def test_a_day_that_is_used_up_ends_at_midnight_in_california() -> None:
    wire = Wire(Rate(per_second=100, burst=100), A_DAY_OF_THREE)
    wire.do(lambda: wire.offer([segment(number) for number in range(5)]))
    until_midnight = 15 * 3_600.0  # it is nine in the morning there

    assert wire.end(86_400) == [(0, 0.0), (1, 0.0), (2, 0.0), (3, until_midnight), (4, until_midnight)]
    assert wire.held == [(number, A_DAY_OF_THREE.key, until_midnight) for number in (3, 4)]


def test_what_an_earlier_process_sent_counts_for_the_day() -> None:
    wire = Wire(Rate(per_second=100, burst=100), A_DAY_OF_THREE)
    wire.do(lambda: wire.pacing.count(A_DAY_OF_THREE, 2))
    wire.do(lambda: wire.offer([segment(number) for number in range(2)]))

    assert wire.end(3_600) == [(0, 0.0)]


def test_a_campaign_whose_rate_changed_goes_on_at_the_new_one() -> None:
    limits = [CAMPAIGN]
    wire = Wire(Rate(per_second=100, burst=100))
    wire.pacing = Pacing(
        lambda _: Rate(per_second=100, burst=100),
        wire.offer,
        LoopClock(wire.loop, VIRTUAL_EPOCH),
        limits_of=lambda *_: limits,
    )
    wire.do(lambda: wire.offer([segment(0)]))
    limits[0] = CAMPAIGN._replace(rate=Rate(per_second=1))
    wire.loop.advance(10)
    wire.do(lambda: wire.offer([segment(1), segment(2)]))

    assert wire.end(60) == [(0, 0.0), (1, 10.0), (2, 11.0)]
