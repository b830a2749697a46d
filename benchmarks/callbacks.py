"""How many callbacks a second one core sends: ours, ours with signatures and order, by the block, and httpx beside it.

The receiver is a bare asyncio protocol in another process on the other core, so it is never the slower side. CPU
seconds are the sender's own (user and system), which a busy neighbour changes less than the clock on the wall.

    PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/callbacks.py [--count 20000] [--rounds 5]
"""

import argparse
import asyncio
import importlib.util
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime

from powerpack_gateway.callbacks import Callbacks, Notice, Sign, form_encoded
from powerpack_gateway.http_client import HttpFailure, HttpRequest, HttpResponse, HttpSender, SenderLimits
from powerpack_gateway.plain_callbacks import PlainCall
from powerpack_gateway.signatures import signature_headers
from powerpack_gateway.status_posts import StatusPost

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONNECTIONS = SenderLimits().connections_per_origin
SIGNED = "Callbacks on HttpSender, signed"
PLAIN = "the same by the block"
HTTPX = "httpx, signed"
NOTICES = 3  # queued, sent, delivered

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
Params = dict[str, str]
Work = Callable[[str, Sequence[Params]], Coroutine[None, None, None]]


def params_of(count: int) -> list[Params]:
    """The forms of so many status callbacks, each message with a uuid, a destination and times of its own."""
    rng = random.Random(7)
    every: list[Params] = []
    for _ in range(0, count, NOTICES):
        message, powerpack = (str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(2))
        to = str(rng.randrange(12_000_000_000, 19_999_999_999))
        first, second, third = (f"2026-03-02 09:00:{rng.uniform(10, 59):.6f}" for _ in range(3))
        for index, status in enumerate(("queued", "sent", "delivered")):
            every.append(
                {
                    "MessageUUID": message,
                    "ParentMessageUUID": message,
                    "PartInfo": "1 of 1",
                    "To": to,
                    "From": "14155550123",
                    "Type": "sms",
                    "Status": status,
                    "Units": "1",
                    "TotalRate": "0.00500",
                    "TotalAmount": "0.00500",
                    "MCC": "",
                    "MNC": "",
                    "Sequence": str(index + 1),
                    "PowerpackUUID": powerpack,
                    "requester_ip": "127.0.0.1",
                    "MessageTime": first,
                    "QueuedTime": first,
                    "SentTime": second if index > 0 else "",
                    "DeliveryReportTime": third if index > 1 else "",
                }
            )
    return every[:count]


class Sink(asyncio.Protocol):
    """The receiver: one answer a request, nothing kept."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        # A client has one request in flight a connection; head and body may come apart, the answer goes with the head.
        if answers := data.count(b" HTTP/1.1\r\n"):
            self._transport.write(OK * answers)


async def sink() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class LoopTime:
    """A clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class NoJournal:
    """A journal that keeps nothing: its cost is the journal's own affair."""

    def record(self, kind: str, /, **fields: object) -> None:
        pass


def signed(nonces: random.Random, method: str, url: str, params: Mapping[str, str]) -> dict[str, str]:
    nonce = str(nonces.getrandbits(64))
    return signature_headers(token="token", method=method, url=url, params=params, nonce=nonce)


async def bare_sender(url: str, every: Sequence[Params]) -> None:
    sender = HttpSender(clock=LoopTime(), journal=NoJournal())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = HttpRequest(method="POST", url=url, headers=headers, body=form_encoded(every[-1]).encode())
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(every)

    def answered(answer: HttpResponse | HttpFailure) -> None:
        nonlocal left
        assert isinstance(answer, HttpResponse), answer
        left -= 1
        if left >= CONNECTIONS:
            sender.send(request, answered)
        elif left == 0:
            ended.set_result(None)

    for _ in range(CONNECTIONS):
        sender.send(request, answered)
    await ended
    await sender.close()


async def unsigned_outbox(url: str, every: Sequence[Params]) -> None:
    await outbox(url, every, lambda method, url, params: {})


async def signed_outbox(url: str, every: Sequence[Params]) -> None:
    nonces = random.Random(7)
    await outbox(url, every, lambda method, url, params: signed(nonces, method, url, params))


async def plain_outbox(url: str, every: Sequence[Params]) -> None:
    """As the gateway tells what happens to its messages."""
    sender = HttpSender(clock=LoopTime(), journal=NoJournal())
    told: list[int] = []
    callbacks = Callbacks(
        sender=sender,
        clock=LoopTime(),
        journal=NoJournal(),
        sign=lambda method, url, params: {},
        settled=lambda notice, acknowledged, body: None,
        told=lambda calls: told.append(len(calls)),
    )
    post = StatusPost(url, token=lambda: "token", rng=random.Random(7))
    for first in range(0, len(every), 100):
        calls = []
        for number, params in enumerate(every[first : first + 100], first):
            key, index = divmod(number, NOTICES)
            calls.append(PlainCall(key, index, post, tuple([value.encode() for value in params.values()])))
        callbacks.tell_plain(calls)
    await callbacks.drain(600.0)
    assert sum(told) == len(every)
    await callbacks.stop()
    await sender.close()


async def outbox(url: str, every: Sequence[Params], sign: Sign) -> None:
    sender = HttpSender(clock=LoopTime(), journal=NoJournal())
    refused: list[Notice] = []

    def settled(notice: Notice, acknowledged: bool, _: bytes) -> None:
        if not acknowledged:
            refused.append(notice)

    callbacks = Callbacks(
        sender=sender,
        clock=LoopTime(),
        journal=NoJournal(),
        sign=sign,
        settled=settled,
    )
    for number, params in enumerate(every):
        key, index = divmod(number, NOTICES)
        callbacks.tell(Notice(key=key, index=index, url=url, method="POST", params=params, what="status"))
    await callbacks.drain(600.0)
    assert callbacks.pending == 0
    assert refused == []
    await callbacks.stop()
    await sender.close()


async def with_httpx(url: str, every: Sequence[Params]) -> None:
    import httpx

    nonces = random.Random(7)
    left = iter(every)
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def work() -> None:
            for params in left:
                answer = await client.post(url, data=params, headers=signed(nonces, "POST", url, params))
                assert answer.status_code == 200

        await asyncio.gather(*[work() for _ in range(CONNECTIONS)])


def measured(work: Work, url: str, count: int, *, loop_factory: LoopFactory) -> float:
    """Callbacks a CPU-second."""
    every = params_of(count)
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(work(url, every[: count // 20 + CONNECTIONS]))  # imports, connections and caches
        began = time.process_time()
        runner.run(work(url, every))
        return count / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="callbacks a round (httpx: a tenth)")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is shown")
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if asked.sink:
        os.sched_setaffinity(0, {cores[-1]})
        asyncio.run(sink())
        return
    with subprocess.Popen([sys.executable, __file__, "--sink"], stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        try:
            os.sched_setaffinity(0, {cores[0]})
            report(f"http://127.0.0.1:{receiver.stdout.readline().strip()}/status", asked.count, asked.rounds)
        finally:
            receiver.terminate()


def report(url: str, count: int, rounds: int) -> None:
    """Measure each candidate and print its line."""
    stdlib = asyncio.SelectorEventLoop
    candidates: list[tuple[str, Work, int, LoopFactory]] = [
        ("HttpSender alone", bare_sender, count, stdlib),
        ("Callbacks on HttpSender", unsigned_outbox, count, stdlib),
        (SIGNED, signed_outbox, count, stdlib),
        (PLAIN, plain_outbox, count, stdlib),
    ]
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop

        candidates.append(("HttpSender alone, uvloop", bare_sender, count, uvloop.new_event_loop))
        candidates.append((f"{SIGNED}, uvloop", signed_outbox, count, uvloop.new_event_loop))
        candidates.append((f"{PLAIN}, uvloop", plain_outbox, count, uvloop.new_event_loop))
    if importlib.util.find_spec("httpx") is not None:
        candidates.append((HTTPX, with_httpx, max(count // 10, 200), stdlib))
    medians: dict[str, float] = {}
    for name, work, size, loop_factory in candidates:
        medians[name] = statistics.median(measured(work, url, size, loop_factory=loop_factory) for _ in range(rounds))
        print(f"{name:42} {medians[name]:9,.0f} a CPU-second {1e6 / medians[name]:8.1f} us each", flush=True)
    if HTTPX in medians:
        print(f"Callbacks (stdlib loop) to httpx: {medians[SIGNED] / medians[HTTPX]:.1f} times")


if __name__ == "__main__":
    main()
