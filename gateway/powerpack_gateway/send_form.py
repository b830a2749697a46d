"""What a request to send says, field by field, checked in the order of plivo_api.md 2.1: from the API or Message XML.

What its words mean (is this a number, is it ours, is there such a Powerpack) is the gateway's question.
"""

from collections.abc import Mapping

import msgspec

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import choice, http_url, integer, required, text, texts
from powerpack_gateway.numbers import Service
from powerpack_gateway.sending import MESSAGE_EXPIRY_S, SendRequest

DESTINATIONS_MAX = 1_000
"""Unique destinations of one request (plivo_api.md 2.1)."""

MEDIA_MAX = 10
"""Attachments of one MMS (plivo_api.md 2.1)."""

TEXT_LENGTH_MAX = 1_600
"""Characters of the longest text (plivo_api.md 2.1); in UCS-2 fewer fit, which the gateway's encoding knows."""

EXPIRY_S_MIN, EXPIRY_S_MAX = 5, 10_799
"""Bounds of ``message_expiry`` (plivo_api.md 2.1)."""

_SERVICES: Mapping[str, Service] = {each.value: each for each in Service}
_METHODS: Mapping[str, str] = {"post": "POST", "get": "GET"}
_LOGS: Mapping[str, str] = {each: each for each in ("true", "false", "content_only", "number_only")}
"""What of a message is kept for its record: all, nothing, its text, or its numbers (plivo_api.md 2.1)."""


class SendBody(msgspec.Struct, frozen=True):
    """The fields that mean something here, as they came; others are left alone (plivo_api.md 1.2, point 8)."""

    src: object = None
    powerpack_uuid: object = None
    dst: object = None
    text: object = None
    type: object = None
    media_urls: object = None
    media_ids: object = None
    url: object = None
    method: object = None
    log: object = None
    message_expiry: object = None


def request_of(body: SendBody, *, requester_ip: str = "") -> SendRequest:
    """Any request, field by field, in the documents' order."""
    destinations = _destinations(body)
    src, powerpack_uuid = _sender(body)
    words = text("text", body.text) or ""
    media_urls, media_ids = _media(body)
    # Python's SDK says "sms" unless told otherwise (plivo_api.md 1.2, point 8), so what is attached decides.
    given = choice("type", body.type, _SERVICES) or Service.SMS
    service = Service.MMS if media_urls or media_ids else given
    _check_content(service, words, media_urls or media_ids)
    return SendRequest(
        src=src,
        powerpack_uuid=powerpack_uuid,
        destinations=destinations,
        text=words,
        service=service,
        url=http_url("url", body.url),
        method=choice("method", body.method, _METHODS) or "POST",
        log=_log(body.log),
        message_expiry_s=integer(
            "message_expiry", body.message_expiry, low=EXPIRY_S_MIN, high=EXPIRY_S_MAX, default=MESSAGE_EXPIRY_S
        ),
        media_urls=media_urls,
        media_ids=media_ids,
        requester_ip=requester_ip,
    )


def _destinations(body: SendBody) -> tuple[str, ...]:
    destinations = tuple(each for each in required("dst", body.dst).split("<") if each.strip())
    if len(destinations) > DESTINATIONS_MAX and len(dict.fromkeys(destinations)) > DESTINATIONS_MAX:
        raise BadRequest(f"dst has {len(dict.fromkeys(destinations))} destinations, {DESTINATIONS_MAX} is the limit")
    return destinations


def _sender(body: SendBody) -> tuple[str | None, str | None]:
    src, powerpack_uuid = text("src", body.src), text("powerpack_uuid", body.powerpack_uuid)
    if src is None and powerpack_uuid is None:
        raise BadRequest("src and powerpack_uuid are both missing, expected one of them")
    if src is not None and powerpack_uuid is not None:
        raise BadRequest("src and powerpack_uuid are both given, expected only one of them")
    return src, powerpack_uuid


def _media(body: SendBody) -> tuple[tuple[str, ...], tuple[str, ...]]:
    urls, ids = texts("media_urls", body.media_urls), texts("media_ids", body.media_ids)
    if len(urls) + len(ids) > MEDIA_MAX:
        raise BadRequest(f"media_urls and media_ids name {len(urls) + len(ids)} attachments, {MEDIA_MAX} is the limit")
    for url in urls:
        http_url("media_urls", url)
    return urls, ids


def _check_content(service: Service, words: str, media: tuple[str, ...]) -> None:
    if len(words) > TEXT_LENGTH_MAX:
        raise BadRequest(f"text has {len(words)} characters, {TEXT_LENGTH_MAX} is the limit")
    if service is Service.SMS:
        if not words:
            raise BadRequest("text parameter is missing")
    elif not words and not media:
        raise BadRequest("text, media_urls and media_ids are all missing, expected at least one of them for type 'mms'")


def _log(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return choice("log", value, _LOGS) or "true"
