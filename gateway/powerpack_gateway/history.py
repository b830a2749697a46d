"""A message's history: what happened to it, step by step, kept with it and for as long as it is kept.

It is notes in a row of octets: a note is a JSON array with the microseconds since the message was accepted, a word, the
stage that it led to, and what the word needs (``_FIELDS``). So a note costs one small encoding, and no object of it
stays, on a path that is walked a thousand times a second; events are made when somebody reads them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from powerpack_gateway.messages import Message, Stage

HISTORY_OCTETS_MAX = 4_000
"""A message that arrives has 100 octets, or 200 with callbacks. A carrier that throttles for an hour, or repeats its
receipts, must not grow it without end: beyond this only the end is noted, and that something was left out."""

WORDS_MAX = 200
"""Characters of a reason or a carrier's word: some quote what a stranger sent."""

_FIELDS: dict[str, tuple[str, ...]] = {
    "submit": ("carrier", "part"),
    "answer": ("part", "status", "carrier_message_id", "reason"),
    "no_answer": ("part", "reason"),
    "receipt": ("carrier_message_id", "reported", "error"),
    "callback": ("notice", "attempt", "outcome"),
    "paced": ("reason",),
    "reselected": ("number",),
    "restarted": (),
    "ended": ("error", "reason"),
    "omitted": (),
}
"""The words, and what stands behind each. They are on disk: a new field goes to the end, a word never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One thing that happened to a message; what does not apply to it is None.

    ``at`` is a Unix time, ``stage`` where the message was after it. ``part`` counts from 0; ``attempt`` from 1: the
    submits of a part, or the tries of a callback. ``status`` is a command_status (None from an MMSC that refuses: then
    ``reason`` says it). ``reported`` is the word of a receipt as the carrier wrote it, with its ``error``; the
    ``error`` of an end is the API's. ``notice`` counts the message's callbacks from 0, and ``outcome`` is the HTTP
    status that the receiver answered, or why there is none.
    """

    at: float
    event: str
    stage: Stage
    carrier: str | None = None
    part: int | None = None
    attempt: int | None = None
    status: int | None = None
    carrier_message_id: str | None = None
    reported: str | None = None
    error: str | None = None
    notice: int | None = None
    outcome: int | str | None = None
    number: str | None = None
    reason: str | None = None

    def __str__(self) -> str:
        details = [
            (name, getattr(self, name)) for name in HistoryEvent.__slots__ if name not in ("at", "event", "stage")
        ]
        said = ", ".join(f"{name} {value}" for name, value in details if value is not None)
        return f"{self.event} -> {self.stage.name}" + (f" ({said})" if said else "")


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[int | str | None, ...]]).decode

_OMITTED = b'"omitted"'


def note(message: Message, now: float, event: str, *details: int | str | None) -> None:
    """Write down what happened to a message, after it happened; the caller tells the store."""
    if len(message.history) > HISTORY_OCTETS_MAX:
        if _OMITTED not in message.history:
            event, details = "omitted", ()
        elif not message.is_final or event == "callback":
            return
    noted = _encode((int((now - message.created_at) * 1e6), event, message.stage._value_, *details))
    if len(noted) > WORDS_MAX:
        short = [each[:WORDS_MAX] if isinstance(each, str) else each for each in details]
        noted = _encode((int((now - message.created_at) * 1e6), event, message.stage._value_, *short))
    message.history += noted + b","


def note_submitted(messages: Iterable[Message], now: float, carrier: str) -> None:
    """``note`` that the first part of each went to a carrier."""
    name = _encode(carrier)
    for message in messages:
        if len(message.history) > HISTORY_OCTETS_MAX:
            note(message, now, "submit", carrier, 0)
            continue
        after_us = int((now - message.created_at) * 1e6)
        message.history += b'[%d,"submit",%d,%b,0],' % (after_us, message.stage._value_, name)


def note_accepted(accepted: Iterable[tuple[Message, str]], now: float) -> None:
    """``note`` that the carrier took each of these texts of one part, under an id that is letters and digits."""
    for message, message_id in accepted:
        if len(message.history) > HISTORY_OCTETS_MAX:
            note(message, now, "answer", 0, 0, message_id)
            continue
        after_us = int((now - message.created_at) * 1e6)
        message.history += b'[%d,"answer",%d,0,0,"%b"],' % (after_us, message.stage._value_, message_id.encode())


def note_arrived(arrived: Iterable[tuple[Message, str]], now: float) -> None:
    """``note`` that a receipt with such an id said DELIVRD for each."""
    for message, message_id in arrived:
        if len(message.history) > HISTORY_OCTETS_MAX:
            note(message, now, "receipt", message_id, "DELIVRD", None)
            continue
        after_us = int((now - message.created_at) * 1e6)
        message.history += b'[%d,"receipt",%d,"%b","DELIVRD",null],' % (
            after_us,
            message.stage._value_,
            message_id.encode(),
        )


def note_told(told: Iterable[tuple[Message, int, int]], now: float) -> None:
    """``note`` that a callback of each, by its number, was answered at the first try, with a status."""
    for message, index, status in told:
        if len(message.history) > HISTORY_OCTETS_MAX:
            note(message, now, "callback", index, 1, status)
            continue
        after_us = int((now - message.created_at) * 1e6)
        message.history += b'[%d,"callback",%d,%d,1,%d],' % (after_us, message.stage._value_, index, status)


def history_of(message: Message) -> Iterator[HistoryEvent]:
    """Everything that happened to it, oldest first; the first is that it was accepted, or received."""
    is_received = message.stage is Stage.RECEIVED
    yield HistoryEvent(
        at=message.created_at,
        event="received" if is_received else "accepted",
        stage=Stage.RECEIVED if is_received else Stage.QUEUED,
    )
    submits: dict[int, int] = {}
    for after_us, event, stage, *details in _decode(b"[%b]" % message.history.rstrip(b",")):
        assert isinstance(after_us, int)
        found = dict(zip(_FIELDS[str(event)], details, strict=False))  # an older version's notes are shorter
        if event == "submit":
            part = found["part"]
            assert isinstance(part, int)
            found["attempt"] = submits[part] = submits.get(part, 0) + 1
        yield msgspec.convert(
            {"at": message.created_at + after_us / 1e6, "event": event, "stage": stage, **found}, HistoryEvent
        )
