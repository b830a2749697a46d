"""The garbage collector's pace while a gateway, a carrier or a scenario is all that runs."""

import gc
import weakref

from powerpack_lab.collector import RARELY, rarely_collected

FEW = 2_500
"""Objects at a time: looked at in less than a millisecond."""


def test_the_collector_looks_at_new_objects_only_and_at_few_at_a_time() -> None:
    """Twenty looks in a row leave out what lived through those before, so that none gets longer."""
    looked_at: list[tuple[int, int]] = []

    def count(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            looked_at.append((info["generation"], len(gc.get_objects(generation=0))))

    with rarely_collected():
        gc.collect()
        gc.callbacks.append(count)
        try:
            kept = [[number] for number in range(20 * RARELY[0])]
        finally:
            gc.callbacks.remove(count)
    assert len(looked_at) >= 19
    assert {generation for generation, _ in looked_at} == {0}
    assert max(objects for _, objects in looked_at) <= FEW
    assert len(kept) == 20 * RARELY[0]


def test_a_cycle_that_was_in_use_at_the_first_look_goes_at_the_second() -> None:
    """As a connection that a client closed: each would stay until millions of objects have come after it."""

    class Ring:
        def __init__(self) -> None:
            self.itself = self

    with rarely_collected():
        gc.collect()
        ring = Ring()
        gone = weakref.ref(ring)
        gc.collect(0)
        del ring
        assert gone() is not None
        kept = [[number] for number in range(RARELY[0] * (RARELY[1] + 3))]
        assert gone() is None
    assert len(kept) == RARELY[0] * (RARELY[1] + 3)


def test_afterwards_everything_is_as_it_was() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with rarely_collected():
        assert gc.get_threshold() == RARELY
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
