"""The line to whoever holds a lease: requests that only that gateway can answer go to it whole, and its answers come
back whole.

Those of the account go to its keeper: so whoever changes something reads what he changed, whichever gateway he asks,
and no two gateways decide about the same number at once. What an MMSC posts goes to the gateway that works for its
carrier.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Scope

from powerpack_gateway.errors import Unavailable
from powerpack_gateway.fleet.board import ACCOUNT
from powerpack_gateway.fleet.frames import BadFrame, Frame, Request, Response
from powerpack_gateway.http.replies import refusal
from powerpack_gateway.http.wire import encoded
from powerpack_gateway.ports import Journal

ANSWER_S: Final = 30.0
"""How long its answer may take: as long as clients usually wait for an API."""

HOLDER_S: Final = 12.0
"""How long a request waits while nobody holds the lease: longer than it takes to bury one and to find the next."""

REQUESTS_MAX: Final = 1_000
"""Requests that wait for an answer at once; more are told to come again."""


class HolderLine:
    """``holder`` says who holds a lease, ``send`` reaches a peer (False if it can not), ``app`` is what this gateway
    answers itself."""

    def __init__(
        self,
        gateway_id: str,
        holder: Callable[[str], str | None],
        send: Callable[[str, Frame], bool],
        journal: Journal,
        *,
        new_uuid: Callable[[], str],
    ) -> None:
        self._new_uuid = new_uuid
        self.app: ASGIApp | None = None
        self._gateway_id = gateway_id
        self._holder = holder
        self._send = send
        self._journal = journal
        self._refs = 0
        self._asked: dict[int, tuple[str, str, asyncio.Future[Response]]] = {}
        self._answering: dict[asyncio.Task[None], None] = {}
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """There may be another holder, or a way to it."""
        self._moved.set()

    def lost(self, peer_id: str) -> None:
        """A peer is gone; whether it did what it was asked for is unknown."""
        for asked, lease, future in list(self._asked.values()):
            if asked == peer_id and not future.done():
                future.set_exception(
                    Unavailable(f"the gateway that {_does(lease)} ended before it answered: look whether it was done")
                )
        self.moved()

    async def ask(self, lease: str, scope: Scope, body: bytes) -> Response | None:
        """The holder's answer; None when that is this gateway. Raises Unavailable."""
        if len(self._asked) >= REQUESTS_MAX:
            raise Unavailable(f"{REQUESTS_MAX} requests wait for answers of other gateways: come again later")
        self._refs += 1
        client = scope.get("client")
        request = Request(
            self._refs,
            lease,
            scope["method"],
            scope["path"],
            scope["query_string"],
            tuple((bytes(name), bytes(value)) for name, value in scope["headers"]),
            body,
            client[0] if client else "",
        )
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        holder = await self._reach(request)
        if holder is None:
            return None
        self._asked[request.ref] = holder, lease, answer
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            raise Unavailable(f"the gateway that {_does(lease)} did not answer within {ANSWER_S:g} s") from None
        finally:
            del self._asked[request.ref]

    async def _reach(self, request: Request) -> str | None:
        """Send a request to who holds its lease, and wait if nobody does; None when that is this gateway."""
        try:
            async with asyncio.timeout(HOLDER_S):
                while True:
                    self._moved.clear()
                    holder = self._holder(request.lease)
                    if holder == self._gateway_id:
                        return None
                    if holder is not None and self._send(holder, request):
                        return holder
                    await self._moved.wait()
        except TimeoutError:
            raise Unavailable(
                f"no gateway {_does(request.lease)}, or none that can be reached, for {HOLDER_S:g} s: come again later"
            ) from None

    def heard(self, response: Response) -> None:
        """The holder answered."""
        asked = self._asked.get(response.ref)
        if asked is not None and not asked[2].done():
            asked[2].set_result(response)

    def answer(self, peer_id: str, request: Request) -> None:
        """A peer takes this gateway for the holder."""
        if len(self._answering) >= REQUESTS_MAX:
            self._refuse(peer_id, request, f"{REQUESTS_MAX} requests are being answered: come again later")
            return
        task = asyncio.get_running_loop().create_task(self._answer(peer_id, request))
        self._answering[task] = None
        task.add_done_callback(lambda done: self._answering.pop(done, None))

    async def stop(self) -> None:
        """Answer nothing more."""
        answering = list(self._answering)
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        for _, _, future in self._asked.values():
            if not future.done():
                future.set_exception(Unavailable("this gateway stops: send it again"))

    async def _answer(self, peer_id: str, request: Request) -> None:
        if self._holder(request.lease) != self._gateway_id or self.app is None:
            self._refuse(peer_id, request, f"another gateway {_does(request.lease)} by now: send it again")
            return
        response = await _ask_app(self.app, request, lambda error: self._note(request, repr(error)))
        try:
            self._send(peer_id, response)
        except BadFrame as error:
            self._note(request, str(error))
            self._refuse(peer_id, request, f"the answer is too long to be passed on: {error}")

    def _refuse(self, peer_id: str, request: Request, why: str) -> None:
        """503, as the API says it."""
        reply = refusal(Unavailable(why))
        body = encoded(reply, self._new_uuid())
        self._send(peer_id, Response(request.ref, reply.status, ((b"content-type", b"application/json"),), body))

    def _note(self, request: Request, error: str) -> None:
        self._journal.record("fleet.unanswerable", path=request.path, error=error)


def _does(lease: str) -> str:
    """What the holder of a lease does, in words."""
    return "keeps the account" if lease == ACCOUNT else f"works for {lease.partition('/')[2]}"


async def _ask_app(app: ASGIApp, request: Request, crashed: Callable[[Exception], None]) -> Response:
    """What an ASGI app answers to a request; 500 if it raises before it has."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": request.query,
        "headers": list(request.headers),
        "client": (request.client, 0),
        "server": None,
    }
    status, headers, body = 500, (), [b""]
    is_given = False

    async def receive() -> Message:
        nonlocal is_given
        if is_given:
            return {"type": "http.disconnect"}
        is_given = True
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], tuple(message.get("headers", ()))
        else:
            body.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 -- it has answered as far as it could; raised, nobody would hear even that
        crashed(error)
    return Response(request.ref, status, headers, b"".join(body))
