"""The nearest word to one that there is not, for the end of an error."""

from collections.abc import Iterable


def meant(word: object, known: Iterable[str]) -> str:
    """``; did you mean throttle?``, or nothing where no word is near."""
    from difflib import get_close_matches  # only for a mistake: every lab imports this

    near = get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
