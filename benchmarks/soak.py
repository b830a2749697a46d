"""Kills a gateway again and again (kill -9) under load, with carriers that misbehave, and counts what became of it.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/soak.py [--kills 20] [--store URL] [--receipts]

Gateway and carriers are processes of their own; the carriers stay up, lose answers, throttle and hang up. Towards one
of them the gateway's policy for unknown outcomes is at_least_once, towards the other at_most_once. Threads post
messages, each with a text of its own, to whichever gateway is there; some handsets say STOP on the way. After the last
kill the carriers are well again and everything may end. Then every message that was answered with 202 is looked up in
the state, a file or an empty database (``--store postgresql://...``), and every text on the phones.

How often a text may be on a phone follows from the policy. At most once: once. At least once: once, and once more for
each kill at which it was in flight (a phone has it, and the state file that was left behind does not know that a
carrier took it), and for each answer that its history says did not come. Every other message asks for
callbacks, of which one in fifty is refused: what it came to has to be told, and nothing else. With ``--receipts`` some
receipts come before their answer, or three seconds late, all have an id that another message has, too, and more are
doubled. The exit code is 1 when a promise was broken.
"""

import argparse
import asyncio
import http.client
import json
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
from roles import Process, child, clock_and_journal, heard, lines_until_the_end, tell
from soak_receiver import Receiver, receiver
from toll_free_pool import AUTH_ID, AUTH_TOKEN, toll_free_pool

from powerpack_carriers import Account, Carrier, Directory
from powerpack_gateway.callbacks import CallbackSettings
from powerpack_gateway.gateway import Gateway
from powerpack_gateway.http.app import api_app
from powerpack_gateway.ids import MessageIds
from powerpack_gateway.messages import FINAL, Stage
from powerpack_gateway.settings import Settings, UnknownOutcome
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.sqlite_log import unwritten
from powerpack_lab.serving import serve_asgi
from powerpack_lab.stores import store_at

CORES = sorted(os.sched_getaffinity(0))
POOL_SIZE = 500
POSTERS = 4
HANDSETS = 400
EXPIRY_S = 10
"""Of every message: at most once, one whose answer was lost only waits for a receipt, or for this."""
RETRY_AFTER_S = (1.0, 2.0, 4.0, 8.0)
"""Of callbacks that are refused, so that all that are owed are told before a run ends."""
RESPONSE_TIMEOUT_S = 5.0
"""An answer that the carrier swallowed just before it was healed is waited for so long. With the default of 60 s the
end of a run took more than a minute for a single message."""
DELIVERED_WITHIN_S = 0.4
"""What the carrier took before a kill is on its phone by then."""
ACCEPTED_A_LIFE = 50
"""A gateway lives until it has accepted so many, however slow the machine is: who does nothing loses nothing."""
LIVES_S_MAX = 60.0
ENDED_WITHIN_S = 120.0
SECRET = "SELECT json FROM {}document WHERE kind = 'secret'"
OPTED_OUT = "You have been unsubscribed"
FAULTS: tuple[tuple[str, dict[str, float]], ...] = (
    ("lose_response", {"share": 0.01}),
    ("throttle", {"share": 0.002}),
    ("duplicate_receipt", {"share": 0.02}),
    ("disconnect", {"after": 700}),
)
ODD_RECEIPTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("receipt_quirk", {"share": 0.1, "quirks": {"before_response_s": 0.2}}),
    ("delay_receipt", {"share": 0.1, "delay_s_min": 0.5, "delay_s_max": 3.0}),
    ("id_reuse", {"distance": 30}),
    ("duplicate_receipt", {"share": 0.1}),
)
"""Early, late, with an id that comes again, and doubled."""
ENDS = ("delivered", "undelivered", "failed")
POLICIES = {"eager": UnknownOutcome.AT_LEAST_ONCE, "careful": UnknownOutcome.AT_MOST_ONCE}
AREAS = {"eager": "1415", "careful": "1206"}
"""The carriers, the policy towards each, and where its handsets are."""

Phones = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What became of a run. The first six may be nothing but 0."""

    lost: int
    unfinished: int
    delivered_nowhere: int
    copies_too_many: int
    written_to_after_stop: int
    untold: int
    kills: int
    accepted: int
    became: dict[str, int]
    error_codes: dict[str, int]
    copies: int
    copies_allowed: int
    restart_s: float

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept."""
        return not (
            self.lost
            or self.unfinished
            or self.delivered_nowhere
            or self.copies_too_many
            or self.written_to_after_stop
            or self.untold
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One message in the state file."""

    stage: Stage
    error_code: str
    unanswered: int
    """How many submits its history knows to have had no answer."""


class Load:
    """Posts messages until told to stop; ``accepted`` is text by uuid."""

    def __init__(self, first: int = 0, callbacks: str = "") -> None:
        self.port = 0
        self._callbacks = callbacks
        self.powerpack = ""
        self.accepted: dict[str, str] = {}
        self.has_ended = False
        self._numbers = iter(range(first, first + 10**9))
        self._threads = [threading.Thread(target=self._post) for _ in range(POSTERS)]

    def start(self) -> None:
        """Begin."""
        for each in self._threads:
            each.start()

    def wait_for(self, accepted: int, deadline: float) -> None:
        """Wait until so many were accepted, or it is so late by the monotonic clock."""
        while len(self.accepted) < accepted and time.monotonic() < deadline:
            time.sleep(0.02)

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
                    body = {
                        "powerpack_uuid": self.powerpack,
                        "dst": handset(number % HANDSETS),
                        "text": text,
                        "message_expiry": EXPIRY_S,
                    }
                    if self._callbacks and number % 2:
                        body["url"] = self._callbacks
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
    """One of the numbers that are written to; each carrier has half of them."""
    return f"{AREAS['eager' if index % 2 else 'careful']}{5_000_000 + index}"


def carrier_of(number: str) -> str:
    """Who serves a handset."""
    return next(carrier for carrier, area in AREAS.items() if number.startswith(area))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7, help="of the moments of the kills")
    parser.add_argument("--json", type=Path, help="write the count there too")
    parser.add_argument("--receipts", action="store_true", help="odd ones: early, late, doubled, with equal ids")
    parser.add_argument("--role", choices=("carriers", "gateway"), help=argparse.SUPPRESS)
    parser.add_argument("--ports", type=int, nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--store", default="", help="postgresql://..., empty; SQLite on a file if not given")
    asked = parser.parse_args()
    if asked.role == "carriers":
        asyncio.run(carriers_role(FAULTS + ODD_RECEIPTS if asked.receipts else FAULTS))
    elif asked.role == "gateway":
        asyncio.run(gateway_role(asked.ports, asked.store))
    else:
        with tempfile.TemporaryDirectory() as folder:
            rng, store = random.Random(asked.seed), asked.store or f"{folder}/gateway.sqlite"
            count = soak(asked.kills, rng, store, odd_receipts=asked.receipts)
        print_count(count)
        if asked.json is not None:
            asked.json.write_text(json.dumps(asdict(count)), encoding="utf-8")
        sys.exit(not count.is_good)


def soak(kills: int, rng: random.Random, store: str, *, odd_receipts: bool = False) -> Count:
    """The whole of it."""
    restarts: list[float] = []
    in_flight: list[set[str]] = []
    with receiver() as application, carriers_child(odd_receipts=odd_receipts) as carriers:
        load = Load(callbacks=application.url)
        ports = heard(carriers).split()
        for kill in range(kills + 1):
            began = time.monotonic()
            with child(__file__, "gateway", CORES[0], "--store", store, "--ports", *ports) as gateway:
                port, load.powerpack = heard(gateway).split()
                load.port = int(port)
                restarts.append(time.monotonic() - began)
                if not kill:
                    load.start()
                if kill < kills:
                    time.sleep(rng.uniform(0.5, 2.0))
                    load.wait_for((kill + 1) * ACCEPTED_A_LIFE, began + LIVES_S_MAX)
                    tell(carriers, f"stop {handset(rng.randrange(HANDSETS))}")
                    time.sleep(rng.uniform(0.0, 0.3))
                    gateway.kill()
                    gateway.wait()
                    time.sleep(DELIVERED_WITHIN_S)
                    in_flight.append(unknown_in(store) & set(texts_of(ask_phones(carriers))))
                    continue
                load.stop()
                tell(carriers, "heal")
                application.is_well = True
                deadline = time.monotonic() + ENDED_WITHIN_S
                while int(tell(gateway, "", answers=True)) and time.monotonic() < deadline:
                    time.sleep(0.2)
        phones = ask_phones(carriers)
    return counted(load.accepted, phones, *kept_in(store), in_flight, restarts, application)


def unknown_in(store: str) -> set[str]:
    """Texts of messages that a killed gateway left behind without knowing that a carrier took them."""
    rows = rows_in(
        store,
        "SELECT text, carrier_ids FROM message WHERE is_open",
        "SELECT text, carrier_ids FROM powerpack.live",
    )
    found = [(text, json.loads(ids)) for text, ids in rows]
    if "://" not in store:
        ((secret,),) = rows_in(store, SECRET.format(""), "")
        with closing(sqlite3.connect(store)) as state:
            found += [(each.text, each.carrier_ids) for each in unwritten(state, MessageIds(secret), store)]
    return {text for text, ids in found if not all(ids or ("",))}


def kept_in(store: str) -> tuple[MessageIds, dict[int, Kept]]:
    """How the store names its messages, and all of them by row."""
    messages = "SELECT id, stage, error_code, history FROM {}message"
    ((found,),) = rows_in(store, SECRET.format(""), SECRET.format("powerpack."))
    return MessageIds(found), {
        row: Kept(stage=Stage(stage), error_code=code or "", unanswered=history.count(b'"no_answer"'))
        for row, stage, code, history in rows_in(store, messages.format(""), messages.format("powerpack.all_"))
    }


def rows_in(store: str, in_a_file: str, on_a_server: str) -> list[Any]:
    """What one of the two queries finds."""
    if "://" in store:
        return asyncio.run(_rows_on_a_server(store, on_a_server))
    with closing(sqlite3.connect(store)) as state:
        return state.execute(in_a_file).fetchall()


async def _rows_on_a_server(store: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(store)
    rows = await connection.fetch(query)
    await connection.close()
    return rows


def counted(
    accepted: Mapping[str, str],
    phones: Phones,
    ids: MessageIds,
    kept: Mapping[int, Kept],
    in_flight: Sequence[Collection[str]],
    restarts: Sequence[float],
    application: Receiver | None = None,
) -> Count:
    """Compare what was promised with what is on the phones and in the file."""
    found = {text: kept.get(ids.row(uuid) or 0) for uuid, text in accepted.items()}
    is_careful = {text: carrier_of(number) == "careful" for number, texts in phones.items() for text in texts}
    on_phones = Counter(texts_of(phones))
    flights = Counter(text for texts in in_flight for text in texts)
    allowed, too_many = 0, 0
    for text, copies in on_phones.items():
        message = found.get(text)
        if not text.startswith("message "):
            continue
        # One whose 202 was lost with its connection is not among the accepted: it may have been submitted all the same.
        unanswered = 0 if message is None else message.unanswered
        more = 0 if is_careful[text] else flights[text] + unanswered
        allowed += more
        too_many += max(0, copies - 1 - more)
    became = Counter("LOST" if each is None else each.stage.name for each in found.values())
    for text in [text for text, each in found.items() if each is not None and each.stage not in FINAL][:10]:
        print(f"{text} is {found[text]}")
    delivered = [text for text, each in found.items() if each is not None and each.stage is Stage.DELIVERED]
    return Count(
        lost=became["LOST"],
        unfinished=sum(1 for each in found.values() if each is not None and each.stage not in FINAL),
        delivered_nowhere=sum(1 for text in delivered if not on_phones[text]),
        copies_too_many=too_many,
        written_to_after_stop=sum(1 for texts in phones.values() if _wrote_after_stop(texts)),
        untold=0 if application is None else untold(application, accepted, ids, kept),
        kills=len(in_flight),
        accepted=len(accepted),
        became=dict(became),
        error_codes=dict(Counter(each.error_code for each in found.values() if each and each.error_code)),
        copies=sum(copies - 1 for text, copies in on_phones.items() if text.startswith("message ")),
        copies_allowed=allowed,
        restart_s=sorted(restarts)[len(restarts) // 2],
    )


def untold(application: Receiver, accepted: Mapping[str, str], ids: MessageIds, kept: Mapping[int, Kept]) -> int:
    """Messages whose end the application did not hear, or heard to be another."""
    asks = {uuid for uuid, text in accepted.items() if int(text.split()[1]) % 2}
    stages = {uuid: kept[ids.row(uuid) or 0].stage for uuid in asks if ids.row(uuid) in kept}
    ended = {uuid: stage.name.lower() for uuid, stage in stages.items() if stage in FINAL}
    wrong = application.told_wrongly(ended, ENDS)
    for uuid in wrong[:10]:
        print(f"{accepted[uuid]} is {ended[uuid]}, and the application was told {application.told.get(uuid, [])}")
    return len(wrong)


def texts_of(phones: Phones) -> Iterator[str]:
    """Every text on every phone."""
    return (text for texts in phones.values() for text in texts)


def _wrote_after_stop(texts: Sequence[str]) -> bool:
    """Whether a handset that was told of its opt-out got a message after that."""
    told = next((index for index, text in enumerate(texts) if text.startswith(OPTED_OUT)), len(texts))
    return any(text.startswith("message ") for text in texts[told + 1 :])


def print_count(count: Count) -> None:
    """For people."""
    print(f"{count.kills} kills and the like, {count.accepted} messages answered with 202")
    print("became: " + ", ".join(f"{number} {stage}" for stage, number in count.became.items()))
    print("error codes: " + (", ".join(f"{code}: {number}" for code, number in count.error_codes.items()) or "none"))
    print(f"lost {count.lost}, not final {count.unfinished}, delivered but on no phone {count.delivered_nowhere}")
    print(
        f"second copies {count.copies}, of {count.copies_allowed} that the policies allow; "
        f"beyond what they allow {count.copies_too_many}"
    )
    print(f"ends that the application did not hear, or heard otherwise {count.untold}")
    print(f"handsets written to after STOP {count.written_to_after_stop}")
    print(f"back after a kill in {count.restart_s:.1f} s (median, start of Python and bind included)")


# The processes


def carriers_child(*, odd_receipts: bool) -> AbstractContextManager[Process]:
    """The carriers, on a core of their own if there are two."""
    return child(__file__, "carriers", CORES[-1], *(["--receipts"] if odd_receipts else []))


def ask_phones(carriers: Process) -> Phones:
    """Every text on every phone, in the order in which they came."""
    phones: Phones = json.loads(tell(carriers, "report", answers=True))
    return phones


async def carriers_role(faults: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Carriers that misbehave until they are healed; prints their ports, and the phones when it is asked."""
    loop = asyncio.get_running_loop()
    clock, journal = clock_and_journal(loop)
    directory = Directory()
    account = Account("powerpack", "password")
    carriers = [
        Carrier("generic", name=name, accounts=(account,), clock=clock, journal=journal, directory=directory, seed=seed)
        for seed, name in enumerate(POLICIES)
    ]
    for carrier in carriers:
        await carrier.start()
        directory.assign_prefix(AREAS[carrier.name], carrier.name)
        for word, settings in faults:
            carrier.faults.add(word, **settings)
    print(*(each.port for each in carriers), flush=True)

    def act(line: str) -> None:
        match line.split():
            case ["stop", number]:
                phone = directory.handset(number)
                if phone.inbox:
                    phone.reply("STOP")
            case ["heal"]:
                for carrier in carriers:
                    carrier.faults.clear()
            case ["report"]:
                phones = {each.number: [text.text for text in each.inbox] for each in directory.handsets()}
                print(json.dumps(phones), flush=True)

    await lines_until_the_end(act)
    for carrier in carriers:
        await carrier.stop()


async def gateway_role(ports: Sequence[int], store: str) -> None:
    """A gateway and its API: prints port and Powerpack when it is bound, and for each line what is not finished."""
    loop = asyncio.get_running_loop()
    clock, journal = clock_and_journal(loop)
    gateway = Gateway(
        Settings(callbacks=CallbackSettings(retry_after_s=RETRY_AFTER_S)),
        store=store_at(store, secret=b"benchmark".ljust(32), journal=journal),
        routes=[
            RouteSettings(
                name=name,
                hosts=(("127.0.0.1", port),),
                system_id="powerpack",
                password="password",
                response_timeout_s=RESPONSE_TIMEOUT_S,
                unknown_outcome=policy,
            )
            for (name, policy), port in zip(POLICIES.items(), ports, strict=True)
        ],
        carrier_of=carrier_of,
        clock=clock,
        journal=journal,
        rng=random.Random(7),
        provision=toll_free_pool(POOL_SIZE),
    )
    await gateway.start()
    serving = await serve_asgi(loop, api_app(gateway), "127.0.0.1", 0)
    while not all(each.is_bound for each in gateway.dispatcher.routes.values()):  # noqa: ASYNC110  once
        await asyncio.sleep(0.005)
    powerpack = next(iter(gateway.holdings.powerpacks))
    print(serving.url.rsplit(":", 1)[1], powerpack.uuid, flush=True)

    def unfinished(line: str) -> None:
        # Not the answers to STOP: they may take three hours, and at most once one whose answer was lost does.
        print(sum(not each.intent for each in gateway.under_way()), flush=True)

    await lines_until_the_end(unfinished)
    await serving.close(1.0)
    await gateway.stop()


if __name__ == "__main__":
    main()
