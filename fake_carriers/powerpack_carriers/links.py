"""What the parts above the protocol need of one connection; ``SmscLink`` is the real one."""

from collections.abc import Callable
from typing import Protocol

from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv


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

    def flush(self) -> None:
        """Write what is queued."""
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
