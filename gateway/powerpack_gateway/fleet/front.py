"""What one gateway of several answers on its port: messages itself, readiness itself, everything else by the keeper."""

import re
from typing import Final

from starlette.types import Receive, Scope, Send

from powerpack_gateway.errors import ApiError
from powerpack_gateway.fleet.fleet_gateway import FleetGateway
from powerpack_gateway.http.front import READY_PATH, Front
from powerpack_gateway.http.replies import refusal
from powerpack_gateway.http.wire import UPLOAD_BYTES_MAX, ClientGoneError, header, read_body, send_reply

_OF_ANY_GATEWAY: Final = re.compile(r"/+v1/+Account/+[^/]+/+Message(/.*)?")
"""Messages are accepted and read anywhere: their rows are in the database."""


class FleetFront:
    """One ASGI app. ``express``: the API's short way for ``POST Message/``, for servers that know it."""

    def __init__(self, gateway: FleetGateway) -> None:
        self._gateway = gateway
        self._front = Front(gateway)
        self.express = self._front.express
        gateway.keeper_line.app = self._front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path == READY_PATH or _OF_ANY_GATEWAY.fullmatch(path) or self._gateway.is_keeper:
            await self._front(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        api_id = self._gateway.new_uuid()
        is_head = scope["method"] == "HEAD"
        try:
            body = await read_body(receive, header(scope["headers"], b"content-length"), UPLOAD_BYTES_MAX)
            response = await self._gateway.keeper_line.ask(scope, body)
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


def _given(body: bytes) -> Receive:
    """A body that was read already."""
    left = [body]

    async def receive() -> dict[str, object]:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    return receive
