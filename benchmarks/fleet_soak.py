"""Kills, pauses and stops either of two gateways on one PostgreSQL, again and again under load; counts as ``soak.py``.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/fleet_soak.py --store postgresql://...
         [--kills 20] [--pauses 0] [--stops 0] [--receipts]

The command ``powerpack-lab gateway`` twice on an empty database. Both are written to all the time; a killed one comes
back at once under another name, while the other one takes over what it did. One that is paused (SIGSTOP) sleeps longer
than its life, wakes, and has to begin anew by itself if it was taken for dead meanwhile; one that is stopped (SIGTERM)
ends as it should, and is started again. What was in flight is asked a moment after each of these, when the other is at
work: so what the policies allow is counted a little high, and nothing else is.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

import asyncpg
from roles import heard, tell
from soak import (
    AREAS,
    DELIVERED_WITHIN_S,
    ENDED_WITHIN_S,
    HANDSETS,
    POLICIES,
    POOL_SIZE,
    RESPONSE_TIMEOUT_S,
    RETRY_AFTER_S,
    Count,
    Load,
    ask_phones,
    carriers_child,
    counted,
    handset,
    kept_in,
    print_count,
    texts_of,
    unknown_in,
)
from soak_receiver import receiver
from toll_free_pool import AUTH_ID, AUTH_TOKEN

READY_S = 240.0  # on a machine that does much else
BETWEEN_S = (2.0, 9.0)
"""A killed gateway is taken for dead after six: some kills hit while the other one takes over, or before."""
GOES_ON_S = 10.0
"""Who is ready for so long after a pause without having begun anew was not taken for dead."""
PAUSED_S = (8.0, 12.0)
"""Longer than a life, and than the others need to see its end."""


class Member:
    """One of the gateways: its process, and the load on it."""

    def __init__(self, name: str, folder: Path, store: str, first: int, callbacks: str) -> None:
        self.load = Load(first, callbacks)
        self._folder = folder
        self._name = name
        self._store = store
        self._ready = folder / f"{name}.json"
        self.process: subprocess.Popen[bytes]

    def start(self) -> float:
        """Run it; seconds until it listens."""
        self._ready.unlink(missing_ok=True)
        began = time.monotonic()
        options = ["--store", self._store, "--config", str(self._folder / "gateway.toml"), "--port", "0"]
        options += ["--peer-port", "0", "--ready-file", str(self._ready)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "powerpack_lab", "gateway", *options], stdout=subprocess.DEVNULL
        )
        self._wait_until_ready()
        return time.monotonic() - began

    def _wait_until_ready(self) -> None:
        began = time.monotonic()
        while not self._ready.exists():
            if self.process.poll() is not None or time.monotonic() > began + READY_S:
                raise RuntimeError(f"gateway {self._name} did not start")
            time.sleep(0.02)
        facts = json.loads(self._ready.read_text())
        self.load.powerpack = facts["powerpack_uuid"]
        self.load.port = int(facts["api_url"].split(":")[2].split("/")[0])

    def pause(self, seconds: float, meanwhile: Callable[[], None]) -> None:
        """As a machine does that swaps, or is moved: it stands still longer than its life."""
        self._ready.unlink()
        self.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        meanwhile()
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        self.process.send_signal(signal.SIGCONT)
        woke = time.monotonic()
        while self._is_ready() and not self._ready.exists():
            if time.monotonic() > woke + GOES_ON_S:
                return  # nobody buried it: the other one had begun only just, or was slow itself
            time.sleep(0.05)
        self._wait_until_ready()

    def _is_ready(self) -> bool:
        """Whether it answers, where it answered last, that it works."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.load.port}/healthz", timeout=10) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """As an operator does; the exit code."""
        self.process.terminate()
        return self.process.wait()


def configuration(ports: list[str]) -> str:
    """What both are started with."""
    words = [f'auth_id = "{AUTH_ID}"', f'auth_token = "{AUTH_TOKEN}"']
    for (name, policy), port in zip(POLICIES.items(), ports, strict=True):
        words += ["[[routes]]", f'name = "{name}"', f'hosts = ["127.0.0.1:{port}"]', 'system_id = "powerpack"']
        words += ['password = "password"', f'unknown_outcome = "{policy}"', f'prefixes = ["{AREAS[name]}"]']
        words += [f"response_timeout_s = {RESPONSE_TIMEOUT_S}"]
    words += ["[gateway.callbacks]", f"retry_after_s = {[*RETRY_AFTER_S]}"]
    for index in range(POOL_SIZE):
        words += ["[[numbers]]", f'number = "1833{2_000_000 + index}"', 'type = "tollfree"']
    return "\n".join(words)


async def unfinished_in(store: str) -> int:
    """Messages that owe something; not the answers to STOP, which may take three hours."""
    connection = await asyncpg.connect(store)
    count: int = await connection.fetchval("SELECT count(*) FROM powerpack.live WHERE intent = ''")
    await connection.close()
    return count


def soak(troubles: Sequence[str], rng: random.Random, folder: Path, store: str, *, odd_receipts: bool) -> Count:
    """The whole of it; ``troubles`` are "kill", "pause" and "stop", in this order."""
    in_flight: list[set[str]] = []
    with receiver() as application, carriers_child(odd_receipts=odd_receipts) as carriers:
        names = enumerate(("one", "two"))
        members = [Member(name, folder, store, index * 10**9, application.url) for index, name in names]
        (folder / "gateway.toml").write_text(configuration(heard(carriers).split()))
        restarts = [each.start() for each in members]
        for each in members:
            each.load.start()

        def look() -> None:
            time.sleep(DELIVERED_WITHIN_S)
            in_flight.append(unknown_in(store) & set(texts_of(ask_phones(carriers))))

        for trouble in troubles:
            time.sleep(rng.uniform(*BETWEEN_S))
            tell(carriers, f"stop {handset(rng.randrange(HANDSETS))}")
            time.sleep(rng.uniform(0.0, 0.3))
            who = rng.choice(members)
            if trouble == "pause":
                who.pause(rng.uniform(*PAUSED_S), look)
                continue
            if trouble == "kill":
                who.kill()
            elif code := who.end():
                raise RuntimeError(f"a gateway that was stopped ended with {code}")
            look()
            restarts.append(who.start())
        for each in members:
            each.load.stop()
        tell(carriers, "heal")
        application.is_well = True
        deadline = time.monotonic() + ENDED_WITHIN_S
        while asyncio.run(unfinished_in(store)) and time.monotonic() < deadline:
            time.sleep(0.5)
        codes = [each.end() for each in members]
        phones = ask_phones(carriers)
    print(f"accepted by each: {[len(each.load.accepted) for each in members]}; exit codes at the end: {codes}")
    print(", ".join(f"{troubles.count(each)} x {each}" for each in dict.fromkeys(troubles)))
    accepted = {uuid: text for each in members for uuid, text in each.load.accepted.items()}
    return counted(accepted, phones, *kept_in(store), in_flight, restarts, application)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True, help="postgresql://..., empty")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pauses", type=int, default=0)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--receipts", action="store_true", help="odd ones: early, late, doubled, with equal ids")
    parser.add_argument("--seed", type=int, default=7, help="of the moments of the kills, and whom they hit")
    parser.add_argument("--json", type=Path, help="write the count there too")
    asked = parser.parse_args()
    os.environ.setdefault("PYTHONPATH", "gateway:fake_carriers:fixtures")
    rng = random.Random(asked.seed)
    troubles = ["kill"] * asked.kills + ["pause"] * asked.pauses + ["stop"] * asked.stops
    rng.shuffle(troubles)
    with tempfile.TemporaryDirectory() as folder:
        count = soak(troubles, rng, Path(folder), asked.store, odd_receipts=asked.receipts)
    print_count(count)
    if asked.json is not None:
        asked.json.write_text(json.dumps(asdict(count)), encoding="utf-8")
    sys.exit(not count.is_good)


if __name__ == "__main__":
    main()
