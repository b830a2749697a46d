"""Scan: what a PDU from an SMSC says, or where it is damaged.

Each layout is a table of fields. deliver_sm, which comes as often as submits go, has a scanner without the table; the
tests hold it equal to the table, and both equal to smpplib for every PDU that is well formed.
"""

import struct
from typing import Final, NamedTuple

from powerpack_gateway.smpp.commands import BIND_TRANSCEIVER, DATA_SM, DELIVER_SM, RESPONSE, command_name
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import BadBody
from powerpack_gateway.smpp.frames import HEADER_LENGTH
from powerpack_gateway.smpp.statuses import (
    ESME_RINVCMDLEN,
    ESME_RINVDSTADR,
    ESME_RINVMSGLEN,
    ESME_RINVOPTPARSTREAM,
    ESME_RINVSRCADR,
)

MESSAGE_PAYLOAD: Final = 0x0424
SC_INTERFACE_VERSION: Final = 0x0210

#: The longest address anywhere in SMPP 3.4 (data_sm, 4.7.1) without its NUL; deliver_sm has 20, but some carriers put
#: longer alphanumeric senders there.
ADDRESS_LENGTH_MAX: Final = 64

_NUL: Final = b"\0"
_TLV_HEADER: Final = struct.Struct(">HH")

# "z": a string that ends with a NUL; "b": one octet; "o": as many octets as the octet before says.
# The limit of a string is only an address's: no message is lost because a service_type is too long.
_ADDRESSES: Final = (
    ("service_type", "z", ESME_RINVCMDLEN),
    ("source_addr_ton", "b", ESME_RINVCMDLEN),
    ("source_addr_npi", "b", ESME_RINVCMDLEN),
    ("source_addr", "z", ESME_RINVSRCADR),
    ("dest_addr_ton", "b", ESME_RINVCMDLEN),
    ("dest_addr_npi", "b", ESME_RINVCMDLEN),
    ("destination_addr", "z", ESME_RINVDSTADR),
    ("esm_class", "b", ESME_RINVCMDLEN),
)

#: Fields, in the order of the wire, with the status that answers damage in them (SMPP 3.4, 4.6.1 and 4.7.1).
LAYOUTS: Final[dict[int, tuple[tuple[str, str, int], ...]]] = {
    DELIVER_SM: (
        *_ADDRESSES,
        ("protocol_id", "b", ESME_RINVCMDLEN),
        ("priority_flag", "b", ESME_RINVCMDLEN),
        ("schedule_delivery_time", "z", ESME_RINVCMDLEN),
        ("validity_period", "z", ESME_RINVCMDLEN),
        ("registered_delivery", "b", ESME_RINVCMDLEN),
        ("replace_if_present_flag", "b", ESME_RINVCMDLEN),
        ("data_coding", "b", ESME_RINVCMDLEN),
        ("sm_default_msg_id", "b", ESME_RINVCMDLEN),
        ("sm_length", "b", ESME_RINVCMDLEN),
        ("short_message", "o", ESME_RINVMSGLEN),
    ),
    DATA_SM: (
        *_ADDRESSES,
        ("registered_delivery", "b", ESME_RINVCMDLEN),
        ("data_coding", "b", ESME_RINVCMDLEN),
    ),
}


class BindAnswer(NamedTuple):
    """What a bind_*_resp says; ``sc_interface_version`` is None where the carrier does not tell."""

    system_id: str
    sc_interface_version: int | None


def deliver_sm(raw: bytes, sequence: int, link: str) -> Delivery:
    """Read a deliver_sm; BadBody says which field is damaged and how to answer."""
    index = raw.index
    try:
        source_at = index(_NUL, HEADER_LENGTH) + 3
        source_end = index(_NUL, source_at)
        destination_at = source_end + 3
        destination_end = index(_NUL, destination_at)
        schedule_end = index(_NUL, destination_end + 4)
        validity_end = index(_NUL, schedule_end + 1)
        data_coding = raw[validity_end + 3]
        text_at = validity_end + 6
        text_end = text_at + raw[validity_end + 5]
    except (ValueError, IndexError) as error:
        raise _damage(raw, DELIVER_SM) from error
    if (
        text_end > len(raw)
        or source_end - source_at > ADDRESS_LENGTH_MAX
        or destination_end - destination_at > ADDRESS_LENGTH_MAX
    ):
        raise _damage(raw, DELIVER_SM)
    tlvs = {} if text_end == len(raw) else read_tlvs(raw, text_end, DELIVER_SM)
    return Delivery(
        raw[source_at:source_end].decode("latin-1"),
        raw[destination_at:destination_end].decode("latin-1"),
        raw[text_at:text_end] or tlvs.get(MESSAGE_PAYLOAD, b""),
        raw[destination_end + 1],
        data_coding,
        tlvs,
        raw,
        link,
        sequence,
        DELIVER_SM,
    )


def receipt_alone(raw: bytes, sequence: int, link: str) -> Delivery | None:
    """A deliver_sm whose parameters are damaged, without them, if it is a receipt whose text names its message.

    To refuse it would lose the fate of every message of such a carrier (jsmpp issue 214). A text from a phone is
    refused: what reads as parameters may be its end.
    """
    _, end = read_fields(raw, DELIVER_SM)
    delivery = deliver_sm(raw[:end], sequence, link)
    names_a_message = b"id:" in delivery.short_message.lower()
    return delivery._replace(raw=raw) if delivery.is_receipt and names_a_message else None


def data_sm(raw: bytes, sequence: int, link: str) -> Delivery:
    """Read a data_sm: the same, with its text always in message_payload."""
    spans, end = read_fields(raw, DATA_SM)
    tlvs = read_tlvs(raw, end, DATA_SM)
    return Delivery(
        raw[slice(*spans["source_addr"])].decode("latin-1"),
        raw[slice(*spans["destination_addr"])].decode("latin-1"),
        tlvs.get(MESSAGE_PAYLOAD, b""),
        raw[spans["esm_class"][0]],
        raw[spans["data_coding"][0]],
        tlvs,
        raw,
        link,
        sequence,
        DATA_SM,
    )


def read_fields(raw: bytes, command_id: int) -> tuple[dict[str, tuple[int, int]], int]:
    """Where each mandatory field begins and ends, and where the TLVs begin; BadBody at the first damaged field."""
    spans: dict[str, tuple[int, int]] = {}
    at, end = HEADER_LENGTH, len(raw)
    for name, form, status in LAYOUTS[command_id]:
        match form:
            case "z":
                stop = raw.find(_NUL, at)
                if stop < 0:
                    raise BadBody(command_name(command_id), name, "has no NUL", status)
                if status != ESME_RINVCMDLEN and stop - at > ADDRESS_LENGTH_MAX:
                    found = f"has {stop - at} characters, expected at most {ADDRESS_LENGTH_MAX}"
                    raise BadBody(command_name(command_id), name, found, status)
                spans[name], at = (at, stop), stop + 1
            case "b":
                if at >= end:
                    raise BadBody(command_name(command_id), name, "is missing", status)
                spans[name], at = (at, at + 1), at + 1
            case _:
                stop = at + raw[at - 1]
                if stop > end:
                    found = f"has {end - at} octets, sm_length says {raw[at - 1]}"
                    raise BadBody(command_name(command_id), name, found, status)
                spans[name], at = (at, stop), stop
    return spans, at


def read_tlvs(raw: bytes, at: int, command_id: int) -> dict[int, bytes]:
    """The TLVs from ``at`` to the end by tag, known or not; of a repeated one the last (SMPP 3.4, 3.2.4)."""
    tlvs: dict[int, bytes] = {}
    end = len(raw)
    while end - at >= 4:
        tag, length = _TLV_HEADER.unpack_from(raw, at)
        value_at = at + 4
        at = value_at + length
        if at > end:
            found = f"(tag 0x{tag:04X}) has {end - value_at} octets, its length says {length}"
            raise BadBody(command_name(command_id), "a TLV", found, ESME_RINVOPTPARSTREAM)
        tlvs[tag] = raw[value_at:at]
    # SMPP 3.4, 3.1 note (i) writes an empty octet string as one NUL, which SMPP 5.0 took back: some still send it, or
    # end every PDU so (python-smpp issue 7). Fewer than four NULs are no TLV, and say nothing.
    if raw[at:].strip(_NUL):
        raise BadBody(command_name(command_id), "the end", f"has {end - at} stray octets", ESME_RINVOPTPARSTREAM)
    return tlvs


def message_id(raw: bytes) -> str:
    """The message_id of a submit_sm_resp; empty if there is none. A missing NUL is forgiven, nothing hangs on it.

    Blanks around it are no part of it: receipts are read without them, too.
    """
    end = raw.find(_NUL, HEADER_LENGTH)
    return raw[HEADER_LENGTH : end if end >= 0 else None].decode("latin-1").strip(" ")


def bind_answer(raw: bytes) -> BindAnswer:
    """What an accepted bind_*_resp says. A damaged one is still an acceptance: what can not be read is left out."""
    end = raw.find(_NUL, HEADER_LENGTH)
    system_id = raw[HEADER_LENGTH : end if end >= 0 else None].decode("latin-1")
    try:
        version = (
            read_tlvs(raw, end + 1, BIND_TRANSCEIVER | RESPONSE).get(SC_INTERFACE_VERSION, b"") if end >= 0 else b""
        )
    except BadBody:
        version = b""
    return BindAnswer(system_id, version[0] if version else None)


def _damage(raw: bytes, command_id: int) -> BadBody:
    """The error for a body that the fast scanner could not read, found field by field."""
    try:
        read_fields(raw, command_id)
    except BadBody as error:
        return error
    raise AssertionError(f"the scanner and the table disagree on {raw.hex()}")
