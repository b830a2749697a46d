"""What the operations on Powerpacks and their number pools take and answer (plivo_api.md 2.2, 2.3)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from powerpack_gateway.http.paging import ListMeta, Paging

Kind = Literal["shortcode", "tollfree", "longcode"]
ServiceWord = Literal["sms", "mms"]
PoolType = Literal["fixed", "mobile", "tollfree", "toll-free"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityOrder:
    """Which type of number goes first."""

    priority1: Kind | None = None
    priority2: Kind | None = None
    priority3: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityEntry:
    """The order for one country and service."""

    country_iso: Literal["US", "CA"]
    service_type: Literal["SMS", "MMS"]
    priority: PriorityOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerpackChanges:
    """What may be changed. ``number_priority`` replaces by country and service."""

    name: Annotated[str, Meta(max_length=255)] | None = None
    sticky_sender: bool | None = None
    local_connect: bool | None = None
    application_type: Literal["xml", "phlo"] | None = None
    application_id: Annotated[str, Meta(description='an application, a PHLO, or "none"')] | None = None
    number_priority: Annotated[tuple[PriorityEntry, ...], Meta(max_length=4)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerpackForm:
    """A Powerpack. Its name is the account's only one of that name."""

    name: Annotated[str, Meta(max_length=255)]
    sticky_sender: bool = True
    local_connect: bool = True
    application_type: Literal["xml", "phlo"] | None = None
    application_id: Annotated[str, Meta(description='an application, a PHLO, or "none"')] | None = None
    number_priority: Annotated[tuple[PriorityEntry, ...], Meta(max_length=4)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerpackDeletion:
    """Whether its numbers are given back too."""

    unrent_numbers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerpackShown:
    """A Powerpack."""

    application_id: str
    application_type: Literal["", "XML", "PHLO"]
    created_on: str
    local_connect: bool
    name: str
    number_pool: str
    number_priority: tuple[PriorityEntry, ...]
    sticky_sender: bool
    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerpackList:
    """Some Powerpacks."""

    meta: ListMeta
    objects: tuple[PowerpackShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """It is done."""

    response: Literal["success"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolShown:
    """Where the three lists of a pool are."""

    numbers: str
    shortcodes: str
    tollfree: str
    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFilter(Paging):
    """Which numbers of a pool a list wants. ``starts_with`` is up to ten prefixes without the country code."""

    starts_with: str | None = None
    country_iso2: str | None = None
    type: PoolType | None = None
    service: ServiceWord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFind:
    """The service that a number has to have in the pool."""

    service: ServiceWord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAddition:
    """How a number joins: for which service, and whether it is bought first."""

    service: ServiceWord = "sms"
    rent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TollfreeAddition:
    """Whether a toll-free number is bought first."""

    rent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRemoval:
    """Whether a number is given back too."""

    unrent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolNumberShown:
    """A number of a pool. ``tollfree`` is there for toll-free numbers, beside ``number``."""

    account_phone_number_resource: str
    added_on: str
    country_iso2: str
    number: str
    number_pool_uuid: str
    numberpool_uuid: str
    service: ServiceWord
    type: Literal["fixed", "tollfree"]
    tollfree: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolNumberList:
    """Some numbers of a pool."""

    meta: ListMeta
    objects: tuple[PoolNumberShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcodeShown:
    """A short code of a pool."""

    added_on: str
    country_iso2: str
    number_pool_uuid: str
    service: ServiceWord
    shortcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcodeList:
    """Some short codes of a pool."""

    meta: ListMeta
    objects: tuple[ShortcodeShown, ...]
