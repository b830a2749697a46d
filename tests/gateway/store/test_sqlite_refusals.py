"""Files that can not be opened as a state file: refused by name, and left as they are."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store.state_files import SECRET, new_file, opened, refusal, unprivileged, writing
from powerpack_gateway.errors import StoreInUse, StoreTooNew, StoreUnusable
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_gateway.store.sqlite_schema import SCHEMA_VERSION
from powerpack_lab.virtual import VirtualLoop

pytestmark = pytest.mark.usefixtures("impatient")


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
