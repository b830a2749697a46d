"""What a plain message costs the gateway, counted in function calls of its own code, with callbacks and without.

benchmarks/README.md has microseconds. The bounds stand a call or two above what it is; whoever
needs more should have a reason.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import powerpack_gateway
from function_calls import Calls
from gateway.plain_gateway import AUTHORIZATION, plain_gateway, tollfree_numbers
from powerpack_carriers import Account as CarrierAccount
from powerpack_carriers import Carrier
from powerpack_gateway.http.express import Express
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

GROUP = 50
"""Messages that come within one turn of the loop, as under load."""
GROUPS = 10
OURS = tuple(powerpack_gateway.__path__)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NUMBERS = tollfree_numbers(2 * GROUP)


class Receiver(asyncio.Protocol):
    """The receiver of callbacks; each comes with one write."""

    heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        Receiver.heard += 1
        self._transport.write(OK)


async def calls_per_message(loop: VirtualLoop, state: Path, *, bulk: int, callbacks: bool) -> tuple[float, float]:
    """Calls of Python functions and of built-in ones for a message, from its request to its last callback."""
    clock = LoopClock(loop, datetime(2026, 3, 2, 17, tzinfo=UTC))
    journal = Journal(moment=clock.monotonic, at=clock.at)
    await loop.create_server(Receiver, "127.0.0.1", 8080)
    statuses: list[int] = []
    async with Carrier(
        "generic", accounts=(CarrierAccount("esme", "secret"),), clock=clock, journal=journal, seed=3
    ) as carrier:
        gateway = plain_gateway(
            SqliteStore(state, secret=bytes(32)),
            RouteSettings(name="generic", hosts=(("127.0.0.1", carrier.port),), system_id="esme", password="secret"),
            numbers=NUMBERS,
            clock=clock,
            journal=journal,
        )
        await gateway.start()
        await asyncio.sleep(1)
        powerpack = next(iter(gateway.holdings.powerpacks)).uuid
        express = Express(gateway)
        handsets = iter(range(1_000_000))

        def post() -> None:
            wanted = {"powerpack_uuid": powerpack, "text": "Your code is 123456. Do not share it."}
            wanted["dst"] = "<".join([f"1415{2_000_000 + next(handsets)}" for _ in range(bulk)])
            if callbacks:
                wanted["url"] = "http://127.0.0.1:8080/status"
            body = json.dumps(wanted).encode()
            express.post(AUTHORIZATION, body, "127.0.0.1", lambda status, headers, answer: statuses.append(status))

        async def groups(count: int) -> None:
            for _ in range(count):
                for _ in range(GROUP // bulk):
                    post()
                await asyncio.sleep(5)

        await groups(1)  # what is found out once is known from here on
        Receiver.heard = 0
        with Calls(OURS) as calls:
            await groups(GROUPS)
        assert set(statuses) == {202}
        assert gateway.messages_under_way == 0
        assert len(carrier.received) == (GROUPS + 1) * GROUP
        assert Receiver.heard == (3 * GROUPS * GROUP if callbacks else 0)
        await gateway.stop()
    return calls.python / GROUPS / GROUP, calls.builtin / GROUPS / GROUP


@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or coverage makes calls of its own")
@pytest.mark.parametrize(
    ("bulk", "callbacks", "python_max", "builtin_max"),
    [(1, False, 72, 155), (50, False, 48, 125), (1, True, 136, 339), (50, True, 112, 308)],
    ids=["plain", "bulk", "with callbacks", "bulk with callbacks"],
)
def test_a_plain_message_costs_few_calls(
    tmp_path: Path, *, bulk: int, callbacks: bool, python_max: float, builtin_max: float
) -> None:
    loop = VirtualLoop(seed=1)
    try:
        python, builtin = loop.run(calls_per_message(loop, tmp_path / "state.db", bulk=bulk, callbacks=callbacks))
    finally:
        loop.shutdown()

    assert python <= python_max
    assert builtin <= builtin_max
