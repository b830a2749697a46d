"""Hypothesis strategies for well-formed PDUs, drawn from the table of fields itself."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.fields import (
    CString,
    DestAddresses,
    DistributionList,
    Field,
    FieldValue,
    Integer,
    ShortMessage,
    SmeAddress,
    TimeString,
    UnsuccessSme,
    UnsuccessSmes,
)
from powerpack_carriers.smpp.pdus import BODIES, Pdu
from powerpack_carriers.smpp.rules import RULES
from powerpack_carriers.smpp.tlvs import TLV_TYPES, Tlv

OCTET = st.integers(0, 0xFF)
QUAD = st.integers(0, 0xFFFFFFFF)


def texts(octets_max: int, octets_min: int = 0) -> SearchStrategy[str]:
    """Latin-1 without NUL."""
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), min_size=octets_min, max_size=octets_max)


def values(field: Field) -> SearchStrategy[FieldValue]:
    """What may stand in a field."""
    match field:
        case TimeString():
            return st.just("") | texts(16, 16)
        case CString():
            return texts(field.octets_max - 1)
        case Integer():
            return st.integers(0, (1 << 8 * field.octets) - 1)
        case ShortMessage():
            return st.binary(max_size=254)
        case DestAddresses():
            sme = st.builds(SmeAddress, dest_addr_ton=OCTET, dest_addr_npi=OCTET, destination_addr=texts(20))
            return st.lists(sme | st.builds(DistributionList, dl_name=texts(20)), min_size=1, max_size=5).map(tuple)
        case UnsuccessSmes():
            failure = st.builds(
                UnsuccessSme,
                dest_addr_ton=OCTET,
                dest_addr_npi=OCTET,
                destination_addr=texts(20),
                error_status_code=QUAD,
            )
            return st.lists(failure, max_size=5).map(tuple)
        case _:
            raise AssertionError(field)


@st.composite
def tlvs(draw: st.DrawFn) -> Tlv:
    """A known TLV of a length that it may have, or one that nobody knows."""
    if draw(st.booleans()):
        tag = draw(st.integers(0x1400, 0x3FFF))
        return Tlv(tag, draw(st.binary(max_size=20)))
    tag = draw(st.sampled_from(sorted(TLV_TYPES)))
    type_ = TLV_TYPES[tag]
    return Tlv(tag, draw(st.binary(min_size=type_.octets_min, max_size=min(type_.octets_max, 300))))


@st.composite
def pdus(draw: st.DrawFn, commands: SearchStrategy[CommandId] | None = None) -> Pdu:
    """Any PDU of 3.4 with all its fields; errors are for responses, and have their body too."""
    command_id = draw(commands if commands is not None else st.sampled_from(CommandId))
    return Pdu(
        command_id=command_id,
        command_status=draw(QUAD) if command_id & 0x80000000 else 0,
        sequence_number=draw(QUAD),
        fields={field.name: draw(values(field)) for field in BODIES[command_id]},
        tlvs=tuple(draw(st.lists(tlvs(), max_size=3))),
    )


def allowed_pdus(command_id: CommandId) -> SearchStrategy[Pdu]:
    """Requests whose fields all have a value that an SMSC lets in, but for what the text of one must be."""
    rules = {name: allowed for name, allowed, _ in RULES[command_id]}

    def with_allowed(pdu: Pdu, data: dict[str, int]) -> Pdu:
        return replace(pdu, fields={**pdu.fields, **data})

    chosen = st.fixed_dictionaries({name: st.sampled_from(sorted(allowed)) for name, allowed in rules.items()})
    return st.builds(with_allowed, pdus(st.just(command_id)), chosen)
