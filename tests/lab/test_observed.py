"""The journal that is looked at: every event at once, and a digest that only the run decides."""

import pytest

from lab.journals import submit_sm
from powerpack_lab.observed import Observed, ObservedJournal, canonical
from powerpack_lab.scenario import START


def _journal() -> tuple[ObservedJournal, list[Observed]]:
    seen: list[Observed] = []
    journal = ObservedJournal(moment=lambda: 0.0, at=lambda _: START)
    journal.observe(seen.append)
    return journal, seen


def test_an_observer_sees_an_event_at_once() -> None:
    journal, seen = _journal()
    journal.record("number.suspended", number="72345")

    assert [(each.n, each.kind, each.text("number")) for each in seen] == [(1, "number.suspended", "72345")]


def test_pdus_that_came_together_are_seen_one_by_one_and_by_name() -> None:
    journal, seen = _journal()
    raw = submit_sm("72345", "14155550101", "Hello", 1)
    journal.record_pdus("carrier", "att#1", "<", [raw, raw])

    assert [(each.n, each.kind, each.raw) for each in seen] == [(n, "carrier<submit_sm", raw) for n in (1, 2)]


def test_a_group_is_seen_event_by_event_too() -> None:
    journal, seen = _journal()
    raw = submit_sm("72345", "14155550101", "Hello", 1)
    journal.record_octets("carrier", "att#1", "<", raw + raw, 2)
    journal.record_group("tick", 1, lambda: [{"index": 1}])

    assert [each.kind for each in seen] == ["carrier<submit_sm", "carrier<submit_sm", "tick"]


def test_the_digest_is_that_of_the_events() -> None:
    journals = [_journal()[0] for _ in range(3)]
    for journal, number in zip(journals, ("1", "1", "2"), strict=True):
        journal.record("a", number=number)

    one, same, other = (journal.running_digest() for journal in journals)
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b", "a"}, b"<'a','b'>"),
        ({"x": (1, None)}, b"{x:[1,None]}"),
        (b"\x00", b"\x00"),
        (1.5, b"1.5"),
    ],
)
def test_a_value_has_one_form(value: object, expected: bytes) -> None:
    assert canonical(value) == expected
