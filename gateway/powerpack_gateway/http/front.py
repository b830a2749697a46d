"""Everything that a gateway answers on its port: the API, the files of MMS, what MMSCs post, and its readiness."""

from typing import Final

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.http.app import api_app
from powerpack_gateway.http.media_files import PATH as MEDIA_PATH
from powerpack_gateway.http.media_files import MediaFiles
from powerpack_gateway.mm7.vasp_app import PATH as MM7_PATH
from powerpack_gateway.mm7.vasp_app import VaspApp

READY_PATH: Final = "/healthz"


class Front:
    """One ASGI app that finds the right one by the path. ``express``: the API's short way, for servers that know it."""

    def __init__(self, gateway: Gateway) -> None:
        api = api_app(gateway)
        settings = {name: route.settings for name, route in gateway.dispatcher.mm7_routes.items()}
        self.express = api.express
        self._api: ASGIApp = api
        self._gateway = gateway
        self._media = MediaFiles(gateway.media)
        self._vasp = VaspApp(gateway, settings, gateway.journal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path = scope.get("path", "")
        if path.startswith(MM7_PATH):
            await self._vasp(scope, receive, send)
        elif path.startswith(MEDIA_PATH):
            await self._media(scope, receive, send)
        elif path == READY_PATH:
            await self._readiness(send)
        else:
            await self._api(scope, receive, send)

    async def _readiness(self, send: Send) -> None:
        """200 while this gateway can accept messages, 503 while it can not: what a load balancer asks."""
        state = self._gateway.readiness()
        body = msgspec.json.encode(state)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if state["ready"] else 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
