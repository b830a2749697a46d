"""What virtual time costs, counted in function calls: the same on every machine, unlike time.

benchmarks/README.md says what was measured. The bounds leave room for a tenth more; whoever needs that room should
have a reason.
"""

import cProfile
import gc

import pytest

from powerpack_lab.chaos import run_scenario
from powerpack_lab.collector import rarely_collected
from powerpack_lab.live_run import LiveRun
from powerpack_lab.scenario import Handsets, NumberWords, PowerpackWords, Scenario, Traffic
from powerpack_lab.virtual import VirtualLoop

NUMBER = PowerpackWords(numbers=(NumberWords(number="14155550180", region="CA"),))
PEOPLE = Handsets(name="people", count=20, first="14155550101")
DAY_S = 86_400.0


def calls_of_a_day(messages: int) -> int:
    """Function calls of a day with so many messages, world and oracles included."""
    scenario = Scenario(
        name="day",
        about="One long code.",
        length=DAY_S,
        powerpack=NUMBER,
        handsets=(PEOPLE,),
        traffic=(Traffic(to="people", count=messages, rate=max(messages, 24) / DAY_S),),
    )
    profile = cProfile.Profile()
    result = profile.runcall(run_scenario, scenario, 1)
    assert result.ok
    assert result.counts["delivered"] == messages
    return sum(entry.callcount for entry in profile.getstats())


@pytest.fixture(scope="module")
def of_one_message() -> int:
    """Function calls of a day with one message; what is found out once has been found out before."""
    calls_of_a_day(1)
    return calls_of_a_day(1)


def test_a_day_of_silence_is_cheap(of_one_message: int) -> None:
    assert of_one_message < 30_500


def test_a_message_with_three_callbacks_and_all_oracles_is_bounded(of_one_message: int) -> None:
    """Gateway, carrier, phone, receiver, client, journal, oracles and the loop between them."""
    assert (calls_of_a_day(101) - of_one_message) / 100 < 2_650


def test_garbage_is_collected_rarely_during_a_run_and_as_before_after_it() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with rarely_collected():
        assert gc.get_threshold()[0] > before[0][0]
        assert gc.get_freeze_count() > before[1]

    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def worlds() -> list[object]:
    """What is there of runs and their loops, of other tests' too."""
    return [each for each in gc.get_objects() if type(each) in (VirtualLoop, LiveRun)]


def test_a_run_leaves_nothing_of_its_world() -> None:
    """Else a run over five hundred seeds would hold five hundred worlds."""
    gc.collect()
    gc.disable()  # the collector's own rounds come when they come
    try:
        before = worlds()
        calls_of_a_day(1)
        left = worlds()
    finally:
        gc.enable()

    assert len(left) == len(before)


def test_who_has_frozen_his_own_objects_keeps_them_frozen() -> None:
    gc.freeze()
    try:
        with rarely_collected():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_who_collects_nothing_still_collects_nothing() -> None:
    thresholds = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with rarely_collected():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*thresholds)
