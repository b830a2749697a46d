"""One timer for the earliest of many moments."""

import math

from powerpack_gateway.alarm import Alarm
from powerpack_lab.virtual import VirtualLoop


def rings_of(*moments: float, stopped: bool = False) -> list[float]:
    """When an alarm rings that was set to these moments in this order."""
    loop = VirtualLoop()
    rings: list[float] = []
    alarm = Alarm(lambda: rings.append(loop.time()))

    async def set_it() -> None:
        for moment in moments:
            alarm.no_later_than(moment)
        if stopped:
            alarm.stop()

    loop.run(set_it())
    loop.advance(100)
    loop.shutdown()
    assert alarm.moment == math.inf
    return rings


def test_it_rings_once_at_the_earliest_moment() -> None:
    assert rings_of(30.0, 10.0, 20.0) == [10.0]


def test_an_alarm_that_is_stopped_or_never_set_does_not_ring() -> None:
    assert rings_of(10.0, stopped=True) == []
    assert rings_of() == []


def test_it_can_be_set_anew_while_it_rings() -> None:
    loop = VirtualLoop()
    rings: list[float] = []

    def ring() -> None:
        rings.append(loop.time())
        if len(rings) < 3:
            alarm.no_later_than(loop.time() + 5)

    alarm = Alarm(ring)

    async def set_it() -> None:
        alarm.no_later_than(1.0)

    loop.run(set_it())
    loop.advance(100)
    loop.shutdown()

    assert rings == [1.0, 6.0, 11.0]
