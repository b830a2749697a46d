"""The journal keeps everything in order, costs little, and digests it."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.filled_journals import EPOCH, SUBMIT_SM, Seconds, at, filled, journal, lines, numbers
from powerpack_lab import journal as module
from powerpack_lab.journal import Event, Journal, JournalReader

# Reading


def test_events_are_numbered_from_one_in_the_order_they_happened() -> None:
    seconds = Seconds()
    made = Journal(moment=seconds, at=at)
    made.record("first", a=1)
    seconds.moment = 2.5
    made.record("second", b="x")

    assert list(made.events()) == [
        Event(n=1, at=EPOCH, kind="first", fields={"a": 1}),
        Event(n=2, at=at(2.5), kind="second", fields={"b": "x"}),
    ]
    assert [event.kind for event in made] == ["first", "second"]
    assert len(made) == 2


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        (0, None, [1, 2, 3, 4, 5]),
        (3, None, [4, 5]),
        (5, None, []),
        (99, None, []),
        (-1, None, [1, 2, 3, 4, 5]),
        (0, 2, [1, 2]),
        (3, 1, [4]),
        (3, 99, [4, 5]),
        (0, 0, []),
    ],
)
def test_a_reader_says_where_to_begin_and_how_much_to_give(after: int, limit: int | None, expected: list[int]) -> None:
    assert numbers(filled(5).events(after=after, limit=limit)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (None, [1, 2, 3, 4]),
        ("message.sent", [1, 4]),
        ("message.", [1, 2, 4]),
        ("number.", []),
        ("pdu", [3]),
        (("message.sent", "pdu"), [1, 3, 4]),
        (("message.", "pdu"), [1, 2, 3, 4]),
    ],
)
def test_a_reader_says_what_it_wants(kind: str | tuple[str, ...] | None, expected: list[int]) -> None:
    made = journal()
    for name in ("message.sent", "message.failed", "pdu", "message.sent"):
        made.record(name)

    assert numbers(made.events(kind=kind)) == expected


def test_a_limit_counts_what_is_wanted_only() -> None:
    made = journal()
    for name in ("a", "b", "b", "a", "a"):
        made.record(name)

    assert numbers(made.events(kind="a", limit=2, after=1)) == [4, 5]


@pytest.mark.parametrize(("count", "expected"), [(2, [4, 5]), (5, [1, 2, 3, 4, 5]), (99, [1, 2, 3, 4, 5]), (0, [])])
def test_the_tail_is_the_last_events(count: int, expected: list[int]) -> None:
    assert numbers(filled(5).tail(count)) == expected


@pytest.mark.parametrize(("before", "expected"), [(4, [2, 3]), (2, [1]), (1, []), (99, [4, 5])])
def test_the_tail_may_end_before_an_event(before: int, expected: list[int]) -> None:
    assert numbers(filled(5).tail(2, before=before)) == expected


def test_what_happens_while_somebody_reads_comes_the_next_time() -> None:
    made = filled(2)
    reading = made.events()
    next(reading)

    made.record("late")

    assert numbers(reading) == [2]
    assert numbers(made.events(after=2)) == [3]


def test_memory_is_bounded_and_numbers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_MAX", 3)

    made = filled(5)

    assert numbers(made.events()) == [3, 4, 5]
    assert numbers(made.events(after=3)) == [4, 5]
    assert numbers(made.tail(99)) == [3, 4, 5]
    assert len(made) == 5
    assert repr(made) == "<Journal: 5 events, the last 3 in memory>"


# Digests


def test_equal_runs_have_equal_digests() -> None:
    assert filled(5).digest() == filled(5).digest()


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.record("tick", index=1, more=0),
        lambda made: made.record("tock", index=1),
        lambda made: made.record("tick", index=2),
        lambda made: made.record("pdu", raw=b"\x01"),
        lambda made: None,
    ],
)
def test_whatever_differs_changes_the_digest(change: Callable[[Journal], None]) -> None:
    same, other = journal(), journal()
    same.record("tick", index=1)
    change(other)

    assert same.digest() != other.digest()


def test_another_time_changes_the_digest() -> None:
    early, late = journal(moment=1.0), journal(moment=2.0)
    early.record("tick")
    late.record("tick")

    assert early.digest() != late.digest()


def test_the_order_of_a_sets_members_does_not_change_the_digest() -> None:
    digests = []
    for order in itertools.permutations(("b", "a", "c")):
        made = journal()
        made.record("x", members=set(order))
        digests.append(made.digest())

    assert len(set(digests)) == 1


# Groups

ANSWER = bytes.fromhex("00000010800000040000005800000007")


def in_groups() -> Journal:
    """Eight events in four entries: one, three of two PDUs or ticks each, and one."""
    made = journal()
    made.record("before")
    made.record_pdus("carrier", "att#1", "<", [SUBMIT_SM, ANSWER])
    made.record_octets("carrier", "att#1", ">", ANSWER + SUBMIT_SM, 2)
    made.record_group("tick", 2, lambda: [{"index": 1}, {"index": 2}])
    made.record("behind")
    return made


def one_by_one() -> Journal:
    """The same events, each recorded alone."""
    made = journal()
    made.record("before")
    for direction, pdus in (("<", (SUBMIT_SM, ANSWER)), (">", (ANSWER, SUBMIT_SM))):
        for raw in pdus:
            made.record("pdu", side="carrier", link="att#1", direction=direction, raw=raw)
    made.record("tick", index=1)
    made.record("tick", index=2)
    made.record("behind")
    return made


def test_events_that_come_together_are_events_like_any_other() -> None:
    assert list(in_groups().events()) == list(one_by_one().events())
    assert in_groups().digest() == one_by_one().digest()
    assert len(in_groups()) == 8


@pytest.mark.parametrize("after", range(10))
@pytest.mark.parametrize("kind", [None, "pdu", "tick", "behind"])
@pytest.mark.parametrize("limit", [None, 1, 3])
def test_a_reader_may_begin_and_end_in_the_middle_of_a_group(after: int, kind: str | None, limit: int | None) -> None:
    assert list(in_groups().events(after=after, kind=kind, limit=limit)) == list(
        one_by_one().events(after=after, kind=kind, limit=limit)
    )


@pytest.mark.parametrize("events_max", range(1, 10))
def test_memory_that_ends_in_the_middle_of_a_group_holds_no_more(
    events_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENTS_MAX", events_max)
    monkeypatch.setattr(module, "_SLACK", 0)

    assert numbers(in_groups().events()) == list(range(1, 9))[-events_max:]
    assert numbers(in_groups().tail(99)) == list(range(1, 9))[-events_max:]


def test_a_group_that_is_not_asked_for_is_not_made() -> None:
    made = journal()
    made.record_group("tick", 1, lambda: pytest.fail("nobody wants ticks"))
    made.record("tock")

    assert numbers(made.events(kind="tock")) == [2]


def test_an_empty_group_is_no_event() -> None:
    made = journal()

    made.record_pdus("carrier", "att#1", "<", [])
    made.record_octets("carrier", "att#1", "<", b"", 0)
    made.record_group("tick", 0, list)

    assert len(made) == 0
    assert list(made.events()) == []


def test_a_group_of_pdus_asks_for_the_file_to_be_written_once(tmp_path: Path) -> None:
    asked: list[Callable[[], None]] = []
    file = tmp_path / "journal.jsonl"
    made = journal(file, soon=asked.append)

    made.record_pdus("carrier", "att#1", "<", [SUBMIT_SM, SUBMIT_SM])
    made.record_pdus("carrier", "att#1", ">", [SUBMIT_SM])
    made.record_pdus("carrier", "att#1", ">", [])

    assert len(asked) == 1
    asked[0]()
    assert [line["direction"] for line in lines(file)] == ["<", "<", ">"]
    made.close()


# For the control API


def test_the_last_events_of_a_kind_are_found_however_far_back_they_are() -> None:
    made = filled(100)
    made.record("rare", index=100)
    for index in range(500):
        made.record("tick", index=index)
    reader = JournalReader(made)

    assert [each["n"] for each in reader.tail(None, 2)] == [600, 601]
    assert [each["n"] for each in reader.tail("rare", 3)] == [101]
    assert [each["n"] for each in reader.tail("tick", 2)] == [600, 601]
    assert reader.tail("pdu", 5) == []


# Kinds


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("mesage.accepted", "did you mean message.accepted?"),
        ("message.acepted", "did you mean message.accepted?"),
        ("message", "did you mean 'message.', which is all that begin so?"),
        ("mesage.", "did you mean message.?"),
        (("pdu", "pud"), "did you mean pdu?"),
        ("xyzzy", "docs/journal.md has all of them"),
    ],
)
def test_a_kind_that_there_is_not_is_refused_with_the_nearest(kind: str | tuple[str, ...], hint: str) -> None:
    made = journal()

    with pytest.raises(ValueError, match=r"kind: found '.*', which is no event's; ") as refused:
        made.events(kind=kind)
    assert str(refused.value).endswith(hint)
    with pytest.raises(ValueError, match="which is no event's"):
        made.tail(3, kind=kind if isinstance(kind, str) else kind[-1])


def test_a_kind_that_somebody_records_for_himself_is_known() -> None:
    made = journal()
    made.record("shop.sold", what="tea")

    assert [each.kind for each in made.events(kind="shop.sold")] == ["shop.sold"]
    assert [each.kind for each in made.events(kind="shop.")] == ["shop.sold"]
    with pytest.raises(ValueError, match=r"did you mean shop\.sold"):
        made.events(kind="shop.solt")
