"""Events: what a session has to say about the octets, the time or the loss that it was told of."""

from collections.abc import Sequence
from typing import NamedTuple

from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.plain_read import PlainReceipt


class Bound(NamedTuple):
    """The carrier, which calls itself ``system_id``, accepted the bind."""

    system_id: str
    sc_interface_version: int | None


class BindRefused(NamedTuple):
    """The carrier refused the bind; a Finished follows."""

    status: int


class Answered(NamedTuple):
    """The answer to a submit_sm: accepted under ``message_id`` if ``status`` is 0.

    It may come after Unanswered for the same token: carriers do answer later than any timer.
    """

    token: object
    status: int
    message_id: str


class AllPlain(NamedTuple):
    """Of a read that holds nothing else: the tokens of submits that were accepted, each with its id, and behind them
    receipts of messages that arrived.

    Only of a session whose owner wants it so; else each is an Answered or a Delivery.
    """

    answers: Sequence[tuple[object, str]]
    receipts: Sequence[PlainReceipt]


class Unanswered(NamedTuple):
    """A submit_sm was sent and its fate is unknown, because of ``reason``."""

    token: object
    reason: str


class Doubtful(NamedTuple):
    """Texts that were acknowledged, and the connection was lost before anything proved that the carrier read that."""

    deliveries: Sequence[Delivery]


class Unexpected(NamedTuple):
    """A response that belongs to nothing; it is counted and changes nothing."""

    command_id: int
    sequence: int
    status: int
    reason: str


class BadPdu(NamedTuple):
    """A request that was answered with an error, or is a receipt of which its text alone was read, because of
    ``reason``; the session goes on."""

    command_id: int
    sequence: int
    reason: str


class Finished(NamedTuple):
    """The session is over, because of ``reason``: write what is queued, then close."""

    reason: str


Event = Delivery | Bound | BindRefused | Answered | AllPlain | Unanswered | Doubtful | Unexpected | BadPdu | Finished
