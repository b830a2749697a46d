"""What the parts above the protocol need of one connection; ``SmscLink`` is the real one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

if TYPE_CHECKING:
    from powerpack_carriers.mailbox import WriteReceipts
    from powerpack_carriers.owed import Owed


class Link(Protocol):
    """One connection of an ESME."""

    name: str

    @property
    def deliveries_free(self) -> int:
        """How many deliver_sm may be sent now."""
        ...

    def respond(self, request: RawPdu, status: int = 0, *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> None:
        """Answer a request, at once or later."""
        ...

    def respond_submit(self, request: RawPdu, message_id: bytes) -> None:
        """Accept a submit_sm."""
        ...

    def deliver(self, pdu: Pdu | bytes, context: object = None) -> int:
        """Send the body of a deliver_sm."""
        ...

    def deliver_receipts(self, owed: "Sequence[Owed]", write: "WriteReceipts", now: float) -> bool:
        """Send receipts of plain messages; the context of each is the pair of it and ``now``.

        False, and nothing is sent, where they must be sent one by one.
        """
        ...

    def flush(self) -> None:
        """Write what is queued."""
        ...

    def unbind(self) -> None:
        """Send unbind, and close when the ESME answers."""
        ...

    def close(self, reason: str) -> None:
        """Write what is queued and end the connection, without unbind."""
        ...

    def abort(self, reason: str) -> None:
        """Break the connection."""
        ...

    def unanswered(self) -> list[object]:
        """The contexts of deliveries that have no answer, oldest first."""
        ...

    def withdraw(self, is_overdue: Callable[[object], bool]) -> list[object]:
        """Wait no more for the oldest deliveries while ``is_overdue`` says so of their contexts; those contexts."""
        ...
