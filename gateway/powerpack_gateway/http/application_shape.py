"""What the operations on applications take and answer (plivo_api.md 2.6)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.paging import ListMeta, Paging

Verb = Literal["POST", "GET"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationChanges:
    """What may be changed. A URL that is given empty is taken away."""

    answer_url: str | None = None
    answer_method: Verb | None = None
    hangup_url: str | None = None
    hangup_method: Verb | None = None
    fallback_answer_url: str | None = None
    fallback_method: Verb | None = None
    message_url: Annotated[str, Meta(description="where incoming messages go")] | None = None
    message_method: Verb | None = None
    default_number_app: bool | None = None
    default_endpoint_app: bool | None = None
    log_incoming_messages: bool | None = None
    public_uri: bool | None = None
    subaccount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationForm(ApplicationChanges):
    """An application."""

    app_name: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,255}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFilter(Paging):
    """Which applications a list wants."""

    app_name: str | None = None
    subaccount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationCreated(Done):
    """The new application's id."""

    app_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationShown:
    """An application."""

    answer_method: str
    answer_url: str
    app_id: str
    app_name: str
    application_type: str
    default_app: bool
    default_endpoint_app: bool
    enabled: bool
    fallback_answer_url: str
    fallback_method: str
    hangup_method: str
    hangup_url: str
    log_incoming_message: bool
    log_incoming_messages: bool
    message_method: str
    message_url: str
    public_uri: bool
    resource_uri: str
    sip_uri: str
    sub_account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationList:
    """Some applications."""

    meta: ListMeta
    objects: tuple[ApplicationShown, ...]
