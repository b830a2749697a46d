"""Optional parameters (TLVs): their types, and the chain of them at the end of a PDU."""

from dataclasses import dataclass
from enum import Enum
from struct import Struct
from typing import Final

from powerpack_carriers.smpp.constants import CommandStatus, TlvTag
from powerpack_carriers.smpp.errors import RecoverableError, ValueNotEncodable

TLV_OCTETS_MAX: Final = 0xFFFF
"""The length of a TLV is a two-octet number (SMPP 3.4, 3.2.4.1)."""

_HEAD: Final = Struct(">HH")


class TlvKind(Enum):
    """How a TLV's value is read."""

    INTEGER = "integer"
    C_OCTET_STRING = "C-Octet String"
    OCTET_STRING = "octet string"


@dataclass(frozen=True, slots=True)
class TlvType:
    """The kind of a value, and the fewest and most octets it has."""

    kind: TlvKind
    octets_min: int
    octets_max: int


def _integer(octets_min: int, octets_max: int = 0) -> TlvType:
    return TlvType(TlvKind.INTEGER, octets_min, octets_max or octets_min)


def _c_string(octets_max: int) -> TlvType:
    # Carriers leave the NUL away as often as not, so none is asked for.
    return TlvType(TlvKind.C_OCTET_STRING, 0, octets_max)


def _octets(octets_min: int, octets_max: int) -> TlvType:
    return TlvType(TlvKind.OCTET_STRING, octets_min, octets_max)


TLV_TYPES: Final[dict[int, TlvType]] = {
    TlvTag.dest_addr_subunit: _integer(1),
    TlvTag.dest_network_type: _integer(1),
    TlvTag.dest_bearer_type: _integer(1),
    TlvTag.dest_telematics_id: _integer(2),
    TlvTag.source_addr_subunit: _integer(1),
    TlvTag.source_network_type: _integer(1),
    TlvTag.source_bearer_type: _integer(1),
    TlvTag.source_telematics_id: _integer(1, 2),  # 3.4 says one octet, 5.0 two
    TlvTag.qos_time_to_live: _integer(4),
    TlvTag.payload_type: _integer(1),
    TlvTag.additional_status_info_text: _c_string(256),
    TlvTag.receipted_message_id: _c_string(65),
    TlvTag.ms_msg_wait_facilities: _integer(1),
    TlvTag.privacy_indicator: _integer(1),
    TlvTag.source_subaddress: _octets(2, 23),
    TlvTag.dest_subaddress: _octets(2, 23),
    TlvTag.user_message_reference: _integer(2),
    TlvTag.user_response_code: _integer(1),
    TlvTag.source_port: _integer(2),
    TlvTag.destination_port: _integer(2),
    TlvTag.sar_msg_ref_num: _integer(2),
    TlvTag.language_indicator: _integer(1),
    TlvTag.sar_total_segments: _integer(1),
    TlvTag.sar_segment_seqnum: _integer(1),
    TlvTag.sc_interface_version: _integer(1),
    TlvTag.callback_num_pres_ind: _integer(1),
    TlvTag.callback_num_atag: _octets(0, 65),
    TlvTag.number_of_messages: _integer(1),
    TlvTag.callback_num: _octets(4, 19),
    TlvTag.dpf_result: _integer(1),
    TlvTag.set_dpf: _integer(1),
    TlvTag.ms_availability_status: _integer(1),
    TlvTag.network_error_code: _octets(3, 3),
    TlvTag.message_payload: _octets(0, TLV_OCTETS_MAX),
    TlvTag.delivery_failure_reason: _integer(1),
    TlvTag.more_messages_to_send: _integer(1),
    TlvTag.message_state: _integer(1),
    TlvTag.congestion_state: _integer(1),
    TlvTag.ussd_service_op: _integer(1),
    TlvTag.display_time: _integer(1),
    TlvTag.sms_signal: _integer(2),
    TlvTag.ms_validity: _octets(1, 4),  # 5.0 allows four
    TlvTag.alert_on_message_delivery: _octets(0, 1),  # 5.0 allows one
    TlvTag.its_reply_type: _integer(1),
    TlvTag.its_session_info: _octets(2, 2),
}

_NAMES: Final[dict[int, str]] = {tag.value: tag.name for tag in TlvTag}


def tlv_name(tag: int) -> str:
    """The specification's name, or the number in hex for a tag that it does not define."""
    return _NAMES.get(tag) or f"TLV 0x{tag:04X}"


@dataclass(frozen=True, slots=True)
class Tlv:
    """One optional parameter as it is on the wire; unknown tags are kept and ignored (SMPP 3.4, 3.3)."""

    tag: int
    octets: bytes

    @classmethod
    def of(cls, tag: int, value: int | str | bytes) -> "Tlv":
        """A TLV from a value: integers get the width of their tag, strings a NUL. Raises ValueNotEncodable."""
        octets = _octets_of(tag, value)
        problem = _misfit(tag, len(octets))
        if problem:
            raise ValueNotEncodable(problem)
        return cls(tag, octets)

    @property
    def value(self) -> int | str | bytes:
        """The octets read as the tag's type says; those of an unknown tag as they are."""
        type_ = TLV_TYPES.get(self.tag)
        if type_ is None:
            return self.octets
        match type_.kind:
            case TlvKind.INTEGER:
                return int.from_bytes(self.octets, "big")
            case TlvKind.C_OCTET_STRING:
                return self.octets.split(b"\0", 1)[0].decode("latin-1")
            case TlvKind.OCTET_STRING:
                return self.octets

    def encode(self) -> bytes:
        """Tag, length and octets."""
        if len(self.octets) > TLV_OCTETS_MAX:
            raise ValueNotEncodable(
                f"{tlv_name(self.tag)}: found {len(self.octets)} octets, expected at most {TLV_OCTETS_MAX}"
            )
        return _HEAD.pack(self.tag, len(self.octets)) + self.octets

    def __str__(self) -> str:
        value = self.value
        shown = value.hex() if isinstance(value, bytes) else repr(value)
        return f"{tlv_name(self.tag)}={shown}"


def _octets_of(tag: int, value: int | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode("latin-1") + b"\0"
        except UnicodeEncodeError as error:
            raise ValueNotEncodable(f"{tlv_name(tag)}: {value[error.start]!r} is not in Latin-1") from error
    type_ = TLV_TYPES.get(tag)
    if type_ is None or type_.kind is not TlvKind.INTEGER:
        raise ValueNotEncodable(f"{tlv_name(tag)}: found {value}, expected octets or text, as it is no number")
    try:
        return value.to_bytes(type_.octets_max, "big")
    except OverflowError as error:
        raise ValueNotEncodable(f"{tlv_name(tag)}: {value} does not fit {type_.octets_max} octets") from error


def read_tlvs(raw: bytes, position: int, where: str) -> tuple[Tlv, ...]:
    """All TLVs from ``position`` to the end of a PDU, in their order; raises RecoverableError."""
    found = []
    end = len(raw)
    while position < end:
        if end - position < _HEAD.size:
            raise RecoverableError(
                f"{where}: found {end - position} stray octets after the last field, expected TLVs of 4 or more",
                command_status=CommandStatus.ESME_RINVOPTPARSTREAM,
            )
        tag, length = _HEAD.unpack_from(raw, position)
        position += _HEAD.size
        if position + length > end:
            raise RecoverableError(
                f"{where}.{tlv_name(tag)}: found length {length}, but {end - position} octets are left",
                command_status=CommandStatus.ESME_RINVOPTPARSTREAM,
            )
        problem = _misfit(tag, length)
        if problem:
            raise RecoverableError(f"{where}.{problem}", command_status=CommandStatus.ESME_RINVPARLEN)
        found.append(Tlv(tag, raw[position : position + length]))
        position += length
    return tuple(found)


def _misfit(tag: int, octets: int) -> str:
    """What is wrong with the length of a known TLV; nothing is known of the others."""
    type_ = TLV_TYPES.get(tag)
    if type_ is None or type_.octets_min <= octets <= type_.octets_max:
        return ""
    bounds = f"{type_.octets_min} to {type_.octets_max}" if type_.octets_min < type_.octets_max else type_.octets_min
    return f"{tlv_name(tag)}: found {octets} octets, expected {bounds}"
