"""message_record.py: the message detail record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.http.message_record import message_record
from powerpack_gateway.messages import Direction, ErrorCode, Message, Stage
from powerpack_gateway.numbers import Service

if TYPE_CHECKING:
    from gateway.http.conftest import StandIn

CREATED = 1_495_488_974.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What matters to a record here."""

    source: str = "14155550101"
    destination: str = "14155550199"
    direction: Direction = Direction.OUTBOUND
    service: Service = Service.SMS
    stage: Stage = Stage.QUEUED
    error_code: str | None = None
    units: int = 1
    sent_at: float | None = None
    log: str = "true"


def message(case: Case) -> Message:
    return Message(
        id=1,
        uuid="5b40a428-bfc7-4daf-9d06-726c558bf3b8",
        direction=case.direction,
        service=case.service,
        source=case.source,
        destination=case.destination,
        text="hello",
        created_at=CREATED,
        updated_at=CREATED + 2.5,
        country="US",
        powerpack_uuid="abc",
        stage=case.stage,
        error_code=case.error_code,
        units=case.units,
        sent_at=case.sent_at,
        carrier="acme",
        log=case.log,
    )


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("true", "14155550199"),
        ("number_only", "14155550199"),
        ("content_only", "14155550***"),
        ("false", "14155550***"),
    ],
)
def test_a_number_that_is_not_to_be_logged_is_shown_in_part(gateway: StandIn, log: str, shown: str) -> None:
    record = message_record(gateway, message(Case(log=log)))

    assert (record["to_number"], record["from_number"], record["log"]) == (shown, "14155550101", log)


def test_a_record_says_everything_about_a_message(gateway: StandIn) -> None:
    record = message_record(gateway, message(Case(stage=Stage.SENT, units=2, sent_at=CREATED + 1.25)))

    assert record == {
        "carrier_fees": "0.00000",
        "carrier_fees_rate": "0.00000",
        "conversation_expiration_timestamp": None,
        "conversation_id": None,
        "conversation_origin": None,
        "destination_country_iso2": "US",
        "destination_network": "acme",
        "dlt_entity_id": None,
        "dlt_template_category": None,
        "dlt_template_id": None,
        "error_code": None,
        "error_message": "",
        "from_number": "14155550101",
        "is_domestic": True,
        "log": "true",
        "message_direction": "outbound",
        "message_sent_time": "2017-05-22 21:36:15.250000+00:00",
        "message_state": "sent",
        "message_time": "2017-05-22 21:36:14+00:00",
        "message_type": "sms",
        "message_updated_time": "2017-05-22 21:36:16.500000+00:00",
        "message_uuid": "5b40a428-bfc7-4daf-9d06-726c558bf3b8",
        "powerpack_id": "abc",
        "replaced_sender": None,
        "requester_ip": None,
        "resource_uri": "/v1/Account/MATESTTESTTESTTESTTE/Message/5b40a428-bfc7-4daf-9d06-726c558bf3b8/",
        "tendlc_campaign_id": None,
        "tendlc_registration_status": "completed",
        "to_number": "14155550199",
        "total_amount": "0.01100",
        "total_rate": "0.00550",
        "units": 2,
    }


@pytest.mark.parametrize(
    ("stage", "kept", "code", "words"),
    [
        (Stage.QUEUED, None, None, ""),
        (Stage.SENT, "20", None, ""),
        (Stage.DELIVERED, None, "000", "Delivered"),
        (Stage.DELIVERED, ErrorCode.NONE, "000", "Delivered"),
        (Stage.UNDELIVERED, ErrorCode.UNAVAILABLE_PERMANENTLY, "70", "Destination permanently unavailable"),
        (Stage.FAILED, ErrorCode.STOPPED, "200", "Source number blocked by STOP from destination number"),
        (Stage.FAILED, "31337", "31337", ""),
        (Stage.RECEIVED, None, None, ""),
    ],
)
def test_an_error_code_is_told_at_the_end_only(
    gateway: StandIn, stage: Stage, kept: str | None, code: str | None, words: str
) -> None:
    record = message_record(gateway, message(Case(stage=stage, error_code=kept)))

    assert (record["error_code"], record["error_message"]) == (code, words)


@pytest.mark.parametrize(
    ("case", "rate", "amount"),
    [
        (Case(source="14155550101", units=3), "0.00550", "0.01650"),
        (Case(source="18005550104"), "0.00570", "0.00570"),
        (Case(source="72345", units=10), "0.00700", "0.07000"),
        (Case(source="14155550101", service=Service.MMS), "0.01600", "0.01600"),
        (Case(source="18445550999"), "0.00570", "0.00570"),
        (Case(source="54321"), "0.00700", "0.00700"),
        (Case(source=""), "0.00550", "0.00550"),
        (Case(stage=Stage.FAILED, error_code="420"), "0.00000", "0.00000"),
        (Case(source="14155550199", destination="14155550101", direction=Direction.INBOUND), "0.00000", "0.00000"),
    ],
    ids=[
        "long code",
        "toll-free",
        "short code",
        "mms",
        "gone toll-free",
        "gone short code",
        "none",
        "failed",
        "inbound",
    ],
)
def test_a_message_costs_what_its_number_costs(gateway: StandIn, case: Case, rate: str, amount: str) -> None:
    record = message_record(gateway, message(case))

    assert (record["total_rate"], record["total_amount"]) == (rate, amount)


def test_what_is_not_known_is_null(gateway: StandIn) -> None:
    record = message_record(gateway, message(Case(source="18445550999")))

    assert record["message_sent_time"] is None
    assert record["tendlc_registration_status"] is None
    assert record["is_domestic"] is False
