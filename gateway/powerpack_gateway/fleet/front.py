"""What one gateway of several answers on its port: messages, files and readiness itself, what an MMSC posts by the
gateway that works for its carrier, what changes a message by the one that works at it, everything else by the keeper.
"""

import re
from collections.abc import Collection
from typing import Final

from starlette.types import Receive, Scope, Send

from powerpack_gateway.errors import ApiError
from powerpack_gateway.fleet.board import ACCOUNT, route_lease
from powerpack_gateway.fleet.fleet_gateway import FleetGateway
from powerpack_gateway.http.front import READY_PATH, Front
from powerpack_gateway.http.media_files import PATH as MEDIA_PATH
from powerpack_gateway.http.replies import refusal
from powerpack_gateway.http.wire import UPLOAD_BYTES_MAX, ClientGoneError, header, read_body, send_reply
from powerpack_gateway.mm7.vasp_app import PATH as MM7_PATH

_MEDIA_OF_A_MESSAGE: Final = re.compile(r"/+v1/+Account/+[^/]+/+Message/+([^/]+)/+Media/*")
"""They are taken from it by the gateway that has it in memory, and may have to end it."""

_OF_ANY_GATEWAY: Final = re.compile(r"/+v1/+Account/+[^/]+/+Message(/.*)?")
"""Messages are accepted and read anywhere: their rows are in the database."""


class FleetFront:
    """One ASGI app. ``express``: the API's short way for ``POST Message/``, for servers that know it."""

    def __init__(self, gateway: FleetGateway) -> None:
        self._gateway = gateway
        self._front = Front(gateway)
        self.express = self._front.express
        self._mms_routes = frozenset(gateway.dispatcher.mm7_routes)
        gateway.line.app = self._front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        lease = await self._lease_of(scope) if scope["type"] == "http" else None
        if lease is None or self._gateway.holds(lease):
            await self._front(scope, receive, send)
        else:
            await self._pass_on(lease, scope, receive, send)

    async def _lease_of(self, scope: Scope) -> str | None:
        """Whose holder answers a request; None: any gateway does."""
        path = scope.get("path", "")
        if scope["method"] == "DELETE" and (found := _MEDIA_OF_A_MESSAGE.fullmatch(path)) is not None:
            return await self._gateway.lease_of_message(found[1])
        return _lease_of_path(path, self._mms_routes)

    async def _pass_on(self, lease: str, scope: Scope, receive: Receive, send: Send) -> None:
        api_id = self._gateway.new_uuid()
        is_head = scope["method"] == "HEAD"
        try:
            body = await read_body(receive, header(scope["headers"], b"content-length"), UPLOAD_BYTES_MAX)
            response = await self._gateway.line.ask(lease, scope, body)
        except ClientGoneError:
            return
        except ApiError as error:
            await send_reply(send, refusal(error), api_id=api_id, is_head=is_head)
            return
        if response is None:
            await self._front(scope, _given(body), send)
            return
        await send({"type": "http.response.start", "status": response.status, "headers": list(response.headers)})
        await send({"type": "http.response.body", "body": response.body})


def _lease_of_path(path: str, mms_routes: Collection[str]) -> str | None:
    """Whose holder answers a request; None: any gateway does."""
    if path.startswith(MM7_PATH):
        carrier = path.removeprefix(MM7_PATH).strip("/")
        return route_lease(carrier) if carrier in mms_routes else None
    is_of_any = path == READY_PATH or path.startswith(MEDIA_PATH) or _OF_ANY_GATEWAY.fullmatch(path)
    return None if is_of_any else ACCOUNT


def _given(body: bytes) -> Receive:
    """A body that was read already."""
    left = [body]

    async def receive() -> dict[str, object]:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    return receive
