"""Plain messages by the block come to what they come to one by one: octets, events, callbacks, rows and histories."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import pytest

from gateway.plain_gateway import AUTHORIZATION, plain_gateway, tollfree_numbers
from powerpack_gateway import underway
from powerpack_gateway.callbacks import CallbackSettings
from powerpack_gateway.dispatcher import Dispatcher
from powerpack_gateway.encoding import EncodedText
from powerpack_gateway.errors import StoreError
from powerpack_gateway.history import history_of
from powerpack_gateway.http import express
from powerpack_gateway.intake import Done, Intake
from powerpack_gateway.messages import Message
from powerpack_gateway.plain_submits import PlainSubmits
from powerpack_gateway.route_queue import RouteQueue
from powerpack_gateway.sending import SendRequest
from powerpack_gateway.settings import NumberSettings, Settings
from powerpack_gateway.smpp import session
from powerpack_gateway.smpp.plain_read import PlainRead, read_plain
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.status_posts import StatusPost
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_gateway.throughput import Turn
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

NUMBERS = tollfree_numbers(3)
HANDSETS = [f"1415555010{index}" for index in range(6)]
TEXTS = ("Your code is 4711.", "Grüße, 10 €", "A long text. " * 20, "Привет")
TOO_LONG = "Much too long. " * 200
LITTLE_CREDIT = "3.03000"
"""Three numbers cost 3 dollars a month; what is left is for some messages."""
GIVEN_UP_S = 3 * (60 + 120 + 240) + 80.0
"""When the last of three callbacks has been given up, whatever happened."""
ESME_RTHROTTLED, ESME_RMSGQFUL, ESME_RINVDSTADR = 0x58, 0x14, 0x0B


@dataclass(frozen=True)
class Post:
    """A request; ``of`` are indexes of handsets, -1 is what is no number; ``callbacks`` where they go, and how.
    ``after_s`` None: the next one comes in the same turn of the loop."""

    of: tuple[int, ...]
    text: str = TEXTS[0]
    callbacks: str = ""
    expiry_s: int = 10_000
    after_s: float | None = 0.1


@dataclass(frozen=True)
class Answers:
    """To the oldest submits without one, in one write: a status and an id, or a garbled answer; and then receipts."""

    statuses: tuple[int, ...]
    form: str = "%d"
    receipts: tuple[str, ...] = ()
    receipts_first: bool = False
    twice: bool = False
    after_s: float = 0.1


@dataclass(frozen=True)
class Wait:
    after_s: float


@dataclass(frozen=True)
class Stop:
    """A handset says STOP to a number."""

    of: int
    number: int
    after_s: float = 0.1


@dataclass(frozen=True)
class FullDisk:
    """The next group can not be written."""

    after_s: float | None = None


Step = Post | Answers | Wait | Stop | FullDisk


def pdu(command_id: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    head = (16 + len(body), command_id, status, sequence)
    return b"".join(each.to_bytes(4, "big") for each in head) + body


class Smsc(asyncio.Protocol):
    """Binds whoever comes, keeps submits until a script answers them, and writes down all octets."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, bytes]] = []
        self.submits: list[tuple[int, str, str]] = []
        self.accepted: list[tuple[str, str, str]] = []
        self.sequence = 100
        self._buffer = b""

    def __call__(self) -> "Smsc":
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard.append((asyncio.get_running_loop().time(), data))
        self._buffer += data
        while len(self._buffer) >= 4 and len(self._buffer) >= (length := int.from_bytes(self._buffer[:4], "big")):
            raw, self._buffer = self._buffer[:length], self._buffer[length:]
            command_id, sequence = int.from_bytes(raw[4:8], "big"), int.from_bytes(raw[12:16], "big")
            if command_id == 4:
                source, rest = raw[19:].split(b"\0", 1)
                self.submits.append((sequence, source.decode(), rest[2:].split(b"\0", 1)[0].decode()))
            elif command_id < 0x80000000:
                self.transport.write(pdu(command_id | 0x80000000, 0, sequence, b"stub\0" if command_id == 9 else b""))

    def answer(self, step: Answers) -> None:
        answers = b""
        for status in step.statuses:
            if not self.submits:
                break
            sequence, source, destination = self.submits.pop(0)
            message_id = "" if status or not step.form else step.form % sequence
            if not status and message_id:
                self.accepted.append((message_id, source, destination))
            answers += pdu(0x80000004, status, sequence, message_id.encode() + b"\0") * (2 if step.twice else 1)
        receipts = b"".join(self.receipt(stat) for stat in step.receipts if self.accepted)
        self.transport.write(receipts + answers if step.receipts_first else answers + receipts)

    def receipt(self, stat: str) -> bytes:
        """Of the oldest that was accepted; ``stat`` may say more than the state, after a slash."""
        stat, _, how = stat.partition("/")
        message_id, source, destination = self.accepted[0] if how == "again" else self.accepted.pop(0)
        text = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:2603021700 done date:2603021701 "
            f"stat:{stat} err:{'000' if stat == 'DELIVRD' else '021'}{' text:Your' if how == 'text' else ''}"
        )
        tlvs = b""
        if how == "tlvs":
            tlvs = b"\0\x1e" + (len(message_id) + 1).to_bytes(2, "big") + f"{message_id}\0".encode() + b"\4\x27\0\1\2"
        whose = "14155559999" if how == "stranger" else destination
        return self.delivery(whose, source, text.encode(), 4, tlvs)

    def delivery(self, source: str, destination: str, text: bytes, esm_class: int, tlvs: bytes = b"") -> bytes:
        self.sequence += 1
        addresses = b"\0\1\1%b\0\1\1%b\0" % (source.encode(), destination.encode())
        body = b"%b%c\0\0\0\0\0\0\0\0%c%b%b" % (addresses, esm_class, len(text), text, tlvs)
        return pdu(5, 0, self.sequence, body)


class Receiver(asyncio.Protocol):
    """The receiver of callbacks: writes down what each says, and answers as its path wants."""

    def __init__(self, heard: list[tuple[float, bytes]]) -> None:
        self._heard = heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        method, path = data.split(b" ", 2)[:2]
        path, _, query = path.partition(b"?")
        form = query if method == b"GET" else data.partition(b"\r\n\r\n")[2]
        tries = sum(each == form for _, each in self._heard)
        self._heard.append((asyncio.get_running_loop().time(), form))
        status, more = 200, b""
        if path == b"/odd" and tries < crc32(form) % 6:
            status = (500, 302, 404)[crc32(form) % 3]
        elif path == b"/closes":
            status, more = 204, b"Connection: close\r\n"
        elif path == b"/hangs-up" and tries == 0 and crc32(form) % 2:
            self._transport.close()
            return
        self._transport.write(b"HTTP/1.1 %d X\r\n%bContent-Length: 0\r\n\r\n" % (status, more))


RECEIVER = "http://127.0.0.1:8080"
TOLD = (
    f"{RECEIVER}/status",
    f"{RECEIVER}/odd",
    f"{RECEIVER}/closes",
    f"{RECEIVER}/hangs-up?x=50%25 é",
    "http://127.0.0.1:9/",
)


@dataclass
class Outcome:
    """All that anybody could see of a run. Of events that come together the order among messages is nobody's."""

    octets: list[tuple[float, bytes]]
    answers: list[tuple[int, object]]
    callbacks: list[tuple[float, bytes]]
    events: Counter[tuple[object, ...]]
    stories: dict[str, list[tuple[object, ...]]]
    messages: list[dict[str, object]]
    histories: list[list[str]]
    left: int


@contextmanager
def one_by_one(*, is_long: bool) -> Iterator[Counter[str]]:
    """Counts what goes by the block, or forbids it."""
    counted: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patched:

        def read(pdus: Sequence[bytes], waiting: Container[int]) -> list[PlainRead]:
            found = [] if is_long else read_plain(pdus, waiting)
            counted["reads"] += len(found)
            return found

        def no_post(url: str, **_: object) -> StatusPost:
            raise ValueError(url)

        def submit(self: PlainSubmits, queue: RouteQueue, route: Route, room: int, *, counts_attempts: bool) -> int:
            went = 0 if is_long else submit_plain(self, queue, route, room, counts_attempts=counts_attempts)
            counted["submits"] += went
            return went

        def schedule_each(self: Dispatcher, texts: Sequence[tuple[Message, Turn, EncodedText]]) -> None:
            for message, turn, encoded in texts:
                self.schedule(message, turn, encoded)

        def send_together(self: Intake, block: Sequence[tuple[SendRequest, Done]]) -> None:
            if len(block) > 1:
                counted["blocks"] += 1
            send_block(self, block)

        def send_each(self: Intake, block: Sequence[tuple[SendRequest, Done]]) -> None:
            for each in block:
                send_block(self, [each])

        send_block = Intake._send_block
        if is_long:
            patched.setattr(Dispatcher, "schedule_all", schedule_each)
            patched.setattr(express, "plain_request", lambda body, requester_ip: None)
            patched.setattr(underway, "StatusPost", no_post)
            patched.setattr(Intake, "_send_block", send_each)
        else:
            patched.setattr(Intake, "_send_block", send_together)
        submit_plain = PlainSubmits.submit
        patched.setattr(PlainSubmits, "submit", submit)
        patched.setattr(session, "read_plain", read)
        yield counted


def play(steps: list[Step], *, is_long: bool = False, credit: str = "") -> tuple[Outcome, Counter[str]]:
    """Run a script; ``credit`` is the account's, in dollars, if it is to be another than usual."""
    loop = VirtualLoop(seed=1)
    try:
        with one_by_one(is_long=is_long) as counted, TemporaryDirectory() as folder:
            # On a file where it matters, as a store in memory has no disk that could be full.
            state = Path(folder) / "state.db" if FullDisk() in steps else None
            return loop.run(_played(loop, steps, ShakyStore(state, secret=bytes(32)), credit)), counted
    finally:
        loop.shutdown()


async def _played(loop: VirtualLoop, steps: list[Step], store: "ShakyStore", credit: str) -> Outcome:
    clock = LoopClock(loop, datetime(2026, 3, 2, 17, tzinfo=UTC))
    journal = Journal(moment=clock.monotonic, at=clock.at)
    smsc = Smsc()
    callbacks: list[tuple[float, bytes]] = []
    await loop.create_server(smsc, "127.0.0.1", 2775)
    await loop.create_server(lambda: Receiver(callbacks), "127.0.0.1", 8080)
    numbers = NumberSettings(credit=credit) if credit else NumberSettings()
    gateway = plain_gateway(
        store,
        RouteSettings(
            name="stub", hosts=(("127.0.0.1", 2775),), system_id="esme", password="secret", enquire_link_s=None
        ),
        numbers=NUMBERS,
        clock=clock,
        journal=journal,
        settings=Settings(callbacks=CallbackSettings(idle_s=1.0), numbers=numbers),
    )
    await gateway.start()
    await asyncio.sleep(1)
    powerpack = next(iter(gateway.holdings.powerpacks)).uuid
    api = express.Express(gateway)
    answers: list[tuple[int, object]] = []
    for step in steps:
        match step:
            case Post(of, text, told, expiry_s):
                wanted: dict[str, object] = {"powerpack_uuid": powerpack, "text": text, "message_expiry": expiry_s}
                wanted["dst"] = "<".join("nonsense" if each < 0 else HANDSETS[each] for each in of)
                if told:
                    wanted["url"], _, wanted["method"] = told.rpartition(" ")
                api.post(
                    AUTHORIZATION,
                    json.dumps(wanted).encode(),
                    "127.0.0.1",
                    lambda status, headers, body: answers.append((status, json.loads(body).get("message_uuid"))),
                )
            case Answers():
                smsc.answer(step)
            case FullDisk():
                store.is_full = True
            case Wait():
                pass
            case Stop(of, number):
                smsc.transport.write(smsc.delivery(HANDSETS[of], NUMBERS[number].number, b"STOP", 0))
        if step.after_s is not None:
            await asyncio.sleep(step.after_s)
    await asyncio.sleep(GIVEN_UP_S)
    page = await store.messages(MessageFilter(), limit=10_000, offset=0)
    found = list(page.messages)
    outcome = Outcome(
        octets=[(at, each) for at, data in smsc.heard for each in _pdus(data)],
        answers=answers,
        callbacks=sorted(callbacks),
        events=Counter(),
        stories={},
        messages=[_row(each) for each in found],
        histories=[list(map(str, history_of(each))) for each in found],
        left=gateway.messages_under_way,
    )
    for event in journal.events():
        told_fields = {name: value for name, value in event.fields.items() if name not in ("api_id", "params")}
        said = (event.at, event.kind, *(json.dumps(each, default=str) for each in told_fields.items()))
        outcome.events[said] += 1
        if "uuid" in event.fields:
            outcome.stories.setdefault(str(event.fields["uuid"]), []).append(said)
    await gateway.stop()
    return outcome


class ShakyStore(SqliteStore):
    """Cannot write one group when it is told so."""

    is_full = False

    def _write(self, at_least: int) -> None:
        if self.is_full:
            self.is_full = False
            raise StoreError("the disk is full")
        super()._write(at_least)


def _row(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in Message.__struct_fields__ if name != "announced"}


def _pdus(data: bytes) -> Iterator[bytes]:
    while data:
        length = int.from_bytes(data[:4], "big")
        yield data[:length]
        data = data[length:]


def script(seed: int) -> list[Step]:
    """Some requests and what a carrier makes of them; half of it is as carriers mostly are."""
    rng = random.Random(seed)

    def post() -> Post:
        is_bad = rng.random() < 0.1
        return Post(
            of=tuple(rng.choices(range(-1 if is_bad else 0, 6), k=rng.choice((1, 1, 2, 6)))),
            text=TOO_LONG if is_bad and rng.random() < 0.5 else rng.choice((*TEXTS, TEXTS[0], TEXTS[0])),
            callbacks=rng.choice(("", f"{rng.choice(TOLD)} POST", f"{rng.choice(TOLD)} {rng.choice(('GET', 'POST'))}")),
            expiry_s=rng.choice((10_000, 10_000, 10_000, 20)),
            after_s=rng.choice((None, None, 0.0, 0.1, 0.1)),
        )

    def answers() -> Answers:
        is_usual = rng.random() < 0.6
        statuses = (0,) if is_usual else (0, 0, 0, ESME_RTHROTTLED, ESME_RMSGQFUL, ESME_RINVDSTADR)
        usual = ("DELIVRD", "DELIVRD/text", "DELIVRD/tlvs")
        receipts = usual if is_usual else (*usual, "DELIVRD/again", "DELIVRD/stranger", "UNDELIV", "ENROUTE/again")
        return Answers(
            statuses=tuple(rng.choices(statuses, k=rng.randrange(9))),
            form=rng.choice(("%d", "%d", "%d", "%08x", *(() if is_usual else ("id %d", "")))),
            receipts=tuple(rng.choices(receipts, k=rng.randrange(6))),
            receipts_first=rng.random() < 0.3,
            twice=rng.random() < 0.1,
            after_s=rng.choice((0.0, 0.1, 0.1, 2.0)),
        )

    def stop() -> Stop:
        return Stop(of=rng.randrange(6), number=rng.randrange(3))

    def wait() -> Wait:
        return Wait(after_s=rng.choice((0.01, 0.5, 5.0, 70.0)))

    steps: list[Step] = [post()]
    weights = (6, 6, 2, 1, 0.5)
    makers = rng.choices((post, answers, wait, stop, FullDisk), weights=weights, k=rng.randrange(3, 18))
    return [*steps, *(make() for make in makers)]


@pytest.mark.parametrize("seed", range(16))
def test_whatever_happens_the_short_ways_do_what_the_long_ones_do(seed: int) -> None:
    steps = script(seed)

    credit = LITTLE_CREDIT if seed % 4 == 3 else ""

    short, _ = play(steps, credit=credit)
    long, went_short = play(steps, is_long=True, credit=credit)

    assert not went_short.total()
    assert short == long, steps


def test_what_is_plain_goes_the_short_ways() -> None:
    steps: list[Step] = [
        Post(of=(0, 1, 2, 3), callbacks=f"{TOLD[0]} POST"),
        Wait(1.0),
        Answers(statuses=(0,) * 4, receipts=("DELIVRD", "DELIVRD/tlvs", "DELIVRD/text")),
        Wait(1.0),
        Answers(statuses=(), receipts=("DELIVRD",)),
    ]
    short, counted = play(steps)
    long, _ = play(steps, is_long=True)

    assert short == long
    assert counted == {"submits": 4, "reads": 2}
    assert {str(each["stage"]) for each in short.messages} == {"Stage.DELIVERED"}
    assert len(short.callbacks) == 12


def test_requests_of_one_turn_go_together_and_each_is_answered_by_itself() -> None:
    steps: list[Step] = [
        Post(of=(0,), after_s=None),
        Post(of=(-1,), after_s=None),
        Post(of=(1, 2), text=TEXTS[1], callbacks=f"{TOLD[0]} POST", after_s=None),
        Post(of=(3,), text=TOO_LONG, after_s=None),
        Post(of=(4, -1)),
        Answers(statuses=(0,) * 4, receipts=("DELIVRD",) * 4),
    ]
    short, counted = play(steps)
    long, _ = play(steps, is_long=True)

    assert short == long
    assert counted == {"blocks": 1, "submits": 4, "reads": 1}
    assert sorted(status for status, _ in short.answers) == [202, 202, 202, 400, 400]
    assert {str(each["stage"]) for each in short.messages} == {"Stage.DELIVERED"}


def test_a_commit_that_fails_refuses_every_request_of_its_block() -> None:
    steps: list[Step] = [FullDisk(), Post(of=(0,), after_s=None), Post(of=(1, 2)), Post(of=(3,)), Wait(1.0)]
    short, _ = play(steps)
    long, _ = play(steps, is_long=True)

    assert short == long
    assert [status for status, _ in short.answers] == [503, 503, 202]
    assert [each["destination"] for each in short.messages] == [HANDSETS[3]]


def test_credit_that_ends_within_a_block_ends_for_those_behind() -> None:
    steps: list[Step] = [*(Post(of=(each,), after_s=None) for each in range(6)), Wait(1.0)]
    steps += [Answers(statuses=(0,) * 6), Post(of=(0,)), Post(of=(0,))]
    short, _ = play(steps, credit=LITTLE_CREDIT)
    long, _ = play(steps, is_long=True, credit=LITTLE_CREDIT)

    assert short == long
    assert [status for status, _ in short.answers] == [202] * 7 + [402]
    assert "900" in {each["error_code"] for each in short.messages}
