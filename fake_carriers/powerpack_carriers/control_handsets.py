"""The control API's phones: read them, answer with them, switch them off, give them habits."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from powerpack_carriers.behaviour import Behaviour
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.control_http import read
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Device, Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.nearest import meant
from powerpack_carriers.numbering import digits_of, is_number
from powerpack_carriers.settings import plain_settings

HANDSETS_MAX: Final = 1_000
"""Phones of one answer, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    text: str
    to: str | None = None
    parts: InParts = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attached:
    """``data`` is base64."""

    content_type: str
    data: str
    name: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z]+/[\w.+-]+", self.content_type, re.ASCII):
            raise ValueError(f"content_type: found {self.content_type!r}, expected one such as 'image/png'")
        try:
            b64decode(self.data, validate=True)
        except ValueError as error:
            raise ValueError(f"data: found what is no base64: {error}") from error

    def media(self) -> Media:
        """The file itself."""
        return Media(content_type=self.content_type, name=self.name, data=b64decode(self.data))


@dataclass(frozen=True, slots=True, kw_only=True)
class _SendMms:
    text: str = ""
    to: str | None = None
    subject: str = ""
    media: tuple[_Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReportSpam:
    index: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What of a phone shall be different; what is None stays."""

    state: HandsetState | None = None
    device: Device | None = None
    carrier: str | None = None
    behaviours: tuple[Behaviour, ...] | None = None
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.ignored and self.behaviours is None:
            raise ValueError("ignored: found texts without behaviours, expected both")


class ControlledHandsets:
    """One method a route."""

    def __init__(self, directory: Directory, carriers: Mapping[str, Carrier]) -> None:
        self._directory = directory
        self._carriers = carriers

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/handsets", self.list_all, methods=["GET"]),
            Route("/handsets/{number}", self.show, methods=["GET"]),
            Route("/handsets/{number}", self.change, methods=["PATCH"]),
            Route("/handsets/{number}/messages", self.list_messages, methods=["GET"]),
            Route("/handsets/{number}/messages", self.clear_messages, methods=["DELETE"]),
            Route("/handsets/{number}/reply", self.reply, methods=["POST"]),
            Route("/handsets/{number}/send-mms", self.send_mms, methods=["POST"]),
            Route("/handsets/{number}/messages/{index:int}/media/{place:int}", self.show_media, methods=["GET"]),
            Route("/handsets/{number}/report-spam", self.report_spam, methods=["POST"]),
        ]

    async def list_all(self, request: Request) -> JSONResponse:
        handsets = self._directory.handsets()[-HANDSETS_MAX:]
        return JSONResponse(
            [
                {"number": each.number, "carrier": each.carrier, "messages": each.text_count, "state": each.state}
                for each in handsets
            ]
        )

    async def show(self, request: Request) -> JSONResponse:
        number = self._number(request)
        handset = self._directory.find(number)
        if handset is None:
            raise HTTPException(404, f"there is no phone {number} yet; PATCH makes it, and so does a text to it")
        return JSONResponse(self._form(handset))

    async def change(self, request: Request) -> JSONResponse:
        number = self._number(request)
        body = await read(_Change, request)
        if body.carrier is not None and body.carrier not in self._carriers:
            known = ", ".join(self._carriers) or "none"
            raise HTTPException(
                400, f"carrier: found {body.carrier!r}, expected one of {known}{meant(body.carrier, self._carriers)}"
            )
        handset = self._directory.handset(number)
        if body.carrier is not None:
            self._directory.assign(number, body.carrier)
        if body.device is not None:
            handset.device = body.device
        if body.behaviours is not None:
            handset.behave(*body.behaviours, ignored=body.ignored)
        if body.state is not None:
            handset.state = body.state
        return JSONResponse(self._form(handset))

    async def list_messages(self, request: Request) -> JSONResponse:
        handset = self._directory.find(self._number(request))
        texts = handset.inbox if handset is not None else []
        return JSONResponse([_text_form(index, text) for index, text in enumerate(texts)])

    async def clear_messages(self, request: Request) -> JSONResponse:
        handset = self._directory.find(self._number(request))
        texts = handset.inbox if handset is not None else []
        removed = len(texts)
        texts.clear()
        return JSONResponse({"removed": removed})

    async def reply(self, request: Request) -> JSONResponse:
        number = self._number(request)
        body = await read(_Reply, request)
        try:
            self._directory.handset(number).reply(body.text, body.to, parts=body.parts)
        except HandsetError as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"from": number, "text": body.text})

    async def send_mms(self, request: Request) -> JSONResponse:
        number = self._number(request)
        body = await read(_SendMms, request)
        media = [each.media() for each in body.media]
        try:
            self._directory.handset(number).send_mms(body.text, media=media, to=body.to, subject=body.subject)
        except HandsetError as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"from": number, "text": body.text, "media": len(media)})

    async def show_media(self, request: Request) -> Response:
        handset = self._directory.find(self._number(request))
        index, place = request.path_params["index"], request.path_params["place"]
        inbox = handset.inbox if handset is not None else []
        media = inbox[index].media if index < len(inbox) else ()
        if place >= len(media):
            raise HTTPException(404, f"message {index} has {len(media)} media, so there is none at {place}")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(media[place].data, media_type=media[place].content_type, headers=headers)

    async def report_spam(self, request: Request) -> JSONResponse:
        number = self._number(request)
        body = await read(_ReportSpam, request)
        try:
            report = self._directory.handset(number).report_spam(body.index)
        except HandsetError as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"report": report.notice})

    def _number(self, request: Request) -> str:
        digits = digits_of(request.path_params["number"])
        if is_number(digits) or (digits.isascii() and digits.isdigit() and self._directory.carrier_of(digits)):
            return digits
        if self._directory.find(digits) is not None:  # a carrier that admits any destination has it
            return digits
        found = request.path_params["number"]
        raise HTTPException(400, f"found number {found!r}, expected 7 to 15 digits, with or without a plus")

    def _form(self, handset: Handset) -> dict[str, object]:
        return {
            "number": handset.number,
            "carrier": handset.carrier,
            "country": handset.country,
            "device": handset.device.value,
            "state": handset.state,
            "messages": handset.text_count,
            "unfinished": handset.unfinished,
            "held": sum(carrier.held_for(handset.number) for carrier in self._carriers.values()),
            "behaviours": [plain_settings(each) for each in handset.behaviours],
        }


def _text_form(index: int, text: TextMessage) -> dict[str, object]:
    return {
        "index": index,
        "text": text.text,
        "from": text.from_number,
        "to": text.to_number,
        "received_at": text.received_at.isoformat(),
        "carrier_message_ids": text.carrier_message_ids,
        "parts": text.parts,
        "subject": text.subject,
        "media": [{"content_type": each.content_type, "name": each.name, "size": each.size} for each in text.media],
    }
