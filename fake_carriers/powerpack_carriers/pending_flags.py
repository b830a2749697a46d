"""Delivery pending flags: who is told that a phone is back (SMPP 3.4, 4.12, 5.3.2.28 to 30)."""

from typing import Final

from powerpack_carriers.mailbox import Delivery
from powerpack_carriers.messages import Message
from powerpack_carriers.smpp.constants import CommandId, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv, read_tlvs

FLAGS_MAX: Final = 10_000
"""Flags that are kept at once; the oldest is forgotten when there are more, as nobody must be told."""

_AVAILABLE: Final = 0
"""ms_availability_status of a phone that can be reached (SMPP 3.4, 5.3.2.30)."""


def asks_for_flag(message: Message) -> bool:
    """Whether a message is a data_sm with set_dpf."""
    if message.request.command_id != CommandId.data_sm:
        return False
    return any(tlv == _SET_DPF for tlv in read_tlvs(message.submitted.tlvs, 0, "data_sm"))


_SET_DPF: Final = Tlv.of(TlvTag.set_dpf, 1)


class PendingFlags:
    """The flags of one carrier: one for each phone and each sender that did not reach it."""

    __slots__ = ("_flags",)

    def __init__(self) -> None:
        self._flags: dict[tuple[str, str, str], Message] = {}

    def __len__(self) -> int:
        return len(self._flags)

    def set(self, message: Message) -> None:
        """A message did not reach its phone: remember who wants to know when it is back, if somebody does."""
        if not asks_for_flag(message):
            return
        if len(self._flags) >= FLAGS_MAX:
            del self._flags[next(iter(self._flags))]
        self._flags[message.destination.digits, message.system_id, message.source_addr] = message

    def phone_is_back(self, number: str, now: float) -> None:
        """Tell all that wait for a phone; each is told once."""
        for key in [key for key in self._flags if key[0] == number]:
            message = self._flags.pop(key)
            delivery = Delivery("alert_notification", _alert(message), message_id=message.id_octets)
            message.mailbox.post(delivery, now)
            message.mailbox.flush()


def _alert(message: Message) -> Pdu:
    submitted = message.submitted
    return Pdu(
        command_id=CommandId.alert_notification,
        fields={
            "source_addr_ton": submitted.destination[0],
            "source_addr_npi": submitted.destination[1],
            "source_addr": message.destination_addr,
            "esme_addr_ton": submitted.source[0],
            "esme_addr_npi": submitted.source[1],
            "esme_addr": message.source_addr,
        },
        tlvs=(Tlv.of(TlvTag.ms_availability_status, _AVAILABLE),),
    )
