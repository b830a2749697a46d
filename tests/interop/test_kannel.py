"""Debian's Kannel, unmodified, against a carrier: bearerbox binds, smsbox sends and hears of receipt and reply."""

import queue
import re
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from powerpack_carriers import Carrier

BEARERBOX, SMSBOX = (shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("bearerbox", "smsbox"))
pytestmark = pytest.mark.skipif(not (BEARERBOX and SMSBOX), reason="Kannel is not installed: apt-get install kannel")

SOURCE, ANA = "12065550199", "14155550101"
# Kannel's types of reports. It asks for intermediate notifications too, and takes ENROUTE for "buffered".
DELIVERED, FAILED, BUFFERED, TAKEN, REFUSED = "1", "2", "4", "8", "16"
PATIENCE_S = 120.0
LOOK_S = 0.05

CONFIG = """
group = core
admin-port = {admin}
admin-password = secret
smsbox-port = {smsbox}
log-file = {folder}/bearerbox.log
dlr-storage = internal
store-type = file
store-location = {folder}/store

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = generic
smsc-password = secret
system-type = ""

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = {folder}/smsbox.log

group = sendsms-user
username = lab
password = secret
max-messages = 10
concatenation = true

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{hooks}/mo?from=%p&to=%P&text=%a"
max-messages = 0
"""


class Hooks:
    """A web server; the paths and parameters that were called."""

    def __init__(self) -> None:
        self.calls: queue.Queue[tuple[str, dict[str, str]]] = queue.Queue()
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                calls.put((url.path, {name: values[0] for name, values in parse_qs(url.query).items()}))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def next(self, path: str) -> dict[str, str]:
        """The parameters of the next call, which must be to this path."""
        found, parameters = self.calls.get(timeout=PATIENCE_S)
        assert found == path, (found, parameters)
        return parameters


class Kannel:
    """A running Kannel."""

    def __init__(self, sendsms: int, hooks: Hooks) -> None:
        self._sendsms = sendsms
        self.hooks = hooks

    def send(self, text: str, to: str = ANA) -> str:
        """Send a text and ask for every kind of report; what Kannel answers."""
        dlr_url = f"http://127.0.0.1:{self.hooks.server.server_port}/dlr?type=%d&id=%F&text=%A"
        parameters = {
            "username": "lab",
            "password": "secret",
            "from": SOURCE,
            "to": to,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if text.isascii() else "2",
            "dlr-mask": "31",
            "dlr-url": dlr_url,
        }
        url = f"http://127.0.0.1:{self._sendsms}/cgi-bin/sendsms?{urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())


def free_port() -> int:
    """A port that was free a moment ago: Kannel takes none of its own choice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again, as other processes do not tell when they are ready."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / LOOK_S)):
        if holds():
            return
        pause.wait(LOOK_S)
    pytest.fail(f"{what}: not within {PATIENCE_S:g} s")


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def has_smsbox(admin: int) -> bool:
    """Whether the bearerbox shows a smsbox that said who it is, which is the last thing it does at a start."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{admin}/status.txt", timeout=1) as answer:
        return "smsbox:" in answer.read().decode()
    return False


@contextmanager
def kannel(smpp: int, folder: Path) -> Iterator[Kannel]:
    """bearerbox and smsbox, bound to a carrier's port."""
    hooks = Hooks()
    ports = {name: free_port() for name in ("admin", "smsbox", "sendsms")}
    config = folder / "kannel.conf"
    config.write_text(CONFIG.format(smpp=smpp, folder=folder, hooks=hooks.server.server_port, **ports))
    with ExitStack() as closing:
        thread = threading.Thread(target=hooks.server.serve_forever)
        thread.start()
        closing.callback(thread.join)
        closing.callback(hooks.server.server_close)
        closing.callback(hooks.server.shutdown)
        for program, port in ((BEARERBOX, ports["smsbox"]), (SMSBOX, ports["sendsms"])):
            assert program is not None, "the tests are skipped without it"
            process = subprocess.Popen(
                [program, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
            )
            closing.callback(process.wait, PATIENCE_S)
            closing.callback(process.terminate)
            wait_until(lambda port=port: answers(port), f"{Path(program).name} listens on {port}")  # type: ignore[misc]
        # smsbox listens before it counts the parts of long texts, and one that came in between was its end.
        wait_until(lambda: has_smsbox(ports["admin"]), "smsbox is at the bearerbox")
        yield Kannel(ports["sendsms"], hooks)


def test_the_configuration_of_the_page_is_the_one_that_is_tested() -> None:
    page = (Path(__file__).parents[2] / "docs" / "carrier.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
    ours = set(CONFIG.splitlines())
    free = ("#", "port = ", "-port = ", "smsc-id = ")

    other = [line for line in shown.splitlines() if line not in ours and not any(each in line for each in free)]

    assert other == []
    assert {"port = 2775", "sendsms-port = 13013"} <= set(shown.splitlines())


def test_it_binds_sends_and_hears_of_receipt_and_reply(tmp_path: Path) -> None:
    with Carrier("generic") as carrier, kannel(carrier.port, tmp_path) as gateway:
        wait_until(lambda: carrier.bind_count == 1, "Kannel binds")
        assert "Accepted" in gateway.send("Hello from Kannel")
        carrier.expect("Hello from Kannel", destination=ANA)
        reports = [gateway.hooks.next("/dlr") for _ in range(3)]
        carrier.handset(ANA).reply("Hello back", to=SOURCE)
        reply = gateway.hooks.next("/mo")

        (message,) = carrier.received
        assert [report["type"] for report in reports] == [TAKEN, BUFFERED, DELIVERED]
        assert reports[-1]["text"].startswith(f"id:{message.message_id} ")
        assert (reply["from"], reply["to"], reply["text"]) == (f"+{ANA}", f"+{SOURCE}", "Hello back")


def test_a_long_text_is_whole_on_the_phone(tmp_path: Path) -> None:
    text = "Grüße aus Köln, 5 € und mehr. " * 10
    with Carrier("generic") as carrier, kannel(carrier.port, tmp_path) as gateway:
        wait_until(lambda: carrier.bind_count == 1, "Kannel binds")
        gateway.send(text)
        wait_until(lambda: carrier.handset(ANA).texts == [text], "the text is whole")
        parts = len(carrier.received)
        types = [gateway.hooks.next("/dlr")["type"] for _ in range(3)]

    assert parts > 1
    assert types == [TAKEN, BUFFERED, DELIVERED]  # Kannel asks for receipts of one part only


def test_a_message_that_is_not_delivered_is_reported(tmp_path: Path) -> None:
    with Carrier("generic") as carrier, kannel(carrier.port, tmp_path) as gateway:
        wait_until(lambda: carrier.bind_count == 1, "Kannel binds")
        gateway.send("Hello", to="15005550100")  # a magic number: UNDELIV
        types = [gateway.hooks.next("/dlr")["type"] for _ in range(3)]
        gateway.send("Hello", to="15005550200")  # a magic number: refused with ESME_RSUBMITFAIL
        refused = gateway.hooks.next("/dlr")["type"]

    assert (types, refused) == ([TAKEN, BUFFERED, FAILED], REFUSED)
