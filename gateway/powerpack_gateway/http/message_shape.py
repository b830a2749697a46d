"""What the operations on messages take and answer (plivo_api.md 2.1, Appendix A)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.http.paging import Paging
from powerpack_gateway.sending import MESSAGE_EXPIRY_S

Moment = Annotated[str, Meta(description="YYYY-MM-DD HH:MM[:ss[.uuuuuu]], UTC unless it names a zone")]
Money = Annotated[str, Meta(description="US dollars, five decimals")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForm:
    """A message. Either ``src`` or ``powerpack_uuid``; ``dst`` may join up to 1,000 numbers with ``<``."""

    dst: str
    src: str | None = None
    powerpack_uuid: str | None = None
    text: str | None = None
    type: Literal["sms", "mms"] = "sms"
    media_urls: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    media_ids: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    url: Annotated[str, Meta(description="where status callbacks go")] = ""
    method: Literal["POST", "GET"] = "POST"
    log: Literal["true", "false", "content_only", "number_only"] = "true"
    message_expiry: Annotated[int, Meta(ge=5, le=10_799, description=f"seconds; {MESSAGE_EXPIRY_S} without it")] = (
        10_799
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter(Paging):
    """Which messages a list wants."""

    subaccount: str | None = None
    message_direction: Literal["outbound", "inbound"] | None = None
    message_state: str | None = None
    message_type: Literal["sms", "mms", "whatsapp"] | None = None
    message_time: Moment | None = None
    message_time__gt: Moment | None = None
    message_time__gte: Moment | None = None
    message_time__lt: Moment | None = None
    message_time__lte: Moment | None = None
    error_code: str | None = None
    powerpack_id: str | None = None
    tendlc_campaign_id: str | None = None
    tendlc_registration_status: str | None = None
    destination_country_iso2: str | None = None
    conversation_id: str | None = None
    conversation_origin: str | None = None
    from_number: str | None = None
    to_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesQueued:
    """What was accepted: one uuid a destination. ``invalid_number`` is there when some destinations are no numbers."""

    message: str
    message_uuid: tuple[str, ...]
    invalid_number: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShown:
    """The record of a message. Numbers stand without a plus."""

    carrier_fees: Money
    carrier_fees_rate: Money
    conversation_expiration_timestamp: str | None
    conversation_id: str | None
    conversation_origin: str | None
    destination_country_iso2: str | None
    destination_network: str
    dlt_entity_id: str | None
    dlt_template_category: str | None
    dlt_template_id: str | None
    error_code: Annotated[str | None, Meta(description='null until the end, then "000" or why it did not arrive')]
    error_message: str
    from_number: str
    is_domestic: bool
    log: str
    message_direction: Literal["outbound", "inbound"]
    message_sent_time: str | None
    message_state: str
    message_time: str
    message_type: Literal["sms", "mms"]
    message_updated_time: str
    message_uuid: str
    powerpack_id: str | None
    replaced_sender: str | None
    requester_ip: str | None
    resource_uri: str
    tendlc_campaign_id: str | None
    tendlc_registration_status: str | None
    to_number: str
    total_amount: Money
    total_rate: Money
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMessage(MessageShown):
    """The record of a message, and why its number was chosen."""

    selection_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMeta:
    """Where this part of the list is; Plivo's has no total (plivo_api.md 1.4)."""

    limit: int
    offset: int
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageList:
    """Records, newest first."""

    meta: MessageMeta
    objects: tuple[MessageShown, ...]
