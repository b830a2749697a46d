"""Messages: send, get, list (plivo_api.md 2.1)."""

from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.message_filter import message_filter
from powerpack_gateway.http.message_record import message_record
from powerpack_gateway.http.message_shape import MessageFilter, MessageForm, MessageList, MessagesQueued, OneMessage
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import meta, window
from powerpack_gateway.http.permission import check_message, check_send
from powerpack_gateway.http.send_body import send_request
from powerpack_gateway.sending import Sent
from powerpack_gateway.store.base import Page

_NOTHING = Page(messages=(), total_count=0)


TAG = "Message"


async def send_message(call: Call) -> Reply:
    """202, once everything is on disk."""
    request = send_request(call)
    check_send(call, request)
    return accepted(await call.gateway.send(request))


def accepted(sent: Sent) -> Reply:
    """202: accepted and kept, one uuid a destination; those that are no numbers stand in ``invalid_number``."""
    if sent.invalid_numbers:
        return Reply(
            status=202,
            body={
                "message": "message(s) queued",
                "message_uuid": sent.message_uuids,
                "invalid_number": sent.invalid_numbers,
            },
        )
    return Reply(status=202, body={"message": "message(s) queued", "message_uuid": sent.message_uuids})


async def get_message(call: Call) -> Reply:
    """The record of one message, and why its number was chosen."""
    message = await call.gateway.message(call.ids["message_uuid"])
    check_message(call, message)
    return Reply(body={**message_record(call.gateway, message), "selection_reasons": message.reasons})


async def list_messages(call: Call) -> Reply:
    """Records, newest first. Their ``meta`` has no ``total_count``: Plivo's has none (plivo_api.md 1.4)."""
    given = call.parameters()
    wanted = window(given)
    filters = message_filter(given, call.gateway.holdings.numbers, subaccount=call.subaccount)
    page = _NOTHING
    if filters is not None:
        page = await call.gateway.messages(filters, limit=wanted.limit, offset=wanted.offset)
    return Reply(
        body={
            "meta": meta(call, given, wanted, total_count=page.total_count),
            "objects": [message_record(call.gateway, each) for each in page.messages],
        }
    )


ROUTES = (
    Operation(
        "POST",
        "/Message/",
        send_message,
        tag=TAG,
        for_subaccounts=True,
        takes=MessageForm,
        answers={202: MessagesQueued},
    ),
    Operation(
        "GET",
        "/Message/",
        list_messages,
        tag=TAG,
        for_subaccounts=True,
        takes=MessageFilter,
        answers={200: MessageList},
        synonyms=("from", "to"),  # as Plivo's command line says
    ),
    Operation("GET", "/Message/{message_uuid}/", get_message, tag=TAG, for_subaccounts=True, answers={200: OneMessage}),
)
