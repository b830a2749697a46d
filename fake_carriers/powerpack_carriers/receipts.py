"""Delivery receipts: who gets one, and its deliver_sm."""

from datetime import datetime, timedelta
from typing import Final

from powerpack_carriers.messages import Message
from powerpack_carriers.ports import Clock
from powerpack_carriers.profile import ReceiptHabit
from powerpack_carriers.receipt_text import DateForm, ReceiptText
from powerpack_carriers.smpp.constants import (
    DataCoding,
    EsmClass,
    MessageState,
    RegisteredDelivery,
    TlvTag,
)
from powerpack_carriers.smpp.hot import DeliverSmTemplate, SubmitSm, receipt_tlvs
from powerpack_carriers.smpp.tlvs import Tlv, read_tlvs

NETWORK_GSM: Final = 3
"""The first octet of network_error_code (SMPP 3.4, 5.3.2.31)."""

USER_RESPONSE: Final = Tlv.of(TlvTag.user_response_code, 0).encode()
"""What the owner of a phone answers: nothing in particular."""

# Looked up once: to get a member out of an enum costs as much as a call, and every message needs these.
_DELIVERED: Final = MessageState.DELIVERED
_UDHI: Final = EsmClass.UDHI
_RECEIPT_MASK: Final = RegisteredDelivery.RECEIPT_MASK
_RECEIPT_ALWAYS: Final = RegisteredDelivery.RECEIPT_ALWAYS
_RECEIPT_ON_FAILURE: Final = RegisteredDelivery.RECEIPT_ON_FAILURE
_TEXT_CODINGS: Final = (DataCoding.SMSC_DEFAULT, DataCoding.ASCII, DataCoding.LATIN_1)


def is_wanted(registered_delivery: int, state: int) -> bool:
    """Whether the sender asked for a receipt of this final state (SMPP 3.4, 5.2.17): always, or of failures only."""
    asked = registered_delivery & _RECEIPT_MASK
    return asked == _RECEIPT_ALWAYS or (asked == _RECEIPT_ON_FAILURE and state != _DELIVERED)


class ReceiptWriter:
    """Writes receipts after one carrier's habit; dates in UTC, whatever zone the machine is in."""

    def __init__(self, habit: ReceiptHabit, clock: Clock) -> None:
        self._text = ReceiptText(habit.template)
        self._template = DeliverSmTemplate(esm_class=EsmClass.DELIVERY_RECEIPT)
        self.dates = ReceiptDates(habit.dates, clock)

    def body(self, message: Message) -> bytes:
        """The body of a deliver_sm for a message in its final state, its parties swapped (SMPP 3.4, 2.11)."""
        submitted, state, error = message.submitted, message.state, message.error
        tlvs = receipt_tlvs(message.id_octets, state)
        if state != _DELIVERED and (tlv := network_error(error)) is not None:
            tlvs += tlv.encode()
        if submitted.tlvs and (tlv := reference(submitted)) is not None:
            tlvs += tlv.encode()
        return self._template.body(
            source=submitted.destination,
            source_addr=submitted.destination_addr,
            destination=submitted.source,
            destination_addr=submitted.source_addr,
            short_message=self._text.write(
                message_id=message.id_octets,
                submit_date=self.dates.submitted(message.accepted_at),
                done_date=self.dates.done(message.done_at),
                message_state=state,
                error=error.encode("ascii"),
                text=quotable(submitted),
            ),
            tlvs=tlvs,
        )


class AckWriter:
    """Writes what a phone says of a text that it got: delivery and user acknowledgements (SMPP 3.4, 2.11)."""

    def __init__(self, esm_class: EsmClass) -> None:
        self._template = DeliverSmTemplate(esm_class=esm_class)
        self._tlvs = USER_RESPONSE if esm_class is EsmClass.USER_ACKNOWLEDGEMENT else b""

    def body(self, message: Message) -> bytes:
        """The body of a deliver_sm without a text: which message it is about, and the sender's own reference."""
        submitted = message.submitted
        tlvs = Tlv.of(TlvTag.receipted_message_id, message.message_id).encode() + self._tlvs
        if submitted.tlvs and (tlv := reference(submitted)) is not None:
            tlvs += tlv.encode()
        return self._template.body(
            source=submitted.destination,
            source_addr=submitted.destination_addr,
            destination=submitted.source,
            destination_addr=submitted.source_addr,
            short_message=b"",
            tlvs=tlvs,
        )


def moment_of(clock: Clock, monotonic: float) -> datetime:
    """The date of a moment in the clock's monotonic seconds."""
    return clock.now() + timedelta(seconds=monotonic - clock.monotonic())


class ReceiptDates:
    """The two moments of a receipt; those of one second are written once, so a date is exact to a second."""

    def __init__(self, form: DateForm, clock: Clock) -> None:
        self.submitted = _Dates(form, clock).write
        """From the clock's monotonic seconds."""
        self.done = _Dates(form, clock).write
        """The same for the end of a message."""


class _Dates:
    """Messages come together: the second of the last one is at hand."""

    def __init__(self, form: DateForm, clock: Clock) -> None:
        self._form = form
        self._clock = clock
        self._second: int | None = None
        self._written = b""

    def write(self, monotonic: float) -> bytes:
        second = int(monotonic)
        if second != self._second:
            self._second = second
            # The second's begin, so that it does not matter which message of it is the first to be written.
            self._written = self._form.write(moment_of(self._clock, second))
        return self._written


def quotable(submitted: SubmitSm) -> bytes:
    """What a receipt repeats of a message."""
    return submitted.short_message if is_quotable(submitted) else b""


def is_quotable(submitted: SubmitSm) -> bool:
    """Whether a receipt repeats a message at all: not one with a header or in UTF-16.

    Neither makes sense in the middle of a text in the default alphabet.
    """
    return submitted.data_coding in _TEXT_CODINGS and not submitted.esm_class & _UDHI


def network_error(error: str) -> Tlv | None:
    """network_error_code, where the receipt's error is a number."""
    if not error.isdigit():
        return None
    return Tlv.of(TlvTag.network_error_code, bytes((NETWORK_GSM,)) + int(error).to_bytes(2, "big"))


def reference(submitted: SubmitSm) -> Tlv | None:
    """The submit's user_message_reference, which its receipt repeats (SMPP 3.4, 5.3.2.17)."""
    for tlv in read_tlvs(submitted.tlvs, 0, "submit_sm"):
        if tlv.tag == TlvTag.user_message_reference:
            return tlv
    return None
