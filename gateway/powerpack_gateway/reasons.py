"""Reasons: why a number was selected, or why there was none, in words that an operator reads."""

from enum import Enum
from typing import NamedTuple


class Reason(Enum):
    """One step of a selection; ``{}`` takes the detail."""

    STICKY = "sticky sender: the handset knows {}"
    STICKY_LEFT = "sticky sender: {} is no longer in the pool"
    STICKY_SUSPENDED = "sticky sender: {} is suspended"
    STICKY_UNFIT = "sticky sender: {} can not serve this country and service"
    STICKY_SPENT = "sticky sender: {} has used up its day"
    EMPTY = "no {} in the pool serves this country and service"
    INCOMPATIBLE = "{} is not compatible with the recipient's network"
    ROUTED_AWAY = "the carrier's routing asks for another type than {}"
    STICKY_AWAY = "sticky sender: {} does not reach the recipient's network"
    BARRED = "every {} that would serve is suspended or not verified"
    BUSY = "every {} that serves is at its rate"
    SPENT = "every {} that serves has used up its day"
    TOLLFREE_TO_CANADA = "US toll-free numbers do not reach Canada"
    TYPE = "number priority: {} is the first type with capacity"
    SHORTEST_WAIT = "nothing has capacity now: {} has the shortest wait"
    AREA_CODE = "local connect: area code {}"
    REGION = "local connect: state {}"
    COUNTRY = "local connect: country {}"
    ABROAD = "local connect: no nearer number has capacity"
    LEAST_USED = "least used today: {} before this one"

    __hash__ = object.__hash__  # by identity: an enum's own is computed in Python, and reasons are looked up always

    def __init__(self, words: str) -> None:
        self.words = words


class Why(NamedTuple):
    """A reason with what it is about. Rendered when somebody reads it, since most never do."""

    reason: Reason
    detail: str | int = ""

    def __str__(self) -> str:
        return self.reason.words.format(self.detail)


_SPOKEN_MAX = 10_000
"""Rendered reasons that are kept: area codes and small counts come again with nearly every message."""

_spoken: dict[tuple[Why, ...], tuple[str, ...]] = {}


def spoken(why: tuple[Why, ...]) -> tuple[str, ...]:
    """Reasons in words, in order."""
    said = _spoken.get(why)
    if said is None:
        if len(_spoken) >= _SPOKEN_MAX:
            _spoken.clear()
        said = _spoken[why] = tuple([each.reason.words.format(each.detail) for each in why])
    return said
