"""Receipts as deliver_sm."""

import pytest

from carriers.builders import HANDSET, SOURCE, StandingClock, a_message, a_submit
from powerpack_carriers.messages import Message
from powerpack_carriers.profile import ReceiptHabit
from powerpack_carriers.receipt_text import DateForm
from powerpack_carriers.receipts import ReceiptWriter, is_wanted
from powerpack_carriers.smpp.codec import decode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv


def _receipt(message: Message, *, dates: DateForm = DateForm.MINUTES) -> Pdu:
    writer = ReceiptWriter(ReceiptHabit(delay_s_min=0, delay_s_max=0, dates=dates), StandingClock())
    return decode(encode_raw(CommandId.deliver_sm, 0, 1, writer.body(message)))


def _final(message: Message, state: int = MessageState.DELIVERED, error: str = "000", *, after_s: float = 0) -> Message:
    message.state, message.error, message.done_at = state, error, message.accepted_at + after_s
    return message


@pytest.mark.parametrize("state", [state for state in MessageState if state is not MessageState.ENROUTE])
@pytest.mark.parametrize("registered_delivery", range(32))
def test_receipts_are_sent_to_those_who_asked(registered_delivery: int, state: MessageState) -> None:
    wanted = {0: False, 1: True, 2: state is not MessageState.DELIVERED, 3: False}[registered_delivery & 3]

    assert is_wanted(registered_delivery, state) is wanted


def test_a_receipt_comes_from_the_handset_to_the_sender() -> None:
    pdu = _receipt(_final(a_message(message_id=b"4406381745")))

    assert (pdu["source_addr"], pdu["destination_addr"]) == (HANDSET, SOURCE)
    assert (pdu["source_addr_ton"], pdu["dest_addr_npi"]) == (1, 1)
    assert pdu["esm_class"] == EsmClass.DELIVERY_RECEIPT
    assert pdu.octets("short_message").startswith(b"id:4406381745 sub:001 dlvrd:001 submit date:2611220130")
    assert pdu.tlv(TlvTag.receipted_message_id) == "4406381745"
    assert pdu.tlv(TlvTag.message_state) == MessageState.DELIVERED
    assert pdu.tlv(TlvTag.network_error_code) is None


def test_a_failure_tells_its_error_in_text_and_tlv() -> None:
    pdu = _receipt(_final(a_message(message_id=b"1"), MessageState.UNDELIVERABLE, "9802"))

    assert b"stat:UNDELIV err:9802" in pdu.octets("short_message")
    assert pdu.tlv(TlvTag.network_error_code) == b"\x03\x26\x4a"


def test_an_error_of_letters_has_no_place_in_the_tlv() -> None:
    pdu = _receipt(_final(a_message(message_id=b"1"), MessageState.UNDELIVERABLE, "21b"))

    assert pdu.tlv(TlvTag.network_error_code) is None


def test_dates_are_those_of_the_clock() -> None:
    pdu = _receipt(_final(a_message(message_id=b"1"), after_s=75.5), dates=DateForm.CENTURY)

    assert b"submit date:20261122013000 done date:20261122013115" in pdu.octets("short_message")


def test_the_reference_of_the_sender_comes_back() -> None:
    tlvs = (Tlv.of(TlvTag.sar_msg_ref_num, 1), Tlv.of(TlvTag.user_message_reference, 77))

    assert _receipt(_final(a_message(a_submit(tlvs=tlvs), message_id=b"1"))).tlv(TlvTag.user_message_reference) == 77


@pytest.mark.parametrize(
    ("data_coding", "esm_class", "text"), [(0, 0, b"Hello"), (3, 0, b"Hello"), (8, 0, b""), (0, 0x40, b"")]
)
def test_only_plain_texts_are_repeated(data_coding: int, esm_class: int, text: bytes) -> None:
    submitted = a_submit(data_coding=data_coding, esm_class=esm_class)

    assert _receipt(_final(a_message(submitted, message_id=b"1"))).octets("short_message").endswith(b"text:" + text)
