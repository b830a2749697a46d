"""A gateway that is killed, or finds no room, where it changes the whole file: at a start, and when it forgets.

SQLite has to leave all of a transaction or nothing; here is proved that each change is one, whatever it is made of.
"""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store.state_files import SECRET, message
from gateway.store.test_upgrades import OLDEST
from powerpack_gateway.messages import Stage
from powerpack_gateway.store import sqlite_schema
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.virtual import VirtualLoop

PROGRAM = Path(__file__).with_name("killed.py")
LATEST = sqlite_schema.SCHEMA_VERSION
HELD = 40


def trials(path: Path, what: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """What is found in the file in peace, and what each trial said, and left to find."""
    command = [sys.executable, str(PROGRAM), str(path), what]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    first, *others = (json.loads(line) for line in ended.stdout.splitlines())
    return first["found"], [(each["said"], each["found"]) for each in others]


def file_of_version(version: int, path: Path, loop: VirtualLoop) -> None:
    """As a gateway of that version left it; one of today was killed while it held messages."""
    if version == LATEST:
        killed_file(path, loop, Stage.QUEUED)
        return
    with closing(sqlite3.connect(path)) as old:
        old.executescript(OLDEST.read_text())
        for earlier in range(1, version):
            old.executescript(sqlite_schema._UPGRADES[earlier])
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()


def killed_file(path: Path, loop: VirtualLoop, stage: Stage) -> None:
    store = SqliteStore(path, secret=SECRET)
    loop.run(store.open())

    async def fill() -> None:
        for row in range(1, HELD + 1):
            each = message(row)
            each.stage = stage
            store.insert(each)
            await store.commit()

    loop.run(fill())
    store.abandon()


@pytest.mark.parametrize("version", range(1, LATEST + 1))
def test_whoever_is_killed_while_it_starts_on_a_file_of_any_version_loses_nothing(
    version: int, path: Path, loop: VirtualLoop
) -> None:
    file_of_version(version, path, loop)

    in_peace, killed = trials(path, "open")

    assert len(killed) > 10, "it was killed at each of its statements, and went through once"
    assert killed[-1][0] == "done"
    assert [found for _, found in killed] == [in_peace] * len(killed)


@pytest.mark.parametrize("version", range(1, LATEST + 1))
def test_a_start_without_room_is_refused_and_what_is_in_the_file_stays(
    version: int, path: Path, loop: VirtualLoop
) -> None:
    file_of_version(version, path, loop)

    in_peace, cramped = trials(path, "cramped")

    refused = [said for said, _ in cramped if said != "done"]
    assert refused, "it writes at its start"
    assert all(said.startswith("Store") and f"state file {path.with_name('trial.db')}" in said for said in refused)
    assert all("can not grow" in said for said in refused), refused
    assert [found for _, found in cramped] == [in_peace] * len(cramped)


def test_whoever_is_killed_while_it_forgets_has_forgotten_all_of_a_batch_or_nothing(
    path: Path, loop: VirtualLoop
) -> None:
    killed_file(path, loop, Stage.DELIVERED)

    in_peace, killed = trials(path, "forget")

    outcomes = {tuple(found) for _, found in killed}
    after = tuple(killed[-1][1])
    assert killed[-1][0] == "done"
    assert len(after) == len(in_peace) - 3
    assert outcomes == {tuple(in_peace), after}
