"""Values that an SMSC does not let in, over the wire's octets: field, value, status, for every request that has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.smpp.sessions import bound, sent
from carriers.smpp.strategies import allowed_pdus
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.events import Refused, RequestsReceived
from powerpack_carriers.smpp.fields import DistributionList, FieldValue, SmeAddress
from powerpack_carriers.smpp.pdus import BODIES, Pdu
from powerpack_carriers.smpp.rules import DATA_SM_ESM_CLASSES, ESM_CLASSES, RULES, TLV_VALUES_MAX
from powerpack_carriers.smpp.tlvs import Tlv

MESSAGES = (CommandId.submit_sm, CommandId.submit_multi, CommandId.data_sm)
PAYLOAD = Tlv.of(TlvTag.message_payload, b"Hello")

# What SMPP 3.4 leaves undefined in each field, and what answers it.
NOT_ALLOWED: dict[str, tuple[tuple[int, ...], CommandStatus]] = {
    "source_addr_ton": ((7, 8, 255), CommandStatus.ESME_RINVSRCTON),
    "source_addr_npi": ((2, 5, 7, 11, 13, 15, 17, 19, 255), CommandStatus.ESME_RINVSRCNPI),
    "dest_addr_ton": ((7, 8, 255), CommandStatus.ESME_RINVDSTTON),
    "dest_addr_npi": ((2, 5, 7, 11, 13, 15, 17, 19, 255), CommandStatus.ESME_RINVDSTNPI),
    # 0x04 and 0x20 are the SMSC's, 0x18 is a conversation abort, 0x3F is everything at once.
    "esm_class": ((0x04, 0x0C, 0x14, 0x18, 0x20, 0x3F, 0x7C, 0xFF), CommandStatus.ESME_RINVESMCLASS),
    "priority_flag": ((4, 5, 255), CommandStatus.ESME_RINVPRTFLG),
    "registered_delivery": ((3, 7, 0x13, 0x20, 0x40, 0x80, 0xFF), CommandStatus.ESME_RINVREGDLVFLG),
    "replace_if_present_flag": ((2, 255), CommandStatus.ESME_RINVREPFLAG),
    "sm_default_msg_id": ((1, 254, 255), CommandStatus.ESME_RINVDFTMSGID),
}
OWN = [
    (CommandId.submit_sm, "esm_class", 0x02, CommandStatus.ESME_RINVESMCLASS),
    (CommandId.submit_multi, "esm_class", 0x02, CommandStatus.ESME_RINVESMCLASS),
    (CommandId.submit_multi, "replace_if_present_flag", 1, CommandStatus.ESME_RINVREPFLAG),
]
CASES = [
    (command, field.name, value, NOT_ALLOWED[field.name][1])
    for command in RULES
    for field in BODIES[command]
    if field.name in NOT_ALLOWED
    for value in NOT_ALLOWED[field.name][0]
] + OWN


def a_request(command: int, *tlvs: Tlv, **fields: FieldValue) -> bytes:
    """A request that is in order but for what is given."""
    if command == CommandId.submit_multi:
        fields.setdefault("dest_address", (SmeAddress(destination_addr="14155550123"),))
    if command == CommandId.data_sm:
        tlvs = tlvs or (PAYLOAD,)
    return encode(Pdu(command_id=command, sequence_number=7, fields=fields, tlvs=tlvs))


def status_of(raw: bytes) -> int:
    """How a bound session answers; 0 for a request that it lets in."""
    session = bound()
    (event,) = session.receive_data(raw)
    if isinstance(event, RequestsReceived):
        assert sent(session) == []
        return 0
    assert isinstance(event, Refused)
    (answer,) = sent(session)
    assert (answer.command_id, answer.sequence_number) == (decode(raw).command_id | RESPONSE_BIT, 7)
    return answer.command_status


@pytest.mark.parametrize(("command", "name", "value", "status"), CASES)
def test_a_value_that_is_not_defined_gets_the_status_of_its_field(
    command: int, name: str, value: int, status: CommandStatus
) -> None:
    assert status_of(a_request(command, **{name: value})) == status


@pytest.mark.parametrize("command", RULES, ids=lambda command: CommandId(command).name)
def test_every_value_that_is_defined_is_let_in(command: int) -> None:
    for name, allowed, _ in RULES[command]:
        for value in allowed:
            # A text with a header is a matter of its own.
            if name != "esm_class" or not value & 0x40:
                assert status_of(a_request(command, **{name: value})) == 0, (name, value)


def test_every_field_that_the_requests_share_is_looked_at() -> None:
    looked_at = {name for rules in RULES.values() for name, _, _ in rules}

    assert looked_at == set(NOT_ALLOWED)


def test_the_classes_are_those_of_the_specification() -> None:
    # Mode, type and features in all their combinations (SMPP 3.4, 5.2.12).
    assert len(ESM_CLASSES) == 3 * 3 * 4
    assert len(DATA_SM_ESM_CLASSES) == 4 * 3 * 4


# The text and where it is


@pytest.mark.parametrize("command", [CommandId.submit_sm, CommandId.submit_multi])
def test_a_text_is_in_one_place(command: int) -> None:
    assert status_of(a_request(command, PAYLOAD)) == 0
    assert status_of(a_request(command, PAYLOAD, short_message=b"Hi")) == CommandStatus.ESME_ROPTPARNOTALLWD


def test_data_sm_has_its_text_in_message_payload() -> None:
    unknown = Tlv(0x1401, b"x")

    assert status_of(a_request(CommandId.data_sm, unknown)) == CommandStatus.ESME_RMISSINGOPTPARAM
    assert status_of(a_request(CommandId.data_sm, unknown, PAYLOAD)) == 0


@pytest.mark.parametrize("command", MESSAGES, ids=lambda command: command.name)
@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"\5\0\3\1\2\1Hello", 0),
        (b"\5\0\3\1\2\1", 0),
        (b"\0Hello", 0),
        (b"\5\0\3\1\2", CommandStatus.ESME_RINVESMCLASS),
        (b"\xffHello", CommandStatus.ESME_RINVESMCLASS),
        (b"", CommandStatus.ESME_RINVESMCLASS),
    ],
)
def test_a_user_data_header_fits_its_text(command: int, text: bytes, status: int) -> None:
    in_payload = a_request(command, Tlv.of(TlvTag.message_payload, text), esm_class=0x40)
    assert status_of(in_payload) == status
    if command != CommandId.data_sm:
        assert status_of(a_request(command, esm_class=0x40, short_message=text)) == status


@pytest.mark.parametrize("command", MESSAGES, ids=lambda command: command.name)
@pytest.mark.parametrize("tag", TLV_VALUES_MAX, ids=lambda tag: TlvTag(tag).name)
def test_a_reserved_value_of_a_tlv_is_refused(command: int, tag: int) -> None:
    most = TLV_VALUES_MAX[tag]

    assert status_of(a_request(command, Tlv.of(tag, most), PAYLOAD)) == 0
    assert status_of(a_request(command, Tlv.of(tag, most + 1), PAYLOAD)) == CommandStatus.ESME_RINVOPTPARAMVAL


def test_a_tlv_that_belongs_elsewhere_is_ignored() -> None:
    elsewhere = (Tlv.of(TlvTag.message_state, 99), Tlv.of(TlvTag.receipted_message_id, "x"), Tlv(0x3FFF, b"x"))

    assert status_of(a_request(CommandId.submit_sm, *elsewhere, short_message=b"Hello")) == 0


# submit_multi

LISTS = [
    ("no destination", b"\0", CommandStatus.ESME_RINVNUMDESTS),
    ("255 destinations", b"\xff" + b"\2x\0" * 255, CommandStatus.ESME_RINVNUMDESTS),
    ("fewer than it says", b"\2" + b"\2x\0", CommandStatus.ESME_RINVDESTFLAG),
    ("dest_flag 0", b"\1" + b"\0x\0", CommandStatus.ESME_RINVDESTFLAG),
    ("dest_flag 3", b"\1" + b"\3x\0", CommandStatus.ESME_RINVDESTFLAG),
    ("a long list name", b"\1\2" + b"x" * 21 + b"\0", CommandStatus.ESME_RINVDLNAME),
    ("a long address", b"\1\1\0\0" + b"1" * 21 + b"\0", CommandStatus.ESME_RINVDSTADR),
]


@pytest.mark.parametrize(("destinations", "status"), [case[1:] for case in LISTS], ids=[case[0] for case in LISTS])
def test_a_list_of_destinations_that_is_wrong_gets_its_status(destinations: bytes, status: int) -> None:
    body = b"\0\0\0\0" + destinations + bytes(10)
    raw = (16 + len(body)).to_bytes(4, "big") + b"\0\0\0\x21\0\0\0\0\0\0\0\7" + body
    session = bound()
    session.receive_data(raw)

    (answer,) = sent(session)

    assert (answer.command_id, answer.command_status) == (CommandId.submit_multi_resp, status)


def test_254_destinations_are_let_in() -> None:
    most: list[SmeAddress | DistributionList] = [SmeAddress(destination_addr="1")]
    most += [DistributionList(dl_name="x")] * 253

    assert status_of(a_request(CommandId.submit_multi, dest_address=tuple(most))) == 0


# Whatever is asked, the session goes on


@given(st.sampled_from(sorted(RULES)).flatmap(lambda command: allowed_pdus(CommandId(command))))
def test_whatever_is_asked_is_let_in_or_answered_and_the_session_goes_on(pdu: Pdu) -> None:
    session = bound()

    (event,) = session.receive_data(encode(pdu))
    answers = sent(session)
    (again,) = session.receive_data(a_request(CommandId.submit_sm))

    assert len(answers) == isinstance(event, Refused)
    assert isinstance(again, RequestsReceived)
