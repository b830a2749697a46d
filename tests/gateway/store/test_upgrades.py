"""State files of earlier versions become files of this one, and lose nothing on the way."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from powerpack_gateway.messages import Stage
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_gateway.store.sqlite_reader import SqliteReader
from powerpack_gateway.store.sqlite_schema import SCHEMA_VERSION
from powerpack_lab.virtual import VirtualLoop

OLDEST = Path(__file__).with_name("version_1.sql")
SECRET = b"another".ljust(32)


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(seed=7)
    yield loop
    loop.settle()
    loop.shutdown()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file as version 1 wrote it."""
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(OLDEST.read_text())
    return path


def shape(path: Path) -> dict[str, str]:
    """Tables and indexes by name, in words without their layout."""
    with closing(sqlite3.connect(path)) as plain:
        found = plain.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in found}


def test_a_file_of_version_1_keeps_what_it_holds(path: Path, loop: VirtualLoop) -> None:
    store = SqliteStore(path, secret=SECRET)

    snapshot = loop.run(store.open())
    page = loop.run(store.messages(MessageFilter(), limit=20, offset=0))
    loop.run(store.close())

    assert b"MAVERSIONONEVERSION1" in snapshot.documents["account", "account"]
    assert list(snapshot.sticky) == [("p", "sms", "14155550101", "12065550180")]
    assert [each.id for each in snapshot.open_messages] == [2]
    assert [(each.text, each.stage) for each in page.messages] == [
        ("café", Stage.FAILED),
        ("two", Stage.SENT),
        ("one", Stage.DELIVERED),
    ]
    assert page.messages[0].media == ()


def test_an_upgraded_file_is_built_like_a_new_one(path: Path, tmp_path: Path, loop: VirtualLoop) -> None:
    for each in (path, tmp_path / "new.db"):
        store = SqliteStore(each, secret=SECRET)
        loop.run(store.open())
        loop.run(store.close())

    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    upgraded, new = shape(path), shape(tmp_path / "new.db")
    assert upgraded.keys() == new.keys()
    assert {name: sql for name, sql in upgraded.items() if name != "message"} == {
        name: sql for name, sql in new.items() if name != "message"
    }


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(path: Path, loop: VirtualLoop) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE message_by_time (a)")  # stands in the way of an index of a later version
    before = shape(path)

    with pytest.raises(Exception, match="message_by_time"):
        loop.run(SqliteStore(path, secret=SECRET).open())

    assert shape(path) == before
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA user_version").fetchone() == (1,)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (MessageFilter(time_gte=1.0, time_lt=2.0), "message_by_time"),
        (MessageFilter(time_gte=1.0, to_number="14155550101"), "message_by_time"),
        (MessageFilter(message_state="failed"), "failed_by_time"),
        (MessageFilter(message_state="undelivered", from_number="12065550180"), "undelivered_by_time"),
        (MessageFilter(message_direction="inbound"), "inbound_by_time"),
        (MessageFilter(), "message_by_time"),
    ],
    ids=str,
)
def test_a_list_of_a_time_or_of_what_is_rare_needs_no_look_at_every_message(
    path: Path, loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch, wanted: MessageFilter, index: str
) -> None:
    store = SqliteStore(path, secret=SECRET)
    loop.run(store.open())
    plans: list[str] = []
    read = SqliteReader.rows

    def explained(reader: SqliteReader, query: str, values: list[object]) -> list[object]:
        plans.append(" ".join(str(row[3]) for row in read(reader, f"EXPLAIN QUERY PLAN {query}", values)))
        return read(reader, query, values)

    monkeypatch.setattr(SqliteReader, "rows", explained)
    loop.run(store.messages(wanted, limit=20, offset=0))
    monkeypatch.undo()
    loop.run(store.close())

    assert all(index in plan for plan in plans[-1:]), plans
    assert "TEMP B-TREE" not in plans[-1]
