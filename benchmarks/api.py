"""The API's send path beside FastAPI that does nothing: requests a second on a core of its own, CPU, ratios.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/api.py [--rounds 3] [--requests 5000]

Each server has the first core to itself, the client the last one, with 100 connections that each wait for their
answer. The gateway checks the credentials, reads the body, chooses one of 2,000 numbers, writes to SQLite on a file,
and answers 202 when that is on disk; no carrier takes the messages. FastAPI has a route at the same path that answers
202 at once. Both run on uvicorn's httptools and uvloop. The two take turns, and a ratio is of rounds that follow each
other.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
import uvloop
from end_to_end import CORES, POOL_SIZE, post_all
from fastapi import FastAPI
from roles import Process, child, clock_and_journal, heard, lines_until_the_end, tell
from toll_free_pool import toll_free_pool

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.http.app import api_app
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.collector import settle_memory
from powerpack_lab.serving import serve_asgi

NOBODY = 1
"""A port on which no carrier listens: messages wait."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=5_000, help="of one round")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--role", choices=tuple(ROLES), help=argparse.SUPPRESS)
    parser.add_argument("--file", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(ROLES[asked.role](asked))
        return
    rounds = [[one_round(role, asked.requests) for role in ROLES] for _ in range(asked.rounds)]
    print(f"{'':<10}{'requests/s':>12}{'CPU us':>9}")
    for place, role in enumerate(ROLES):
        rate, cpu_us = (statistics.median(each[place][what] for each in rounds) for what in (0, 1))
        print(f"{role:<10}{rate:>12,.0f}{cpu_us:>9.1f}")
    for what, name in ((0, "requests/s"), (1, "CPU")):
        ratios = sorted(each[0][what] / each[1][what] for each in rounds)
        print(
            f"gateway/fastapi, {name}: {statistics.median(ratios):.2f} of {' '.join(f'{each:.2f}' for each in ratios)}"
        )


def one_round(role: str, requests: int) -> tuple[float, float]:
    """Requests a second, and the server's microseconds of CPU for each."""
    with tempfile.TemporaryDirectory() as folder, server(role, Path(folder) / "gateway.sqlite") as (process, answer):
        port, powerpack_uuid = answer.split()
        os.sched_setaffinity(0, {CORES[-1]})
        body = {"powerpack_uuid": powerpack_uuid, "text": "Your code is 123456. Do not share it."}
        asyncio.run(post_all(int(port), body, 200, 1))  # what is done once is done
        before, began = cpu_s(process), time.monotonic()
        asyncio.run(post_all(int(port), body, requests, 1))
        return requests / (time.monotonic() - began), (cpu_s(process) - before) / requests * 1e6


@contextmanager
def server(role: str, file: Path) -> Iterator[tuple[Process, str]]:
    """A server on the first core, until the block ends, and the line it said when it was ready."""
    with child(__file__, role, CORES[0], "--file", str(file)) as process:
        yield process, heard(process)


def cpu_s(process: Process) -> float:
    """What it has used."""
    used: float = json.loads(tell(process, "", answers=True))
    return used


def tell_cpu(line: str) -> None:
    """Answer for ``cpu_s``."""
    print(time.process_time(), flush=True)


async def gateway_role(asked: argparse.Namespace) -> None:
    """The gateway's API; no carrier."""
    clock, journal = clock_and_journal(asyncio.get_running_loop())
    gateway = Gateway(
        Settings(),
        store=SqliteStore(Path(asked.file), secret=b"benchmark".ljust(32)),
        routes=[
            RouteSettings(name="generic", hosts=(("127.0.0.1", NOBODY),), system_id="powerpack", password="password")
        ],
        carrier_of=lambda number: "generic",
        clock=clock,
        journal=journal,
        rng=random.Random(7),
        provision=toll_free_pool(POOL_SIZE),
    )
    await gateway.start()
    serving = await serve_asgi(asyncio.get_running_loop(), api_app(gateway), "127.0.0.1", 0)
    powerpack = next(iter(gateway.holdings.powerpacks))
    settle_memory()
    print(serving.url.rsplit(":", 1)[1], powerpack.uuid, flush=True)
    await lines_until_the_end(tell_cpu)
    await serving.close(1.0)
    await gateway.stop(0.0)


async def fastapi_role(asked: argparse.Namespace) -> None:
    """FastAPI with a route that does nothing."""
    app = FastAPI()

    @app.post("/v1/Account/{auth_id}/Message/", status_code=202)
    async def accept(auth_id: str) -> dict[str, str]:
        return {"message": "message(s) queued"}

    config = uvicorn.Config(app, host="127.0.0.1", port=0, http="httptools", log_level="error", access_log=False)
    running = uvicorn.Server(config)
    serving = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110  once, and uvicorn tells nobody
        await asyncio.sleep(0.01)
    print(running.servers[0].sockets[0].getsockname()[1], "-", flush=True)
    await lines_until_the_end(tell_cpu)
    running.should_exit = True
    await serving


ROLES: dict[str, Callable[[argparse.Namespace], Coroutine[None, None, None]]] = {
    "gateway": gateway_role,
    "fastapi": fastapi_role,
}

if __name__ == "__main__":
    main()
