"""A dictionary with a most."""

from collections.abc import Callable

import pytest

from powerpack_carriers.bounded import BoundedDict


def test_what_came_first_goes_first() -> None:
    entries: BoundedDict[str, int] = BoundedDict(2)
    for number, key in enumerate("abac"):
        entries[key] = number

    assert [entries.get(key) for key in "abc"] == [None, 1, 3]
    assert list(entries.values()) == [1, 3]
    assert len(entries) == 2


def test_what_was_taken_out_makes_room() -> None:
    entries: BoundedDict[str, int] = BoundedDict(2)
    entries["a"], entries["b"] = 1, 2

    assert (entries.take("a"), entries.take("a")) == (1, None)
    entries["a"] = 3
    assert [entries.get(key) for key in "ab"] == [3, 2]


def test_what_was_deleted_makes_room() -> None:
    entries: BoundedDict[str, int] = BoundedDict(2)
    entries["a"], entries["b"] = 1, 2
    del entries["a"]
    entries["c"] = 3

    assert sorted(entries.items()) == [("b", 2), ("c", 3)]


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries.pop("a"),
        lambda entries: entries.popitem(),
        lambda entries: entries.clear(),
        lambda entries: entries.setdefault("b", 2),
        lambda entries: entries.update(b=2),
        lambda entries: entries.__ior__({"b": 2}),
    ],
    ids=["pop", "popitem", "clear", "setdefault", "update", "or"],
)
def test_what_would_go_around_its_order_is_refused(change: Callable[[BoundedDict[str, int]], object]) -> None:
    entries: BoundedDict[str, int] = BoundedDict(2)
    entries["a"] = 1

    with pytest.raises(TypeError, match=r"set by \[\], and removed by take or del"):
        change(entries)
    assert entries == {"a": 1}
