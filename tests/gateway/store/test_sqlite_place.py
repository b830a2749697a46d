"""State files that somebody moves, deletes or replaces while a gateway has them open."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.state_files import SECRET, message
from powerpack_gateway.errors import StoreError, StoreUnusable
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.virtual import VirtualLoop


@pytest.fixture
def store(path: Path, loop: VirtualLoop) -> Iterator[SqliteStore]:
    """An open store with a message in it."""
    store = SqliteStore(path, secret=SECRET)
    loop.run(store.open())
    keep(store, loop, 1)
    yield store
    store.abandon()


def keep(store: SqliteStore, loop: VirtualLoop, row: int) -> None:
    async def kept() -> None:
        store.insert(message(row))
        await store.commit()

    loop.run(kept())


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def rows_after_a_kill(store: SqliteStore, path: Path, loop: VirtualLoop) -> list[int]:
    """What the next process finds under the names of the files."""
    store.abandon()
    after = SqliteStore(path, secret=SECRET)
    found = [each.id for each in loop.run(after.open()).open_messages]
    loop.run(after.close())
    return found


def test_nothing_is_accepted_while_the_file_is_elsewhere(store: SqliteStore, path: Path, loop: VirtualLoop) -> None:
    """SQLite would go on in the file without a name, and nobody would find there what was accepted."""
    elsewhere = path.with_name("elsewhere.db")
    path.rename(elsewhere)

    with pytest.raises(StoreUnusable, match=f"state file {path} was moved, deleted or replaced while this gateway"):
        keep(store, loop, 2)
    assert isinstance(store.trouble, StoreUnusable)

    elsewhere.rename(path)
    keep(store, loop, 3)
    assert store.trouble is None


def test_nothing_is_accepted_for_a_file_that_another_has_replaced(
    store: SqliteStore, path: Path, loop: VirtualLoop
) -> None:
    shutil.copy(path, path.with_name("older.db"))
    path.with_name("older.db").replace(path)

    with pytest.raises(StoreUnusable, match="moved, deleted or replaced"):
        keep(store, loop, 2)


@pytest.mark.parametrize("is_replaced", [False, True], ids=["deleted", "replaced"])
def test_a_log_that_was_deleted_is_made_anew_and_nothing_is_lost(
    store: SqliteStore, path: Path, loop: VirtualLoop, *, is_replaced: bool
) -> None:
    log_of(path).unlink()
    if is_replaced:
        log_of(path).write_bytes(b"not a log")
    for row in (2, 3):
        keep(store, loop, row)

    # As they are under their names: what has none is gone with the process.
    copied = path.with_name("copied.db")
    shutil.copy(path, copied)
    shutil.copy(log_of(path), log_of(copied))
    assert rows_after_a_kill(store, copied, loop) == [1, 2, 3]


def test_a_log_that_was_deleted_while_the_disk_is_full_is_kept_where_it_is(
    store: SqliteStore, path: Path, loop: VirtualLoop
) -> None:
    log_of(path).unlink()

    class Cramped:
        """SQLite on a disk without room for what is in the log."""

        def execute(self, statement: str) -> "Cramped":
            assert statement == "PRAGMA journal_mode = DELETE", "the log must not be let go"
            return self

        def fetchone(self) -> tuple[str]:
            return ("wal",)

    assert store._place is not None
    with pytest.raises(StoreError, match="make room on the disk, and do not kill the gateway before"):
        store._place.check(Cramped())  # type: ignore[arg-type]
    keep(store, loop, 2)  # there is room

    assert rows_after_a_kill(store, path, loop) == [1, 2]
