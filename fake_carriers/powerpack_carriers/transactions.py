"""data_sm in transaction mode: the answer waits for the end of the message (SMPP 3.4, 2.10.3)."""

from typing import Final

from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.messages import NEVER, NO_ERROR, Message
from powerpack_carriers.pending_flags import asks_for_flag
from powerpack_carriers.receipts import network_error
from powerpack_carriers.smpp.constants import CommandStatus, MessageState, TlvTag
from powerpack_carriers.smpp.tlvs import Tlv

TRANSACTIONS_MAX: Final = 10_000
"""Answers that are owed at once: ten times the window that a session of ours takes."""

_UNAVAILABLE, _PERMANENT, _TEMPORARY = 0, 2, 3
"""Values of delivery_failure_reason (SMPP 3.4, 5.3.2.33)."""


class Transactions:
    """Whose answers wait."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[Message, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def open(self, message: Message) -> bool:
        """Let the answer wait for the end; False where too many do."""
        if len(self._open) >= TRANSACTIONS_MAX:
            return False
        self._open[message] = None
        return True

    def ended(self, message: Message) -> None:
        """Answer, if this one waits: delivered, or ESME_RDELIVERYFAILURE and why."""
        if message not in self._open:
            return
        del self._open[message]
        if message.response_delay_s == NEVER:
            return
        if message.state == MessageState.DELIVERED:
            message.link.respond(message.request, message_id=message.message_id)
        else:
            message.link.respond(
                message.request,
                CommandStatus.ESME_RDELIVERYFAILURE,
                tlvs=_reasons(message),
                message_id=message.message_id,
            )
        message.link.flush()


def _reasons(message: Message) -> tuple[Tlv, ...]:
    is_off = message.handset is not None and message.handset.state is HandsetState.OFF
    reason = _UNAVAILABLE if is_off else _TEMPORARY if message.state == MessageState.EXPIRED else _PERMANENT
    found = [Tlv.of(TlvTag.delivery_failure_reason, reason)]
    if message.error != NO_ERROR and (code := network_error(message.error)) is not None:
        found.append(code)
    if asks_for_flag(message):
        found.append(Tlv.of(TlvTag.dpf_result, int(is_off)))
    return tuple(found)
