"""``powerpack-lab`` as its users start it: a process, two APIs, signals, exit codes."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
from click.testing import CliRunner

from lab.sandbox_support import FINAL, REPOSITORY, Up, run, sandbox, wait_until
from powerpack_gateway.store import sqlite
from powerpack_lab import cli, tour
from powerpack_lab.client import Client

ANA, BEN, CAROL, DAVE = "14155550101", "14155550102", "13125550103", "12065550104"

pytestmark = pytest.mark.timeout(120)  # each test starts Python once or more, on machines that do other things too


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One sandbox for the tests that leave no traces."""
    with sandbox(tmp_path_factory.mktemp("sandbox"), "--seed", "5") as up:
        yield up


# Ready


def test_the_page_points_the_unmodified_sdk_at_it(up: Up) -> None:
    page = (REPOSITORY / "docs" / "sandbox.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)

    done = subprocess.run(
        [sys.executable, "-c", example], cwd=up.folder, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    wait_until(lambda: "Your code is 4711" in up.inbox("14155550123"), lambda: str(up.inbox("14155550123")))


def test_the_ready_file_holds_what_another_program_needs(up: Up) -> None:
    facts = up.facts

    assert facts["api_url"].endswith("/v1/Account")
    assert (len(facts["auth_id"]), facts["auth_id"][:2], len(facts["auth_token"])) == (20, "MA", 40)
    assert facts["console_url"] == f"{facts['control_url']}/console/"
    assert [each["name"] for each in facts["carriers"]] == ["att", "tmobile", "verizon", "rogers", "bell", "generic"]
    assert {tuple(each) for each in facts["carriers"]} == {
        ("name", "host", "port", "mm7_url", "system_id", "password", "ports", "accounts")
    }
    assert up.api.get(f"Powerpack/{facts['powerpack_uuid']}/").body["name"] == "sandbox"


def test_every_port_of_the_ready_file_listens(up: Up) -> None:
    for each in up.facts["carriers"]:
        with socket.create_connection((each["host"], each["port"]), timeout=5) as wire:
            assert wire.getpeername()[1] == each["port"]


def test_a_fresh_sandbox_has_numbers_in_the_pool_and_for_sale(up: Up) -> None:
    pool = up.api.get(f"Powerpack/{up.facts['powerpack_uuid']}/").body["number_pool"].split("/")[-2]
    numbers = [each["number"] for each in up.api.get(f"NumberPool/{pool}/Number/").body["objects"]]
    tollfree = [each["number"] for each in up.api.get(f"NumberPool/{pool}/Tollfree/").body["objects"]]
    shortcodes = [each["shortcode"] for each in up.api.get(f"NumberPool/{pool}/Shortcode/").body["objects"]]

    def for_sale(kind: str) -> int:
        return len(up.api.get(f"PhoneNumber/?country_iso=US&type={kind}").body["objects"])

    assert len({each[1:4] for each in numbers}) >= 3
    assert len(tollfree) == 1
    assert "72345" in shortcodes
    assert for_sale("local") >= 3
    assert for_sale("tollfree") >= 1


def test_the_same_seed_makes_the_same_credentials(up: Up, tmp_path: Path) -> None:
    with sandbox(tmp_path, "--seed", "5") as again:
        assert {each: again.facts[each] for each in ("auth_id", "auth_token", "powerpack_uuid")} == {
            each: up.facts[each] for each in ("auth_id", "auth_token", "powerpack_uuid")
        }


def test_the_control_api_stays_on_loopback_when_the_sandbox_listens_everywhere(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--host", "0.0.0.0") as up:
        state = up.settled(up.accept(ANA, "Hello"))["message_state"]

        assert up.facts["api_url"].startswith("http://127.0.0.1:")
        assert {each["host"] for each in up.facts["carriers"]} == {"127.0.0.1"}
        assert state == "delivered"
        port = int(up.facts["control_url"].rsplit(":", 1)[1])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)  # Linux answers on all of 127/8


# Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with sandbox(tmp_path) as up:
        up.settled(up.accept(ANA, "Hello"))

        code = up.end(number)

    assert (code, up.errors) == (0, "")
    assert "powerpack-lab is up" in up.output
    assert [each.name for each in tmp_path.iterdir()] == ["ready.json"]
    for each in up.facts["carriers"]:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((each["host"], each["port"]), timeout=5)


def test_it_prints_what_the_ready_file_holds(tmp_path: Path) -> None:
    with sandbox(tmp_path) as up:
        up.end()

    for name in ("api_url", "auth_id", "auth_token", "powerpack_uuid", "control_url", "webhooks_url"):
        assert f"  {name:<15} {up.facts[name]}\n" in up.output
    for each in up.facts["carriers"]:
        assert f"{each['host']}:{each['port']} as esme / secret\n" in up.output


def test_it_stays_up_when_its_reader_hangs_up_after_the_first_line(tmp_path: Path) -> None:
    with sandbox(tmp_path) as up:
        assert up.process.stdout is not None
        first = up.process.stdout.readline()
        up.process.stdout.close()

        state = up.settled(up.accept(ANA, "Hello"))["message_state"]
        up.process.send_signal(signal.SIGTERM)
        code = up.process.wait(30)

    assert (first, state, code) == ("powerpack-lab is up; Ctrl-C ends it\n", "delivered", 0)


def test_it_ends_although_a_webhook_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, sandbox(tmp_path) as up:
        up.settled(up.accept(ANA, "Hello", url=f"http://127.0.0.1:{silent.getsockname()[1]}/status"))

        assert (up.end(), up.errors) == (0, "")


def test_it_ends_in_the_middle_of_a_year_that_passes(tmp_path: Path) -> None:
    with sandbox(tmp_path) as up, ThreadPoolExecutor(max_workers=1) as threads:
        year = threads.submit(up.control, "POST", "clock/advance", {"seconds": 365 * 86_400})
        wait_for_events(up, "clock.advanced")

        code = up.end()

        assert (code, up.errors) == (0, "")
        assert year.result().status == 409
        assert "the sandbox ends" in year.result().body["error"]


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


def refused(folder: Path, *arguments: str) -> str:
    """Start where that is impossible: exit code 2, and one line, which is returned."""
    done = run("up", *arguments, cwd=folder)

    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    return line


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        line = refused(tmp_path, "--port", str(port))

    assert line == (
        f"powerpack-lab: the API can not listen on 127.0.0.1:{port}: Address already in use; "
        "give another port, or 0 for any free one"
    )


def test_the_control_api_listens_where_it_is_told_to(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        line = refused(tmp_path, "--control-port", str(port))

    with sandbox(tmp_path, "--control-port", str(port)) as up:
        assert up.facts["console_url"] == f"http://127.0.0.1:{port}/console/"
    assert line.startswith(f"powerpack-lab: the control API can not listen on 127.0.0.1:{port}: ")


def test_a_carriers_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "lab.toml").write_text(f'carriers = [{{name = "acme", port = {port}}}]', encoding="utf-8")

        line = refused(tmp_path, "--config", "lab.toml")

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

    assert "config lab.toml: unknown key 'colour', expected one of auth_id" in refused(tmp_path, "--config", "lab.toml")


def test_a_state_file_is_used_by_one_process_at_a_time(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        line = refused(tmp_path, "--state", "state.db")

        assert "state file state.db is in use by another process; stop it, or give another file" in line
        assert up.end() == 0


def test_a_state_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--state", "state.db") as up:
        up.end()
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute(f"pragma user_version = {sqlite.SCHEMA_VERSION + 1}")
    database.close()
    before = (tmp_path / "state.db").read_bytes()

    line = refused(tmp_path, "--state", "state.db")

    assert f"state.db has schema version {sqlite.SCHEMA_VERSION + 1}" in line
    assert line.endswith("; upgrade powerpack-lab or give another file")
    assert (tmp_path / "state.db").read_bytes() == before


def test_what_fails_to_start_leaves_no_ready_file(tmp_path: Path) -> None:
    (tmp_path / "ready.json").write_text("{}", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(tmp_path, "--port", str(taken.getsockname()[1]), "--ready-file", "ready.json")

    assert list(tmp_path.iterdir()) == []


# The control API


def test_a_phone_replies_reads_and_reports(up: Up) -> None:
    message = up.settled(up.accept(CAROL, "You have won!"))
    reply = up.control("POST", f"handsets/{CAROL}/reply", {"text": "Who is this?"})
    report = up.control("POST", f"handsets/{CAROL}/report-spam")
    (received,) = wait_for_events(up, "message.received")
    (complaint,) = wait_for_events(up, "complaint.received")

    assert up.inbox(CAROL) == ["You have won!"]
    assert reply.body == {"from": CAROL, "text": "Who is this?"}
    assert (received["source"], received["text"]) == (CAROL, "Who is this?")
    assert report.status == 200
    assert (complaint["source"], complaint["destination"]) == (message["from_number"], CAROL)


def wait_for_events(up: Up, kind: str) -> list[Any]:
    """The events of one kind, once there are any."""
    wait_until(lambda: bool(up.control("GET", f"journal?kind={kind}").body), lambda: f"no {kind}")
    return list(up.control("GET", f"journal?kind={kind}").body)


def test_the_journal_is_read_on_from_a_number(up: Up) -> None:
    first, second = up.control("GET", "journal?limit=2").body
    again, *_ = up.control("GET", f"journal?after={first['n']}&limit=1").body

    assert (first["n"], second["n"]) == (1, 2)
    assert again == second


def test_a_day_passes_at_once(up: Up) -> None:
    before = up.control("POST", "clock/advance", {"seconds": 0}).body["now"]
    after = up.control("POST", "clock/advance", {"seconds": 86_400})
    accepted_at = str(up.settled(up.accept(DAVE, "Tomorrow"))["message_time"])

    passed = datetime.fromisoformat(after.body["now"]) - datetime.fromisoformat(before)
    assert after.status == 200
    assert timedelta(days=1) <= passed < timedelta(days=1, minutes=1)
    assert accepted_at[:10] == after.body["now"][:10]


def test_a_carrier_is_broken_and_mended(up: Up) -> None:
    carrier = carrier_of(up, DAVE)
    added = up.control("POST", f"carriers/{carrier}/faults", {"fault": "undeliverable"})
    broken = up.settled(up.accept(DAVE, "one"))
    (fault,) = up.control("GET", f"carriers/{carrier}/faults").body
    up.control("DELETE", f"carriers/{carrier}/faults")
    mended = up.settled(up.accept(DAVE, "two"))
    left = up.control("GET", f"carriers/{carrier}/faults").body

    assert added.status == 201
    assert (fault["fault"], fault["struck"]) == ("undeliverable", 1)
    assert (broken["message_state"], mended["message_state"]) == ("undelivered", "delivered")
    assert left == []


def carrier_of(up: Up, number: str) -> str:
    """Which carrier serves a phone: known once it has got a message."""
    up.settled(up.accept(number, "which?"))
    phones = up.control("GET", "handsets").body
    return str(next(each["carrier"] for each in phones if each["number"] == number))


# Foreign clients


def test_an_smpp_client_of_ones_own_gets_receipt_and_reply(up: Up) -> None:
    carrier = up.carrier("tmobile")
    delivered: list[Any] = []

    def deliver(pdu: Any, **_: object) -> int:
        delivered.append(pdu)
        return int(smpplib.consts.SMPP_ESME_ROK)

    client = smpplib.client.Client(carrier["host"], carrier["port"], timeout=10, allow_unknown_opt_params=True)
    client.set_message_sent_handler(lambda pdu, **_: None)
    client.set_message_received_handler(deliver)
    client.connect()
    try:
        client.bind_transceiver(system_id=carrier["system_id"], password=carrier["password"])
        client.send_message(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="12065550199",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr="14155550155",
            short_message=b"From a client of my own",
            registered_delivery=True,
        )
        client.read_once()
        up.control("POST", "clock/advance", {"seconds": 60})
        client.read_once()
        up.control("POST", "handsets/14155550155/reply", {"text": "Hello back"})
        client.read_once()
        client.unbind()
    finally:
        client.disconnect()

    receipt, reply = delivered
    assert b"stat:DELIVRD" in receipt.short_message
    assert (reply.source_addr, reply.short_message) == (b"14155550155", b"Hello back")


def test_rubbish_on_an_smpp_port_ends_that_connection_only(up: Up) -> None:
    carrier = up.carrier("att")
    with socket.create_connection((carrier["host"], carrier["port"]), timeout=10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while wire.recv(4096):
            pass

    assert up.settled(up.accept(BEN, "Still here"))["message_state"] == "delivered"


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


# The tour


def test_the_demo_holds(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "All 7 steps held." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_broken_demo_ends_with_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tour, "run_tour", lambda console, seed: False)

    assert CliRunner().invoke(cli.main, ["demo"]).exit_code == 1
