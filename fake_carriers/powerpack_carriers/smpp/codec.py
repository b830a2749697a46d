"""Pdu to octets and back, by walking the table of fields."""

from struct import Struct
from struct import error as StructError

from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandStatus, command_name
from powerpack_carriers.smpp.errors import RecoverableError, UnrecoverableError, ValueNotEncodable
from powerpack_carriers.smpp.fields import Field, FieldValue
from powerpack_carriers.smpp.pdus import UNKNOWN_BODY, Pdu, body_of
from powerpack_carriers.smpp.tlvs import Tlv, read_tlvs

HEADER = Struct(">IIII")
"""command_length, command_id, command_status, sequence_number."""


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU, command_length included; raises ValueNotEncodable."""
    names = [field.name for field in body_of(pdu.command_id)]
    unknown = [name for name in pdu.fields if name not in names]
    if unknown:
        raise ValueNotEncodable(f"{pdu.name} has no field {unknown[0]!r}; it has {', '.join(names) or 'none'}")
    # An error says all it has to say in the header (SMPP 3.4, 4.4.2), unless somebody wants a body nevertheless.
    bare = pdu.is_response and pdu.command_status != CommandStatus.ESME_ROK and not pdu.fields
    body = b"" if bare else encode_body(pdu.command_id, pdu.fields)
    return encode_raw(pdu.command_id, pdu.command_status, pdu.sequence_number, body + encode_tlvs(pdu.tlvs))


def encode_body(command_id: int, fields: dict[str, FieldValue]) -> bytes:
    """The mandatory fields alone; those that are not given are zero or empty."""
    where = command_name(command_id)
    return b"".join([field.write(fields.get(field.name, field.default), where) for field in body_of(command_id)])


def encode_tlvs(tlvs: tuple[Tlv, ...]) -> bytes:
    """TLVs one after the other."""
    return b"".join([tlv.encode() for tlv in tlvs])


def encode_raw(command_id: int, command_status: int, sequence_number: int, body: bytes = b"") -> bytes:
    """A PDU whose body is there already."""
    try:
        return HEADER.pack(HEADER_OCTETS + len(body), command_id, command_status, sequence_number) + body
    except StructError as error:
        found = f"id {command_id}, status {command_status}, sequence_number {sequence_number}"
        raise ValueNotEncodable(f"header: found {found}, expected numbers of 4 octets") from error


def decode(raw: bytes) -> Pdu:
    """One whole PDU.

    Raises RecoverableError for a body that is wrong, UnrecoverableError for octets that are not one PDU.
    """
    if len(raw) < HEADER_OCTETS:
        raise UnrecoverableError(f"found {len(raw)} octets, expected a header of {HEADER_OCTETS}")
    length, command_id, command_status, sequence_number = HEADER.unpack_from(raw)
    if length != len(raw):
        raise UnrecoverableError(f"found command_length {length}, but {len(raw)} octets")
    pdu = Pdu(command_id=command_id, command_status=command_status, sequence_number=sequence_number)
    if pdu.is_response and length == HEADER_OCTETS and body_of(command_id) is not UNKNOWN_BODY:
        # Carriers and ESMEs leave bodies of responses away, error or not: cloudhopper, SMPP.pdu3 and jasmin do.
        return pdu
    try:
        pdu.fields, pdu.tlvs = _decode_body(raw, body_of(command_id), pdu.name)
    except RecoverableError:
        # SMPP 3.4, 4.1.2: an error response has no body; many send one nevertheless, well formed or not.
        if not (pdu.is_response and command_status):
            raise
    return pdu


def without_tlvs(command_id: int, body: bytes) -> bytes:
    """The mandatory fields of a body that is well formed so far; whatever comes behind them is left away."""
    position = 0
    for field in body_of(command_id):
        _, position = field.read(body, position, command_name(command_id))
    return body[:position]


def _decode_body(raw: bytes, body: tuple[Field, ...], where: str) -> tuple[dict[str, FieldValue], tuple[Tlv, ...]]:
    position = HEADER_OCTETS
    fields: dict[str, FieldValue] = {}
    for field in body:
        fields[field.name], position = field.read(raw, position, where)
    return fields, read_tlvs(raw, position, where)
