"""Messages that a carrier drops without a word: their senders are told that they arrived."""

from powerpack_carriers.messages import Message
from powerpack_carriers.ports import Journal
from powerpack_carriers.smpp.constants import MessageState


def swallow(message: Message, *, carrier: str, journal: Journal) -> None:
    """Let one end as delivered though its phone gets nothing; only the journal knows."""
    message.fate = MessageState.DELIVERED
    journal.record(
        "carrier.swallowed",
        carrier=carrier,
        message_id=message.message_id,
        source=message.source.digits,
        number=message.destination.digits,
    )
