"""``GET /media/{id}``: the bytes of a file, for whoever knows its id, which nobody can guess (plivo_api.md 3.5)."""

import re

from starlette.types import Receive, Scope, Send

from powerpack_gateway.errors import NotFound
from powerpack_gateway.media_library import MediaLibrary

PATH = "/media/"

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cache-control", b"private, max-age=3600"),
)
"""What strangers sent must not act as a page of this address."""


class MediaFiles:
    """The ASGI app."""

    def __init__(self, library: MediaLibrary) -> None:
        self._library = library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, b"text/plain", b"media are read with GET", ((b"allow", b"GET, HEAD"),))
            return
        try:
            media, content = await self._library.content(scope["path"].removeprefix(PATH).strip("/"))
        except NotFound as error:
            await _send(send, 404, b"text/plain", str(error).encode("ascii", "replace"), ())
            return
        name = re.sub(r"[^A-Za-z0-9._-]", "_", media.file_name)[:100] or "media"
        disposition = (b"content-disposition", f'inline; filename="{name}"'.encode())
        shown = b"" if scope["method"] == "HEAD" else content
        await _send(send, 200, media.content_type.encode(), shown, (disposition, *_SAFE), length=len(content))


async def _send(
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    headers: tuple[tuple[bytes, bytes], ...],
    *,
    length: int | None = None,
) -> None:
    size = str(len(body) if length is None else length).encode()
    start = ((b"content-type", content_type), (b"content-length", size), *headers)
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
