"""Wire: octets to PDUs and back.

smpplib makes every PDU that is rare. The hot ones, submit_sm and deliver_sm_resp, are made here, octet for octet as
smpplib makes them (the tests prove it). What comes in is read in ``scan.py``, because smpplib takes truncated PDUs
silently and stops at TLVs it does not know.
"""

import struct
from collections.abc import Sequence
from typing import Final

from smpplib import smpp

from powerpack_gateway.smpp.addresses import SHORT_CODE_DIGITS_MAX, NumberingPlan, TonNpi
from powerpack_gateway.smpp.commands import DELIVER_SM, DELIVER_SM_RESP, RESPONSE, SUBMIT_SM, command_name
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import InvalidSubmission
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.submission import Submission

#: SMPP 3.4, 4.4.1: 21 octets with the NUL.
ADDRESS_LENGTH_MAX: Final = 20
#: SMPP 3.4, 4.4.1: 255 is not a legal sm_length; what is longer goes in segments.
SHORT_MESSAGE_LENGTH_MAX: Final = 254
#: SMPP 3.4, 7.1.1: a time is ``YYMMDDhhmmsstnnp``, or empty.
_VALIDITY_LENGTHS: Final = (0, 16)

#: Senders whose octets are known, a megabyte; a pool may be larger, then they are written anew.
_HEADS_MAX: Final = 20_000

_HEADER: Final = struct.Struct(">IIII")
_DELIVER_SM_RESP: Final = struct.Struct(">IIIIB")

# An empty service_type; TON, NPI and address of the source, then of the destination; esm_class; protocol_id,
# priority_flag and schedule_delivery_time, all unused; validity_period; registered_delivery; replace_if_present_flag,
# unused; data_coding; sm_default_msg_id, unused; sm_length; short_message.
_SUBMIT_SM_BODY: Final = b"\0%c%c%b\0%c%c%b\0%c\0\0\0%b\0%c\0%c\0%c%b"


def submit_sm(sequence: int, submission: Submission, source: TonNpi, destination: TonNpi) -> bytes:
    """A submit_sm (SMPP 3.4, 4.4.1); InvalidSubmission says what does not fit."""
    source_addr, destination_addr, short_message = submission.source, submission.destination, submission.short_message
    if (
        len(short_message) > SHORT_MESSAGE_LENGTH_MAX
        or len(source_addr) > ADDRESS_LENGTH_MAX
        or not 0 < len(destination_addr) <= ADDRESS_LENGTH_MAX
        or len(submission.validity) not in _VALIDITY_LENGTHS
    ):
        raise _misfit(submission)
    try:
        body = _SUBMIT_SM_BODY % (
            source[0],
            source[1],
            source_addr.encode("ascii"),
            destination[0],
            destination[1],
            destination_addr.encode("ascii"),
            submission.esm_class,
            submission.validity.encode("ascii"),
            submission.registered_delivery,
            submission.data_coding,
            len(short_message),
            short_message,
        )
    except (UnicodeEncodeError, OverflowError) as error:
        raise _misfit(submission) from error
    if "\0" in source_addr or "\0" in destination_addr or "\0" in submission.validity:
        raise _misfit(submission)
    return _HEADER.pack(16 + len(body), SUBMIT_SM, 0, sequence) + body


class Texts:
    """Writes submit_sm that ask for a receipt and for nothing out of the ordinary."""

    def __init__(self, source_plan: NumberingPlan, destination_plan: NumberingPlan) -> None:
        self._source_plan = source_plan
        self._destination_plan = destination_plan
        self._to_e164 = bytes(destination_plan.e164)
        self._heads: dict[str, bytes] = {}

    def submit_sm(
        self, sequence: int, source: str, destination: str, short_message: bytes, data_coding: int, esm_class: int
    ) -> bytes:
        """What the function of this name gives for such a submission, in a third of the time."""
        length = len(short_message)
        digits = len(destination)
        head = self._heads.get(source)
        if (
            head is None
            or length > SHORT_MESSAGE_LENGTH_MAX
            or not SHORT_CODE_DIGITS_MAX < digits <= ADDRESS_LENGTH_MAX
            or not (destination.isdigit() and destination.isascii())
        ):
            return self._first(sequence, Submission(source, destination, short_message, data_coding, esm_class))
        return b"%b%b%b%b\0%c\0\0\0\0\1\0%c\0%c%b" % (
            _HEADER.pack(29 + len(head) + digits + length, SUBMIT_SM, 0, sequence),
            head,
            self._to_e164,
            destination.encode(),
            esm_class,
            data_coding,
            length,
            short_message,
        )

    def _first(self, sequence: int, submission: Submission) -> bytes:
        """With every check; from then on the source is known."""
        source, destination = submission.ton_npis(self._source_plan, self._destination_plan)
        raw = submit_sm(sequence, submission, source, destination)
        if len(self._heads) >= _HEADS_MAX:
            self._heads.clear()
        self._heads[submission.source] = b"\0%c%c%b\0" % (*source, submission.source.encode())
        return raw


def _misfit(submission: Submission) -> InvalidSubmission:
    """What is wrong with a submission that does not fit; looked for only once something is."""
    length = len(submission.short_message)
    if length > SHORT_MESSAGE_LENGTH_MAX:
        return InvalidSubmission("short_message", f"{length} octets", f"at most {SHORT_MESSAGE_LENGTH_MAX}")
    if not (_is_text(submission.source) and len(submission.source) <= ADDRESS_LENGTH_MAX):
        return InvalidSubmission("source", submission.source, f"at most {ADDRESS_LENGTH_MAX} ASCII characters")
    if not (_is_text(submission.destination) and 0 < len(submission.destination) <= ADDRESS_LENGTH_MAX):
        return InvalidSubmission("destination", submission.destination, f"1 to {ADDRESS_LENGTH_MAX} ASCII characters")
    if not (_is_text(submission.validity) and len(submission.validity) in _VALIDITY_LENGTHS):
        return InvalidSubmission("validity", submission.validity, "nothing or an SMPP time of 16 characters")
    for field in ("esm_class", "registered_delivery", "data_coding"):
        value: int = getattr(submission, field)
        if not 0 <= value <= 255:
            return InvalidSubmission(field, value, "0 to 255")
    ton_npi = (submission.source_ton, submission.source_npi, submission.dest_ton, submission.dest_npi)
    return InvalidSubmission("TON or NPI", ton_npi, "0 to 255 each")


def _is_text(value: str) -> bool:
    return value.isascii() and "\0" not in value


def delivery_resp(delivery: Delivery, status: int) -> bytes:
    """The answer to a delivery: deliver_sm_resp or data_sm_resp, with the carrier's own sequence number."""
    if delivery.command_id == DELIVER_SM:
        return deliver_sm_resp(delivery.sequence, status)
    return response(delivery.command_id, delivery.sequence, status)


def deliver_sm_resp(sequence: int, status: int) -> bytes:
    """A deliver_sm_resp; its message_id is unused and a lone NUL (SMPP 3.4, 4.6.2)."""
    return _DELIVER_SM_RESP.pack(17, DELIVER_SM_RESP, status, sequence, 0)


def deliver_sm_resps(sequences: Sequence[int], status: int) -> list[bytes]:
    """One for each."""
    pack = _DELIVER_SM_RESP.pack
    return [pack(17, DELIVER_SM_RESP, status, sequence, 0) for sequence in sequences]


def response(command_id: int, sequence: int, status: int) -> bytes:
    """The response without content to a request of the carrier's; ``command_id`` is the request's."""
    return _smpplib(command_id | RESPONSE, sequence, status=status)


def request(command_id: int, sequence: int) -> bytes:
    """A request without a body: enquire_link, unbind."""
    return _smpplib(command_id, sequence)


def generic_nack(sequence: int, status: int) -> bytes:
    """The answer to what has no response of its own (SMPP 3.4, 4.3)."""
    return _smpplib(RESPONSE, sequence, status=status)


def bind(kind: BindKind, sequence: int, settings: RouteSettings) -> bytes:
    """A bind_receiver, bind_transmitter or bind_transceiver for SMPP 3.4."""
    return _smpplib(
        kind.value,
        sequence,
        system_id=settings.system_id,
        password=settings.password,
        system_type=settings.system_type,
        address_range=settings.address_range,
    )


def _smpplib(command_id: int, sequence: int, **fields: str | int) -> bytes:
    """Have smpplib make a PDU."""
    pdu = smpp.make_pdu(command_name(command_id), sequence=sequence, **fields)
    # smpplib takes the keyword only as a sign that none is to be drawn.
    pdu.sequence = sequence
    return bytes(pdu.generate())
