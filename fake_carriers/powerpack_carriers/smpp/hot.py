"""What every message needs, without the walk through the table: submit_sm in, submit_sm_resp and deliver_sm out.

Property tests hold each of them equal to ``codec`` and ``rules``.
"""

import re
from struct import Struct
from typing import Final, NamedTuple

from powerpack_carriers.smpp.codec import decode, encode_tlvs
from powerpack_carriers.smpp.columns import Numbers, write_counting
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.errors import ValueNotEncodable
from powerpack_carriers.smpp.fields import SHORT_MESSAGE_OCTETS_MAX
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.rules import ALLOWED, NPIS, TONS, check, check_tlv_values, header_fits
from powerpack_carriers.smpp.tlvs import read_tlvs

MESSAGE_ID_OCTETS_MAX: Final = 64
"""The longest message_id without its NUL (SMPP 3.4, 4.4.2)."""


def _one_of(values: frozenset[int]) -> bytes:
    """A class of octets in a regular expression."""
    return b"[" + b"".join([b"\\x%02x" % value for value in sorted(values)]) + b"]"


_PARTY: Final = _one_of(TONS) + _one_of(NPIS)
_SUBMIT_SM: Final = re.compile(
    b"([^\0]{0,5})\0"  # service_type
    b"(" + _PARTY + b")([^\0]{0,20})\0"  # source TON and NPI, source_addr
    b"("
    + _PARTY
    + b")([^\0]{0,20})\0"  # dest TON and NPI, destination_addr
    # esm_class, protocol_id, priority_flag; neither schedule_delivery_time nor validity_period
    + _one_of(ALLOWED["esm_class"])
    + b"."
    + _one_of(ALLOWED["priority_flag"])
    + b"\0\0"
    # registered_delivery; no replace_if_present_flag; data_coding; no sm_default_msg_id; sm_length
    + _one_of(ALLOWED["registered_delivery"])
    + b"\0.\0[^\xff]",
    re.DOTALL,
).match
"""What nearly all are like; the others, good or bad, go the long way."""

_DESTINATION_ADDR: Final = 5
_UDHI: Final = int(EsmClass.UDHI)
_MESSAGE_PAYLOAD: Final = int(TlvTag.message_payload)
_new_tuple: Final = tuple.__new__

_SUBMIT_SM_RESP: Final = int(CommandId.submit_sm_resp)
_PACK_SUBMIT_SM_RESP: Final = tuple(Struct(f">IIII{octets}sx").pack for octets in range(MESSAGE_ID_OCTETS_MAX + 1))
"""The whole response in one go, by the length of its message_id."""


class Terms(NamedTuple):
    """When a message shall be delivered and what it replaces, as submitted; times are ``YYMMDDhhmmsstnnp`` or empty.

    ``time_to_live_s`` is data_sm's way to say how long it is valid, the TLV qos_time_to_live (SMPP 3.4, 5.3.2.9).
    """

    schedule_delivery_time: str = ""
    validity_period: str = ""
    replaces: bool = False
    time_to_live_s: int | None = None


class SubmitSm(NamedTuple):
    """What a carrier needs of a submit_sm, as the octets on the wire.

    ``source`` and ``destination`` are TON and NPI, two octets; ``tlvs`` is the chain of TLVs, checked, not taken apart;
    ``terms`` is None for a message that shall go at once, as nearly all do.
    """

    service_type: bytes
    source: bytes
    source_addr: bytes
    destination: bytes
    destination_addr: bytes
    esm_class: int
    registered_delivery: int
    data_coding: int
    short_message: bytes
    tlvs: bytes
    terms: Terms | None = None


_AT_ONCE: Final = Terms()


def scan_submit_sm(raw: bytes) -> SubmitSm:
    """The fields of one whole submit_sm; raises RecoverableError exactly where ``codec.decode`` or ``rules`` do."""
    found = _SUBMIT_SM(raw, HEADER_OCTETS)
    if found is None:
        return _read_submit_sm(raw)
    start = found.end()
    end = start + raw[start - 1]
    esm_class = raw[found.end(_DESTINATION_ADDR) + 1]
    if (end != len(raw) and not _has_plain_tlvs(raw, end)) or (esm_class & _UDHI and not header_fits(raw[start:end])):
        return _read_submit_sm(raw)
    # SubmitSm(...) would cost half as much again as all the rest.
    return _new_tuple(
        SubmitSm,
        # RUF005 would unpack: into a list first, which costs a third more.
        found.groups()  # noqa: RUF005
        + (esm_class, raw[start - 5], raw[start - 3], raw[start:end], raw[end:], None),
    )


def _has_plain_tlvs(raw: bytes, position: int) -> bool:
    """Whether TLVs follow, none of which is a message_payload; raises RecoverableError for those that are wrong."""
    if position > len(raw):
        return False
    tlvs = read_tlvs(raw, position, "submit_sm")
    check_tlv_values(tlvs, "submit_sm")
    return all(tlv.tag != _MESSAGE_PAYLOAD for tlv in tlvs)


def _read_submit_sm(raw: bytes) -> SubmitSm:
    """The long way; raises RecoverableError."""
    pdu = decode(raw)
    check(pdu)
    return submitted(pdu)


def submitted(pdu: Pdu) -> SubmitSm:
    """The same from a submit_sm or data_sm that was decoded and checked; of a submit_multi without destination."""
    terms = Terms(
        pdu.text("schedule_delivery_time"),
        pdu.text("validity_period"),
        bool(pdu.integer("replace_if_present_flag")),
        _time_to_live(pdu),
    )
    return SubmitSm(
        service_type=pdu.text("service_type").encode("latin-1"),
        source=bytes((pdu.integer("source_addr_ton"), pdu.integer("source_addr_npi"))),
        source_addr=pdu.text("source_addr").encode("latin-1"),
        destination=bytes((pdu.integer("dest_addr_ton"), pdu.integer("dest_addr_npi"))),
        destination_addr=pdu.text("destination_addr").encode("latin-1"),
        esm_class=pdu.integer("esm_class"),
        registered_delivery=pdu.integer("registered_delivery"),
        data_coding=pdu.integer("data_coding"),
        short_message=pdu.octets("short_message"),
        tlvs=encode_tlvs(pdu.tlvs),
        terms=None if terms == _AT_ONCE else terms,
    )


def _time_to_live(pdu: Pdu) -> int | None:
    found = pdu.tlv(TlvTag.qos_time_to_live) if pdu.command_id == CommandId.data_sm else None
    return found if isinstance(found, int) else None


def submit_sm_resp(sequence_number: int, message_id: bytes) -> bytes:
    """A submit_sm_resp that says ESME_ROK; ``message_id`` has 64 octets at most and no NUL."""
    octets = len(message_id)
    if octets > MESSAGE_ID_OCTETS_MAX:
        raise ValueNotEncodable(
            f"submit_sm_resp.message_id: found {octets} octets, expected at most {MESSAGE_ID_OCTETS_MAX}"
        )
    return _PACK_SUBMIT_SM_RESP[octets](17 + octets, _SUBMIT_SM_RESP, 0, sequence_number, message_id)


_FEW: Final = 8
"""So many responses are sooner written one by one."""


def submit_sm_resps(numbers: Numbers, message_ids: bytes, octets: int) -> bytes:
    """A submit_sm_resp for each message_id, all ESME_ROK; there may be more sequence_numbers.

    ``message_ids`` are joined, each of ``octets``, 64 at most. They count up.
    """
    count = len(message_ids) // octets
    if count == 1:
        return submit_sm_resp(numbers.number(0), message_ids)
    if count < _FEW:
        ids = [message_ids[start : start + octets] for start in range(0, count * octets, octets)]
        return b"".join(map(submit_sm_resp, map(numbers.number, range(count)), ids))
    length = 17 + octets
    blank = _PACK_SUBMIT_SM_RESP[octets](length, _SUBMIT_SM_RESP, 0, 0, message_ids[:octets])
    written = bytearray(blank * count)
    numbers.write(written, 12, length, count)
    write_counting(written, HEADER_OCTETS, length, message_ids, octets)
    return bytes(written)


class DeliverSmTemplate:
    """Bodies of deliver_sm that differ in parties, text and TLVs only, as receipts do."""

    __slots__ = ("_after", "_before")

    def __init__(self, *, service_type: bytes = b"", esm_class: int, data_coding: int = 0) -> None:
        self._before = service_type + b"\0"
        # The NUL of destination_addr, esm_class, protocol_id, priority_flag, schedule_delivery_time, validity_period,
        # registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id.
        self._after = bytes((0, esm_class, 0, 0, 0, 0, 0, 0, data_coding, 0))

    def body(
        self,
        *,
        source: bytes,
        source_addr: bytes,
        destination: bytes,
        destination_addr: bytes,
        short_message: bytes,
        tlvs: bytes = b"",
    ) -> bytes:
        """The body, without the header, which the session writes; ``source`` and ``destination`` are TON and NPI.

        A receipt swaps the parties of its submit_sm (SMPP 3.4, 2.11). Raises ValueNotEncodable for a long text.
        """
        if len(short_message) > SHORT_MESSAGE_OCTETS_MAX:
            raise ValueNotEncodable(
                f"deliver_sm.short_message: found {len(short_message)} octets, "
                f"expected at most {SHORT_MESSAGE_OCTETS_MAX}"
            )
        return b"%b%b%b\0%b%b%b%c%b%b" % (
            self._before,
            source,
            source_addr,
            destination,
            destination_addr,
            self._after,
            len(short_message),
            short_message,
            tlvs,
        )


_RECEIPTED_MESSAGE_ID: Final = TlvTag.receipted_message_id.to_bytes(2, "big")
_MESSAGE_STATES: Final = {
    state.value: TlvTag.message_state.to_bytes(2, "big") + bytes((0, 1, state)) for state in MessageState
}


def receipt_tlvs(message_id: bytes, message_state: int) -> bytes:
    """The TLVs receipted_message_id and message_state (a MessageState) of a receipt (SMPP 3.4, 2.11), encoded."""
    return b"%b\0%c%b\0%b" % (
        _RECEIPTED_MESSAGE_ID,
        len(message_id) + 1,
        message_id,
        _MESSAGE_STATES[message_state],
    )
