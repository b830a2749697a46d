"""Callbacks say what happened to a message in Plivo's words."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from powerpack_gateway.messages import Direction, ErrorCode, Message, Stage
from powerpack_gateway.notices import amount, callback_time, inbound_params, rate_of, status_params
from powerpack_gateway.numbers import NumberType, Service

CREATED = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC).timestamp()
SENT = CREATED + 1.5
ENDED = CREATED + 61

OUTBOUND = Message(
    id=7,
    uuid="5ec4c8c9-cd74-42b5-9e41-0d7670d6bb46",
    direction=Direction.OUTBOUND,
    service=Service.SMS,
    destination="12065550100",
    source="14155550180",
    text="hi",
    units=2,
    powerpack_uuid="sales",
    created_at=CREATED,
    updated_at=ENDED,
)
INBOUND = replace(OUTBOUND, direction=Direction.INBOUND, stage=Stage.RECEIVED, units=1, intent="optout", text="STOP ")


def status(stage: Stage, index: int, *, sent_at: float | None = None, code: ErrorCode | None = None) -> dict[str, str]:
    message = replace(OUTBOUND, stage=stage, sent_at=sent_at, error_code=code)
    return dict(status_params(message, index, "0.00550"))


def test_a_callback_names_the_network_that_the_message_went_to() -> None:
    sent = dict(status_params(replace(OUTBOUND, stage=Stage.SENT, sent_at=SENT, carrier="tmobile"), 1, "0.00550"))

    assert (sent["MCC"], sent["MNC"]) == ("310", "260")


@pytest.mark.parametrize(
    ("kind", "service", "rate"),
    [
        (NumberType.LONGCODE, Service.SMS, "0.00550"),
        (NumberType.TOLLFREE, Service.SMS, "0.00570"),
        (NumberType.SHORTCODE, Service.SMS, "0.00700"),
        (NumberType.LONGCODE, Service.MMS, "0.01600"),
    ],
)
def test_the_price_of_a_unit_follows_from_the_numbers_type(kind: NumberType, service: Service, rate: str) -> None:
    assert rate_of(kind, service) == rate


@pytest.mark.parametrize(
    ("rate", "units", "total"),
    [("0.00550", 1, "0.00550"), ("0.00550", 3, "0.01650"), ("0.01600", 0, "0.00000"), ("500.00000", 2, "1000.00000")],
)
def test_an_amount_is_rate_times_units(rate: str, units: int, total: str) -> None:
    assert amount(rate, units) == total


@given(st.decimals(min_value=0, max_value=9_999, places=5), st.integers(min_value=0, max_value=10**12))
def test_an_amount_is_exact(rate: Decimal, units: int) -> None:
    assert Decimal(amount(f"{rate:.5f}", units)) == rate * units


def test_a_time_is_written_in_utc_with_microseconds() -> None:
    assert callback_time(CREATED) == "2026-11-22 12:00:00.250000"


def test_what_has_not_happened_has_no_time() -> None:
    assert callback_time(None) == ""


def test_a_queued_callback_has_all_that_is_known_then() -> None:
    assert status(Stage.QUEUED, 0) == {
        "MessageUUID": OUTBOUND.uuid,
        "ParentMessageUUID": OUTBOUND.uuid,
        "PartInfo": "1 of 1",
        "To": "12065550100",
        "From": "14155550180",
        "Type": "sms",
        "Status": "queued",
        "Units": "2",
        "TotalRate": "0.00550",
        "TotalAmount": "0.01100",
        "MCC": "",
        "MNC": "",
        "Sequence": "1",
        "PowerpackUUID": "sales",
        "requester_ip": "",
        "MessageTime": "2026-11-22 12:00:00.250000",
        "QueuedTime": "2026-11-22 12:00:00.250000",
        "SentTime": "",
        "DeliveryReportTime": "",
    }


def test_a_sent_callback_says_when_it_was_sent() -> None:
    told = status(Stage.SENT, 1, sent_at=SENT)

    assert (told["Status"], told["Sequence"]) == ("sent", "2")
    assert (told["SentTime"], told["DeliveryReportTime"]) == ("2026-11-22 12:00:01.750000", "")


def test_a_delivered_callback_says_when_the_receipt_came() -> None:
    told = status(Stage.DELIVERED, 2, sent_at=SENT, code=ErrorCode.NONE)

    assert (told["Status"], told["Sequence"]) == ("delivered", "3")
    assert (told["SentTime"], told["DeliveryReportTime"]) == (
        "2026-11-22 12:00:01.750000",
        "2026-11-22 12:01:01.250000",
    )
    assert "ErrorCode" not in told


def test_an_undelivered_callback_says_why_and_costs() -> None:
    told = status(Stage.UNDELIVERED, 2, sent_at=SENT, code=ErrorCode.UNAVAILABLE_PERMANENTLY)

    assert (told["Status"], told["ErrorCode"]) == ("undelivered", "70")
    assert told["TotalAmount"] == "0.01100"
    assert told["DeliveryReportTime"] == "2026-11-22 12:01:01.250000"


def test_a_failed_callback_says_why_and_costs_nothing() -> None:
    told = status(Stage.FAILED, 1, code=ErrorCode.STOPPED)

    assert (told["Status"], told["ErrorCode"], told["Sequence"]) == ("failed", "200", "2")
    assert (told["TotalRate"], told["TotalAmount"]) == ("0.00000", "0.00000")
    assert told["DeliveryReportTime"] == ""


def test_a_callback_that_is_told_late_still_tells_its_own_status() -> None:
    told = status(Stage.DELIVERED, 0, sent_at=SENT)

    assert (told["Status"], told["SentTime"], told["DeliveryReportTime"]) == ("queued", "", "")


def test_a_message_from_a_plain_number_names_no_powerpack() -> None:
    plain = replace(OUTBOUND, powerpack_uuid=None)

    assert dict(status_params(plain, 0, "0.00550"))["PowerpackUUID"] == ""


def test_no_parameter_is_there_twice() -> None:
    for params in (status_params(replace(OUTBOUND, stage=Stage.FAILED), 1, "0.00550"), inbound_params(INBOUND)):
        assert len(dict(params)) == len(params)


def test_an_inbound_webhook_has_the_handsets_words_and_what_they_ask_for() -> None:
    assert dict(inbound_params(INBOUND)) == {
        "MessageUUID": OUTBOUND.uuid,
        "From": "14155550180",
        "To": "12065550100",
        "Text": "STOP ",
        "Type": "sms",
        "Units": "1",
        "TotalRate": "0.00000",
        "TotalAmount": "0.00000",
        "MessageIntent": "optout",
        "PowerpackUUID": "sales",
    }


def test_an_outbound_message_is_no_inbound_webhook() -> None:
    with pytest.raises(AssertionError):
        inbound_params(OUTBOUND)


def test_an_inbound_mms_names_each_file_from_0_and_from_1() -> None:
    message = replace(INBOUND, service=Service.MMS, media=("a", "b"), text="Look")

    params = dict(inbound_params(message, ["http://m/a", "http://m/b"]))
    assert (params["Type"], params["Body"], params["Text"], params["MediaCount"]) == ("mms", "Look", "Look", "2")
    assert [params[f"Media{index}"] for index in range(3)] == ["http://m/a", "http://m/b", "http://m/a"]


def test_an_inbound_mms_without_files_names_none() -> None:
    params = dict(inbound_params(replace(INBOUND, service=Service.MMS)))

    assert params["MediaCount"] == "0"
    assert not [name for name in params if name[5:].isdigit()]
