"""What is SQLite's own: one file, one process, one transaction for many."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store.state_files import SECRET, Connections, message, new_file, opened, writing
from powerpack_gateway.media import Media
from powerpack_gateway.messages import Message
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import GROUP_GAP_S, HELD_MAX, SqliteStore
from powerpack_gateway.store.sqlite_schema import APPLICATION_ID, SCHEMA_VERSION
from powerpack_lab.virtual import VirtualLoop

pytestmark = pytest.mark.usefixtures("impatient")

# Groups


def test_many_waiters_share_one_transaction(tmp_path: Path, connections: Connections, loop: VirtualLoop) -> None:
    store = opened(tmp_path / "state.db")
    statements: list[str] = []
    connections[0].set_trace_callback(statements.append)

    async def many() -> None:
        async def one(row: int) -> None:
            store.insert(message(row))
            store.put("number", str(row), b"{}")
            await store.commit()

        await asyncio.gather(*(one(row) for row in range(1, 101)))

    loop.run(many())

    assert statements.count("COMMIT") == 1
    loop.run(store.close())


def test_groups_are_a_gap_apart(connections: Connections, loop: VirtualLoop) -> None:
    store = opened(None)
    moments: list[float] = []

    async def one_after_the_other() -> None:
        for row in range(1, 4):
            store.insert(message(row))
            await store.commit()
            moments.append(loop.time())

    loop.run(one_after_the_other())

    assert moments == pytest.approx([0.0, GROUP_GAP_S, 2 * GROUP_GAP_S])
    loop.run(store.close())


def test_nothing_is_written_when_nothing_changed(connections: Connections, loop: VirtualLoop) -> None:
    store = opened(None)
    statements: list[str] = []
    connections[0].set_trace_callback(statements.append)

    loop.run(store.message(1))
    loop.advance(3600)

    assert not [each for each in statements if not each.startswith("SELECT")]
    loop.run(store.close())


def test_in_memory_messages_are_written_once_when_somebody_reads(connections: Connections, loop: VirtualLoop) -> None:
    store = opened(None)
    statements: list[str] = []
    connections[0].set_trace_callback(statements.append)
    sent = [message(row) for row in range(1, 11)]

    async def live(each: Message) -> None:
        store.insert(each)
        await store.commit()
        each.attempts = 1
        store.update(each)
        await store.commit()
        each.attempts = 2
        store.update_later(each)

    for each in sent:
        loop.run(live(each))
    loop.advance(1.0)
    assert statements == []

    found = loop.run(store.messages(MessageFilter(), limit=20, offset=0))

    assert [each.attempts for each in found.messages] == [2] * 10
    assert [each for each in statements if each.startswith(("BEGIN", "UPDATE", "COMMIT"))] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]
    loop.run(store.close())


def test_in_memory_no_more_rows_wait_than_there_is_room_for(connections: Connections, loop: VirtualLoop) -> None:
    store = opened(None)
    statements: list[str] = []
    connections[0].set_trace_callback(statements.append)

    async def insert(row: int) -> None:
        store.insert(message(row))
        await store.commit()

    for row in range(HELD_MAX):
        loop.run(insert(row))
    assert statements == []
    loop.run(insert(HELD_MAX))

    assert sum(each.startswith("INSERT") for each in statements) == HELD_MAX + 1
    assert repr(store) == "<SqliteStore in memory: 0 rows pending, 0 waiting>"
    loop.run(store.close())


def test_no_page_is_written_only_to_zero_what_was_deleted(connections: Connections, path: Path) -> None:
    opened(path)

    assert connections[0].execute("PRAGMA secure_delete").fetchone() == (2,)  # FAST


def test_its_repr_says_where_it_is_and_what_waits(path: Path, loop: VirtualLoop) -> None:
    store = opened(path)
    in_memory = opened(None)

    async def shown() -> str:
        store.insert(message())
        store.put("number", "1", b"{}")
        store.when_durable(lambda _: None)
        return repr(store)

    assert loop.run(shown()) == f"<SqliteStore {path}: 2 rows pending, 1 waiting>"
    assert repr(in_memory) == "<SqliteStore in memory: 0 rows pending, 0 waiting>"
    loop.run(store.close())
    loop.run(in_memory.close())


# The file


def test_a_state_file_is_written_ahead_and_synced_in_full(
    path: Path, connections: Connections, loop: VirtualLoop
) -> None:
    store = opened(path)

    settings = [connections[0].execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert settings == ["wal", 2]
    loop.run(store.close())


def test_what_need_not_survive_a_power_cut_is_not_waited_for(
    path: Path, connections: Connections, loop: VirtualLoop
) -> None:
    store = SqliteStore(path, secret=SECRET, survives_power_cut=False)
    loop.run(store.open())

    settings = [connections[0].execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert settings == ["wal", 0]
    loop.run(store.close())


def test_a_state_file_is_marked_as_ours(path: Path, loop: VirtualLoop) -> None:
    new_file(path, loop)

    with closing(sqlite3.connect(path)) as plain:
        marks = [plain.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]

    assert marks == [APPLICATION_ID, SCHEMA_VERSION]


def test_a_closed_state_file_is_one_file(path: Path, loop: VirtualLoop) -> None:
    new_file(path, loop)

    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_empty_file_becomes_a_state_file(path: Path, loop: VirtualLoop) -> None:
    path.touch()

    new_file(path, loop)

    assert path.read_bytes().startswith(b"SQLite format 3")


# A process that is killed


def test_after_a_kill_every_acknowledged_message_is_there(path: Path, loop: VirtualLoop) -> None:
    with writing(path) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(300)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]

    store = SqliteStore(path, secret=SECRET)
    snapshot = loop.run(store.open())
    loop.run(store.close())

    texts = {each.id: each.text for each in snapshot.open_messages}
    assert len(acknowledged) >= 300
    assert {row: texts.get(row) for row in acknowledged} == {row: f"message {row}" for row in acknowledged}
    assert sorted(texts) == list(range(1, snapshot.last_message_id + 1))


def test_a_file_of_the_version_before_mms_is_upgraded_and_loses_nothing(path: Path, loop: VirtualLoop) -> None:
    new_file(path, loop)
    with closing(sqlite3.connect(path)) as plain:
        later = plain.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'message'").fetchall()
        for statement in (
            *(f"DROP INDEX {name}" for (name,) in later),
            "DROP TABLE media",
            "DROP TABLE by_number",
            "DROP TABLE numbered",
            "DROP TABLE unnumbered",
            "DROP TABLE log",
            "ALTER TABLE message DROP COLUMN media",
            "ALTER TABLE message DROP COLUMN history",
            "PRAGMA user_version = 1",
        ):
            plain.execute(statement)
        plain.execute("INSERT INTO document VALUES ('kept', 'x', x'31')")
        plain.commit()

    async def upgraded() -> tuple[bytes | None, bytes]:
        store = SqliteStore(path, secret=SECRET)
        snapshot = await store.open()
        store.put_media(Media(id="m", created_at=1.0, has_content=True), b"PNG")
        content = await store.media_content("m")
        await store.close()
        return content, snapshot.documents["kept", "x"]

    assert loop.run(upgraded()) == (b"PNG", b"1")
