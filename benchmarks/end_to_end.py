"""The whole way of a message: HTTP POST, durable, 202, number of the pool, SMPP, receipt, and callbacks off or on.

Run: PYTHONPATH=gateway:fake_carriers:fixtures python benchmarks/end_to_end.py [--rounds 5] [--messages 10000]

The gateway has the first core to itself, with SQLite on a file or with PostgreSQL (``--store``), whose server is on no
core of its own; the carrier, the HTTP client and the receiver of
callbacks share the last one. The client keeps so many POSTs under way, each for another handset. *accepted*: 202 a
second; *delivered*: messages a second until the last one has its final state and its callbacks were acknowledged;
*CPU*: the gateway's microseconds for each message, all of it together. The medians of the rounds are shown.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import roles
import uvloop
from roles import Process, clock_and_journal, heard, lines_until_the_end, tell
from toll_free_pool import AUTH_ID, AUTH_TOKEN, toll_free_pool

from powerpack_carriers import Account, Carrier
from powerpack_gateway.gateway import Gateway
from powerpack_gateway.http.app import api_app
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_lab.collector import settle_memory
from powerpack_lab.serving import serve_asgi
from powerpack_lab.stores import store_at

POOL_SIZE = 2_000  # toll-free numbers at 25 messages a second each: the pool is never what is waited for
CONNECTIONS = 100
ENDED_WITHIN_S = 60.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
CORES = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one round gave."""

    accepted_per_s: float
    delivered_per_s: float
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the gateway's process says when it is asked: CPU seconds so far, messages that are not finished, memory."""

    cpu_s: float
    under_way: int
    resident_mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000, help="of one round")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is shown")
    parser.add_argument(
        "--loop", choices=("uvloop", "asyncio"), default="uvloop", help="of the gateway; default: uvloop"
    )
    parser.add_argument("--bulk", type=int, default=1, help="destinations of one request")
    parser.add_argument("--role", choices=tuple(ROLES), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--store", default="", help="postgresql://..., empty; SQLite on a file if not given")
    asked = parser.parse_args()
    if asked.role is not None:
        with asyncio.Runner(loop_factory=LOOPS[asked.loop]) as runner:
            runner.run(ROLES[asked.role](asked))
        return
    print(f"{'callbacks':9} {'accepted/s':>10} {'delivered/s':>11} {'CPU us':>7}")
    for callbacks in (False, True):
        rounds = [one_round(asked, callbacks=callbacks) for _ in range(asked.rounds)]
        print(
            f"{'on' if callbacks else 'off':9} "
            f"{statistics.median(each.accepted_per_s for each in rounds):10,.0f} "
            f"{statistics.median(each.delivered_per_s for each in rounds):11,.0f} "
            f"{statistics.median(each.cpu_us for each in rounds):7.0f}",
            flush=True,
        )


def one_round(asked: argparse.Namespace, *, callbacks: bool) -> Rating:
    """A new gateway, a new file, a new carrier; all of it from the first POST to the last final state."""
    messages: int = asked.messages // asked.bulk * asked.bulk
    with tempfile.TemporaryDirectory() as folder, child("carrier", CORES[-1], "--loop", "asyncio") as carrier:
        smpp_port, sink_port = map(int, heard(carrier).split())
        options = ("--port", str(smpp_port), "--loop", asked.loop, "--store", asked.store or f"{folder}/gateway.sqlite")
        with child("gateway", CORES[0], *options) as gateway:
            api_port, powerpack_uuid = heard(gateway).split()
            os.sched_setaffinity(0, {CORES[-1]})
            body: dict[str, str] = {"powerpack_uuid": powerpack_uuid, "text": "Your code is 123456. Do not share it."}
            if callbacks:
                body["url"] = f"http://127.0.0.1:{sink_port}/status"
            before = ask(gateway)
            began = time.monotonic()
            asyncio.run(post_all(int(api_port), body, messages, asked.bulk))
            accepted_s = time.monotonic() - began
            after = ask(gateway)
            while after.under_way:
                if time.monotonic() - began > accepted_s + ENDED_WITHIN_S:
                    raise RuntimeError(f"{after.under_way} of {messages} messages did not end")
                time.sleep(0.02)
                after = ask(gateway)
            delivered_s = time.monotonic() - began
    return Rating(
        accepted_per_s=messages / accepted_s,
        delivered_per_s=messages / delivered_s,
        cpu_us=(after.cpu_s - before.cpu_s) / messages * 1e6,
    )


# The client


async def post_all(port: int, body: dict[str, str], messages: int, bulk: int) -> None:
    """POST so many messages over so many connections, each the next one when its last was accepted."""
    await Client(body, messages, bulk, asyncio.get_running_loop().create_future()).run(port)


class Client:
    """What the connections share."""

    answer_end = b"}"
    """The answers are one short JSON object."""

    def __init__(self, body: dict[str, str], messages: int, bulk: int, ended: asyncio.Future[None]) -> None:
        self.ended = ended
        self._bulk = bulk
        self._body = body
        self._messages = messages
        self._sent = 0
        self._accepted = 0
        self._head = (
            f"POST /v1/Account/{AUTH_ID}/Message/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic "
            f"{basic(AUTH_ID, AUTH_TOKEN)}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()

    async def run(self, port: int) -> None:
        """Send everything; return when the last was accepted."""
        await self.start(port, CONNECTIONS)
        await self.ended

    async def start(self, port: int, connections: int) -> None:
        """Connect, and send the first requests."""
        for _ in range(connections):
            await asyncio.get_running_loop().create_connection(lambda: Connection(self), "127.0.0.1", port)

    def next_request(self) -> bytes:
        """The octets of one more POST; empty when all were sent."""
        if self._sent == self._messages:
            return b""
        # 555-0100 to 555-0199 would be too few; nobody is called here.
        following = range(self._sent, self._sent + self._bulk)
        self._sent += self._bulk
        return self.request([f"1{212 + each % 7}{2_000_000 + each // 7}" for each in following])

    def request(self, handsets: list[str]) -> bytes:
        """One request for these."""
        body = msgspec.json.encode({**self._body, "dst": "<".join(handsets)})
        return self._head + b"%d\r\n\r\n%b" % (len(body), body)

    def free(self, connection: "Connection") -> None:
        """It can carry the next request."""
        if request := self.next_request():
            connection.post(request)

    def accepted(self, connection: "Connection") -> None:
        """One more 202."""
        self._accepted += self._bulk
        if self._accepted == self._messages:
            self.ended.set_result(None)
        self.free(connection)

    def fail(self, problem: str) -> None:
        """End the run."""
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(problem))


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client.free(self)

    def post(self, request: bytes) -> None:
        """Send a request."""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(self._client.answer_end):
            return
        if not self._answer.startswith(b"HTTP/1.1 202"):
            self._client.fail(self._answer.decode("latin-1"))
        self._answer = b""
        self._client.accepted(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._client.fail(f"the gateway closed a connection: {exc}")


class Sink(asyncio.Protocol):
    """The receiver of callbacks: one answer a request, and how many there were."""

    heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if answers := data.count(b" HTTP/1.1\r\n"):
            Sink.heard += answers
            self._transport.write(OK * answers)


# The processes


async def carrier_role(asked: argparse.Namespace) -> None:
    """A carrier and a sink: prints their ports."""
    await carrier_and_sink(lambda carrier: None)


async def carrier_and_sink(asked: Callable[[Carrier], None]) -> None:
    """Print the ports of both; ``asked`` is called for each line that comes."""
    loop = asyncio.get_running_loop()
    clock, journal = clock_and_journal(loop)
    carrier = Carrier("generic", accounts=(Account("powerpack", "password"),), clock=clock, journal=journal)
    await carrier.start()
    sink = await loop.create_server(Sink, "127.0.0.1", 0)
    print(carrier.port, sink.sockets[0].getsockname()[1], flush=True)
    await lines_until_the_end(lambda _: asked(carrier))
    sink.close()
    await carrier.stop()


async def gateway_role(asked: argparse.Namespace) -> None:
    """A gateway and its API: prints port and Powerpack, then a sample for each line it reads."""
    loop = asyncio.get_running_loop()
    clock, journal = clock_and_journal(loop)
    gateway = Gateway(
        Settings(),
        store=store_at(asked.store, secret=b"benchmark".ljust(32), journal=journal),
        routes=[
            RouteSettings(
                name="generic", hosts=(("127.0.0.1", asked.port),), system_id="powerpack", password="password"
            )
        ],
        carrier_of=lambda number: "generic",
        clock=clock,
        journal=journal,
        rng=random.Random(7),
        provision=toll_free_pool(POOL_SIZE),
    )
    await gateway.start()
    serving = await serve_asgi(loop, api_app(gateway), "127.0.0.1", 0)
    while not gateway.dispatcher.routes["generic"].is_bound:  # noqa: ASYNC110  once, and a route tells only its owner
        await asyncio.sleep(0.005)
    powerpack = next(iter(gateway.holdings.powerpacks))
    settle_memory()
    print(serving.url.rsplit(":", 1)[1], powerpack.uuid, flush=True)

    def sample(line: str) -> None:
        resident_mib = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_MIB
        print(json.dumps([time.process_time(), gateway.messages_under_way, resident_mib]), flush=True)

    await lines_until_the_end(sample)
    await serving.close(1.0)
    await gateway.stop()


ROLES: dict[str, Callable[[argparse.Namespace], Coroutine[None, None, None]]] = {
    "carrier": carrier_role,
    "gateway": gateway_role,
}


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.new_event_loop,
}


def child(role: str, core: int, *options: str) -> AbstractContextManager[Process]:
    """One that plays a role of this file."""
    return roles.child(__file__, role, core, *options)


def ask(gateway: Process) -> Sample:
    """The gateway's state at this moment."""
    cpu_s, under_way, resident_mib = json.loads(tell(gateway, "", answers=True))
    return Sample(cpu_s=cpu_s, under_way=under_way, resident_mib=resident_mib)


def basic(name: str, password: str) -> str:
    """What follows ``Basic`` in Authorization."""
    return b64encode(f"{name}:{password}".encode()).decode()


if __name__ == "__main__":
    main()
