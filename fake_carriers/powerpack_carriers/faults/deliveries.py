"""What faults that spoil deliver_sm have in common: which ones they strike."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.numbering import digits_of
from powerpack_carriers.smpp.codec import decode
from powerpack_carriers.smpp.constants import CommandId, EsmClass
from powerpack_carriers.smpp.errors import SmppError
from powerpack_carriers.smpp.pdus import Pdu


class Kind(Enum):
    """What a deliver_sm brings."""

    TEXT = "text"
    RECEIPT = "receipt"
    """Receipts and intermediate notifications: all that esm_class calls something else than a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFaultConfig(WireFaultConfig):
    """It strikes deliver_sm of one ``kind``, or all; ``source``, a phone, and ``destination`` are the deliver_sm's."""

    has_numbers: ClassVar[bool] = True

    kind: Kind | None = None

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DeliveryFaultConfig, self).__post_init__()
        if self.command is not None:
            raise ValueError("command: it strikes deliver_sm; expected none")

    def concerns_pdu(self, pdu: bytes) -> bool:
        if command_id_of(pdu) != CommandId.deliver_sm:
            return False
        try:
            return self._concerns(decode(pdu))
        except SmppError:
            return False  # another fault was here before

    def _concerns(self, delivery: Pdu) -> bool:
        is_receipt = bool(delivery.integer("esm_class") & EsmClass.TYPE_MASK)
        return (
            (self.kind is None or (self.kind is Kind.RECEIPT) is is_receipt)
            and _is(self.source, delivery.text("source_addr"))
            and _is(self.destination, delivery.text("destination_addr"))
        )


def _is(wanted: str | None, found: str) -> bool:
    return wanted is None or digits_of(wanted) == digits_of(found)
