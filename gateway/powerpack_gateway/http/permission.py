"""What a subaccount may do: send from its own numbers, see them, and see their messages. The rest is the account's."""

from powerpack_gateway.errors import BadRequest, Forbidden, NotFound
from powerpack_gateway.http.call import Call
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.nanp import parse_source
from powerpack_gateway.numbers import PhoneNumber
from powerpack_gateway.sending import SendRequest


def owns(call: Call, number: PhoneNumber | None) -> bool:
    """Whether a number may be seen by whoever calls: every number by the account, its own by a subaccount."""
    return call.subaccount is None or (number is not None and number.subaccount == call.subaccount.auth_id)


def check_send(call: Call, request: SendRequest) -> None:
    """Raise unless whoever calls may send this."""
    if call.subaccount is None:
        return
    if request.powerpack_uuid is not None:
        raise Forbidden(f"subaccount {call.subaccount.auth_id} may not use Powerpacks: they are the main account's")
    if not owns(call, call.gateway.holdings.numbers.get(parse_source(request.src or "") or "")):
        raise BadRequest(
            f"this caller ID is not allowed for outbound message: '{request.src}' is no number of this subaccount"
        )


def check_message(call: Call, message: Message) -> None:
    """Raise NotFound unless whoever calls may see this message: one from or to its numbers."""
    ours = message.source if message.direction is Direction.OUTBOUND else message.destination
    if not owns(call, call.gateway.holdings.numbers.get(ours)):
        raise NotFound(f"message {message.uuid} not found")
