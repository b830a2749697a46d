"""How often something is looked for while time is pushed, and how late it may be seen."""

import pytest

from powerpack_lab.pushing import STEP_S, STEP_SHARE, run_until


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.looks = 0

    def monotonic(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, until: float, within_s: float) -> bool:
        def holds() -> bool:
            self.looks += 1
            return self.now >= 100 + until

        return run_until(holds, within_s, monotonic=self.monotonic, advance=self.advance)


def test_it_gives_up_at_the_very_moment() -> None:
    time = Time()

    assert not time.wait(1e9, 3600)

    assert time.now == pytest.approx(3700)
    assert time.looks < 800, "an hour in steps of 0.05 s would be 72,000"


@pytest.mark.parametrize("after_s", [0.0, 0.3, 7.0, 100.0, 3599.0])
def test_it_is_seen_soon(after_s: float) -> None:
    time = Time()

    assert time.wait(after_s, 3600)

    assert 0 <= time.now - 100 - after_s <= max(STEP_S, STEP_SHARE * after_s) + 1e-9
