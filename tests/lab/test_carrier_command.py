"""``powerpack-lab carrier`` as its users start it: a process, an SMPP port, a control API, signals, exit codes."""

import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import smpplib.client
import smpplib.exceptions
import trustme

from lab.sandbox_support import DEADLINE_S, REPOSITORY, Running, environment, refused, run
from powerpack_carriers.smpp.buffer import PduBuffer
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_lab.smpp_client import SmppClient

ANA = "14155550101"

pytestmark = pytest.mark.timeout(400)  # each test starts Python, on machines that do other things too


def standalone(folder: Path, *arguments: str | Path) -> Running:
    """A carrier on a free port."""
    return Running("carrier", folder, "--port", "0", *arguments)


@pytest.fixture(scope="module")
def generic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One carrier of the default profile for the tests that leave no traces."""
    with standalone(tmp_path_factory.mktemp("carrier")) as carrier:
        yield carrier


class Endpoint:
    """Where a running carrier listens."""

    def __init__(self, carrier: Running) -> None:
        self.host: str = carrier.facts["host"]
        self.port: int = carrier.facts["port"]


def bound(carrier: Running) -> SmppClient:
    """smpplib's client, to be used as a context manager."""
    facts = carrier.facts
    return SmppClient(Endpoint(carrier), system_id=facts["system_id"], password=facts["password"])


# What it says


def test_the_ready_file_holds_one_object_with_what_a_client_needs(generic: Running) -> None:
    assert list(generic.facts) == [
        *("name", "host", "port", "mm7_url", "system_id", "password", "control_url", "ports", "accounts"),
    ]
    assert generic.facts["ports"] == [{"host": "127.0.0.1", "port": generic.facts["port"], "tls": False}]
    assert generic.facts["accounts"] == [{"system_id": "generic", "password": "secret"}]
    assert (generic.facts["name"], generic.facts["host"]) == ("generic", "127.0.0.1")
    assert generic.facts["password"] == "secret"
    assert generic.facts["port"] != 0


def test_names_and_credentials_are_what_was_asked_for(tmp_path: Path) -> None:
    with standalone(
        tmp_path, "--profile", "tmobile", "--name", "tmo-1", "--system-id", "me", "--password", "pw"
    ) as carrier:
        (listed,) = carrier.control("GET", "carriers").body
        with bound(carrier):
            (again,) = carrier.control("GET", "carriers").body

    assert (listed["name"], listed["profile"], listed["system_ids"]) == ("tmo-1", "tmobile", ["me"])
    assert (carrier.facts["system_id"], carrier.facts["password"]) == ("me", "pw")
    assert (listed["bound"], again["bound"]) == (0, 1)


def test_a_wrong_password_is_refused(generic: Running) -> None:
    client = SmppClient(Endpoint(generic), system_id=generic.facts["system_id"], password="wrong")

    with pytest.raises(smpplib.exceptions.PDUError, match="Invalid Password"):
        client.__enter__()


# Several ports and accounts, TLS, outbind


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, and cert.pem and key.pem for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("pems")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    shown = authority.issue_cert("127.0.0.1")
    shown.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    shown.private_key_pem.write_to_path(folder / "key.pem")
    return folder


def bound_with_tls(carrier: Running, port: int, pems: Path, *, system_id: str) -> smpplib.client.Client:
    """smpplib's client behind TLS, bound."""
    context = ssl.create_default_context(cafile=str(pems / "ca.pem"))
    context.check_hostname = False  # smpplib does not say whom it calls (its issue 259)
    client = smpplib.client.Client(
        carrier.facts["host"], port, timeout=DEADLINE_S, allow_unknown_opt_params=True, ssl_context=context
    )
    client.connect()
    try:
        client.bind_transceiver(system_id=system_id, password="pwd")
    except BaseException:
        client.disconnect()
        raise
    return client


def test_a_file_says_who_may_bind_and_where(tmp_path: Path, pems: Path) -> None:
    (pems / "access.toml").write_text(
        '[[accounts]]\nsystem_id = "one"\npassword = "pwd"\n'
        '[[accounts]]\nsystem_id = "two"\npassword = "pwd"\nbinds_max = 1\n'
        "[[listeners]]\nport = 0\n"
        '[[listeners]]\ntls = { certificate = "cert.pem", key = "key.pem" }\n',
        encoding="utf-8",
    )
    with standalone(tmp_path, "--access", pems / "access.toml") as carrier:
        first, second, encrypted = carrier.facts["ports"]
        client = bound_with_tls(carrier, encrypted["port"], pems, system_id="two")
        with pytest.raises(smpplib.exceptions.PDUError, match="Already in Bound State"):
            bound_with_tls(carrier, encrypted["port"], pems, system_id="two")
        client.unbind()
        client.disconnect()
        carrier.end()

    assert [each["tls"] for each in (first, second, encrypted)] == [False, False, True]
    assert [each["system_id"] for each in carrier.facts["accounts"]] == ["one", "two"]
    assert f"SMPP + TLS   127.0.0.1:{encrypted['port']} as one / pwd, and 1 more\n" in carrier.output


def test_options_open_a_port_with_tls(tmp_path: Path, pems: Path) -> None:
    files = ("--tls-certificate", pems / "cert.pem", "--tls-key", pems / "key.pem")
    with standalone(tmp_path, "--tls-port", "0", *files, "--password", "pwd") as carrier:
        client = bound_with_tls(carrier, carrier.facts["ports"][1]["port"], pems, system_id="generic")
        client.unbind()
        client.disconnect()


def test_an_esme_that_listens_is_called_when_a_text_waits_for_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as esme:
        esme.settimeout(DEADLINE_S)
        port = esme.getsockname()[1]
        with standalone(tmp_path, "--outbind", f"127.0.0.1:{port}", "--system-id", "me") as carrier:
            carrier.control("POST", f"handsets/{ANA}/reply", {"text": "Hello?", "to": "12065550199"})
            wire, _ = esme.accept()
            with wire:
                (outbind,) = PduBuffer().feed(wire.recv(1_000))

    assert outbind.command_id == CommandId.outbind
    assert outbind.decode()["password"] == "secret"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--tls-port", "0"], "--tls-certificate: missing; --tls-port, --tls-certificate and --tls-key go together"),
        (["--tls-port", "0", "--tls-certificate", "c", "--tls-key", "k"], "--tls-certificate: c can not be read (No"),
        (["--outbind", "localhost"], "--outbind: found 'localhost', expected host:port, such as 127.0.0.1:2776"),
        (["--access", "none.toml"], "none.toml: can not be read (No such file or directory)"),
        (["--access", "one.toml", "--system-id", "me"], "--system-id: found beside the accounts of one.toml, expected"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_said(tmp_path: Path, arguments: list[str], problem: str) -> None:
    (tmp_path / "one.toml").write_text('[[accounts]]\nsystem_id = "a"\npassword = "b"\n', encoding="utf-8")

    done = refused("carrier", "--port", "0", *arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith(f"powerpack-lab: {problem}")


# A foreign client


def test_a_client_sends_gets_its_receipt_and_a_reply(generic: Running) -> None:
    with bound(generic) as client:
        (message_id,) = client.send(ANA, "Hello", source="Shop")
        receipt = client.receive()
        generic.control("POST", f"handsets/{ANA}/reply", {"text": "STOP", "to": "12065550199"})
        reply = client.receive()

    assert f"id:{message_id}".encode() in receipt.short_message
    assert b"stat:DELIVRD" in receipt.short_message
    assert (reply.destination_addr, reply.short_message) == (b"12065550199", b"STOP")
    assert generic.inbox(ANA)[-1] == "Hello"


def pdus_of(wire: socket.socket, count: int) -> list[Pdu]:
    """The next responses to submit_sm."""
    buffer, found = PduBuffer(), list[Pdu]()
    while len(found) < count:
        data = wire.recv(65_536)
        assert data, f"the carrier hung up after {len(found)} of {count} responses"
        found += [each.decode() for each in buffer.feed(data) if each.command_id == CommandId.submit_sm_resp]
    return found


def submits(count: int) -> Iterator[bytes]:
    """As many submit_sm from odd sources to odd destinations."""
    for number in range(count):
        fields: dict[str, FieldValue] = {
            "source_addr": ("Shop", "72345", "1", "447700900123")[number % 4],
            "destination_addr": f"{4477009001 + number}",
            "short_message": b"Hello",
        }
        yield encode(Pdu(command_id=CommandId.submit_sm, sequence_number=number + 2, fields=fields))


def test_the_generic_carrier_takes_everything_at_any_rate_and_any_window(generic: Running) -> None:
    facts, count = generic.facts, 2_000
    bind = Pdu(
        command_id=CommandId.bind_transmitter,
        sequence_number=1,
        fields={"system_id": facts["system_id"], "password": facts["password"], "interface_version": 0x34},
    )
    with socket.create_connection((facts["host"], facts["port"]), timeout=10) as wire:
        wire.sendall(encode(bind))
        wire.recv(65_536)
        wire.sendall(b"".join(submits(count)))
        statuses = {each.command_status for each in pdus_of(wire, count)}

    assert statuses == {CommandStatus.ESME_ROK}


def test_it_says_why_a_client_does_not_get_anywhere(tmp_path: Path) -> None:
    with standalone(tmp_path) as carrier:
        for system_id, password in (("generic", "wrong"), ("somebody", "secret")):
            with pytest.raises(smpplib.exceptions.PDUError):
                SmppClient(Endpoint(carrier), system_id=system_id, password=password).__enter__()
        with socket.create_connection((carrier.facts["host"], carrier.facts["port"])) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while connection.recv(1_000):
                pass
        with bound(carrier):
            pass
        carrier.end()

    no_smpp = "generic#3 is gone: found command_length 1195725856, expected 16 to 70000; this looks like HTTP, not SMPP"
    assert carrier.errors.splitlines() == [
        "powerpack-lab: generic#1 may not bind as 'generic': ESME_RINVPASWD (the password is another)",
        "powerpack-lab: generic#2 may not bind as 'somebody': ESME_RINVSYSID (there is no such account)",
        f"powerpack-lab: {no_smpp}",
    ]


# Its end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_unbinds_the_sessions_and_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    with standalone(tmp_path, "--journal", "events.jsonl") as carrier:
        with bound(carrier) as client:
            carrier.process.send_signal(number)
            with pytest.raises(smpplib.exceptions.ConnectionError):
                client.receive()  # it answers the unbind, and finds the connection closed
        carrier.process.wait(DEADLINE_S)
        code = carrier.end()
    journal = (tmp_path / "events.jsonl").read_text()

    assert (code, carrier.errors) == (0, "")
    assert carrier.output.startswith("carrier generic is up; Ctrl-C ends it\n  SMPP ")
    assert '"kind":"carrier.bound"' in journal
    assert '"pdu":"unbind ' in journal
    assert sorted(each.name for each in tmp_path.iterdir()) == ["events.jsonl", "ready.json"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((carrier.facts["host"], carrier.facts["port"]), timeout=5)


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--profile", "vodafone"], "profile 'vodafone': found no such profile, expected one of att, bell"),
        (["--profile", "mine.toml"], "mine.toml: can not be read"),
        (["--profile", "wrong.toml"], "wrong.toml, line 3, key 'colour': unknown; expected one of name"),
        (["--password", "123456789"], "--password: found 9 characters, expected at most 8 of ASCII"),
        (["--system-id", "0123456789abcdef"], "--system-id: found 16 characters, expected at most 15 of ASCII"),
        (["--registry", "none.toml"], "none.toml: can not be read (No such file or directory)"),
        (["--registry", "registry.toml"], "registry.toml, line 3, key 'tollfree[0].number': found '12065550100'"),
        (["--number", "Shop"], "--number: found 'Shop', expected a number or a short code, in digits"),
        (["--name", "T Mobile"], "--name: found 'T Mobile', expected 1 to 15 of a-z, 0-9"),
        (["--host", "192.0.2.1"], "give a --host of this machine"),
        (["--journal", "none/events.jsonl"], "--journal none/events.jsonl: can not be written"),
        (["--ready-file", "none/ready.json"], "--ready-file none/ready.json: can not be written"),
    ],
)
def test_a_mistake_is_named_and_exits_with_2(tmp_path: Path, arguments: list[str], problem: str) -> None:
    (tmp_path / "wrong.toml").write_text('name = "x"\ncountry = "US"\ncolour = "red"\n', encoding="utf-8")
    (tmp_path / "registry.toml").write_text('# mine\n[[tollfree]]\nnumber = "12065550100"\n', encoding="utf-8")

    done = refused("carrier", "--port", "0", *arguments, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("carrier", "--port", port, "--ready-file", "ready.json", cwd=tmp_path)

    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr
    assert "give another port" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_profile_of_ones_own_needs_only_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\ncountry = "US"\ndated = 2026-11-22\n[receipt]\ndelay_s_min = 0\ndelay_s_max = 0\n',
        encoding="utf-8",
    )

    with standalone(tmp_path, "--profile", "mine.toml") as carrier:
        assert (carrier.facts["name"], carrier.facts["system_id"]) == ("mine", "mine")


def test_only_registered_numbers_may_send_once_one_is_named(tmp_path: Path) -> None:
    toml = re.search(r"```toml\n(.*?)```", (REPOSITORY / "docs/carrier.md").read_text(encoding="utf-8"), re.DOTALL)
    assert toml is not None
    (tmp_path / "registry.toml").write_text(toml[1], encoding="utf-8")
    arguments = ("--profile", "tmobile", "--registry", "registry.toml", "--number", "+12065550111", "--number", "54321")

    with standalone(tmp_path, *arguments) as carrier, bound(carrier) as client:
        registry = carrier.control("GET", "carriers/tmobile/registry").body
        for source in ("12065550100", "12065550111", "12065550199"):
            client.send(ANA, f"from {source}", source=source)
        carrier.control("POST", "clock/advance", {"seconds": 60})
        receipts = [client.receive() for _ in range(3)]
        found = carrier.control("GET", f"carriers/tmobile/messages?destination={ANA}").body

    assert [each["campaign_id"] for each in registry["campaigns"]] == ["C1", "CDEFAULT"]
    assert registry["shortcodes"] == ["72345", "54321"]
    ends = {each.destination_addr: each.short_message.split(b"stat:")[1][:7] for each in receipts}
    assert ends == {b"12065550100": b"DELIVRD", b"12065550111": b"DELIVRD", b"12065550199": b"REJECTD"}
    assert [each["error"] for each in found] == ["000", "000", "4774"]


def test_nothing_of_the_gateway_is_imported_for_it() -> None:
    code = "import sys, powerpack_lab.cli, powerpack_lab.standalone_carrier as _; print(*sys.modules, sep='\\n')"

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )

    loaded = done.stdout.split()
    assert "powerpack_carriers.carrier" in loaded
    assert [each for each in loaded if each.startswith(("powerpack_gateway", "phonenumbers", "rich", "yaml"))] == []
