"""How many connections a gateway opens to one receiver of callbacks."""

import asyncio
import random
from datetime import UTC, datetime

import pytest

from powerpack_gateway.callbacks import CONNECTIONS_MAX, CallbackSettings
from powerpack_gateway.gateway import Gateway
from powerpack_gateway.holdings import Account, Provision
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service, Verification
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.settings import Settings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

MESSAGES = 30
NUMBER = PhoneNumber(number="18332000001", type=NumberType.TOLLFREE, country="US", verification=Verification.VERIFIED)


class Busy(asyncio.Protocol):
    """A receiver that has not answered yet."""

    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Busy.connections += 1


async def connections_to_a_busy_receiver(loop: VirtualLoop, settings: CallbackSettings) -> int:
    """While a callback of each of many messages is owed to it."""
    Busy.connections = 0
    await loop.create_server(Busy, "127.0.0.1", 8080)
    clock = LoopClock(loop, datetime(2026, 3, 2, 17, tzinfo=UTC))
    gateway = Gateway(
        Settings(callbacks=settings),
        store=SqliteStore(None, secret=bytes(32)),
        routes=[],
        carrier_of=lambda _: "nobody",
        clock=clock,
        journal=Journal(moment=clock.monotonic, at=clock.at),
        rng=random.Random(7),
        provision=Provision(
            account=Account(auth_id="MAX", auth_token="token"), numbers=[NUMBER], pool=[(NUMBER.number, Service.SMS)]
        ),
    )
    await gateway.start()
    answers: list[Sent | Exception] = []
    for each in range(MESSAGES):
        request = SendRequest(
            src=NUMBER.number, destinations=(f"1415{2_000_000 + each}",), text="Hi", url="http://127.0.0.1:8080/status"
        )
        gateway.send_soon(request, answers.append)
    await asyncio.sleep(1.0)
    assert [type(each) for each in answers] == [Sent] * MESSAGES
    await gateway.stop()
    return Busy.connections


@pytest.mark.parametrize(
    ("settings", "connections"),
    [(CallbackSettings(), 16), (CallbackSettings(connections_max=3), 3), (CallbackSettings(connections_max=25), 25)],
    ids=["as it is", "few", "many"],
)
def test_a_receiver_gets_as_many_as_it_is_said_to_take(settings: CallbackSettings, connections: int) -> None:
    loop = VirtualLoop(seed=1)
    try:
        assert loop.run(connections_to_a_busy_receiver(loop, settings)) == connections
    finally:
        loop.shutdown()


@pytest.mark.parametrize("connections", [0, -1, CONNECTIONS_MAX + 1])
def test_what_no_receiver_takes_is_refused(connections: int) -> None:
    with pytest.raises(ValueError, match=rf"connections_max.* {connections}\b.*1 to {CONNECTIONS_MAX}"):
        CallbackSettings(connections_max=connections)
