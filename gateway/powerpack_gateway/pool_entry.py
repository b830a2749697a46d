"""A pool's entry: one number as selection sees it."""

from dataclasses import dataclass

from powerpack_gateway.numbers import NumberType, PhoneNumber, Registration, Service, Verification
from powerpack_gateway.throughput import Rate, default_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolEntry:
    """One number as selection sees it.

    ``rate`` is in messages a second and ``burst`` in messages, as the carrier allows them; ``daily_cap`` is None when
    the day has no limit. ``registered`` is False for a toll-free number that is not verified, which can not send, and
    for a long code without registration, which can. ``service`` is ``mms`` for a number that carries both.
    """

    number: str
    type: NumberType
    country: str
    area_code: str | None = None
    region: str = ""
    service: Service = Service.SMS
    rate: float
    burst: int = 1
    daily_cap: int | None = None
    registered: bool = True
    suspended: bool = False

    @property
    def can_send(self) -> bool:
        """Whether it may be selected at all."""
        return not self.suspended and (self.registered or self.type is not NumberType.TOLLFREE)


def pool_entry(
    number: PhoneNumber, service: Service, rate: Rate | None = None, *, unverified_sends: bool = False
) -> PoolEntry:
    """A rented number as a member of a pool; without a ``rate`` it gets the default of its type.

    ``unverified_sends``: whether toll-free numbers that are not verified may send (tollfree_tiers.py).
    """
    registered = number.registration is Registration.COMPLETED
    if number.type is NumberType.TOLLFREE:
        registered = unverified_sends or number.verification in (None, Verification.VERIFIED)
    rate = rate or default_rate(number.type, number.country, registered=registered)
    return PoolEntry(
        number=number.number,
        type=number.type,
        country=number.country,
        area_code=number.area_code,
        region=number.region,
        service=service,
        rate=rate.per_second,
        burst=rate.burst,
        daily_cap=rate.per_day,
        registered=registered,
        suspended=number.suspended is not None,
    )
