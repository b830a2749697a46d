"""Kills a gateway again and again (kill -9) under load, with a carrier that misbehaves, and counts what became of it.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/soak.py [--kills 20] [--seed 7]

Gateway and carrier are processes of their own; the carrier stays up, loses answers, throttles and hangs up. Threads
post messages, each with a text of its own, to whichever gateway is there; some handsets say STOP on the way. After the
last kill the carrier is well again and everything may end. Then every message that was answered with 202 is looked up
in the state file, and every text on the phones. The exit code is 1 when a promise was broken.
"""

import argparse
import asyncio
import http.client
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter
from pathlib import Path

from end_to_end import (  # type: ignore[import-not-found]  # a script's own folder is the first on its path
    AUTH_ID,
    AUTH_TOKEN,
    CORES,
    ask,
    child,
    clock_and_journal,
)

from powerpack_carriers import Account, Carrier, Directory
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.messages import FINAL, Stage

POSTERS = 4
HANDSETS = 400
ENDED_WITHIN_S = 180.0
OPTED_OUT = "You have been unsubscribed"
FAULTS: tuple[tuple[str, dict[str, float]], ...] = (
    ("lose_response", {"share": 0.01}),
    ("throttle", {"share": 0.002}),
    ("duplicate_receipt", {"share": 0.02}),
    ("disconnect", {"after": 700}),
)


class Load:
    """Posts messages until told to stop; ``accepted`` is text by uuid."""

    def __init__(self) -> None:
        self.port = 0
        self.powerpack = ""
        self.accepted: dict[str, str] = {}
        self.has_ended = False
        self._numbers = iter(range(10**9))
        self._threads = [threading.Thread(target=self._post) for _ in range(POSTERS)]

    def start(self) -> None:
        """Begin."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """End, once the requests under way are answered."""
        self.has_ended = True
        for each in self._threads:
            each.join()

    def _post(self) -> None:
        credentials = b64encode(f"{AUTH_ID}:{AUTH_TOKEN}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
        while not self.has_ended:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                while not self.has_ended:
                    number = next(self._numbers)
                    text = f"message {number}"
                    body = {"powerpack_uuid": self.powerpack, "dst": handset(number % HANDSETS), "text": text}
                    connection.request("POST", f"/v1/Account/{AUTH_ID}/Message/", json.dumps(body), headers)
                    answer = connection.getresponse()
                    read = json.loads(answer.read())
                    if answer.status == 202:
                        self.accepted[read["message_uuid"][0]] = text
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)  # it was killed; another one comes
            finally:
                connection.close()


def handset(index: int) -> str:
    """One of the numbers that are written to."""
    return f"1415{5_000_000 + index}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7, help="of the moments of the kills")
    parser.add_argument("--role", choices=("carrier",), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role is not None:
        asyncio.run(carrier_role())
        return
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(soak(asked.kills, random.Random(asked.seed), Path(folder) / "gateway.sqlite"))


def soak(kills: int, rng: random.Random, file: Path) -> int:
    """The whole of it; the exit code."""
    load = Load()
    with subprocess.Popen(
        [sys.executable, __file__, "--role", "carrier"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as carrier:
        assert carrier.stdin is not None
        assert carrier.stdout is not None
        options = ("--port", carrier.stdout.readline().strip(), "--file", str(file))
        restarts: list[float] = []
        left = 0
        for kill in range(kills + 1):
            began = time.monotonic()
            with child("gateway", CORES[0], *options) as gateway:
                assert gateway.stdout is not None
                port, load.powerpack = gateway.stdout.readline().split()
                load.port = int(port)
                restarts.append(time.monotonic() - began)
                if not kill:
                    load.start()
                if kill < kills:
                    time.sleep(rng.uniform(0.5, 2.0))
                    print("stop", handset(rng.randrange(HANDSETS)), file=carrier.stdin, flush=True)
                    time.sleep(rng.uniform(0.0, 0.3))
                    gateway.kill()
                    continue
                load.stop()
                print("heal", file=carrier.stdin, flush=True)
                deadline = time.monotonic() + ENDED_WITHIN_S
                while (left := ask(gateway).under_way) and time.monotonic() < deadline:
                    time.sleep(0.5)
        print("report", file=carrier.stdin, flush=True)
        phones: dict[str, list[str]] = json.loads(carrier.stdout.readline())
        carrier.stdin.close()
    return report(load.accepted, phones, file, kills, left, restarts)


def report(
    accepted: dict[str, str], phones: dict[str, list[str]], file: Path, kills: int, left: int, restarts: list[float]
) -> int:
    """Count, print, and say whether every promise was kept."""
    with sqlite3.connect(file) as state:
        (secret,) = state.execute("SELECT json FROM document WHERE kind = 'secret'").fetchone()
        rows = state.execute("SELECT id, stage, error_code FROM message").fetchall()
    stages = {row: Stage(stage) for row, stage, _ in rows}
    codes = {row: code or "" for row, _, code in rows}
    ids = MessageIds(secret)
    became: Counter[Stage | None] = Counter(stages.get(ids.row(uuid) or 0) for uuid in accepted)
    copies = Counter(text for texts in phones.values() for text in texts)
    delivered = [text for uuid, text in accepted.items() if stages.get(ids.row(uuid) or 0) is Stage.DELIVERED]
    silent = [number for number, texts in phones.items() if _wrote_after_stop(texts)]
    lost = became[None]
    open_still = sum(count for stage, count in became.items() if stage is not None and stage not in FINAL)
    missing = sum(1 for text in delivered if not copies[text])
    print(f"{kills} kills, {len(accepted)} messages answered with 202")
    print(
        "became: " + ", ".join(f"{count} {'LOST' if stage is None else stage.name}" for stage, count in became.items())
    )
    rows_of = [ids.row(uuid) or 0 for uuid in accepted]
    failed = Counter(codes[row] for row in rows_of if codes.get(row, "") not in ("", "000"))
    print("error codes: " + (", ".join(f"{code}: {count}" for code, count in sorted(failed.items())) or "none"))
    print(f"not final {open_still} (under way at the end: {left}), delivered but on no phone {missing}")
    twice = sum(1 for text in delivered if copies[text] > 1)
    print(f"texts that came twice {twice}, handsets written to after STOP {len(silent)}")
    print(
        f"back after a kill in {sorted(restarts)[len(restarts) // 2]:.1f} s (median, start of Python and bind included)"
    )
    return int(bool(lost or open_still or missing or silent))


def _wrote_after_stop(texts: list[str]) -> bool:
    """Whether a handset that was told of its opt-out got a message after that."""
    told = next((index for index, text in enumerate(texts) if text.startswith(OPTED_OUT)), len(texts))
    return any(text.startswith("message ") for text in texts[told + 1 :])


async def carrier_role() -> None:
    """A carrier that misbehaves until it is healed; prints its port, and at the end what the phones have got."""
    loop = asyncio.get_running_loop()
    clock, journal = clock_and_journal(loop)
    directory = Directory()
    carrier = Carrier(
        "generic", accounts=(Account("powerpack", "password"),), clock=clock, journal=journal, directory=directory
    )
    await carrier.start()
    for word, settings in FAULTS:
        carrier.faults.add(word, **settings)
    print(carrier.port, flush=True)
    ended: asyncio.Future[None] = loop.create_future()

    def act(line: str) -> None:
        match line.split():
            case ["stop", number]:
                phone = directory.handset(number)
                if phone.inbox:
                    phone.reply("STOP")
            case ["heal"]:
                carrier.faults.clear()
            case ["report"]:
                phones = {each.number: [text.text for text in each.inbox] for each in directory.handsets()}
                print(json.dumps(phones), flush=True)

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(act, line)
        loop.call_soon_threadsafe(ended.set_result, None)

    threading.Thread(target=read).start()
    await ended
    await carrier.stop()


if __name__ == "__main__":
    main()
