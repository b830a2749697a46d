"""The journal's file: lines of JSON, written in groups, whatever becomes of the disk."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from lab.filled_journals import at, filled, journal, lines
from powerpack_lab import journal as module
from powerpack_lab.journal import Journal


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
