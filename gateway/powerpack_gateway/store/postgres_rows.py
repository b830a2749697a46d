"""Messages as rows of PostgreSQL: their columns, how a group of them is bound, and how one is read."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from powerpack_gateway.ids import MessageIds
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service

CONSTANT: Mapping[str, str] = {
    "id": "bigint", "direction": "text", "service": "text", "destination": "text", "country": "text",
    "powerpack_uuid": "text", "text": "text", "units": "integer", "callback_url": "text", "callback_method": "text",
    "log": "text", "created_at": "float8", "requester_ip": "text", "expires_at": "float8", "intent": "text",
    "lease": "text",
}  # fmt: skip
"""What never changes, with its type."""

CHANGING: Mapping[str, str] = {
    "source": "text", "stage": "smallint", "error_code": "text", "carrier": "text", "sent_at": "float8",
    "updated_at": "float8", "told": "integer", "reasons": "text", "carrier_ids": "text", "arrived": "integer",
    "attempts": "integer", "media": "text", "history": "bytea",
}  # fmt: skip

NULLABLE = frozenset({"powerpack_uuid", "callback_url", "error_code", "carrier", "sent_at"})

COLUMNS: Mapping[str, str] = {**CONSTANT, **CHANGING}

_ESCAPE = "\x1a"
_ESCAPED = re.compile(f"{_ESCAPE}(.)")

# JSON, since a carrier may put any octet but NUL into its ids (SMPP 3.4, 4.4.2), line feeds included.
_encode_words = msgspec.json.Encoder().encode
_decode_words = msgspec.json.Decoder(tuple[str, ...]).decode


@lru_cache(maxsize=4_096)  # reasons repeat, and a message's own are written up to three times within a second
def _words(words: tuple[str, ...]) -> str:
    return _encode_words(words).decode()


def storable(text: str) -> str:
    """PostgreSQL's text holds every character but NUL, which UCS-2 from a handset may hold: it is written as two."""
    if "\0" in text or _ESCAPE in text:
        return text.replace(_ESCAPE, _ESCAPE + _ESCAPE).replace("\0", _ESCAPE + "0")
    return text


def readable(text: str) -> str:
    """What ``storable`` was given."""
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: "\0" if found[1] == "0" else _ESCAPE, text)


def changing_row(message: Message) -> tuple[object, ...]:
    """The id, and the values of ``CHANGING``."""
    return (
        message.id, storable(message.source), message.stage._value_, message.error_code, message.carrier,
        message.sent_at, message.updated_at, message.told, _words(message.reasons), _words(message.carrier_ids),
        message.arrived, message.attempts, _words(message.media) if message.media else "", message.history,
    )  # fmt: skip


def whole_row(message: Message) -> tuple[object, ...]:
    """The values of ``COLUMNS``."""
    url = message.callback_url
    return (
        message.id, message.direction._value_, message.service._value_, storable(message.destination), message.country,
        message.powerpack_uuid, storable(message.text), message.units, url and storable(url), message.callback_method,
        message.log, message.created_at, message.requester_ip, message.expires_at, message.intent,
        message.lease, *changing_row(message)[1:],
    )  # fmt: skip


def message_of(row: Iterable[Any], ids: MessageIds) -> Message:
    """The message in a row of ``COLUMNS``."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    values["uuid"] = ids.uuid(values["id"])
    for name, read in _READ.items():
        values[name] = read(values[name])
    return Message(**values)


_READ: Mapping[str, Callable[[Any], object]] = {
    "direction": Direction,
    "service": Service,
    "stage": Stage,
    "destination": readable,
    "source": readable,
    "text": readable,
    "callback_url": lambda url: url and readable(url),
    "reasons": _decode_words,
    "carrier_ids": _decode_words,
    "media": lambda words: _decode_words(words) if words else (),
}
"""How the columns that are not stored as they are become fields again."""
