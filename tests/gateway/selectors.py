"""Pools of numbers to select from, and handsets to select for."""

from datetime import UTC, datetime
from random import Random

from powerpack_gateway.buckets import DAY_SPAN
from powerpack_gateway.nanp import region_of, type_of
from powerpack_gateway.numbers import Service
from powerpack_gateway.powerpacks import DEFAULT_PRIORITY, NumberPriority, Powerpack
from powerpack_gateway.selection import NoNumber, PoolEntry, Selection, Selector

SMS, MMS = Service.SMS, Service.MMS
SHORT, TOLLFREE, SF, SF_2, LA, NY, TORONTO = (
    *("72345", "18005550100"),
    *("14155550100", "14155550101", "12135550100", "12125550100", "14165550100"),
)
IN_SF, IN_LA, IN_NY, IN_TORONTO, IN_MONTREAL, IN_LONDON = (
    *("14155551000", "12135551000", "12125551000"),
    *("14165551000", "15145551000", "442079460000"),
)


def entry(
    number: str,
    *,
    country: str | None = None,
    service: Service = SMS,
    rate: float = 1.0,
    burst: int = 1,
    daily_cap: int | None = None,
    registered: bool = True,
    suspended: bool = False,
) -> PoolEntry:
    canadian = number.startswith(("1416", "1514"))
    return PoolEntry(
        number=number,
        type=type_of(number),
        country=country or ("CA" if canadian else "US"),
        area_code=number[1:4] if len(number) == 11 else None,
        region=region_of(number),
        service=service,
        rate=rate,
        burst=burst,
        daily_cap=daily_cap,
        registered=registered,
        suspended=suspended,
    )


def powerpack(*, sticky: bool = False, local: bool = True, priority: tuple[NumberPriority, ...] = ()) -> Powerpack:
    return Powerpack(
        uuid="u",
        number_pool_uuid="p",
        name="lab",
        sticky_sender=sticky,
        local_connect=local,
        number_priority=priority or DEFAULT_PRIORITY,
        created_on=datetime(2026, 11, 22, tzinfo=UTC),
    )


def selector(*entries: PoolEntry, sticky: bool = False, local: bool = True, seed: int = 1) -> Selector:
    return Selector(powerpack(sticky=sticky, local=local), entries, rng=Random(seed), margin=0.0)


def select(
    pool: Selector,
    destination: str,
    *,
    country: str = "US",
    service: Service = SMS,
    now: float = 0.0,
    day: int = 1,
    segments: int = 1,
) -> Selection:
    selected = pool.select(destination, country, service, now, day, segments)
    assert isinstance(selected, Selection), selected
    return selected


def refuse(pool: Selector, destination: str, *, country: str = "US", service: Service = SMS) -> NoNumber:
    refused = pool.select(destination, country, service, 0.0, 1)
    assert isinstance(refused, NoNumber), refused
    return refused


def numbers(pool: Selector, count: int, destination: str = IN_SF, *, now: float = 0.0) -> list[str]:
    return [select(pool, destination, now=now).number for _ in range(count)]


def take(pool: Selector, number: str, count: int) -> None:
    """Send so many from a number that was asked for, on the first day."""
    slot = pool.slot(number)
    slot.count(DAY_SPAN, count)
    slot.reserve(0.0, count)
