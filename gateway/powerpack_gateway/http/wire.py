"""The ASGI side of a request: its headers, its body, and the answer."""

from collections.abc import Iterable

import msgspec
from starlette.types import Receive, Send

from powerpack_gateway.errors import TooLarge
from powerpack_gateway.http.call import Reply

BODY_BYTES_MAX = 262_144
"""The largest sensible body sends to 1,000 destinations a text of 1,600 escaped characters with ten media URLs:
under 64 KiB. Four times that leaves room for spaces and for callers who indent."""

UPLOAD_BYTES_MAX = 21_000_000
"""Ten files of two megabytes (plivo_api.md 2.7), and what is around them."""

_JSON_TYPE = (b"content-type", b"application/json")

_encode = msgspec.json.Encoder().encode


class ClientGoneError(Exception):
    """The client hung up before its request was complete; nobody waits for an answer."""


def header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    """The first header of a name in lower case, as ASGI gives them; None when there is none."""
    for name, value in headers:
        if name == wanted:
            return value
    return None


async def read_body(receive: Receive, declared: bytes | None, bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """The whole body; raises TooLarge as soon as it is known to be, and ClientGoneError when it stays incomplete."""
    if declared is not None and declared.isdigit() and (len(declared) > 12 or int(declared) > bytes_max):
        raise TooLarge(f"the body has {declared[:12].decode()} bytes, {bytes_max} is the limit")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise TooLarge(f"the body has more than {bytes_max} bytes, which is the limit")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def encoded(reply: Reply, api_id: str) -> bytes:
    """The body of an answer: JSON with ``api_id`` first, or what is no JSON."""
    if reply.content is not None:
        return reply.content
    return _encode({"api_id": api_id, **reply.body})


async def send_reply(send: Send, reply: Reply, *, api_id: str, is_head: bool) -> None:
    """Answer: JSON with ``api_id`` first, or nothing after a 204. A HEAD gets the headers of its GET."""
    if reply.status == 204:
        await send({"type": "http.response.start", "status": 204, "headers": reply.headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = encoded(reply, api_id)
    length = (b"content-length", str(len(body)).encode())
    kind = (_JSON_TYPE,) if reply.content is None else ()
    await send({"type": "http.response.start", "status": reply.status, "headers": (*kind, length, *reply.headers)})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
