"""The journal that is looked at: every event at once, and a digest that only the run decides."""

from datetime import timedelta
from enum import StrEnum
from types import SimpleNamespace

import pytest

from lab.journals import submit_sm
from powerpack_lab import journal as journal_module
from powerpack_lab import observed
from powerpack_lab.observed import Observed, ObservedJournal, canonical, octets_of
from powerpack_lab.scenario import START


def _journal() -> tuple[ObservedJournal, list[Observed]]:
    seen: list[Observed] = []
    journal = ObservedJournal(loop=SimpleNamespace(now=0.0), at=lambda _: START)
    journal.observe(seen.append)
    return journal, seen


def test_an_observer_sees_an_event_at_once() -> None:
    journal, seen = _journal()
    journal.record("number.suspended", number="72345")

    assert [(each.n, each.kind, each.text("number")) for each in seen] == [(1, "number.suspended", "72345")]


def test_a_journal_that_let_go_has_the_digest_of_all_and_counts_on() -> None:
    journals = [_journal()[0], _journal()[0]]
    for journal in journals:
        journal.record("number.suspended", number="72345")
    journals[0].let_go()
    for journal in journals:
        journal.record("number.reinstated", number="72345")

    assert [(event.n, event.kind) for event in journals[0]] == [(2, "number.reinstated")]
    assert journals[0].running_digest() == journals[1].running_digest()


def test_who_wants_some_kinds_sees_no_others() -> None:
    journal, all_seen = _journal()
    some: list[Observed] = []
    journal.observe(some.append, ("number.suspended", "gateway>submit_sm"))
    raw = submit_sm("72345", "14155550101", "Hello", 1)
    journal.record("number.suspended", number="72345")
    journal.record("number.reinstated", number="72345")
    journal.record("pdu", side="gateway", link="att#1", direction=">", raw=raw)

    assert [each.n for each in all_seen] == [1, 2, 3]
    assert [each.n for each in some] == [1, 3]
    assert journal.counted == {"number.suspended": 1, "number.reinstated": 1}


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


def test_the_digest_does_not_depend_on_how_many_events_come_together() -> None:
    """They go into it by the hundred, and what marshal does not know (here a date) one by one."""

    def digest(odd: object, *, looked_at: bool) -> str:
        journal, _ = _journal()
        for index in range(1_000):
            journal.record("a", index=index, odd=odd)
            if looked_at:
                journal.running_digest()
        return journal.running_digest()

    assert digest(START, looked_at=True) == digest(START, looked_at=False) != digest(None, looked_at=False)
    assert digest(1, looked_at=True) == digest(1, looked_at=False) != digest(2, looked_at=False)


def test_events_are_read_as_they_were_recorded_however_many_there_are() -> None:
    journal, _ = _journal()
    raw = submit_sm("72345", "14155550101", "Hello", 1)
    for number in range(600):
        journal.record("number.suspended", number=str(number), ids=(number,), of={"x": None})
        if number in (300, 500):  # whoever reads in between changes nothing
            assert len(list(journal)) == len(journal)
        journal.record_pdus("gateway", "att#1", "<", [raw])

    events = list(journal.events(kind="number.suspended"))
    assert [each.n for each in events] == [*range(1, 1_201, 2)]
    assert [each.fields for each in events] == [
        {"number": str(number), "ids": [number], "of": {"x": None}} for number in range(600)
    ]
    assert [each.fields["hex"] for each in journal.events(kind="pdu")] == [raw.hex()] * 600


def test_a_reading_that_began_before_more_came_has_them_all() -> None:
    journal, _ = _journal()
    journal.record("number.suspended", number="0")
    reading = journal.events()
    for number in range(1, 700):
        journal.record("number.suspended", number=str(number))

    assert [(each.n, each.fields["number"]) for each in reading] == [(n + 1, str(n)) for n in range(700)]


def test_what_marshal_does_not_know_is_kept_as_it_is() -> None:
    journal, _ = _journal()
    for number in range(600):
        journal.record("number.suspended", since=timedelta(seconds=number))

    assert [each.fields["since"] for each in journal] == [str(timedelta(seconds=number)) for number in range(600)]


def test_the_oldest_events_are_forgotten_and_the_rest_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observed, "EVENTS_MAX", 1_000)
    monkeypatch.setattr(journal_module, "EVENTS_MAX", 1_000)
    journal, _ = _journal()
    untouched, _ = _journal()
    for number in range(1, 5_001):
        journal.record("number.suspended", number=str(number))
        untouched.record("number.suspended", number=str(number))
        if number == 2_000:
            assert [each.n for each in journal] == [*range(1_001, 2_001)]

    assert [(each.n, each.fields["number"]) for each in journal] == [(n, str(n)) for n in range(4_001, 5_001)]
    assert [each.n for each in untouched.tail(3)] == [4_998, 4_999, 5_000]
    assert journal.running_digest() == untouched.running_digest()
    assert journal.counted == {"number.suspended": 5_000}


def test_an_observer_that_raises_is_told_of_and_the_others_see_the_event() -> None:
    crashed: list[Exception] = []
    journal = ObservedJournal(loop=SimpleNamespace(now=0.0), at=lambda _: START, crashed=crashed.append)
    seen: list[Observed] = []

    def broken(event: Observed) -> None:
        raise KeyError(event.n)

    journal.observe(broken)
    journal.observe(seen.append)
    journal.record("a")

    assert [repr(each) for each in crashed] == ["KeyError(1)"]
    assert [each.kind for each in seen] == ["a"]


class _Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": "1"}),
        ({"a": ("x", "y")}, {"a": ("xy",)}),
        ({"a": 0.0}, {"a": -0.0}),
        ({"a": _Colour.RED, "b": 1}, {"a": _Colour.RED, "b": 2}),
        ({"a": START}, {"a": START + timedelta(microseconds=1)}),
    ],
    ids=["order", "type", "boundaries", "sign", "beside an enum", "dates"],
)
def test_unlike_events_have_unlike_octets(one: dict[str, object], other: dict[str, object]) -> None:
    assert octets_of(1.0, "kind", one) != octets_of(1.0, "kind", other)
    assert octets_of(1.0, "kind", one) == octets_of(1.0, "kind", dict(one))


def test_how_an_object_is_shared_changes_nothing() -> None:
    """Later forms of marshal write a reference for what they have seen before, if something else refers to it."""
    text, copy = ("shared text".swapcase().swapcase() for _ in range(2))
    assert text is not copy

    assert octets_of(1.0, "kind", {"a": text, "b": text}) == octets_of(1.0, "kind", {"a": text, "b": copy})


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
