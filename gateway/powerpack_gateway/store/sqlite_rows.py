"""Messages as rows of SQLite: their columns, how a message is bound, and how one is read."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from powerpack_gateway.ids import MessageIds
from powerpack_gateway.messages import UNDER_WAY_VALUES, Direction, Message, Stage
from powerpack_gateway.numbers import Service

_CONSTANT = (
    "direction", "service", "destination", "country", "powerpack_uuid", "text", "units", "callback_url",
    "callback_method", "log", "created_at", "requester_ip", "expires_at", "intent",
)  # fmt: skip
_CHANGING = (
    "source", "stage", "error_code", "carrier", "sent_at", "updated_at", "told", "reasons", "carrier_ids", "arrived",
    "attempts", "is_open", "media", "history",
)  # fmt: skip
_COLUMNS = ("id", *_CONSTANT, *_CHANGING)
INSERT = f"INSERT INTO message ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
UPDATE = f"UPDATE message SET {', '.join(f'{name} = ?' for name in _CHANGING)} WHERE id = ?"
SELECT = f"SELECT {', '.join(_COLUMNS)} FROM message"

# JSON, since a carrier may put any octet but NUL into its ids (SMPP 3.4, 4.4.2), line feeds included.
_encode_words = msgspec.json.Encoder().encode


@lru_cache(maxsize=4_096)  # reasons repeat, and a message's own are written up to three times within a second
def _words(words: tuple[str, ...]) -> str:
    return _encode_words(words).decode()


_decode_words = msgspec.json.Decoder(tuple[str, ...]).decode


def inserted_rows(messages: Sequence[Message]) -> list[tuple[object, ...]]:
    """New messages, for ``INSERT``."""
    return [
        (
            message.id, message.direction._value_, message.service._value_, message.destination, message.country,
            message.powerpack_uuid, message.text, message.units, message.callback_url, message.callback_method,
            message.log, message.created_at, message.requester_ip, message.expires_at, message.intent, *row[:-1],
        )
        for message, row in zip(messages, updated_rows(messages), strict=True)
    ]  # fmt: skip


def can_be_written(message: Message) -> bool:
    """Whether its text is one that SQLite takes: half of a surrogate pair has no UTF-8."""
    try:
        return message.text.isascii() or bool(message.text.encode())
    except UnicodeEncodeError:
        return False


def updated_rows(messages: Iterable[Message]) -> list[tuple[object, ...]]:
    """Changed messages, for ``UPDATE``."""
    rows: list[tuple[object, ...]] = []
    for message in messages:
        stage = message.stage._value_  # of the plainest type, as sqlite3 looks for an adapter of any other each time
        # ``is_open``, with less calls.
        owes = message.callback_url is not None and message.told < message.notices_due
        rows.append((
            message.source, stage, message.error_code, message.carrier, message.sent_at, message.updated_at,
            message.told, _words(message.reasons), _words(message.carrier_ids), message.arrived, message.attempts,
            1 if owes or stage in UNDER_WAY_VALUES else 0, _words(message.media) if message.media else "",
            message.history, message.id,
        ))  # fmt: skip
    return rows


_DIRECTIONS: dict[str, Direction] = {each.value: each for each in Direction}
_SERVICES: dict[str, Service] = {each.value: each for each in Service}
_STAGES: dict[int, Stage] = {each.value: each for each in Stage}
_LOGS: dict[object, str] = {0: "false", 1: "true"}
"""From before the two halves were kept: what of a message is to be logged."""


def message_of(row: tuple[Any, ...], ids: MessageIds) -> Message:
    """A message from the columns of ``SELECT``; ``ids`` name it. KeyError or ValueError for what is none of ours.

    By name and not by a table, which takes twice as long: a start reads a hundred thousand.
    """
    (
        number, direction, service, destination, country, powerpack_uuid, text, units, callback_url, callback_method,
        log, created_at, requester_ip, expires_at, intent, source, stage, error_code, carrier, sent_at, updated_at,
        told, reasons, carrier_ids, arrived, attempts, _, media, history,
    ) = row  # fmt: skip
    return Message(
        id=number,
        uuid=ids.uuid(number),
        direction=_DIRECTIONS[direction],
        service=_SERVICES[service],
        destination=destination,
        text=text,
        created_at=created_at,
        source=source,
        powerpack_uuid=powerpack_uuid,
        country=country,
        units=units,
        callback_url=callback_url,
        callback_method=callback_method,
        log=_LOGS.get(log, log),
        requester_ip=requester_ip,
        expires_at=expires_at,
        stage=_STAGES[stage],
        error_code=error_code,
        carrier=carrier,
        sent_at=sent_at,
        updated_at=updated_at,
        told=told,
        intent=intent,
        reasons=_decode_words(reasons),
        carrier_ids=_decode_words(carrier_ids),
        arrived=arrived,
        attempts=attempts,
        media=_decode_words(media) if media else (),
        history=history,
    )
