"""What ``powerpack-lab up`` keeps in its state and journal files, and what it can not use and says so."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lab.sandbox_support import FINAL, Up, refused, run, sandbox, wait_for_events, wait_until
from powerpack_gateway.store.sqlite_schema import SCHEMA_VERSION
from powerpack_lab import cli
from powerpack_lab.client import Client

ANA = "14155550101"

pytestmark = pytest.mark.timeout(400)  # each test starts Python once or more, on machines that do other things too

# State


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        before = dict(up.facts)
        uuid = up.accept(ANA, "one")
        up.settled(uuid)
        up.control("POST", f"handsets/{ANA}/reply", {"text": "STOP"})
        wait_until(lambda: len(up.inbox(ANA)) == 2, lambda: str(up.inbox(ANA)))
        up.end()
    with sandbox(tmp_path, "--state", "state.db") as up:
        blocked = up.settled(up.accept(ANA, "two"))
        known = up.api.get(f"Message/{uuid}/").body

    kept = ("auth_id", "auth_token", "powerpack_uuid")
    assert {each: up.facts[each] for each in kept} == {each: before[each] for each in kept}
    assert known["message_state"] == "delivered"
    assert (blocked["message_state"], blocked["error_code"]) == ("failed", "200")


def test_the_ready_made_powerpack_is_found_again_under_another_name(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        uuid = up.facts["powerpack_uuid"]
        up.api.post(f"Powerpack/{uuid}/", {"name": "sales"})
        up.end()
    with sandbox(tmp_path, "--state", "state.db") as up:
        assert up.facts["powerpack_uuid"] == uuid


def test_credentials_that_the_state_has_not_are_told_of(tmp_path: Path) -> None:
    other = f"MA{'Z' * 18}"
    (tmp_path / "lab.toml").write_text(f'auth_id = "{other}"', encoding="utf-8")
    with sandbox(tmp_path, "--state", "state.db") as up:
        mine = up.facts["auth_id"]
        up.end()
    with sandbox(tmp_path, "--state", "state.db", "--config", "lab.toml") as again:
        again.end()

    assert (again.facts["auth_id"], up.errors) == (mine, "")
    assert again.errors == (
        f"powerpack-lab: the configuration's auth_id is for a new state, and this one is of {mine}\n"
    )


def test_what_was_accepted_survives_a_kill_under_load(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        up.settled(up.accept(ANA, "before"))
        up.control("POST", f"handsets/{ANA}/reply", {"text": "STOP"})
        wait_until(lambda: len(up.inbox(ANA)) == 2, lambda: str(up.inbox(ANA)))
        accepted = [uuid for batch in range(10) for uuid in accept_many(up.api, up.facts, batch)]
        up.process.kill()
        up.process.wait()
    with sandbox(tmp_path, "--state", "state.db") as up:
        states = finals_of(up, accepted)
        blocked = up.settled(up.accept(ANA, "after"))

    assert len(accepted) == 200
    assert set(states) == set(accepted)
    assert set(states.values()) <= {"delivered", "undelivered"}  # the receipts of some died with the carriers
    assert "delivered" in states.values()
    assert (blocked["message_state"], blocked["error_code"]) == ("failed", "200")


def accept_many(api: Client, facts: Any, batch: int) -> list[str]:
    """Twenty messages in one request; their uuids."""
    people = "<".join(f"1212555{batch:02d}{index:02d}" for index in range(20))
    answer = api.post("Message/", {"powerpack_uuid": facts["powerpack_uuid"], "dst": people, "text": "load"})
    assert answer.status == 202, answer
    uuids: list[str] = answer.body["message_uuid"]
    return uuids


def finals_of(up: Up, uuids: list[str]) -> dict[str, str]:
    """The final state of each; the clock is pushed on for those whose receipts died with the carriers."""
    states: dict[str, str] = {}

    def are_final() -> bool:
        up.control("POST", "clock/advance", {"seconds": 3600})
        states.update({uuid: up.api.get(f"Message/{uuid}/").body["message_state"] for uuid in uuids})
        return all(each in FINAL for each in states.values())

    wait_until(are_final, lambda: f"not final: {[each for each in states.items() if each[1] not in FINAL]}")
    return states


# What can not be used


def refusal(folder: Path, *arguments: str) -> str:
    """Ask for what is impossible: exit code 2, and one line, which is returned."""
    done = refused("up", *arguments, cwd=folder)

    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    return line


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = run("up", "--port", str(port), cwd=tmp_path)  # a process, for once: the exit code is the system's

    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr == (
        f"powerpack-lab: the API can not listen on 127.0.0.1:{port}: Address already in use; "
        "give another port, or 0 for any free one\n"
    )


def test_the_control_api_listens_where_it_is_told_to(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        line = refusal(tmp_path, "--control-port", str(port))

    with sandbox(tmp_path, "--control-port", str(port)) as up:
        assert up.facts["console_url"] == f"http://127.0.0.1:{port}/console/"
    assert line.startswith(f"powerpack-lab: the control API can not listen on 127.0.0.1:{port}: ")


def test_a_carriers_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "lab.toml").write_text(f'carriers = [{{name = "acme", port = {port}}}]', encoding="utf-8")

        line = refusal(tmp_path, "--config", "lab.toml")

    assert f"carrier acme can not listen on 127.0.0.1:{port}" in line
    assert line.endswith("; give another port, or 0 for any free one")


def a_text_file(path: Path) -> None:
    path.write_text("dear diary, today I was not a database, and neither was anybody else here", encoding="utf-8")


def a_foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("create table recipes (name text)")
    database.close()


def a_folder(path: Path) -> None:
    path.mkdir()


def nothing(_: Path) -> None:
    return


@pytest.mark.parametrize(
    ("make", "arguments", "expected"),
    [
        (a_text_file, ["--state", "x"], "state file x is damaged or no SQLite database; restore it, or give another"),
        (a_foreign_database, ["--state", "x"], "state file x is a database of another program; give another file"),
        (a_folder, ["--state", "x"], "state file x can not be opened for writing; check its permissions and the path"),
        (nothing, ["--state", "x/state.db"], "state file x/state.db: the folder x does not exist"),
        (nothing, ["--journal", "x/events.jsonl"], "--journal x/events.jsonl: can not be written (No such file or"),
        (a_folder, ["--journal", "x"], "--journal x: can not be written (Is a directory); give a path in a folder"),
        (nothing, ["--ready-file", "x/ready.json"], "--ready-file x/ready.json: can not be written (No such file"),
        (a_folder, ["--ready-file", "x"], "--ready-file x: can not be written (Is a directory)"),
        (nothing, ["--config", "x"], "config x: can not be read (No such file or directory)"),
        (a_folder, ["--config", "x"], "config x: can not be read (Is a directory)"),
        (a_text_file, ["--config", "x"], "config x: not TOML: "),
        (nothing, ["--host", "203.0.113.7"], "give a --host of this machine, such as 127.0.0.1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else getattr(value, "__name__", ""),
)
def test_what_can_not_be_used_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any, arguments: list[str], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "x")

    done = CliRunner().invoke(cli.main, ["up", *arguments])  # in this process: starting another takes a second

    (line,) = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (2, "")
    assert expected in line


def test_an_unknown_setting_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("colour = 1", encoding="utf-8")

    assert "config lab.toml: unknown key 'colour', expected one of auth_id" in refusal(tmp_path, "--config", "lab.toml")


def test_a_state_file_is_used_by_one_process_at_a_time(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        line = refusal(tmp_path, "--state", "state.db")

        assert "state file state.db is in use by another process; stop it, or give another file" in line
        assert up.end() == 0


def test_a_state_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        up.end()
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    database.close()
    before = (tmp_path / "state.db").read_bytes()

    line = refusal(tmp_path, "--state", "state.db")

    assert f"state.db has schema version {SCHEMA_VERSION + 1}" in line
    assert line.endswith("; upgrade powerpack-lab or give another file")
    assert (tmp_path / "state.db").read_bytes() == before


def test_what_fails_to_start_leaves_no_ready_file(tmp_path: Path) -> None:
    (tmp_path / "ready.json").write_text("{}", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refusal(tmp_path, "--port", str(taken.getsockname()[1]), "--ready-file", "ready.json")

    assert list(tmp_path.iterdir()) == []


# The journal's file


def test_the_journal_file_holds_every_event_and_no_secret(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--journal", "events.jsonl") as up:
        up.settled(up.accept(ANA, "Hello", url=f"{up.facts['webhooks_url']}/status"))
        wait_for_events(up, "callback.sent")
        up.end()
    text = (tmp_path / "events.jsonl").read_text(encoding="utf-8")

    assert '"kind":"lab.started"' in text
    assert '"kind":"message.accepted"' in text
    for secret in ("secret", b"secret".hex(), up.facts["auth_token"]):
        assert secret not in text


def test_a_journal_that_can_not_grow_is_said_and_nothing_stops(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with sandbox(tmp_path, "--journal", full) as up:
        message = up.settled(up.accept(ANA, "Hello"))
        code = up.end()

    assert (message["message_state"], code) == ("delivered", 0)
    assert up.errors == (
        "powerpack-lab: --journal /dev/full: No space left on device; events are kept in memory only from here on\n"
    )
