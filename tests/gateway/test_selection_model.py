"""Selection against a model that is slow and obvious, over any order of events."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.selectors import (
    IN_LA,
    IN_MONTREAL,
    IN_NY,
    IN_SF,
    IN_TORONTO,
    LA,
    NY,
    SF,
    SF_2,
    SHORT,
    SMS,
    TOLLFREE,
    TORONTO,
    entry,
    select,
    selector,
)
from powerpack_gateway.nanp import region_of
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.selection import NoNumber, Selection

POOL = (SHORT, TOLLFREE, SF, SF_2, LA, NY, TORONTO)
steps = st.lists(
    st.tuples(
        st.sampled_from(["select", "select", "select", "select", "suspend", "reinstate", "defer"]),
        st.sampled_from([IN_SF, IN_LA, IN_NY, IN_TORONTO, IN_MONTREAL]),
        st.sampled_from(POOL),
        st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.5, 2.0, 3.5]),
        st.booleans(),
        st.integers(1, 3),
    ),
    max_size=60,
)


def nearest(group: list[str], destination: str, home: str) -> list[str]:
    """Those of the group in the handset's area code; if there are none, in its state; in its country; all."""
    return (
        [each for each in group if each[1:4] == destination[1:4]]
        or [each for each in group if region_of(each) == region_of(destination)]
        or [each for each in group if entry(each).country == home]
        or group
    )


@given(steps, st.booleans())
def test_selection_agrees_with_looking_at_every_number(
    events: list[tuple[str, str, str, float, bool, int]], local: bool
) -> None:
    entries = {number: entry(number, rate=0.5, burst=2, daily_cap=6) for number in POOL}
    pool = selector(*entries.values(), local=local)
    tat = dict.fromkeys(POOL, float("-inf"))
    used: Counter[tuple[str, int]] = Counter()
    suspended: set[str] = set()
    now, day = 0.0, 1

    def free_at(number: str) -> float:
        return tat[number] - 2.0

    for act, destination, number, pause, next_day, segments in events:
        now, day = now + pause, day + (next_day and act == "select")
        if act == "suspend":
            pool.suspend(number)
            suspended.add(number)
        elif act == "reinstate":
            pool.reinstate(number)
            suspended.discard(number)
        elif act == "defer":
            pool.defer(number, now + 3)
            tat[number] = max(tat[number], now + 5)
        else:
            home = "CA" if destination in (IN_TORONTO, IN_MONTREAL) else "US"
            result = pool.select(destination, home, SMS, now, day, segments)
            usable = [
                each
                for each in POOL
                if each not in suspended
                and used[each, day] + segments <= 6
                and (entries[each].type is NumberType.LONGCODE or entries[each].country == home)
            ]
            if not usable:
                assert isinstance(result, NoNumber)
                continue
            assert isinstance(result, Selection)
            chosen = entries[result.number]
            assert result.number in usable
            free = [each for each in usable if free_at(each) <= now]
            if not free:
                assert free_at(result.number) == min(free_at(each) for each in usable)
            else:
                order = ("shortcode", "tollfree", "longcode") if home == "US" else ("shortcode", "longcode", "tollfree")
                best_type = min((entries[each].type.value for each in free), key=order.index)
                group = [each for each in free if entries[each].type.value == best_type]
                if local and best_type == "longcode":
                    group = nearest(group, destination, home)
                assert chosen.type.value == best_type
                assert result.number in group
                assert used[result.number, day] == min(used[each, day] for each in group)
            start = max(now, free_at(result.number) + (min(segments, 2) - 1) * 2.0)
            assert result.wait_s == pytest.approx(start - now)
            tat[result.number] = max(start, tat[result.number]) + segments * 2.0
            used[result.number, day] += segments


@given(
    st.lists(
        st.tuples(st.sampled_from([IN_SF, IN_NY, IN_TORONTO]), st.floats(0, 3), st.sampled_from([1, 1, 2, 3])),
        max_size=40,
    ),
    st.integers(0, 99),
)
def test_no_number_ever_exceeds_its_rate(messages: list[tuple[str, float, int]], seed: int) -> None:
    pool = selector(entry(SF), entry(NY), entry(TOLLFREE), sticky=True, seed=seed)
    now = 0.0
    sent: dict[str, list[float]] = {SF: [], NY: [], TOLLFREE: []}
    for destination, pause, segments in messages:
        now += pause
        country = "CA" if destination == IN_TORONTO else "US"
        selected = select(pool, destination, country=country, now=now, segments=segments)
        sent[selected.number] += [now + selected.turn.wait_of_part(part) for part in range(segments)]

    for moments in sent.values():
        assert all(later - earlier >= 1.0 - 1e-6 for earlier, later in pairwise(moments))


@given(st.lists(st.sampled_from([IN_SF, IN_LA, IN_NY, IN_TORONTO]), max_size=30), st.integers(0, 99))
def test_the_same_seed_and_messages_give_the_same_numbers(destinations: list[str], seed: int) -> None:
    runs = []
    for _ in range(2):
        pool = selector(*(entry(number) for number in POOL), sticky=True, seed=seed)
        runs.append([select(pool, each, now=0.1 * index).reasons for index, each in enumerate(destinations)])

    assert runs[0] == runs[1]
