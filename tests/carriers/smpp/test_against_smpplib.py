"""The core against smpplib, which others wrote: what one writes the other reads the same, in both directions."""

from typing import Protocol

import pytest
import smpplib.smpp
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.smpp.strategies import OCTET
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.fields import CString, Integer, ShortMessage
from powerpack_carriers.smpp.pdus import BODIES, Pdu


class ForeignPdu(Protocol):
    sequence: int
    status: int

    def generate(self) -> bytes: ...


class Numbers:
    """smpplib asks its client for a sequence number."""

    def next_sequence(self) -> int:
        return 7


# smpplib has no cancel_sm, replace_sm, submit_multi and outbind. Of data_sm it asks for fields that SMPP does not have.
KNOWN = [
    CommandId.bind_transmitter,
    CommandId.bind_receiver,
    CommandId.bind_transceiver,
    CommandId.bind_transceiver_resp,
    CommandId.submit_sm,
    CommandId.submit_sm_resp,
    CommandId.deliver_sm,
    CommandId.deliver_sm_resp,
    CommandId.query_sm,
    CommandId.unbind,
    CommandId.unbind_resp,
    CommandId.enquire_link,
    CommandId.enquire_link_resp,
    CommandId.generic_nack,
]
ASCII = st.characters(min_codepoint=0x20, max_codepoint=0x7E)


@st.composite
def fields_of(draw: st.DrawFn, command: CommandId) -> dict[str, int | str | bytes]:
    """Fields that both sides can hold: ASCII, and times that are empty."""
    found: dict[str, int | str | bytes] = {}
    for field in BODIES[command]:
        match field:
            case ShortMessage():
                found[field.name] = draw(st.binary(min_size=1, max_size=254))
            case CString(octets_max=17):
                found[field.name] = ""
            case CString():
                fewest = int(field.name == "message_id")  # without one smpplib refuses query_sm
                found[field.name] = draw(st.text(ASCII, min_size=fewest, max_size=field.octets_max - 1))
            case Integer(name="interface_version"):
                found[field.name] = 0x34  # smpplib takes 0 for none given
            case Integer():
                found[field.name] = draw(OCTET)
            case _:
                raise AssertionError(field)
    return found


def theirs(command: CommandId, fields: dict[str, int | str | bytes]) -> ForeignPdu:
    made: ForeignPdu = smpplib.smpp.make_pdu(command.name, client=Numbers(), **fields)
    made.sequence = 7
    return made


@pytest.mark.parametrize("command", KNOWN, ids=lambda command: command.name)
@settings(max_examples=25)
@given(data=st.data())
def test_what_smpplib_writes_we_read(command: CommandId, data: st.DataObject) -> None:
    fields = data.draw(fields_of(command))

    pdu = decode(theirs(command, fields).generate())

    assert (pdu.command_id, pdu.command_status, pdu.sequence_number) == (command, 0, 7)
    assert pdu.fields == fields


@pytest.mark.parametrize("command", KNOWN, ids=lambda command: command.name)
@settings(max_examples=25)
@given(data=st.data())
def test_what_we_write_smpplib_reads_and_writes_again(command: CommandId, data: st.DataObject) -> None:
    fields = data.draw(fields_of(command))
    raw = encode(Pdu(command_id=command, sequence_number=7, fields=dict(fields)))

    read = smpplib.smpp.parse_pdu(raw, client=Numbers(), allow_unknown_opt_params=True)

    for name, value in fields.items():
        expected = value.encode() if isinstance(value, str) else value
        assert getattr(read, name) in (expected, None if expected == b"" else expected), name
    assert theirs(command, fields).generate() == raw
