"""Spam reports."""

from datetime import datetime, timedelta, timezone

from carriers.builders import HANDSET, SOURCE
from powerpack_carriers.handsets import TextMessage
from powerpack_carriers.smpp.codec import decode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, TlvTag
from powerpack_carriers.spam import SpamReport

MESSAGE = TextMessage(
    text="Win!",
    from_number=SOURCE,
    to_number=HANDSET,
    received_at=datetime(2026, 11, 22, 3, 30, 5, 999, tzinfo=timezone(timedelta(hours=2))),
    carrier_message_ids=("4406381745", "4406381746"),
    parts=2,
)


def test_a_notice_has_source_destination_date_and_id() -> None:
    assert SpamReport.of(MESSAGE).notice == (
        "7726 report source:12065550100 destination:14155550123 date:2026-11-22T01:30:05Z id:4406381745"
    )


def test_the_notice_travels_from_7726_to_the_reported_number() -> None:
    pdu = decode(encode_raw(CommandId.deliver_sm, 0, 1, SpamReport.of(MESSAGE).body()))

    assert (pdu["source_addr_ton"], pdu["source_addr_npi"], pdu["source_addr"]) == (3, 0, "7726")
    assert (pdu["dest_addr_ton"], pdu["dest_addr_npi"], pdu["destination_addr"]) == (1, 1, SOURCE)
    assert pdu["esm_class"] == 0
    assert pdu.octets("short_message").decode("ascii") == SpamReport.of(MESSAGE).notice
    assert pdu.tlv(TlvTag.receipted_message_id) == "4406381745"
