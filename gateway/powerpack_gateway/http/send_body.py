"""The body of ``POST Message/``: the common kind is decoded at once, any other field by field (send_form.py)."""

from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from powerpack_gateway.fields import http_url
from powerpack_gateway.http.call import Call
from powerpack_gateway.send_form import (
    DESTINATIONS_MAX,
    EXPIRY_S_MAX,
    EXPIRY_S_MIN,
    TEXT_LENGTH_MAX,
    SendBody,
    request_of,
)
from powerpack_gateway.sending import MESSAGE_EXPIRY_S, SendRequest


class PlainBody(msgspec.Struct, frozen=True):
    """What nearly every request says: an SMS, its fields in their proper types."""

    dst: str
    text: str
    src: str | None = None
    powerpack_uuid: str | None = None
    url: str | None = None
    type: Literal["sms"] = "sms"
    method: Literal["POST", "GET"] = "POST"
    log: bool = True
    message_expiry: Annotated[int, msgspec.Meta(ge=EXPIRY_S_MIN, le=EXPIRY_S_MAX)] = MESSAGE_EXPIRY_S
    media_urls: None = None
    media_ids: None = None


_decode = msgspec.json.Decoder(SendBody).decode
_decode_plain = msgspec.json.Decoder(PlainBody, strict=True).decode


def send_request(call: Call) -> SendRequest:
    """What a call asks to send; raises BadRequest that names the first field that is wrong."""
    return (None if call.query else plain_request(call.body, call.requester_ip)) or _checked(call)


def plain_request(octets: bytes, requester_ip: str) -> SendRequest | None:
    """A request with nothing unusual about it; None when there is, or when something is wrong."""
    try:
        body = _decode_plain(octets)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    src, powerpack_uuid, destination = body.src or None, body.powerpack_uuid or None, body.dst
    if (src is None) is (powerpack_uuid is None) or not 0 < len(body.text) <= TEXT_LENGTH_MAX:
        return None
    if not destination or destination.isspace():
        return None
    destinations: tuple[str, ...] = (destination,)
    if "<" in destination:
        destinations = tuple([each for each in destination.split("<") if each and not each.isspace()])
        if not 0 < len(destinations) <= DESTINATIONS_MAX:
            return None
    return SendRequest(
        src=src,
        powerpack_uuid=powerpack_uuid,
        destinations=destinations,
        text=body.text,
        url=_checked_url(body.url) if body.url else None,
        method=body.method,
        log="true" if body.log else "false",
        message_expiry_s=body.message_expiry,
        requester_ip=requester_ip,
    )


@lru_cache(maxsize=1_024)  # an account has a handful of callback urls, and each comes with every message
def _checked_url(url: str) -> str | None:
    return http_url("url", url)


def _checked(call: Call) -> SendRequest:
    return request_of(_read(call), requester_ip=call.requester_ip)


def _read(call: Call) -> SendBody:
    if not call.query:
        try:
            return _decode(call.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # No JSON object. It may still be a way to say nothing, or else the error names what it is: see below.
            return msgspec.convert(call.parameters().values, SendBody)
    return msgspec.convert(call.parameters().values, SendBody)
