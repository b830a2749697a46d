"""A dictionary that forgets what came first when it is full."""

from collections import deque
from typing import NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(dict[K, V]):
    """At most ``size_max`` entries, set by ``[]`` and removed by ``take`` or ``del``; a key that is set again keeps its
    age.

    The order is kept beside the entries: to take the first key of a plain dict again and again is to walk over the
    gaps of all that were taken before. A dict's other ways to change it raise TypeError, since they would go
    around that.
    """

    __slots__ = ("_order", "_size_max")

    def __init__(self, size_max: int) -> None:
        super().__init__()
        self._order: deque[K] = deque()
        self._size_max = size_max

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self:
            order = self._order
            if len(order) >= self._size_max:
                dict.__delitem__(self, order.popleft())
            order.append(key)
        # Straight to dict: super() costs more than all the rest, and every message comes by here.
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: K) -> None:
        dict.__delitem__(self, key)
        self._order.remove(key)

    def take(self, key: K) -> V | None:
        """Remove an entry; None where there is none."""
        if key not in self:
            return None
        self._order.remove(key)
        return dict.pop(self, key)

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the entries of a BoundedDict are set by [], and removed by take or del")

    pop = popitem = clear = setdefault = update = __ior__ = _refused  # they know no order
