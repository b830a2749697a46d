"""Keeps other people's web pages away from an API without passwords on loopback, and asks for small, plain requests.

A page in a browser can send requests to 127.0.0.1: under a name of its own that its DNS points there (DNS rebinding:
the Host header gives it away), or straight, across sites (the Origin header does).
"""

import json
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_OCTETS_MAX: Final = 64 * 1024
"""The longest text that SMPP carries in parts has 39,015 characters; JSON with escapes for those that need them."""


class LoopbackOnly:
    """An ASGI app in front of another: it refuses what does not come from this machine's own programs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = _refusal(headers)
        if refusal is not None:
            await _send_error(send, *refusal)
            return
        if len(scope["path"]) > 1:
            scope = {**scope, "path": scope["path"].rstrip("/")}
        await self._app(scope, receive, send)


def _refusal(headers: dict[bytes, str]) -> tuple[int, str] | None:
    """Status and sentence; None for a request that is welcome."""
    host = headers.get(b"host", "")
    if not is_loopback(_host_of(f"//{host}")):
        return 403, f"found Host {host!r}, expected localhost or a loopback address: this API is for this machine only"
    origin = headers.get(b"origin")
    if origin is not None and not is_loopback(_host_of(origin)):
        return 403, f"found Origin {origin!r}, expected none or one of this machine: other sites may not call this API"
    length = headers.get(b"content-length", "0")
    if not length.isdigit():
        return 400, f"found Content-Length {length!r}, expected a number"
    if int(length) > BODY_OCTETS_MAX:
        return 413, f"found a body of {length} octets, expected {BODY_OCTETS_MAX} at most"
    return None


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine, whatever any DNS says."""
    if host == "localhost" or host.endswith(".localhost"):
        # RFC 6761, 6.3: names under localhost are always loopback.
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(url: str) -> str:
    """The host of a URL without port and brackets, empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


async def _send_error(send: Send, status: int, problem: str) -> None:
    body = json.dumps({"error": problem}).encode()
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
