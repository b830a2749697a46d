"""The garbage collector's pace while a gateway, a carrier or a scenario is all that runs."""

import gc

from powerpack_lab.collector import RARELY, rarely_collected

FEW = 2_500
"""Objects at a time: looked at in less than a millisecond."""


def test_the_collector_looks_at_new_objects_only_and_at_few_at_a_time() -> None:
    """What lived through one collection is not looked at again, so that none gets longer."""
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


def test_afterwards_everything_is_as_it_was() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with rarely_collected():
        assert gc.get_threshold() == RARELY
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
