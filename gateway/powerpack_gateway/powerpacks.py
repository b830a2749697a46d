"""Powerpacks: named pools of numbers with rules for which of them sends."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service

COUNTRIES = ("US", "CA")
"""The countries that a Powerpack knows priorities for (plivo_api.md 2.2)."""

POOL_SIZE_MAX = 100_000
"""As many numbers as one Powerpack is measured with; more is refused, not slowed down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPriority:
    """Which type of number goes first, second and third for one country and service; None leaves a place empty."""

    country_iso: str
    service_type: Service
    priority: tuple[NumberType | None, NumberType | None, NumberType | None]

    def __post_init__(self) -> None:
        """Refuse what no pool could follow."""
        if self.country_iso not in COUNTRIES:
            raise BadRequest(
                f"number_priority: country_iso is '{self.country_iso}', expected one of {', '.join(COUNTRIES)}"
            )
        named = [each for each in self.priority if each is not None]
        if len(set(named)) != len(named):
            words = ", ".join(each.value for each in named)
            raise BadRequest(
                f"number_priority for {self.country_iso} {self.service_type.value.upper()} names a type twice: {words}"
            )


_S, _T, _L = NumberType.SHORTCODE, NumberType.TOLLFREE, NumberType.LONGCODE

DEFAULT_PRIORITY: tuple[NumberPriority, ...] = tuple(
    NumberPriority(country_iso=country, service_type=service, priority=order)
    for country, order in (("US", (_S, _T, _L)), ("CA", (_S, _L, _T)))
    for service in (Service.SMS, Service.MMS)
)
"""The order in the fixtures of Plivo's Java and PHP SDKs (plivo_api.md 2.2)."""


def merge_priority(had: Sequence[NumberPriority], given: Iterable[NumberPriority]) -> tuple[NumberPriority, ...]:
    """The priorities after an update: entries are replaced by (country, service), the others stay."""
    merged = {(each.country_iso, each.service_type): each for each in had}
    seen: set[tuple[str, Service]] = set()
    for each in given:
        key = (each.country_iso, each.service_type)
        if key in seen:
            raise BadRequest(f"number_priority names {each.country_iso} {each.service_type.value.upper()} twice")
        seen.add(key)
        merged[key] = each
    return tuple(merged.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Powerpack:
    """One Powerpack; ``application_id`` and ``application_type`` are empty when incoming messages go nowhere."""

    uuid: str
    number_pool_uuid: str
    name: str
    sticky_sender: bool = True
    local_connect: bool = True
    application_type: str = ""
    application_id: str = ""
    number_priority: tuple[NumberPriority, ...] = DEFAULT_PRIORITY
    created_on: datetime

    def priority(self, country: str, service: Service) -> tuple[NumberType, ...]:
        """The types that may serve this country and service, best first; other countries go by the US row."""
        wanted = country if country in COUNTRIES else "US"
        for each in self.number_priority:
            if each.country_iso == wanted and each.service_type is service:
                return tuple(kind for kind in each.priority if kind is not None)
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolNumber:
    """One number in one pool. ``service`` is ``mms`` when it may carry MMS too (seed 001, MMS Number Addition)."""

    powerpack_uuid: str
    number: str
    type: NumberType
    country: str
    service: Service
    added_on: datetime


class Powerpacks:
    """All Powerpacks of the account and the numbers in their pools.

    Pure: whoever changes something stores what is returned. A number is in at most one pool (seed 000 says so of
    short codes; plivo_api.md 2.2 suggests it for all).
    """

    def __init__(self, powerpacks: Iterable[Powerpack] = (), pool: Iterable[PoolNumber] = ()) -> None:
        self._by_uuid = {each.uuid: each for each in powerpacks}
        self._by_pool = {each.number_pool_uuid: each.uuid for each in self._by_uuid.values()}
        self._pools: dict[str, dict[str, PoolNumber]] = {uuid: {} for uuid in self._by_uuid}
        self._owner: dict[str, str] = {}
        for number in pool:
            self._pools[number.powerpack_uuid][number.number] = number
            self._owner[number.number] = number.powerpack_uuid
        self.owner_uuid_of: Callable[[str], str | None] = self._owner.get
        """The uuid of the Powerpack whose pool holds a number, or None. No method: every message asks."""

    def __iter__(self) -> Iterator[Powerpack]:
        return iter(self._by_uuid.values())

    def __len__(self) -> int:
        return len(self._by_uuid)

    def __getitem__(self, uuid: str) -> Powerpack:
        try:
            return self._by_uuid[uuid]
        except KeyError:
            raise NotFound(f"powerpack {uuid} not found") from None

    def get(self, uuid: str) -> Powerpack | None:
        """The Powerpack, or None when there is none with this uuid."""
        return self._by_uuid.get(uuid)

    def of_pool(self, number_pool_uuid: str) -> Powerpack:
        """The Powerpack that a number pool belongs to."""
        try:
            return self._by_uuid[self._by_pool[number_pool_uuid]]
        except KeyError:
            raise NotFound(f"number pool {number_pool_uuid} not found") from None

    def owner_of(self, number: str) -> Powerpack | None:
        """The Powerpack whose pool holds the number, or None."""
        uuid = self._owner.get(number)
        return None if uuid is None else self._by_uuid[uuid]

    def numbers(self, uuid: str) -> Mapping[str, PoolNumber]:
        """The pool of one Powerpack, in the order in which the numbers were added."""
        return self._pools[self[uuid].uuid]

    def put(self, powerpack: Powerpack) -> Powerpack:
        """Create a Powerpack or replace it with its changed self; the name is unique in the account."""
        if not powerpack.name.strip():
            raise BadRequest("name is blank, expected a name for the powerpack")
        for other in self._by_uuid.values():
            if other.name == powerpack.name and other.uuid != powerpack.uuid:
                raise BadRequest(f"a powerpack with the name '{powerpack.name}' exists already")
        self._by_uuid[powerpack.uuid] = powerpack
        self._by_pool[powerpack.number_pool_uuid] = powerpack.uuid
        self._pools.setdefault(powerpack.uuid, {})
        return powerpack

    def delete(self, uuid: str) -> tuple[PoolNumber, ...]:
        """Take a Powerpack away; returns the numbers that were in its pool and are free now."""
        powerpack = self[uuid]
        freed = tuple(self._pools.pop(uuid).values())
        for number in freed:
            del self._owner[number.number]
        del self._by_uuid[uuid], self._by_pool[powerpack.number_pool_uuid]
        return freed

    def add_number(self, uuid: str, number: PhoneNumber, service: Service, *, now: datetime) -> PoolNumber:
        """Put a rented number into a pool, or change the service of one that is in it already.

        Long codes carry MMS only when they are added with ``service=mms``; a toll-free number's ability is detected
        (seed 001). One short code for each country (seed 000).
        """
        self.check_number(uuid, number, service)
        pool = self._pools[uuid]
        if number.type is not NumberType.LONGCODE:
            service = Service.MMS if number.mms_enabled else Service.SMS
        had = pool.get(number.number)
        member = PoolNumber(
            powerpack_uuid=uuid,
            number=number.number,
            type=number.type,
            country=number.country,
            service=service,
            added_on=now if had is None else had.added_on,
        )
        pool[number.number] = member
        self._owner[number.number] = uuid
        return member

    def check_number(self, uuid: str, number: PhoneNumber, service: Service) -> None:
        """Raise what ``add_number`` would: before a number is rented for a pool that can not take it."""
        pool = self._pools[self[uuid].uuid]
        owner = self._owner.get(number.number)
        if owner is not None and owner != uuid:
            raise BadRequest(f"number {number.number} is already in the powerpack '{self._by_uuid[owner].name}'")
        if number.type is NumberType.LONGCODE and service is Service.MMS and not number.mms_enabled:
            raise BadRequest(f"number {number.number} is not MMS enabled and can not be added with service 'mms'")
        if number.type is NumberType.SHORTCODE:
            self._refuse_second_short_code(pool, number)
        if owner is None and len(pool) >= POOL_SIZE_MAX:
            raise BadRequest(f"the powerpack holds {len(pool)} numbers, and {POOL_SIZE_MAX} is the limit")

    def remove_number(self, uuid: str, number: str) -> PoolNumber:
        """Take a number out of a pool; it stays rented."""
        pool = self._pools[self[uuid].uuid]
        try:
            member = pool.pop(number)
        except KeyError:
            raise NotFound(f"number {number} is not in this number pool") from None
        del self._owner[number]
        return member

    def follow(self, powerpack: Powerpack) -> None:
        """Another gateway made or changed a Powerpack, and has checked it."""
        self._by_uuid[powerpack.uuid] = powerpack
        self._by_pool[powerpack.number_pool_uuid] = powerpack.uuid
        self._pools.setdefault(powerpack.uuid, {})

    def follow_number(self, member: PoolNumber) -> None:
        """Another gateway put a number into a pool, and has checked it."""
        self._pools[member.powerpack_uuid][member.number] = member
        self._owner[member.number] = member.powerpack_uuid

    def forget_application(self, application_id: str) -> tuple[Powerpack, ...]:
        """Take a deleted application off every Powerpack that used it; returns those that changed."""
        changed = tuple(
            replace(each, application_id="", application_type="")
            for each in self._by_uuid.values()
            if each.application_id == application_id
        )
        for each in changed:
            self._by_uuid[each.uuid] = each
        return changed

    @staticmethod
    def _refuse_second_short_code(pool: Mapping[str, PoolNumber], number: PhoneNumber) -> None:
        for member in pool.values():
            is_rival = member.type is NumberType.SHORTCODE and member.number != number.number
            if is_rival and member.country == number.country:
                raise BadRequest(
                    f"the powerpack has the {number.country} short code {member.number} already: one for each country"
                )
