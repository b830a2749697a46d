"""The nearest word to one that there is not, for the end of an error."""

from collections.abc import Iterable
from typing import Final

_BEGINS: Final = 0.85
"""How much of a word must be the same as the beginning of a longer one for that to be meant (difflib's ratio)."""


def meant(word: object, known: Iterable[str]) -> str:
    """``; did you mean throttle?``, or nothing where no word is near.

    One that begins so goes first: ``receipt-strom`` is nearer to ``receipts-lost`` than to the storm after an outage.
    """
    from difflib import get_close_matches  # only for a mistake: every lab imports this

    said, words = str(word), list(known)
    begin = {each[: len(said)]: each for each in reversed(words) if len(each) > len(said) > 3}
    near = [begin[each] for each in get_close_matches(said, list(begin), n=1, cutoff=_BEGINS)]
    near = get_close_matches(said, words, n=1, cutoff=_BEGINS) or near or get_close_matches(said, words, n=1)
    return f"; did you mean {near[0]}?" if near else ""
