"""The journal keeps everything in order, costs little, and shows it readably when somebody reads."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_lab import journal as module
from powerpack_lab.journal import Event, Journal, JournalReader

EPOCH = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Seconds:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        return self.moment


def at(moment: float) -> datetime:
    return EPOCH + timedelta(seconds=moment)


def journal(
    file: Path | None = None, soon: Callable[[Callable[[], None]], object] | None = None, moment: float = 0.0
) -> Journal:
    return Journal(moment=lambda: moment, at=at, file=file, soon=soon)


def filled(count: int, file: Path | None = None) -> Journal:
    made = journal(file)
    for index in range(count):
        made.record("tick", index=index)
    return made


def numbers(events: object) -> list[int]:
    return [event.n for event in events]  # type: ignore[attr-defined] # what events() and tail() give


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


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
        ("message", []),
        ("mess", []),
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


# What is shown


class Color(Enum):
    RED = 1


class Word(StrEnum):
    SENT = "sent"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (b"\x00\xff", "00ff"),
        (bytearray(b"\x01"), "01"),
        (memoryview(b"\x02"), "02"),
        (EPOCH, "2026-11-22T12:00:00+00:00"),
        (("a", 1, b"\x01"), ["a", 1, "01"]),
        ({"k": (1,), 2: None}, {"k": [1], "2": None}),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({3, 1}), [1, 3]),
        (Color.RED, "Color.RED"),
        (Word.SENT, "sent"),
        (timedelta(seconds=90), "0:01:30"),
    ],
    ids=lambda value: type(value).__name__,  # a repr may hold an address or a set's chance order
)
def test_a_value_is_shown_as_json_can_hold_it(value: object, shown: object) -> None:
    made = journal()

    made.record("x", value=value)

    event = next(made.events())
    assert event.fields == {"value": shown}
    assert json.loads(json.dumps(event.as_json(), allow_nan=False))["value"] == shown


SUBMIT_SM = bytes.fromhex(
    "0000003f 00000004 00000000 00000007"
    "00 0101 313431353535353031383000 0101 313230363535353031303000"
    "00 00 00 00 00 01 00 00 00 08 6869207468657265"
)
"""From 14155550180 to 12065550100, "hi there" (SMPP 3.4, 4.4.1)."""


def test_a_raw_pdu_is_shown_decoded_beside_its_octets() -> None:
    made = journal()

    made.record("pdu", side="carrier", direction="<", raw=SUBMIT_SM)

    fields = next(made.events()).fields
    assert list(fields) == ["side", "direction", "pdu", "hex"]
    assert all(word in str(fields["pdu"]) for word in ("submit_sm", "14155550180", "12065550100"))
    assert fields["hex"] == SUBMIT_SM.hex()


def test_octets_that_are_no_pdu_say_what_is_wrong_with_them() -> None:
    made = journal()

    made.record("pdu", raw=b"\x00\x00\x00\x10\x00")

    fields = next(made.events()).fields
    assert str(fields["pdu"]).startswith("undecodable: found 5 octets")
    assert fields["hex"] == "0000001000"


@given(st.binary(max_size=80))
def test_no_octets_can_make_reading_fail(raw: bytes) -> None:
    made = journal()

    made.record("pdu", raw=raw)

    assert len(str(next(made.events()).fields["hex"])) == 2 * len(raw)


@given(st.integers(min_value=16, max_value=62), st.binary(min_size=1, max_size=4))
def test_no_damage_to_a_pdu_can_make_reading_fail(place: int, junk: bytes) -> None:
    made = journal()
    made.record("pdu", raw=SUBMIT_SM[:place] + junk + SUBMIT_SM[place + len(junk) :])

    assert isinstance(next(made.events()).fields["pdu"], str)


def a_bind(command_id: int, *, end: bytes = b"\0") -> bytes:
    """A PDU with system_id ``powerpack`` and password ``hunter2``."""
    body = b"powerpack\0hunter2" + end
    return (16 + len(body)).to_bytes(4, "big") + command_id.to_bytes(4, "big") + bytes(4) + b"\0\0\0\1" + body


@pytest.mark.parametrize(
    "raw",
    [
        *(a_bind(command_id, end=b"\0\0\x34\0\0\0") for command_id in (1, 2, 9)),
        a_bind(0x0B),
        a_bind(9, end=b""),
        a_bind(9, end=b"\0")[:-3],
    ],
    ids=["bind_receiver", "bind_transmitter", "bind_transceiver", "outbind", "without its end", "cut short"],
)
def test_no_password_can_be_read(raw: bytes, tmp_path: Path) -> None:
    made = journal(tmp_path / "events.jsonl")

    made.record("pdu", side="gateway", link="att#1", direction=">", raw=raw)
    made.close()

    event = next(made.events())
    everything = f"{event} {event.as_json()} {(tmp_path / 'events.jsonl').read_text(encoding='utf-8')}"
    assert "hunt" not in everything
    assert b"hunt".hex() not in everything
    assert b"powerpack".hex() + "00" + "2a" * 5 in str(event.fields["hex"])


def test_a_field_called_raw_that_holds_no_octets_is_shown_as_it_is() -> None:
    made = journal()

    made.record("x", raw="text")

    assert next(made.events()).fields == {"raw": "text"}


def test_an_event_is_one_flat_object_and_no_field_hides_its_own() -> None:
    made = journal()

    made.record("x", a=1, n="mine", at="mine", kind="mine")

    assert next(made.events()).as_json() == {"n": 1, "at": "2026-11-22T12:00:00.000000+00:00", "kind": "x", "a": 1}


def test_an_event_is_one_line_for_people() -> None:
    made = journal(moment=61.0625)

    made.record("message.sent", uuid="u", text="x" * 200)

    assert str(next(made.events())) == f"12:01:01.062 message.sent           uuid=u text={'x' * 119}…"


def test_a_pdu_is_one_line_without_its_octets() -> None:
    made = journal()

    made.record("pdu", side="carrier", link="att#1", direction="<", raw=SUBMIT_SM)

    said = "submit_sm seq=7 14155550180 -> 12065550100 'hi there' registered_delivery=1"
    assert str(next(made.events())) == f"12:00:00.000 pdu                    carrier att#1 < {said}"


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


# The file


def test_every_event_is_a_line_of_json(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    made = journal(file)
    made.record("message.received", text="zwei\nZeilen é")
    made.record("pdu", raw=b"\x01")

    made.close()

    assert lines(file) == [event.as_json() for event in made.events()]


def test_lines_are_written_in_groups_and_the_rest_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WRITE_EVERY", 3)
    file = tmp_path / "journal.jsonl"
    written = []
    made = journal(file)
    for _ in range(7):
        made.record("tick")
        written.append(len(lines(file)))

    made.close()

    assert written == [0, 0, 3, 3, 3, 6, 6]
    assert [line["n"] for line in lines(file)] == list(range(1, 8))


def test_the_first_unwritten_event_asks_once_for_a_flush(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    asked: list[Callable[[], None]] = []
    made = journal(file, soon=asked.append)
    made.record("a")
    made.record("b")

    assert len(asked) == 1
    asked.pop()()

    assert [line["kind"] for line in lines(file)] == ["a", "b"]
    made.record("c")
    assert len(asked) == 1
    made.close()


def test_a_flush_that_was_asked_for_and_comes_after_the_end_does_nothing(tmp_path: Path) -> None:
    asked: list[Callable[[], None]] = []
    made = journal(tmp_path / "journal.jsonl", soon=asked.append)
    made.record("a")
    made.close()

    asked.pop()()
    made.record("after the end")
    made.close()

    assert len(lines(tmp_path / "journal.jsonl")) == 1
    assert len(made) == 2


def test_a_file_that_is_there_is_continued(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    for _ in range(2):
        made = journal(file)
        made.record("run")
        made.close()

    assert [line["kind"] for line in lines(file)] == ["run", "run"]


def test_events_that_left_the_memory_are_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_MAX", 4)
    monkeypatch.setattr(module, "WRITE_EVERY", 2)

    made = filled(11, tmp_path / "journal.jsonl")
    made.close()

    assert [line["n"] for line in lines(tmp_path / "journal.jsonl")] == list(range(1, 12))


def test_without_a_file_nothing_is_asked_for() -> None:
    asked: list[Callable[[], None]] = []
    made = journal(soon=asked.append)

    made.record("a")
    made.flush()
    made.close()

    assert asked == []


@pytest.mark.parametrize("end", [Journal.flush, Journal.close])
def test_a_disk_that_is_full_ends_the_file_and_not_the_journal(end: Callable[[Journal], None]) -> None:
    made = journal(Path("/dev/full"))
    made.record("a")

    end(made)
    made.record("b")
    made.close()

    events = list(made.events())
    assert [event.kind for event in events] == ["a", "journal.file_failed", "b"]
    assert events[1].fields == {"error": "[Errno 28] No space left on device", "lost": 1}


def test_whoever_wants_to_know_hears_of_a_file_that_failed() -> None:
    heard: list[OSError] = []
    made = Journal(moment=lambda: 0.0, at=at, file=Path("/dev/full"), failed=heard.append)
    made.record("a")

    made.close()
    made.record("b")
    made.close()

    assert [each.strerror for each in heard] == ["No space left on device"]


def test_half_a_surrogate_pair_does_not_stop_the_file(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    made = journal(file)
    made.record("x", text="\ud83d")

    made.close()

    assert lines(file)[0]["text"] == "\ud83d"
    assert len(made.digest()) == 64


def test_only_what_is_read_is_made_readable() -> None:
    reads: list[float] = []

    def counted(moment: float) -> datetime:
        reads.append(moment)
        return at(moment)

    made = Journal(moment=lambda: 0.0, at=counted)
    for _ in range(1000):
        made.record("tick")

    made.tail(3)

    assert len(reads) == 3


def test_a_response_is_shown_with_the_name_of_its_status() -> None:
    made = journal()

    made.record("pdu", raw=bytes.fromhex("00000010800000040000005800000007"))

    assert "RTHROTTLED" in str(next(made.events()).fields["pdu"])


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
    assert reader.tail("none", 5) == []
