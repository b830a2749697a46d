"""One carrier process on one core beside the floor, a C server that only answers: messages a second, CPU, memory.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/carrier.py [--rounds 5] [--seconds 2] [--memory]
[--rival COMMAND]

Carrier and floor take turns on the first core, the load generator, in C too, has the last one. Both tools are compiled
from ``--tools`` (default: shared/tools beside the repository). Everything is on: address checks, a token bucket for
each source, the journal in memory, receipts. A ratio compares two runs that follow each other; the median of the
rounds is shown. ``--rival`` is another SMSC, which takes its turn too: a command that serves SMPP on {port} of
127.0.0.1, lets anybody bind, and sends receipts. On a busy machine believe the CPU time of a message, which also
swings, but less.
"""

import argparse
import asyncio
import json
import os
import resource
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from powerpack_carriers import Account, Carrier, Directory
from powerpack_carriers.profile import Rate, Throughput, load_profile
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_lab.clock import real_clock
from powerpack_lab.collector import settle_memory
from powerpack_lab.journal import Journal

TOOLS = Path(__file__).resolve().parents[2] / "shared" / "tools"
WINDOWS = (1, 10, 100, 1_000)
CORES = sorted(os.sched_getaffinity(0))
ACCOUNTS, BINDS_EACH, CARRIERS = 10, 50, 2  # as many binds as an account and a port take
MEMORY_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """Messages a second as the load generator saw them, and the server's CPU microseconds for each.

    ``through_s``: the same from the first receipt to the last, for servers whose receipts come seconds later.
    """

    per_s: float
    through_s: float
    cpu_us: float
    sent: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is shown")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run, after a second to warm up")
    parser.add_argument("--windows", type=int, nargs="+", default=WINDOWS, help="requests without an answer")
    parser.add_argument("--tools", type=Path, default=TOOLS, help="the folder of smpp_load.c and smpp_floor.c")
    parser.add_argument("--rival", default="", metavar="COMMAND", help="another SMSC, on {port}: it takes its turn too")
    parser.add_argument("--memory", action="store_true", help="measure memory instead of speed")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rival and "{port}" not in asked.rival:
        parser.error(f"--rival: found {asked.rival!r}, expected {{port}} in it, where the command takes its port")
    if asked.serve:
        asyncio.run(serve())
        return
    with tempfile.TemporaryDirectory() as folder:
        tools = compiled(asked.tools, Path(folder))
        if asked.memory:
            _allow_files()
            report_memory(tools)
        else:
            report_speed(
                tools, windows=asked.windows, rounds=asked.rounds, seconds=asked.seconds, rival=shlex.split(asked.rival)
            )


def report_speed(
    tools: Path, *, windows: Sequence[int], rounds: int, seconds: float, rival: Sequence[str] = ()
) -> None:
    """Measure each case and print its line."""
    print(f"{'receipts':8} {'window':>6} {'carrier/s':>10} {'CPU us':>7} {'floor/s':>10} {'ratio':>6}  of each round")
    floor = (tools / "smpp_floor", "{port}")
    for receipts in (False, True):
        for window in windows:
            carriers, floors, rivals = [], [], []
            for _ in range(rounds):
                with carrier_process() as (server, port, account):
                    carriers.append(load(tools, server, port, account, window, seconds, receipts=receipts))
                with other_process(floor) as (server, port):
                    floors.append(load(tools, server, port, ("floor", "floor"), window, seconds, receipts=receipts))
                if rival:
                    with other_process(rival) as (server, port):
                        rivals.append(load(tools, server, port, ("rival", "rival"), window, seconds, receipts=receipts))
            ratios = [ours.per_s / floor.per_s for ours, floor in zip(carriers, floors, strict=True)]
            print(
                f"{'with' if receipts else 'without':8} {window:6} "
                f"{statistics.median(each.per_s for each in carriers):10,.0f} "
                f"{statistics.median(each.cpu_us for each in carriers):7.1f} "
                f"{statistics.median(each.per_s for each in floors):10,.0f} "
                f"{statistics.median(ratios):6.3f}  {' '.join(f'{ratio:.3f}' for ratio in sorted(ratios))}",
                flush=True,
            )
            if rivals:
                report_rival(carriers, rivals)


def report_rival(carriers: Sequence[Rating], rivals: Sequence[Rating]) -> None:
    """Print how many times the carrier is as fast and as cheap as another SMSC."""
    both = list(zip(carriers, rivals, strict=True))
    faster = sorted(ours.through_s / its.through_s for ours, its in both)
    cheaper = sorted(its.cpu_us / ours.cpu_us for ours, its in both)
    print(
        f"{'':9}rival: {statistics.median(each.through_s for each in rivals):9,.0f} "
        f"{statistics.median(each.cpu_us for each in rivals):7.1f}; the carrier is as fast "
        f"{statistics.median(faster):.1f} times ({' '.join(f'{each:.1f}' for each in faster)}), as cheap "
        f"{statistics.median(cheaper):.1f} times ({' '.join(f'{each:.1f}' for each in cheaper)})",
        flush=True,
    )


def report_memory(tools: Path) -> None:
    """What a process keeps: with nothing to do, with idle binds, and under load, where all of it has bounds."""
    with carrier_process() as (server, port, account):
        before = resident(server)
        print(f"a carrier without binds: {before / 2**20:.1f} MiB")
        count = 0
        for _ in range(MEMORY_ROUNDS):
            count += load(tools, server, port, account, 100, 2.0, receipts=True).sent
            grown = resident(server) - before
            print(
                f"after {count:9,} messages with receipts: {grown / 2**20:6.1f} MiB more, "
                f"{grown / count:5.0f} octets each"
            )
    with carrier_process(binds=True) as (server, port, account):
        before = resident(server)
        ports = (port, int(account[0]))
        sockets = [
            bound(ports[index % CARRIERS], f"esme{index // CARRIERS % ACCOUNTS}")
            for index in range(CARRIERS * ACCOUNTS * BINDS_EACH)
        ]
        print(
            f"{len(sockets):,} idle binds: {resident(server) / 2**20:.1f} MiB in all, "
            f"{(resident(server) - before) / len(sockets) / 1024:.1f} KiB a bind"
        )
        for each in sockets:
            each.close()


# The processes


async def serve() -> None:
    """Carriers until stdin is closed; the first prints its port, its account, or the second one's port."""
    loop = asyncio.get_running_loop()
    clock = real_clock(loop)
    journal = Journal(moment=clock.monotonic, at=clock.at)
    has_binds = os.environ.get("BENCHMARK") == "binds"
    accounts = tuple(Account(f"esme{number}", "password") for number in range(ACCOUNTS if has_binds else 1))
    profile = replace(
        load_profile("generic"),
        checks_source=True,
        checks_destination=True,
        throughput=Throughput(longcode=Rate(per_second=1_000_000.0, burst=1_000_000)),
    )
    directory = Directory(default="generic0")
    carriers = [
        Carrier(profile, name=f"generic{number}", accounts=accounts, clock=clock, journal=journal, directory=directory)
        for number in range(CARRIERS if has_binds else 1)
    ]
    for carrier in carriers:
        await carrier.start()
    settle_memory()  # as the command does
    print(carriers[0].port, carriers[-1].port if has_binds else accounts[0].system_id, "password", flush=True)
    ended: asyncio.Future[None] = loop.create_future()
    # The loop itself must not wait for stdin, and nothing else may run beside it: a thread that only sleeps does.
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set_result, None))).start()
    await ended
    for carrier in carriers:
        await carrier.stop()


@contextmanager
def carrier_process(*, binds: bool = False) -> Iterator[tuple[int, int, tuple[str, str]]]:
    """A carrier of its own on the first core: its pid, its port and an account."""
    environment = {**os.environ, "BENCHMARK": "binds" if binds else ""}
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=_on_first_core
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        port, system_id, password = server.stdout.readline().split()
        try:
            yield server.pid, int(port), (system_id, password)
        finally:
            server.stdin.close()


@contextmanager
def other_process(command: Sequence[str | Path]) -> Iterator[tuple[int, int]]:
    """The floor or a rival on the first core: its pid and its port. What it says is not read."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    words = [str(word).replace("{port}", str(port)) for word in command]
    null = subprocess.DEVNULL
    with subprocess.Popen(words, stdout=null, stderr=null, preexec_fn=_on_first_core) as server:
        try:
            _until_it_listens(port, server)
            yield server.pid, port
        finally:
            server.kill()


def load(
    tools: Path, server: int, port: int, account: tuple[str, str], window: int, seconds: float, *, receipts: bool
) -> Rating:
    """Keep one session's window full for a while; raises RuntimeError where a message was refused or lost."""
    command = [tools / "smpp_load", port, 1, window, seconds, int(receipts), *account, "trx", server]
    found = subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True, preexec_fn=_on_last_core
    )
    result = json.loads(found.stdout)
    expected = result["resp"] if receipts else 0
    if result["bad_status"] or result["nack"] or result["resp"] != result["sent"] or result["deliver"] < expected:
        raise RuntimeError(f"the server did not do its work: {found.stdout}")
    if result["seconds"] < seconds / 2:
        raise RuntimeError(
            f"found a run of {result['seconds']} s, expected {seconds:g}: the machine has no time for this"
        )
    per_s = result["deliver_per_s_during_send"] if receipts else result["resp_per_s"]
    # A server that answers faster than it sends receipts is as fast as the slower of the two.
    # Where receipts come seconds later, others are answered than receipted meanwhile.
    done_s = (result["resp_per_s"] + per_s) / 2
    return Rating(
        per_s=min(per_s, result["resp_per_s"]),
        through_s=result["deliver_per_s_span"] if receipts else per_s,
        cpu_us=1e6 * result["server_cpu_s"] / (result["seconds"] * done_s),
        sent=result["sent"],
    )


def compiled(sources: Path, folder: Path) -> Path:
    """The folder of the compiled tools; ends the run where it has no sources or no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        sys.exit("no C compiler (cc or gcc): there is nothing to load the carrier with, and no floor")
    for name in ("smpp_load", "smpp_floor"):
        source = sources / f"{name}.c"
        if not source.is_file():
            sys.exit(f"{source} is not there: say with --tools where smpp_load.c and smpp_floor.c are")
        subprocess.run([compiler, "-O2", "-w", "-o", folder / name, source], check=True)
    return folder


def bound(port: int, system_id: str) -> socket.socket:
    """A bound transceiver that does nothing more."""
    fields: dict[str, FieldValue] = {"system_id": system_id, "password": "password", "interface_version": 0x34}
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        encode(Pdu(command_id=CommandId.bind_transceiver, command_status=0, sequence_number=1, fields=fields))
    )
    answer = connection.recv(1_024)
    if answer[4:12] != CommandId.bind_transceiver_resp.to_bytes(4, "big") + bytes(4):
        raise RuntimeError(f"the bind was refused: {answer.hex()}")
    return connection


def resident(pid: int) -> int:
    """Octets of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _until_it_listens(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
            continue
        return
    sys.exit(f"{server.args!r} ended with {server.returncode} before it listened on 127.0.0.1:{port}")


def _on_first_core() -> None:
    _allow_files()
    os.sched_setaffinity(0, {CORES[0]})


def _on_last_core() -> None:
    os.sched_setaffinity(0, {CORES[-1]})


def _allow_files() -> None:
    """A thousand binds need more descriptors than the usual limit."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, most), most))


if __name__ == "__main__":
    main()
