"""Dice that are seeded late throw what dice that were seeded at once would."""

from random import Random

from powerpack_carriers.dice import dice_of


def test_every_throw_is_that_of_the_seed() -> None:
    late, early = dice_of("7:att:lifecycle"), Random("7:att:lifecycle")

    for _ in range(3):
        assert late.random() == early.random()
        assert late.uniform(1, 2) == early.uniform(1, 2)
        assert late.choice("abc") == early.choice("abc")
        assert late.getrandbits(128) == early.getrandbits(128)


def test_its_state_can_be_kept_and_put_back() -> None:
    dice = dice_of("7")
    state = dice.getstate()
    first = dice.random()

    dice.setstate(state)

    assert dice.random() == first
