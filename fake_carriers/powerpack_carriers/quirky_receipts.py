"""Receipts as a carrier with quirks writes them: slower than ReceiptWriter, and able to do everything wrong."""

import re
from datetime import timedelta, timezone
from struct import Struct
from typing import Final

from powerpack_carriers.messages import NO_ERROR, Message
from powerpack_carriers.ports import Clock
from powerpack_carriers.profile import MessageIdForm, Profile
from powerpack_carriers.receipt_quirks import (
    TLVS,
    ErrorOctets,
    IdCase,
    IdForm,
    ReceiptPdu,
    ReceiptQuirks,
    TextCoding,
    TextPlace,
)
from powerpack_carriers.receipt_text import LABELS, ReceiptText
from powerpack_carriers.receipts import moment_of, network_error, quotable, reference
from powerpack_carriers.smpp.codec import encode_tlvs
from powerpack_carriers.smpp.constants import CommandId, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.fields import SHORT_MESSAGE_OCTETS_MAX
from powerpack_carriers.smpp.hot import DeliverSmTemplate
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

VENDOR_TLVS: Final = (
    Tlv(0x1400, b"carrier\0"),
    Tlv(0x1403, b"\x01\x36\x04\x10"),
    Tlv(0x0613, b"\x01\x26\x02"),
)
"""Two of a vendor's own, and dest_addr_np_country of SMPP 5.0 on a 3.4 bind (jasmin issues 322 and 325)."""

OVERLONG_TLV: Final = Struct(">HH5s").pack(TlvTag.receipted_message_id, 0x41, b"12345")
"""Says that it has 65 octets and has five (cloudhopper's Netfors test)."""

_BASES: Final = {IdForm.DECIMAL: (MessageIdForm.HEX, 16, "%010d"), IdForm.HEX: (MessageIdForm.DECIMAL, 10, "%08x")}
"""The form in which the id was told, its base, and how it is written."""

_LABELLED_TEXT: Final = re.compile(r"\btext:", re.IGNORECASE)
Party = tuple[bytes, bytes]
"""TON and NPI, and the address."""

_FINAL: Final = tuple(state for state in MessageState if state not in (MessageState.ENROUTE, MessageState.ACCEPTED))


class QuirkyReceipt:
    """Writes receipts with one set of quirks, over the habits of one profile."""

    def __init__(self, quirks: ReceiptQuirks, *, profile: Profile, clock: Clock) -> None:
        self._quirks = quirks
        self._clock = clock
        self._id_form = profile.message_id.form
        self._dates = quirks.dates or profile.receipt.dates
        self._zone = timezone(timedelta(minutes=quirks.utc_offset_minutes))
        self._stat_words = {state: word.encode("ascii") for state, word in quirks.stat_words}
        template = " ".join(LABELS[field] for field in quirks.fields) or profile.receipt.template
        self._text = ReceiptText(_LABELLED_TEXT.sub(quirks.text_label, template))

    def write(self, message: Message, *, state: int, error: str, at: float) -> bytes | Pdu:
        """A deliver_sm's body, or a data_sm: a message came to ``state`` at ``at``, in monotonic seconds."""
        quirks = self._quirks
        submitted = message.submitted
        error = NO_ERROR if quirks.hides_error else error
        text = self._write_text(message, state=state, error=error, at=at)
        tlvs = list(self._tlvs(message, state=state, error=error))
        esm_class = quirks.esm_class if state in _FINAL else quirks.intermediate_esm_class
        if quirks.place is TextPlace.NOWHERE:
            text = b""
        # data_sm has no short_message; a text that does not fit one has this place left (SMPP 3.4, 5.3.2.32).
        is_payload = (
            quirks.place is TextPlace.MESSAGE_PAYLOAD
            or quirks.pdu is ReceiptPdu.DATA_SM
            or len(text) > SHORT_MESSAGE_OCTETS_MAX
        )
        if text and is_payload:
            tlvs.append(Tlv(TlvTag.message_payload, text))
        phone, sender = (
            (submitted.destination, submitted.destination_addr),
            (submitted.source, submitted.source_addr),
        )
        source, destination = (phone, sender) if quirks.swaps_addresses else (sender, phone)
        if quirks.pdu is ReceiptPdu.DATA_SM:
            return _data_sm(source, destination, esm_class=esm_class, data_coding=quirks.data_coding, tlvs=tuple(tlvs))
        return DeliverSmTemplate(esm_class=esm_class, data_coding=quirks.data_coding).body(
            source=source[0],
            source_addr=source[1],
            destination=destination[0],
            destination_addr=destination[1],
            short_message=b"" if is_payload else text,
            tlvs=encode_tlvs(tuple(tlvs)) + (OVERLONG_TLV if quirks.has_overlong_tlv else b""),
        )

    def _write_text(self, message: Message, *, state: int, error: str, at: float) -> bytes:
        quirks = self._quirks
        text = self._text.write(
            message_id=self._written_id(message.id_octets),
            submit_date=self._date(message.accepted_at),
            done_date=self._date(at),
            message_state=state,
            error=_of_width(error, quirks.error_width).encode("ascii"),
            text=message.user_data()[1] if quirks.quotes_octets else quotable(message.submitted),
            stat=self._stat_words.get(MessageState(state), b""),
        )
        if quirks.ends_with_nul:
            text += b"\0"
        return text.decode("latin-1").encode("utf-16-be") if quirks.coding is TextCoding.UTF_16 else text

    def _tlvs(self, message: Message, *, state: int, error: str) -> tuple[Tlv, ...]:
        quirks = self._quirks
        id_octets = message.id_octets if quirks.tlv_id_is_told else self._written_id(message.id_octets)
        known = {
            "receipted_message_id": Tlv(TlvTag.receipted_message_id, id_octets + b"\0"),
            "message_state": Tlv.of(TlvTag.message_state, state),
            "network_error_code": self._network_error(state, error),
            "user_message_reference": reference(message.submitted),
        }
        found = [tlv for name in TLVS if name in quirks.tlvs and (tlv := known[name]) is not None]
        return (*found, *(VENDOR_TLVS if quirks.has_vendor_tlvs else ()))

    def _network_error(self, state: int, error: str) -> Tlv | None:
        if self._quirks.error_octets is ErrorOctets.DIGITS:
            # Such carriers send it with every receipt: "000" is the code of success.
            return Tlv(TlvTag.network_error_code, f"{error:0>3}"[-3:].encode("ascii"))
        is_failure = state in _FINAL and state != MessageState.DELIVERED and error != NO_ERROR
        return network_error(error) if is_failure else None

    def _written_id(self, told: bytes) -> bytes:
        """The id as the text has it; one that is no number in the base it was told in stays as it is."""
        quirks = self._quirks
        written = told.decode("ascii")
        if quirks.id_form in _BASES:
            form, base, template = _BASES[quirks.id_form]
            if form is self._id_form:
                written = template % int(written, base)
        if quirks.strips_zeros:
            written = written.lstrip("0") or "0"
        match quirks.id_case:
            case IdCase.UPPER:
                written = written.upper()
            case IdCase.LOWER:
                written = written.lower()
            case IdCase.AS_TOLD:
                pass
        return written.encode("ascii")

    def _date(self, monotonic: float) -> bytes:
        return self._dates.write(moment_of(self._clock, monotonic).astimezone(self._zone))


def _of_width(error: str, width: int) -> str:
    """Zeros in front, or away; what is no zero is never lost."""
    if not width:
        return error
    return (error.lstrip("0") or "0").rjust(width, "0")


def _data_sm(source: Party, destination: Party, *, esm_class: int, data_coding: int, tlvs: tuple[Tlv, ...]) -> Pdu:
    (source_ton, source_npi), source_addr = source
    (dest_ton, dest_npi), destination_addr = destination
    return Pdu(
        command_id=CommandId.data_sm,
        fields={
            "source_addr_ton": source_ton,
            "source_addr_npi": source_npi,
            "source_addr": source_addr.decode("latin-1"),
            "dest_addr_ton": dest_ton,
            "dest_addr_npi": dest_npi,
            "destination_addr": destination_addr.decode("latin-1"),
            "esm_class": esm_class & ~EsmClass.UDHI,
            "data_coding": data_coding,
        },
        tlvs=tlvs,
    )
