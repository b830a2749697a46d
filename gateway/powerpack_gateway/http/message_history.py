"""A message's history (ours; Plivo has nothing of the kind): what happened to it on its way, in order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.history import HistoryEvent, history_of
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.permission import check_message
from powerpack_gateway.messages import Direction, Message

TAG = "Message"

Happened = Literal[
    "accepted",
    "received",
    "submit",
    "answer",
    "no_answer",
    "receipt",
    "callback",
    "paced",
    "reselected",
    "restarted",
    "ended",
    "omitted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened. Only what applies to its ``event`` is there."""

    time: Annotated[str, Meta(description="UTC, to the microsecond")]
    event: Happened
    stage: Annotated[str, Meta(description="where the message was after it; finer than message_state")]
    carrier: str | None = None
    part: Annotated[int | None, Meta(description="of a long message, from 1")] = None
    attempt: Annotated[int | None, Meta(description="of a submit or a callback, from 1")] = None
    command_status: Annotated[str | None, Meta(description="as 0x00000000")] = None
    carrier_message_id: str | None = None
    reported: Annotated[str | None, Meta(description="a receipt's word, as the carrier wrote it")] = None
    error_code: Annotated[str | None, Meta(description="the carrier's in a receipt, the API's at the end")] = None
    callback: Annotated[str | None, Meta(description="the Status that was told")] = None
    http_status: int | None = None
    number: Annotated[str | None, Meta(description="the sender, selected anew")] = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHistory:
    """What happened to a message, oldest first."""

    message_uuid: str
    message_state: str
    events: tuple[HistoryEntry, ...]


async def get_history(call: Call) -> Reply:
    """What happened to one message: submits, answers, receipts, callbacks, with times and reasons."""
    message = await call.gateway.message(call.ids["message_uuid"])
    check_message(call, message)
    return Reply(
        body={
            "message_uuid": message.uuid,
            "message_state": message.state,
            "events": [_entry(message, each) for each in history_of(message)],
        }
    )


def _entry(message: Message, event: HistoryEvent) -> dict[str, object]:
    is_answered = isinstance(event.outcome, int)
    shown = {
        "time": datetime.fromtimestamp(event.at, UTC).isoformat(sep=" ", timespec="microseconds"),
        "event": event.event,
        "stage": event.stage.name.lower(),
        "carrier": event.carrier,
        "part": None if event.part is None else event.part + 1,
        "attempt": event.attempt,
        "command_status": None if event.status is None else f"0x{event.status:08X}",
        "carrier_message_id": event.carrier_message_id,
        "reported": event.reported,
        "error_code": event.error,
        "callback": None if event.notice is None else _status_told(message, event.notice),
        "http_status": event.outcome if is_answered else None,
        "number": event.number,
        "reason": event.reason if is_answered or event.outcome is None else event.outcome,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _status_told(message: Message, notice: int) -> str:
    return "received" if message.direction is Direction.INBOUND else message.notices()[notice]


ROUTES = (
    Operation(
        "GET",
        "/Message/{message_uuid}/History/",
        get_history,
        tag=TAG,
        for_subaccounts=True,
        answers={200: MessageHistory},
    ),
)
