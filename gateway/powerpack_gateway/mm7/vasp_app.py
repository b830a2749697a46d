"""Where MMSCs post: delivery reports, read replies and messages of handsets, as one ASGI app.

``POST /mm7/{carrier}`` with HTTP Basic, the carrier's name and the ``inbound_password`` of its settings. Nothing is
answered with success before what it changed is on disk.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Protocol

from starlette.types import Receive, Scope, Send

from powerpack_gateway.errors import StoreError
from powerpack_gateway.mm7.envelope import (
    NAMESPACES,
    Asked,
    Deliver,
    DeliveryReport,
    Mm7Unreadable,
    ReadReply,
    answer_to,
    read_request,
)
from powerpack_gateway.mm7.mime import MimeError, Part, leaves_of
from powerpack_gateway.mm7.route import basic
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.mm7.statuses import receipt_of
from powerpack_gateway.ports import Journal
from powerpack_gateway.receipts import Receipt

BODY_BYTES_MAX = 8_000_000
"""Five megabytes of media, and a third more for base64."""

DELIVERED_MAX = 10_000
"""Messages of handsets whose LinkedID is remembered, so that one that is posted again does not count twice."""

NOT_MEDIA = ("application/smil", "application/smil+xml")
"""Says how the parts are arranged on a screen."""

PATH = "/mm7/"

NOBODY = Asked(operation="", transaction_id="", namespace=f"{NAMESPACES}REL-5-MM7-1-0", version="5.3.0")
"""What an answer repeats of a request that could not be read."""

SUCCESS, ADDRESS_NOT_FOUND, FORMAT_CORRUPT, SERVER_ERROR = 1000, 2003, 2007, 3000


class MmsReceiver(Protocol):
    """What becomes of what the MMSCs say: the gateway."""

    async def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        """A delivery report came; what it changed is on disk when this returns. Raises StoreError."""

    async def mms_received(
        self, carrier: str, *, source: str, destination: str, text: str, media: Sequence[Part]
    ) -> bool:
        """A handset's message came, and is on disk when this returns; False when its number is not ours. Raises
        StoreError."""


class VaspApp:
    """The ASGI app; ``settings`` by carrier."""

    def __init__(self, receiver: MmsReceiver, settings: Mapping[str, Mm7Settings], journal: Journal) -> None:
        self._receiver = receiver
        self._settings = settings
        self._journal = journal
        self._delivered: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._taking: dict[tuple[str, str], asyncio.Event] = {}
        """Messages of handsets that are not on disk yet: what is posted again meanwhile waits for what comes of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        carrier = scope["path"].removeprefix(PATH).strip("/")
        settings = self._settings.get(carrier)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if settings is None or scope["method"] != "POST":
            await _answer(send, 404, b"MMSCs of this gateway post to /mm7/ and their carrier's name", "text/plain")
            return
        if not _is_it(settings, headers.get(b"authorization", "")):
            self._journal.record("gateway.mm7_refused", carrier=carrier, reason="wrong credentials")
            await _answer(send, 401, b"credentials are missing or wrong", "text/plain", (b"www-authenticate", b"Basic"))
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, f"{BODY_BYTES_MAX} bytes are the limit".encode(), "text/plain")
            return
        said = await self._said(carrier, headers.get(b"content-type", ""), body)
        await _answer(send, 200, said, "text/xml; charset=utf-8")

    async def _said(self, carrier: str, content_type: str, body: bytes) -> bytes:
        try:
            soap, parts = _taken_apart(content_type, body)
            asked = read_request(soap)
        except (Mm7Unreadable, MimeError) as error:
            self._journal.record("gateway.mm7_refused", carrier=carrier, reason=str(error))
            return answer_to(NOBODY, FORMAT_CORRUPT, str(error)[:200])
        status, text = await self._do(carrier, asked, parts)
        self._journal.record(
            "mm7",
            side="gateway",
            link=carrier,
            direction="<",
            operation=asked.asked.operation,
            status=status,
            message_id=asked.linked_id if isinstance(asked, Deliver) else asked.message_id,
            problem="" if status == SUCCESS else text,
        )
        return answer_to(asked.asked, status, text)

    async def _do(
        self, carrier: str, asked: DeliveryReport | ReadReply | Deliver, parts: Sequence[Part]
    ) -> tuple[int, str]:
        try:
            match asked:
                case DeliveryReport():
                    receipt = receipt_of(asked.message_id, asked.mm_status, asked.status_text)
                    await self._receiver.mms_reported(carrier, receipt)
                case Deliver():
                    if not await self._deliver(carrier, asked, parts):
                        return ADDRESS_NOT_FOUND, f"{', '.join(asked.recipients)[:200]} is no number of this VASP"
                case ReadReply():
                    pass  # Plivo has no state for it; the journal has it
        except StoreError as error:
            return SERVER_ERROR, str(error)
        return SUCCESS, "Success"

    async def _deliver(self, carrier: str, asked: Deliver, parts: Sequence[Part]) -> bool:
        if not asked.linked_id:
            return await self._take(carrier, asked, parts)
        key = carrier, asked.linked_id
        while (under_way := self._taking.get(key)) is not None:
            await under_way.wait()
        if key in self._delivered:
            self._journal.record(
                "inbound.redelivered", carrier=carrier, source=asked.sender, destination=", ".join(asked.recipients)
            )
            return True
        done = self._taking[key] = asyncio.Event()
        try:
            is_ours = await self._take(carrier, asked, parts)
        finally:
            del self._taking[key]
            done.set()
        if is_ours:
            self._delivered[key] = None
            if len(self._delivered) > DELIVERED_MAX:
                self._delivered.popitem(last=False)
        return is_ours

    async def _take(self, carrier: str, asked: Deliver, parts: Sequence[Part]) -> bool:
        texts = [part.text for part in parts if part.content_type == "text/plain"]
        media = [part for part in parts if part.content_type not in ("text/plain", *NOT_MEDIA)]
        taken = [
            await self._receiver.mms_received(
                carrier, source=asked.sender, destination=each, text="\n".join(texts), media=media
            )
            for each in dict.fromkeys(asked.recipients)
        ]
        return any(taken)


def _is_it(settings: Mm7Settings, authorization: str) -> bool:
    """Whether a request comes from the MMSC; one without a password of its own may not post at all."""
    expected = basic(settings.name, settings.inbound_password)
    return bool(settings.inbound_password) and compare_digest(authorization.encode(), expected.encode())


def _taken_apart(content_type: str, body: bytes) -> tuple[bytes, list[Part]]:
    """The SOAP part, which is the one that ``start`` names or the first, and the others."""
    if content_type.partition(";")[0].strip().lower() in ("text/xml", "application/xml"):
        return body, []
    leaves = leaves_of(content_type, body)
    start = content_type.partition("start=")[2].partition(";")[0].strip().strip('"').strip("<>")
    root = next((part for part in leaves if start and part.content_id == start), leaves[0] if leaves else None)
    if root is None:
        raise MimeError("the body has no parts")
    return root.data, [part for part in leaves if part is not root]


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is too long, or its sender has gone."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > BODY_BYTES_MAX:
            return None
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _answer(send: Send, status: int, body: bytes, content_type: str, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": ((b"content-type", content_type.encode()), length, *headers),
        }
    )
    await send({"type": "http.response.body", "body": body})
