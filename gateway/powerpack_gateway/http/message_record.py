"""A message as the API shows it: the message detail record (plivo_api.md 2.1, Appendix A).

Numbers stand without a plus, money as text with five decimals. What there is nothing to say about is null, which
every SDK reads, Go's typed structs too.
"""

from datetime import UTC, datetime

from powerpack_gateway.http.call import uri
from powerpack_gateway.http.port import ApiGateway
from powerpack_gateway.messages import ERROR_WORDS, Direction, ErrorCode, Message, Stage
from powerpack_gateway.nanp import type_of
from powerpack_gateway.notices import FREE, amount, rate_of
from powerpack_gateway.numbers import NumberType, PhoneNumber


def message_record(gateway: ApiGateway, message: Message) -> dict[str, object]:
    """The record of one message, without ``api_id``."""
    is_inbound = message.direction is Direction.INBOUND
    ours = message.source if message.direction is Direction.OUTBOUND else message.destination
    number = gateway.holdings.numbers.get(ours)
    rate = _rate(message, ours, number)
    error_code = _error_code(message)
    return {
        "carrier_fees": FREE,
        "carrier_fees_rate": FREE,
        "conversation_expiration_timestamp": None,
        "conversation_id": None,
        "conversation_origin": None,
        "destination_country_iso2": message.country or None,
        "destination_network": message.carrier or "",
        "dlt_entity_id": None,
        "dlt_template_category": None,
        "dlt_template_id": None,
        "error_code": error_code,
        "error_message": "" if error_code is None else ERROR_WORDS.get(error_code, ""),
        "from_number": _handset(message, message.source) if is_inbound else message.source,
        "is_domestic": number is not None and number.country == message.country,
        "log": message.log,
        "message_direction": message.direction.value,
        "message_sent_time": None if message.sent_at is None else _moment(message.sent_at),
        "message_state": message.state,
        "message_time": _moment(message.created_at, timespec="seconds"),
        "message_type": message.service.value,
        "message_updated_time": _moment(message.updated_at or message.created_at),
        "message_uuid": message.uuid,
        "powerpack_id": message.powerpack_uuid,
        "replaced_sender": None,
        "requester_ip": message.requester_ip or None,
        "resource_uri": uri(gateway.account.auth_id, "Message", message.uuid),
        "tendlc_campaign_id": None if number is None else number.campaign_id,
        "tendlc_registration_status": _registration(number),
        "to_number": message.destination if is_inbound else _handset(message, message.destination),
        "total_amount": amount(rate, message.units),
        "total_rate": rate,
        "units": message.units,
    }


def _handset(message: Message, number: str) -> str:
    """The handset's number, without its last digits where the sender did not want it logged (plivo_api.md 2.1)."""
    return number if message.log in ("true", "number_only") else f"{number[:-3]}***"


def _error_code(message: Message) -> str | None:
    """Null until the end, then "000" or the reason: fixtures and documentation differ (plivo_api.md 8, row 6)."""
    if message.stage is Stage.DELIVERED:
        return ErrorCode.NONE.value
    return message.error_code if message.is_final else None


def _rate(message: Message, ours: str, number: PhoneNumber | None) -> str:
    """What one unit costs, by the type of our number. Receiving is free here, and so is what failed before a carrier
    took it (plivo_api.md 3.1)."""
    if message.direction is Direction.INBOUND or message.stage is Stage.FAILED:
        return FREE
    return rate_of(type_of(ours) if number is None else number.type, message.service)


def _registration(number: PhoneNumber | None) -> str | None:
    if number is None or number.type is not NumberType.LONGCODE:
        return None
    return number.registration.value.lower()


def _moment(unix_s: float, *, timespec: str = "microseconds") -> str:
    """``2017-05-22 21:36:14+00:00``, with microseconds where the fixtures have them."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(sep=" ", timespec=timespec)
