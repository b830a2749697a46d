"""A dictionary with a most."""

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
