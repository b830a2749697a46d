"""Dice that are seeded when they are first thrown: seeding one takes as long as three messages, and most never are."""

from random import Random
from typing import cast

_THROWS = tuple(name for name in dir(Random) if not name.startswith("_"))


class _Later:
    """Stands in for a Random with this seed; every throw is the one that it would give."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def __getattr__(self, name: str) -> object:
        dice = Random(self._seed)
        # From here on they are its own, found as fast as they are there.
        vars(self).update({each: getattr(dice, each) for each in _THROWS})
        return getattr(dice, name)


def dice_of(seed: str) -> Random:
    """A stream of chance of its own."""
    return cast(Random, _Later(seed))
