"""A request to send, and what came of it."""

from dataclasses import dataclass
from typing import NamedTuple

from powerpack_gateway.numbers import Service

MESSAGE_EXPIRY_S = 10_800
"""Three hours: how long a message may wait before it fails with 420 (plivo_api.md 2.1)."""


@dataclass(slots=True, kw_only=True)
class SendRequest:
    """One ``POST Message/``, its shape and types checked, its meaning not yet. Nobody changes it; it is not frozen
    only since that would triple the cost of making one, and one is made for every request.

    Either ``src`` or ``powerpack_uuid`` is given. ``destinations`` are as the caller wrote them.
    """

    src: str | None = None
    powerpack_uuid: str | None = None
    destinations: tuple[str, ...]
    text: str
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
