"""Several gateways: a callback that fails is tried again by the gateway that works for its message, and by no other."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from fleet_support import FleetWorld
from powerpack_gateway.fleet.board import powerpack_lease
from powerpack_lab.serving import serve_as

HANDSETS = [f"1415555{number:04}" for number in range(100, 140)]
RETRIED_S = 60.0 + 120.0 + 240.0


class Receiver:
    """Answers with ``status`` after ``takes_s``; ``tries`` holds when each came."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.status = 500
        self.takes_s = takes_s
        self.tries: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await receive()
        self.tries.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes_s)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def moved(world: FleetWorld) -> str:
    """Let gateways join until the Powerpack's work is another one's; who it was."""
    lease = powerpack_lease(world.powerpack_uuid)
    before = world.holder(lease)
    for place in range(10):
        await world.gateway(f"more {place}")
        await asyncio.sleep(10)
        if world.holder(lease) != before:
            return before
    pytest.fail("nobody else took it")


@pytest.mark.parametrize("takes_s", [0.0, 12.0], ids=["refuses at once", "is slow to refuse"])
def test_a_gateway_that_left_a_powerpack_tries_its_callbacks_no_more(takes_s: float) -> None:
    world = FleetWorld()
    receiver = Receiver(takes_s)

    async def story() -> None:
        await world.start()
        await world.gateway("one")
        await asyncio.sleep(5)
        serving = await serve_as("receiver", receiver, "127.0.0.1", 0)
        for handset in HANDSETS:
            await world.send("one", handset, url=f"{serving.url}/status")
        await asyncio.sleep(1 + takes_s)
        left = world.gateways[await moved(world)]
        tried_before = len(receiver.tries)
        await asyncio.sleep(takes_s + 1)

        assert left._underway.callbacks_pending == 0
        await asyncio.sleep(60)
        assert len(receiver.tries) - tried_before <= 2 * len(HANDSETS)  # the other gateway's first ones, and second

        receiver.status = 200
        await asyncio.sleep(RETRIED_S + 60)
        assert sum(gateway._underway.callbacks_pending for gateway in world.gateways.values()) == 0
        assert await world.states() == {"delivered": len(HANDSETS)}
        await serving.close(1.0)

    world.tell(story())


def test_work_that_comes_back_to_a_gateway_has_its_callbacks_told_by_it() -> None:
    world = FleetWorld()
    receiver = Receiver()

    async def story() -> None:
        await world.start()
        await world.gateway("one")
        await asyncio.sleep(5)
        serving = await serve_as("receiver", receiver, "127.0.0.1", 0)
        for handset in HANDSETS:
            await world.send("one", handset, url=f"{serving.url}/status")
        await asyncio.sleep(1)
        before = await moved(world)
        for name in [each for each in world.gateways if each != before]:
            await world.kill(name)
        await asyncio.sleep(20)

        assert world.holder(powerpack_lease(world.powerpack_uuid)) == before
        receiver.status = 200
        await asyncio.sleep(RETRIED_S + 60)
        assert world.gateways[before]._underway.callbacks_pending == 0
        assert world.gateways[before].messages_under_way == 0
        assert await world.states() == {"delivered": len(HANDSETS)}
        await serving.close(1.0)

    world.tell(story())
