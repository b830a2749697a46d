"""What tests of SQLite have in common."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.state_files import Connections
from powerpack_gateway.store import sqlite as module
from powerpack_lab.virtual import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """Virtual time."""
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


@pytest.fixture
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
    """Where a state file may be."""
    return tmp_path / "state.db"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter: pytest's own are closed to all but their owner."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)
