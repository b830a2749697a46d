"""Beside Debian's Kannel: HTTP request in, SMPP out, to the same carrier program, in turns on the same core.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/kannel.py [--rounds 5] [--messages 5000]

Either gateway has the first core: ours as ``end_to_end.py`` runs it (uvloop, SQLite on a file), Kannel as bearerbox and
smsbox with hardly any log. Carrier, client and receiver of callbacks share the last core. The client keeps 100 requests
under way, each for another handset. *plain*: until the carrier has the last message, and Kannel has no store and asks
for no receipts, which is its fastest; ours always keeps and asks. *kept*: Kannel with a store (``spool``), which still
promises less: it syncs nothing, where our 202 means that the message is on disk. *told*: with that store, and until the
receiver has heard all of every message: Kannel's callbacks "taken" and "delivered", our three, signed. Shown are
messages a second, CPU microseconds a message (user and system, Kannel's two processes together), and the ratios of the
rounds, which follow each other: first of the rates, ours to Kannel's, then of the CPU, Kannel's to ours. On a core that
others use as well, two processes get more of it than one: then the second says more.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import roles
from end_to_end import CORES, Client, Sink, ask, carrier_and_sink, child, post_all
from roles import Process, heard, tell

BEARERBOX, SMSBOX = (shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("bearerbox", "smsbox"))
TEXT = "Your code is 123456. Do not share it."
WAIT_S = 60.0
TAKEN_AND_DELIVERED = 8 + 1
MESSAGES_MAX = 10_000
"""A carrier shows no more."""

CONFIG = """
group = core
admin-port = {admin}
admin-password = secret
smsbox-port = {smsbox}
log-file = {folder}/bearerbox.log
log-level = 4
dlr-storage = internal
{store}

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = powerpack
smsc-password = password
system-type = ""
max-pending-submits = 100

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = {folder}/smsbox.log
log-level = 4

group = sendsms-user
username = lab
password = secret
max-messages = 1

group = sms-service
keyword = default
text = ""
max-messages = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one round gave."""

    per_s: float
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The carrier's process: its ports, and how to ask what it has seen."""

    smpp_port: int
    sink_port: int
    process: Process

    def seen(self) -> tuple[int, int]:
        """Messages that the carrier took, and requests that the receiver of callbacks heard."""
        taken, called = json.loads(tell(self.process, "", answers=True))
        return taken, called

    def wait(self, messages: int, callbacks: int) -> None:
        """Return when it has seen so many."""
        until = time.monotonic() + WAIT_S
        while (seen := self.seen()) < (messages, callbacks) or seen[1] < callbacks:
            if time.monotonic() > until:
                raise RuntimeError(
                    f"{seen} seen within {WAIT_S:g} s, expected {messages} messages, {callbacks} callbacks"
                )
            time.sleep(0.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5_000, help=f"of one round, {MESSAGES_MAX} at most")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is shown")
    parser.add_argument("--role", choices=("carrier",), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role == "carrier":
        asyncio.run(carrier_role())
        return
    if not (BEARERBOX and SMSBOX):
        sys.exit("Kannel is not there: on Debian, apt-get install kannel")
    messages = min(asked.messages, MESSAGES_MAX)
    print(f"{'':6} {'ours/s':>8} {'CPU us':>7} {'Kannel/s':>9} {'CPU us':>7}  ratios of rate and of CPU, by round")
    for name, kept, told in (("plain", False, False), ("kept", True, False), ("told", True, True)):
        rounds = [(ours(messages, told=told), kannels(messages, kept=kept, told=told)) for _ in range(asked.rounds)]
        rates = sorted(our.per_s / its.per_s for our, its in rounds)
        cpus = sorted(its.cpu_us / our.cpu_us for our, its in rounds)
        print(
            f"{name:6} "
            f"{statistics.median(our.per_s for our, _ in rounds):8,.0f} "
            f"{statistics.median(our.cpu_us for our, _ in rounds):7.0f} "
            f"{statistics.median(its.per_s for _, its in rounds):9,.0f} "
            f"{statistics.median(its.cpu_us for _, its in rounds):7.0f}  "
            f"{' '.join(f'{each:.2f}' for each in rates)} | {' '.join(f'{each:.2f}' for each in cpus)}",
            flush=True,
        )


def ours(messages: int, *, told: bool) -> Rating:
    """One round of this gateway."""
    with tempfile.TemporaryDirectory() as folder, carrying() as carried:
        options = ("--port", str(carried.smpp_port), "--store", f"{folder}/gateway.sqlite")
        with child("gateway", CORES[0], *options) as gateway:
            port, powerpack_uuid = heard(gateway).split()
            body = {"powerpack_uuid": powerpack_uuid, "text": TEXT}
            if told:
                body["url"] = f"http://127.0.0.1:{carried.sink_port}/status"
            return rated(
                lambda: asyncio.run(post_all(int(port), body, messages, 1)),
                carried,
                messages,
                3 * messages if told else 0,
                lambda: ask(gateway).cpu_s,
            )


def kannels(messages: int, *, kept: bool, told: bool) -> Rating:
    """One round of Kannel."""
    with (
        tempfile.TemporaryDirectory() as folder,
        carrying() as carried,
        kannel(carried.smpp_port, folder, kept=kept) as running,
    ):
        port, processes = running
        sent = {"username": "lab", "password": "secret", "from": "18332000000", "text": TEXT}
        if told:
            url = f"http://127.0.0.1:{carried.sink_port}/dlr?type=%d&to=%p&id=%F"
            sent |= {"dlr-mask": str(TAKEN_AND_DELIVERED), "dlr-url": url}
        return rated(
            lambda: asyncio.run(get_all(port, sent, messages)),
            carried,
            messages,
            2 * messages if told else 0,
            lambda: sum(map(cpu_s, processes)),
        )


def rated(
    send: Callable[[], None], carried: Carried, messages: int, callbacks: int, used_s: Callable[[], float]
) -> Rating:
    """Send, wait for the end, and say how long it took."""
    os.sched_setaffinity(0, {CORES[-1]})
    before, began = used_s(), time.monotonic()
    send()
    carried.wait(messages, callbacks)
    took_s = time.monotonic() - began
    return Rating(per_s=messages / took_s, cpu_us=(used_s() - before) / messages * 1e6)


class Getter(Client):
    """Kannel's requests: GET sendsms; it answers with one line of text."""

    answer_end = b"0: Accepted for delivery"

    def __init__(self, sent: dict[str, str], messages: int, ended: asyncio.Future[None]) -> None:
        super().__init__(sent, messages, 1, ended)
        self._path = f"/cgi-bin/sendsms?{urlencode(sent)}&to="

    def request(self, handsets: list[str]) -> bytes:
        return f"GET {self._path}{handsets[0]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def get_all(port: int, sent: dict[str, str], messages: int) -> None:
    """As ``post_all``."""
    await Getter(sent, messages, asyncio.get_running_loop().create_future()).run(port)


@contextmanager
def carrying() -> Iterator[Carried]:
    """A carrier and a receiver of callbacks, in a process of their own on the last core."""
    with roles.child(__file__, "carrier", CORES[-1]) as process:
        smpp_port, sink_port = map(int, heard(process).split())
        yield Carried(smpp_port=smpp_port, sink_port=sink_port, process=process)


async def carrier_role() -> None:
    """Print both ports, then for each line what was seen."""
    await carrier_and_sink(lambda carrier: print(json.dumps([len(carrier.received), Sink.heard]), flush=True))


@contextmanager
def kannel(smpp_port: int, folder: str, *, kept: bool) -> Iterator[tuple[int, list["subprocess.Popen[bytes]"]]]:
    """bearerbox and smsbox on the first core: the port of sendsms, and the processes."""
    ports = {name: free_port() for name in ("admin", "smsbox", "sendsms")}
    config = Path(folder) / "kannel.conf"
    store = f"store-type = spool\nstore-location = {folder}/store" if kept else ""
    (Path(folder) / "store").mkdir()
    config.write_text(CONFIG.format(smpp=smpp_port, folder=folder, store=store, **ports), encoding="utf-8")
    processes = []
    with ExitStack() as closing:
        for program, port in ((BEARERBOX, ports["smsbox"]), (SMSBOX, ports["sendsms"])):
            assert program is not None, "main has looked"
            process = subprocess.Popen(
                [program, str(config)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                preexec_fn=lambda: os.sched_setaffinity(0, {CORES[0]}),
            )
            closing.callback(process.wait, WAIT_S)
            closing.callback(process.terminate)
            wait_for(port)
            processes.append(process)
        time.sleep(1.0)  # bearerbox binds when it has started, and says so to nobody
        yield ports["sendsms"], processes


def wait_for(port: int) -> None:
    """Return when somebody listens there."""
    until = time.monotonic() + WAIT_S
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if time.monotonic() > until:
            raise RuntimeError(f"nobody listens on {port}")
        time.sleep(0.02)


def free_port() -> int:
    """A port that was free a moment ago: Kannel takes none of its own choice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """User and system seconds of a running process (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
