"""The order in which segments go to a carrier, also when it asks for less."""

from typing import cast

import pytest

from powerpack_gateway.encoding import Part
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.route_queue import CAUTIOUS_MAX, RouteQueue, Segment, Submitted
from powerpack_gateway.smpp.route import Route


class WideRoute:
    """A route with a window of a hundred that nobody uses."""

    window_free = 100


def segment(number: int, destination: str = "14155550101") -> Segment:
    message = Message(
        id=number,
        uuid=str(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination=destination,
        text="hi",
        created_at=0.0,
    )
    return Segment(message, 0, Part(0, b"hi"), 0)


@pytest.fixture
def queue() -> RouteQueue:
    return RouteQueue(cast(Route, WideRoute()), "att", lambda _: None)


def taken(queue: RouteQueue) -> list[int]:
    found = []
    while (submitted := queue.take()) is not None:
        found.append(submitted.segment.message.id)
    return found


def first(queue: RouteQueue) -> Submitted:
    submitted = queue.take()
    assert submitted is not None
    return submitted


def test_what_waits_goes_in_the_order_it_came(queue: RouteQueue) -> None:
    for number in (1, 2, 3):
        queue.put(segment(number))

    assert len(queue) == 3
    assert taken(queue) == [1, 2, 3]
    assert queue.take() is None


def test_what_comes_back_goes_first_and_in_the_order_of_the_first_tries(queue: RouteQueue) -> None:
    for number in (1, 2, 3, 4):
        queue.put(segment(number))
    tried = [first(queue) for _ in range(3)]
    for submitted in (tried[2], tried[0], tried[1]):
        queue.give_back(submitted)

    assert taken(queue) == [1, 2, 3, 4]


def test_what_is_given_back_twice_goes_once(queue: RouteQueue) -> None:
    queue.put(segment(1))
    submitted = first(queue)
    queue.give_back(submitted)
    queue.give_back(submitted)

    assert taken(queue) == [1]


def test_the_room_is_the_routes_window_until_the_carrier_asks_for_less(queue: RouteQueue) -> None:
    assert queue.room == 100
    queue.rest(0.0, least_s=1.0, most_s=30.0)

    assert queue.room == 1


def test_after_a_rest_the_room_doubles_with_each_success_and_is_whole_again(queue: RouteQueue) -> None:
    queue.rest(0.0, least_s=1.0, most_s=30.0)
    rooms = []
    while queue.room < 100:
        rooms.append(queue.room)
        queue.eased("14155550101")

    assert rooms == [1, 2, 4, 8, 16, 32, CAUTIOUS_MAX]


def test_in_caution_a_recipient_has_one_unanswered_message(queue: RouteQueue) -> None:
    queue.put(segment(1))
    queue.rest(0.0, least_s=1.0, most_s=30.0)
    submitted = first(queue)
    queue.sent(submitted)

    assert queue.room == 0
    assert queue.must_wait(segment(2).message)
    assert not queue.must_wait(segment(3, "12065550102").message)
    queue.answered(submitted)
    assert not queue.must_wait(segment(2).message)


def test_without_need_nobody_waits_for_an_answer(queue: RouteQueue) -> None:
    queue.put(segment(1))
    queue.sent(first(queue))

    assert not queue.must_wait(segment(2).message)


def test_each_rest_is_twice_as_long_up_to_the_most_and_one_success_starts_anew(queue: RouteQueue) -> None:
    rests = []
    now = 0.0
    for _ in range(5):
        rests.append(queue.rest(now, least_s=1.0, most_s=6.0))
        now = queue.held_until
    queue.eased("14155550101")

    assert rests == [1.0, 2.0, 4.0, 6.0, 6.0]
    assert queue.rest(now, least_s=1.0, most_s=6.0) == 1.0


def test_a_queue_that_rests_already_is_not_put_to_rest_again(queue: RouteQueue) -> None:
    queue.rest(0.0, least_s=1.0, most_s=30.0)

    assert queue.rest(0.5, least_s=1.0, most_s=30.0) == 0.0
    assert queue.held_until == 1.0
