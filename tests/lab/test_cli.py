"""``powerpack-lab up`` as its users start it: a process, two APIs, signals, the tour."""

import re
import signal
import socket
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

from lab.sandbox_support import REPOSITORY, Up, run, sandbox, wait_for_events, wait_until
from powerpack_lab import cli, tour

ANA, BEN, CAROL, DAVE = "14155550101", "14155550102", "13125550103", "12065550104"

pytestmark = pytest.mark.timeout(400)  # each test starts Python once or more, on machines that do other things too


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One sandbox for the tests that leave no traces."""
    with sandbox(tmp_path_factory.mktemp("sandbox"), "--seed", "5") as up:
        yield up


# Ready


def test_the_page_points_the_unmodified_sdk_at_it(up: Up) -> None:
    page = (REPOSITORY / "docs" / "sandbox.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)

    # Applications are asked for at another address than messages.
    further = 'print(client.applications.create("ours", message_url="http://127.0.0.1:9/in").message)'

    done = subprocess.run(
        [sys.executable, "-c", f"{example}\n{further}"],
        cwd=up.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "created\n"), done.stderr
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

    client = smpplib.client.Client(carrier["host"], carrier["port"], timeout=60, allow_unknown_opt_params=True)
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


# The tour


def test_the_demo_holds(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "All 7 steps held." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_broken_demo_ends_with_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tour, "run_tour", lambda console, seed: False)

    assert CliRunner().invoke(cli.main, ["demo"]).exit_code == 1
