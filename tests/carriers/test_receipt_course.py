"""Quirks of a receipt's way: when it comes, on which bind, how often; docs/receipt-quirks.md names these tests."""

from dataclasses import replace

import pytest

from carriers.quirk_setting import DELIVERED, UNDELIVERABLE, Setting, pdu_of
from powerpack_carriers.receipt_quirks import NO_QUIRKS, ReceiptQuirks
from powerpack_carriers.settings import read_settings
from powerpack_carriers.smpp.constants import MessageState, TlvTag


def test_a_receipt_that_comes_before_the_response_makes_the_response_wait() -> None:
    setting = Setting(ReceiptQuirks(before_response_s=0.9))
    message = setting.message()
    message.fate = DELIVERED

    setting.desk.accepted(message, 1_000.0, 1_000.5)

    assert message.response_delay_s == pytest.approx(1.4)


def test_a_response_does_not_wait_for_a_receipt_that_nobody_asked_for() -> None:
    setting = Setting(ReceiptQuirks(before_response_s=0.9))
    message = setting.message(registered_delivery=0)
    message.fate = DELIVERED

    setting.desk.accepted(message, 1_000.0, 1_000.5)

    assert message.response_delay_s == 0


def test_a_receipt_takes_another_bind_than_its_submit() -> None:
    setting = Setting(ReceiptQuirks(other_bind=True))
    for _ in range(4):
        message = setting.message()
        message.link = setting.links[0]
        setting.end(message)

    assert [len(link.delivered) for link in setting.links] == [0, 4]


def test_a_receipt_takes_the_bind_of_its_submit_where_there_is_no_other() -> None:
    setting = Setting(ReceiptQuirks(other_bind=True))
    setting.mailbox.detach(setting.links[1], 1_000.0)
    message = setting.message()
    message.link = setting.links[0]

    setting.end(message)

    assert len(setting.links[0].delivered) == 1


def test_a_lost_receipt_never_comes() -> None:
    setting = Setting(ReceiptQuirks(lost=True))

    setting.end(setting.message())
    setting.wait(86_400)

    assert setting.sent() == []


def test_receipts_of_ten_minutes_come_all_at_once() -> None:
    setting = Setting(ReceiptQuirks(burst_every_s=600))

    for _ in range(5):
        setting.end(setting.message())
        setting.wait(20)
    before = len(setting.sent())
    setting.wait(100)

    assert (before, len(setting.sent())) == (0, 5)


def test_a_receipt_comes_again_after_a_while() -> None:
    setting = Setting(ReceiptQuirks(copies=2, again_after_s=30))

    setting.end(setting.message())
    counts = [len(setting.sent())]
    for _ in range(3):
        setting.wait(31)
        counts.append(len(setting.sent()))

    assert counts == [1, 2, 3, 3]
    assert len({pdu.octets("short_message") for pdu in setting.sent()}) == 1


def test_a_progress_report_comes_after_the_final_receipt() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_after": ["ENROUTE"], "again_after_s": 1}))

    setting.end(setting.message())
    setting.wait(5)

    assert sorted((pdu["esm_class"], pdu.tlv(TlvTag.message_state)) for pdu in setting.sent()) == [(4, 2), (0x20, 1)]


def test_two_final_receipts_disagree() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_after": ["DELIVERED"]}))

    setting.end(setting.message(), UNDELIVERABLE, "070")

    found = [bytes(pdu.octets("short_message")).split(b"stat:")[1].split(b" text")[0] for pdu in setting.sent()]
    assert found == [b"UNDELIV err:070", b"DELIVRD err:000"]


@pytest.mark.parametrize(("registered_delivery", "count"), [(1, 1), (0x10, 1), (2, 0), (0, 0)])
def test_an_intermediate_notification_comes_half_way_to_whoever_asked(registered_delivery: int, count: int) -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_before": ["ACCEPTED"]}))

    setting.desk.accepted(setting.message(registered_delivery=registered_delivery), 1_000.0, 1_010.0)
    setting.wait(5)

    assert [(pdu["esm_class"], pdu.tlv(TlvTag.message_state)) for pdu in setting.sent()] == [(0x20, 6)] * count


def test_no_progress_is_told_of_a_message_that_has_ended() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_before": ["ACCEPTED"]}))
    message = setting.message()

    setting.desk.accepted(message, 1_000.0, 1_010.0)
    message.state = MessageState.DELETED
    setting.wait(5)

    assert setting.sent() == []


@pytest.mark.parametrize(("parts", "receipted"), [("each", [1, 2, 3]), ("first", [1]), ("last", [3])])
def test_a_long_message_has_a_receipt_a_part_or_one_for_all(parts: str, receipted: list[int]) -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"parts": parts, "unasked": True}))

    for number in (1, 2, 3):
        text = bytes((5, 0, 3, 7, 3, number)) + b"part"
        setting.end(setting.message(text, esm_class=0x40, message_id=b"%d" % number))

    ids = [pdu.tlv(TlvTag.receipted_message_id) for link in setting.links for pdu in map(pdu_of, link.delivered)]
    assert sorted(ids, key=str) == [str(number) for number in receipted]


def test_a_message_of_one_part_has_its_receipt_in_any_case() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"parts": "last"}))

    setting.end(setting.message())

    assert len(setting.sent()) == 1


def test_a_refused_submit_has_a_receipt_with_an_id_that_nobody_was_told() -> None:
    setting = Setting(ReceiptQuirks(for_rejected=True))
    message = setting.message(message_id=b"")
    message.status, message.error = 0x45, "069"

    setting.desk.refused(message, 1_000.0)

    (pdu,) = setting.sent()
    assert pdu.octets("short_message").startswith(b"id:deadbeef ")
    assert b"stat:REJECTD err:069" in pdu.octets("short_message")


def test_a_refused_submit_has_no_receipt_otherwise() -> None:
    setting = Setting(replace(NO_QUIRKS, unasked=True))

    setting.desk.refused(setting.message(message_id=b""), 1_000.0)

    assert setting.sent() == []


@pytest.mark.parametrize("unasked", [False, True])
def test_receipts_come_unasked(unasked: bool) -> None:
    setting = Setting(ReceiptQuirks(unasked=unasked, error_width=4))

    setting.end(setting.message(registered_delivery=0))

    assert len(setting.sent()) == unasked


def test_a_hidden_error_is_in_the_journal() -> None:
    setting = Setting(ReceiptQuirks(hides_error=True))

    setting.end(setting.message(), UNDELIVERABLE, "4770")

    assert setting.journal.of("carrier.receipt_detail") == [{"message_id": "00b8be19", "error": "4770"}]
