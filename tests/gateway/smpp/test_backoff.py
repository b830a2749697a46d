"""Delays grow, never leave the limits, and differ from link to link."""

import random

from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.smpp.backoff import Backoff


@given(st.floats(0.001, 10), st.floats(1, 100), st.integers(0, 20), st.randoms(use_true_random=False))
def test_no_delay_leaves_the_limits(s_min: float, factor: float, attempts: int, rng: random.Random) -> None:
    s_max = s_min * factor
    backoff = Backoff(s_min, s_max, rng)

    delays = [backoff.next_delay_s() for _ in range(attempts)]

    assert all(s_min <= delay <= s_max for delay in delays)


def test_the_delay_doubles_until_the_limit() -> None:
    backoff = Backoff(1, 16, random.Random(1))

    delays = [backoff.next_delay_s() for _ in range(6)]

    limits = [(1, 2), (2, 4), (4, 8), (8, 16), (8, 16), (8, 16)]
    assert all(low <= delay <= high for delay, (low, high) in zip(delays, limits, strict=True))


def test_a_success_begins_anew() -> None:
    backoff = Backoff(1, 16, random.Random(1))
    for _ in range(6):
        backoff.next_delay_s()

    backoff.succeeded()

    assert 1 <= backoff.next_delay_s() <= 2


def test_a_refusal_waits_as_long_as_may_be() -> None:
    backoff = Backoff(1, 16, random.Random(1))

    backoff.refused()

    assert backoff.next_delay_s() == 16


def test_two_links_do_not_return_together() -> None:
    rng = random.Random(1)

    assert Backoff(1, 16, rng).next_delay_s() != Backoff(1, 16, rng).next_delay_s()
