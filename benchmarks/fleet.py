"""Two gateways on one PostgreSQL beside one: messages a second, accepted and delivered, with a CPU quota for each.

Run as root: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/fleet.py [--messages 6000] [--quota 0.2]

Each gateway (``powerpack-lab gateway --peer-port``) is in a cgroup of its own that gives it so many cores, so that two
of them fit on a small machine with everything else: the server, two carriers and the client have the rest. Four
Powerpacks, two at each gateway, two routes; each message goes through the API of *either* gateway by turns, as a load
balancer would have it, so that half of them are handed on through the database, and some pass the peer link. The time
ends when nothing owes anything any more.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from end_to_end import Client
from toll_free_pool import AUTH_ID, AUTH_TOKEN

from powerpack_lab.client import Client as Api

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from postgres_support import PostgresServer  # tests are no package that could be installed

CGROUPS = Path("/sys/fs/cgroup/cpu")
PERIOD_US = 20_000
NUMBERS = 200
CONNECTIONS = 20
CARRIERS = ("east", "west")
READY_S = 120.0


def main() -> None:
    """Measure by turns, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=6_000)
    parser.add_argument("--quota", type=float, default=0.2, help="cores for each gateway")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    server = PostgresServer(fsync=True)
    server.start()
    rates: dict[int, list[float]] = {1: [], 2: []}
    try:
        for _ in range(asked.rounds):
            for gateways in rates:
                rates[gateways].append(one_round(server, gateways, asked))
                print(f"{gateways} gateway(s): {rates[gateways][-1]:,.0f} messages/s", flush=True)
    finally:
        server.remove()
    one, two = median(rates[1]), median(rates[2])
    print(f"medians: one {one:,.0f}/s, two {two:,.0f}/s, {two / one:.2f} times, {asked.quota} cores each")


def one_round(server: PostgresServer, gateways: int, asked: argparse.Namespace) -> float:
    """Messages a second of so many gateways."""
    database = server.new_database()
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        ports = [closing.enter_context(running("carrier", folder / name, "--port", "0")) for name in CARRIERS]
        (folder / "gateway.toml").write_text(configuration([each.facts for each in ports]))
        fleet = [
            closing.enter_context(
                running(
                    "gateway",
                    folder / str(place),
                    *("--store", database, "--config", str(folder / "gateway.toml"), "--port", "0", "--peer-port", "0"),
                )
            )
            for place in range(gateways)
        ]
        apis = [Api(each.facts["api_url"], AUTH_ID, AUTH_TOKEN) for each in fleet]
        uuids = asyncio.run(powerpacks(database, apis[0], gateways))
        for place, each in enumerate(fleet):
            closing.enter_context(quota(f"powerpack-benchmark-{place}", each.process.pid, asked.quota))
        began = time.monotonic()
        asyncio.run(send(database, fleet, uuids, asked.messages))
        return float(asked.messages / (time.monotonic() - began))


class Running:
    """A command that is up, and its ready file."""

    def __init__(self, process: "subprocess.Popen[bytes]", facts: dict[str, Any]) -> None:
        self.process, self.facts = process, facts


@contextmanager
def running(name: str, folder: Path, *options: str) -> Iterator[Running]:
    """One command of powerpack-lab until the block ends."""
    folder.mkdir()
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "powerpack_lab", name, "--ready-file", str(ready), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + READY_S
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} did not start")
                time.sleep(0.05)
            yield Running(process, json.loads(ready.read_text()))
        finally:
            process.kill()


@contextmanager
def quota(name: str, pid: int, cores: float) -> Iterator[None]:
    """Give a process so many cores until the block ends."""
    group = CGROUPS / name
    group.mkdir(exist_ok=True)
    try:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(int(PERIOD_US * cores)))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        (CGROUPS / "cgroup.procs").write_text(str(pid))
        group.rmdir()


def configuration(carriers: list[dict[str, Any]]) -> str:
    """What every gateway is started with; half of the handsets belong to each carrier."""
    words = [f'auth_id = "{AUTH_ID}"', f'auth_token = "{AUTH_TOKEN}"', 'default_route = "east"']
    for name, facts in zip(CARRIERS, carriers, strict=True):
        words += ["[[routes]]", f'name = "{name}"', f'hosts = ["127.0.0.1:{facts["port"]}"]']
        words += [f'system_id = "{facts["system_id"]}"', f'password = "{facts["password"]}"', "reconnect_s_max = 1.0"]
        words += ['prefixes = ["1212", "1213", "1214"]'] if name == "west" else []
    for index in range(NUMBERS):
        words += ["[[numbers]]", f'number = "1833{2_000_000 + index}"', 'type = "tollfree"', "in_pool = false"]
    words += ["[[gateway.throughput.rates]]", 'type = "tollfree"', 'country = "US"', "per_second = 1000"]
    return "\n".join(words)


async def powerpacks(database: str, api: Api, gateways: int) -> list[str]:
    """Four Powerpacks, as many at each gateway, with numbers, when all that is bound is bound."""
    connection = await asyncpg.connect(database)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for place in range(40):
        made = api.post("Powerpack/", {"name": f"pack {place}"}).body
        holder = None
        while holder is None:
            await asyncio.sleep(0.1)
            holder = await connection.fetchval(
                "SELECT holder FROM powerpack.lease WHERE name = $1", f"powerpack/{made['uuid']}"
            )
        mine = found.setdefault(holder, [])
        if len(mine) < 4 // gateways:
            mine.append(made)
        if sum(map(len, found.values())) == 4:
            break
    await connection.close()
    chosen = [each for mine in found.values() for each in mine]
    for index in range(NUMBERS):
        pool = chosen[index % 4]["number_pool"].rstrip("/").rpartition("/")[2]
        answer = api.post(f"NumberPool/{pool}/Number/1833{2_000_000 + index}/", {})
        assert answer.status in (200, 201), answer
    return [each["uuid"] for each in chosen]


async def send(database: str, fleet: list[Running], uuids: list[str], messages: int) -> None:
    """Post all, and wait until nothing is owed any more."""
    loop = asyncio.get_running_loop()
    clients = []
    for each in fleet:
        for uuid in uuids:
            body = {"powerpack_uuid": uuid, "text": "Your code is 4711, it holds for a minute."}
            client = Client(body, messages // (len(fleet) * len(uuids)), 1, loop.create_future())
            port = int(each.facts["api_url"].split(":")[2].split("/")[0])
            await client.start(port, CONNECTIONS // len(fleet))
            clients.append(client)
    await asyncio.gather(*(each.ended for each in clients))
    connection = await asyncpg.connect(database)
    while await connection.fetchval("SELECT count(*) FROM powerpack.live"):  # noqa: ASYNC110  processes' work
        await asyncio.sleep(0.05)
    await connection.close()


if __name__ == "__main__":
    os.environ.setdefault("PGHOST", "")
    main()
