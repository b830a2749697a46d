"""The line to a lease's holder: whatever becomes of a request there, who asked hears of it."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from powerpack_gateway.fleet.board import ACCOUNT
from powerpack_gateway.fleet.frames import Frame, Request, Response
from powerpack_gateway.fleet.holder_line import ANSWER_S, HolderLine
from powerpack_lab.virtual import VirtualLoop
from real_loop import NoJournal

SCOPE: Scope = {"method": "GET", "path": "/v1/Account/x/", "query_string": b"", "headers": [], "client": None}


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


async def answered(app: ASGIApp | None) -> Response | None:
    """What a gateway hears that asks another one, whose app this is; None: it does not hold the lease any more."""

    def send_to_holder(peer_id: str, frame: Frame) -> bool:
        assert isinstance(frame, Request)
        holder.answer(peer_id, frame)
        return True

    def send_back(peer_id: str, frame: Frame) -> bool:
        assert isinstance(frame, Response)
        asker.heard(frame)
        return True

    asker = HolderLine("asker", lambda _: "holder", send_to_holder, NoJournal(), new_uuid=lambda: "id of the asker")
    holder = HolderLine("holder", lambda _: "holder", send_back, NoJournal(), new_uuid=lambda: "id of the holder")
    holder.app = app
    try:
        return await asker.ask(ACCOUNT, SCOPE, b"")
    finally:
        await holder.stop()
        await asker.stop()


async def before(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """As the API does with a defect of its own: it answers, and lets the server know."""
    await send({"type": "http.response.start", "status": 500, "headers": [(b"x", b"y")]})
    await send({"type": "http.response.body", "body": b'{"error": "internal"}'})
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("app", "headers", "body"), [(before, (), b""), (behind, ((b"x", b"y"),), b'{"error": "internal"}')]
)
def test_a_crash_of_the_holder_is_answered_at_once(
    loop: VirtualLoop, app: ASGIApp, headers: tuple[tuple[bytes, bytes], ...], body: bytes
) -> None:
    async def story() -> Response | None:
        async with asyncio.timeout(ANSWER_S / 2):
            return await answered(app)

    assert loop.run(story()) == Response(1, 500, headers, body)


def test_whoever_holds_the_lease_no_more_refuses_as_the_api_does(loop: VirtualLoop) -> None:
    response = loop.run(answered(None))

    assert response is not None
    assert (response.status, response.headers) == (503, ((b"content-type", b"application/json"),))
    assert json.loads(response.body) == {
        "api_id": "id of the holder",
        "error": "another gateway keeps the account by now: send it again",
    }
