"""What is SQLite's own: one file, one process, one transaction for many, and what becomes of what it can not write."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from powerpack_gateway.errors import StoreError, StoreInUse, StoreTooNew, StoreUnusable
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.media import Media
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store import sqlite as module
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import APPLICATION_ID, GROUP_GAP_S, RETRY_S, SCHEMA_VERSION, SqliteStore
from powerpack_lab.virtual import VirtualLoop

SECRET = b"\1" * SECRET_BYTES
WRITER = Path(__file__).with_name("endless_writer.py")
NOBODY = 65_534

Connections = list[sqlite3.Connection]


def message(row: int = 1, text: str = "hi") -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text=text,
        created_at=0.0,
    )


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite waits for locks in real time, which proves nothing here."""
    monkeypatch.setattr(module, "BUSY_S", 0.0)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    """The connections that stores make, so that a test can listen to them and take their room away."""
    made: Connections = []

    def connect(*args: object, **options: object) -> sqlite3.Connection:
        made.append(real(*args, **options))
        return made[-1]

    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def opened(path: Path | None) -> SqliteStore:
    store = SqliteStore(path, secret=SECRET)
    asyncio.run(store.open())
    return store


def refusal(path: Path) -> StoreError:
    """What opening raises; also proves that nothing stays open behind it."""
    with pytest.raises(StoreError) as caught:
        opened(path)
    return caught.value


def new_file(path: Path, loop: VirtualLoop) -> None:
    """A state file with a message in it."""
    store = opened(path)

    async def filled() -> None:
        store.insert(message())
        await store.close()

    loop.run(filled())


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions count: they do not for root, so that root becomes nobody for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter: pytest's own are closed to all but their owner."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


# Groups


def test_many_waiters_share_one_transaction(connections: Connections, loop: VirtualLoop) -> None:
    store = opened(None)
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


# Refusals when opening


def test_a_file_in_use_is_refused_and_named(path: Path, loop: VirtualLoop) -> None:
    store = opened(path)

    error = refusal(path)

    assert isinstance(error, StoreInUse)
    assert str(error).startswith(f"state file {path} is in use by another process; stop it, or give another file")
    loop.run(store.close())


def test_a_file_that_another_process_holds_is_refused(path: Path) -> None:
    with writing(path) as process:
        assert process.stdout is not None
        process.stdout.readline()

        error = refusal(path)

    assert isinstance(error, StoreInUse)


def test_a_file_is_free_again_when_it_is_closed(path: Path, loop: VirtualLoop) -> None:
    new_file(path, loop)

    loop.run(opened(path).close())


def test_a_refused_file_can_be_opened_when_it_is_free(path: Path, loop: VirtualLoop) -> None:
    first, second = opened(path), SqliteStore(path, secret=SECRET)
    with pytest.raises(StoreInUse):
        loop.run(second.open())
    loop.run(first.close())

    loop.run(second.open())

    loop.run(second.close())


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_text("dear diary, " * 100)

    error = refusal(path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {path} is damaged or no SQLite database; restore it" in str(error)
    assert path.read_text() == "dear diary, " * 100


def test_another_programs_database_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE message (id INTEGER)")
    before = path.read_bytes()

    error = refusal(path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {path} is a database of another program" in str(error)
    assert path.read_bytes() == before


def test_a_file_of_a_later_version_is_refused_and_left_as_it_is(path: Path, loop: VirtualLoop) -> None:
    new_file(path, loop)
    with closing(sqlite3.connect(path)) as later:
        later.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()

    error = refusal(path)

    assert isinstance(error, StoreTooNew)
    assert f"state file {path} has schema version {SCHEMA_VERSION + 1}" in str(error)
    assert f"knows up to {SCHEMA_VERSION}" in str(error)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM document", "UPDATE document SET json = x'00'", "UPDATE message SET stage = 99"],
)
def test_a_file_that_lacks_what_it_must_have_is_refused(path: Path, loop: VirtualLoop, damage: str) -> None:
    new_file(path, loop)
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(damage)

    error = refusal(path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {path} lacks what every state file has" in str(error)


def test_a_truncated_file_is_refused(path: Path, loop: VirtualLoop) -> None:
    new_file(path, loop)
    path.write_bytes(path.read_bytes()[:6000])

    error = refusal(path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {path} is damaged" in str(error)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nowhere" / "state.db")

    assert isinstance(error, StoreUnusable)
    assert f"the folder {tmp_path / 'nowhere'} does not exist" in str(error)


def test_a_folder_is_no_state_file(tmp_path: Path) -> None:
    error = refusal(tmp_path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {tmp_path} can not be opened for writing" in str(error)


def test_a_read_only_file_is_refused(open_folder: Path, loop: VirtualLoop) -> None:
    path = open_folder / "state.db"
    new_file(path, loop)
    path.chmod(0o444)

    with unprivileged():
        error = refusal(path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {path} can not be read or written; check its permissions" in str(error)


@pytest.mark.parametrize("is_there", [False, True], ids=["new file", "old file"])
def test_a_read_only_folder_is_refused(open_folder: Path, loop: VirtualLoop, is_there: bool) -> None:
    path = open_folder / "state.db"
    if is_there:
        new_file(path, loop)
        path.chmod(0o666)
    open_folder.chmod(0o555)

    with unprivileged():
        error = refusal(path)

    assert isinstance(error, StoreUnusable)
    assert f"state file {path} can not be opened for writing; check its permissions" in str(error)


# A disk that is full


class Cramped:
    """A store on a disk that is full from now on, until it gets room again."""

    def __init__(self, path: Path, connections: Connections) -> None:
        self.store = opened(path)
        self.connection = connections[-1]

    def fill(self) -> None:
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        self.connection.execute(f"PRAGMA max_page_count = {pages}")

    def make_room(self) -> None:
        self.connection.execute("PRAGMA max_page_count = 1000000")


BIG = "x" * 100_000
"""More than is free in the last page of any table."""


@pytest.fixture
def cramped(path: Path, connections: Connections, loop: VirtualLoop) -> Iterator[Cramped]:
    cramped = Cramped(path, connections)
    yield cramped
    cramped.make_room()
    loop.run(cramped.store.close())


def test_on_a_full_disk_everyone_in_the_group_is_told(cramped: Cramped, loop: VirtualLoop, path: Path) -> None:
    cramped.fill()
    told: list[StoreError | None] = []

    async def group() -> None:
        cramped.store.insert(message(1, BIG))
        cramped.store.when_durable(told.append)
        cramped.store.insert(message(2))
        cramped.store.when_durable(told.append)
        await cramped.store.commit()

    with pytest.raises(StoreError, match=f"state file {path} can not grow, the disk is full") as caught:
        loop.run(group())

    assert told == [caught.value, caught.value]


def test_on_a_full_disk_nothing_of_the_group_is_kept(cramped: Cramped, loop: VirtualLoop) -> None:
    cramped.fill()

    async def group() -> None:
        cramped.store.insert(message(1))
        cramped.store.insert(message(2, BIG))
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(group())
    cramped.make_room()
    page = loop.run(cramped.store.messages(MessageFilter(), limit=20, offset=0))

    assert list(page.messages) == []


def test_after_a_full_disk_the_next_group_is_written(cramped: Cramped, loop: VirtualLoop) -> None:
    cramped.fill()

    async def insert(row: int, text: str) -> None:
        cramped.store.insert(message(row, text))
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(insert(1, BIG))
    cramped.make_room()
    loop.run(insert(2, BIG))

    found = [loop.run(cramped.store.message(row)) for row in (1, 2)]
    assert [each is not None for each in found] == [False, True]


def test_changes_that_could_not_be_written_are_tried_again(cramped: Cramped, loop: VirtualLoop, path: Path) -> None:
    changing = message()

    async def change() -> None:
        cramped.store.insert(changing)
        await cramped.store.commit()
        cramped.fill()
        changing.stage, changing.carrier_ids = Stage.SUBMITTED, (BIG,)
        cramped.store.update(changing)
        cramped.store.put("number", "1", b"{}")
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(change())
    cramped.make_room()
    loop.advance(RETRY_S)

    assert "0 rows pending" in repr(cramped.store)
    found = loop.run(cramped.store.message(1))
    assert found is not None
    assert found.stage is Stage.SUBMITTED


def test_a_message_that_was_not_accepted_leaves_nothing_pending(cramped: Cramped, loop: VirtualLoop) -> None:
    cramped.fill()
    refused = message(1, BIG)

    async def insert_and_change() -> None:
        cramped.store.insert(refused)
        cramped.store.update(refused)
        await cramped.store.commit()

    with pytest.raises(StoreError):
        loop.run(insert_and_change())

    assert "0 rows pending" in repr(cramped.store)


def test_closing_on_a_full_disk_says_so_and_lets_go(path: Path, connections: Connections, loop: VirtualLoop) -> None:
    cramped = Cramped(path, connections)

    async def change() -> None:
        cramped.fill()
        cramped.store.put("number", "1", BIG.encode())
        await asyncio.sleep(RETRY_S / 2)  # it fails, and nobody waits for it
        await cramped.store.close()

    with pytest.raises(StoreError, match="the disk is full"):
        loop.run(change())

    loop.run(opened(path).close())


def test_what_no_database_can_hold_is_refused_to_its_group_only(loop: VirtualLoop) -> None:
    store = opened(None)

    async def insert(row: int, text: str) -> None:
        store.insert(message(row, text))
        await store.commit()

    with pytest.raises(StoreError, match=r"state file in memory: UnicodeEncodeError"):
        loop.run(insert(1, "half a pair: \ud83d"))
    loop.run(insert(2, "hi"))

    assert loop.run(store.message(2)) is not None
    loop.run(store.close())


# A process that is killed


@contextmanager
def writing(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that inserts into the file until it is killed, and prints every id when it is durable."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


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
