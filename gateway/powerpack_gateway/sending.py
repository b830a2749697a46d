"""A request to send, and what came of it."""

from typing import NamedTuple

import msgspec

from powerpack_gateway.numbers import Service

MESSAGE_EXPIRY_S = 10_800
"""Three hours: how long a message may wait before it fails with 420 (plivo_api.md 2.1)."""


class SendRequest(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One ``POST Message/``, its shape and types checked, its meaning not yet. A Struct, which is made in a fifth of a
    dataclass's time.

    Either ``src`` or ``powerpack_uuid`` is given. ``destinations`` are as the caller wrote them.
    """

    destinations: tuple[str, ...]
    text: str
    src: str | None = None
    powerpack_uuid: str | None = None
    service: Service = Service.SMS
    url: str | None = None
    method: str = "POST"
    log: str = "true"
    message_expiry_s: int = MESSAGE_EXPIRY_S
    media_urls: tuple[str, ...] = ()
    media_ids: tuple[str, ...] = ()
    requester_ip: str = ""


class Sent(NamedTuple):
    """The messages that were accepted, one a destination, and the destinations that were not."""

    message_uuids: tuple[str, ...]
    invalid_numbers: tuple[str, ...] = ()
