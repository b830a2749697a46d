"""What the answers of an MMSC, or of what stands before it, mean for a submit."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.mm7.mime import Part
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.route import Mm7Route, MmsAnswer
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.mm7.statuses import Verdict
from powerpack_gateway.numbers import Service
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop
from real_loop import NoJournal

MMS = Message(
    id=1,
    uuid="u-1",
    direction=Direction.OUTBOUND,
    service=Service.MMS,
    source="14155550180",
    destination="14155550123",
    text="hi",
    created_at=0.0,
)


class Handler:
    """Keeps what became of submits."""

    def __init__(self) -> None:
        self.outcomes: list[Verdict | None] = []

    def mms_answered(self, route: MmsRoute, token: object, answer: MmsAnswer) -> None:
        self.outcomes.append(answer.verdict)

    def submit_unknown(self, route: MmsRoute, token: object, reason: str) -> None:
        self.outcomes.append(None)

    def mms_ready(self, route: MmsRoute) -> None:
        """Nothing waits."""


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


async def nothing(message: Message) -> list[Part]:
    return []


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.LATER) for status in (401, 403, 429, 503)),
        *((status, Verdict.REFUSED) for status in (400, 404, 405, 413)),
        *((status, None) for status in (200, 408, 500, 502, 504)),
    ],
)
def test_an_answer_without_mm7_is_taken_by_its_http_status(
    loop: VirtualLoop, status: int, verdict: Verdict | None
) -> None:
    """None: whether the MMSC has it is unknown."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"--\r\n")
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 4\r\n\r\nwhat" % status)
        await reader.read()
        writer.close()

    async def story() -> list[Verdict | None]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mm7"
        handler = Handler()
        route = Mm7Route(
            Mm7Settings(name="att", url=url, vaspid="us", password="p"),
            handler,
            attachments=nothing,
            clock=LoopClock(loop, datetime(2026, 3, 2, tzinfo=UTC)),
            journal=NoJournal(),
            rng=random.Random(1),
        )
        route.start()
        route.submit(MMS, "token")
        await asyncio.sleep(1.0)
        await route.stop(0.0)
        server.close()
        await server.wait_closed()
        return handler.outcomes

    assert loop.run(story()) == [verdict]
