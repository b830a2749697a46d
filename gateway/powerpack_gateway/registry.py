"""A registry: the account's things of one kind, by their id, in the order of their creation."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from powerpack_gateway.errors import NotFound

T = TypeVar("T")


class Registry(Generic[T]):
    """Pure: whoever changes one stores it. ``noun`` names the kind in errors."""

    def __init__(self, noun: str, key_of: Callable[[T], str], items: Iterable[T] = ()) -> None:
        self._noun = noun
        self._key_of = key_of
        self._items = {key_of(each): each for each in items}

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __getitem__(self, key: str) -> T:
        try:
            return self._items[key]
        except KeyError:
            raise NotFound(f"{self._noun} {key} not found in this account") from None

    def get(self, key: str) -> T | None:
        """The one with this key, or None."""
        return self._items.get(key)

    def put(self, item: T) -> T:
        """Take one in, or replace it with its changed self."""
        self._items[self._key_of(item)] = item
        return item

    def delete(self, key: str) -> T:
        """Take one out; raises NotFound."""
        item = self[key]
        del self._items[key]
        return item
