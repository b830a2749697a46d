"""What a carrier lets in, and at which rate."""

from collections.abc import Sequence
from typing import Final

from powerpack_carriers.number_types import NUMBERING_PLANS, fits_type
from powerpack_carriers.numbering import NUMBER_DIGITS_MAX, SHORTCODE_DIGITS, Address, NumberType, digits_of
from powerpack_carriers.plain_batches import Way
from powerpack_carriers.profile import Profile, Rate
from powerpack_carriers.smpp.constants import CommandStatus, Ton

SOURCES_MAX: Final = 100_000
"""Source numbers whose bucket is remembered: the largest pool that is benchmarked; about 10 MB."""

SOURCE_DIGITS_MIN: Final = 10
"""A long code of the North American plan without its leading 1."""

ADDRESS_OCTETS_MAX: Final = 20
"""deliver_sm holds no longer address (SMPP 3.4, 5.2.8), so a longer one of data_sm could not be answered."""

_PS_PER_S: Final = 10**12
"""Buckets count whole picoseconds: a thousand tokens at once are then exactly as much as a thousand times one."""

_TOLERANCE_PS: Final = 1_000
"""A message that comes exactly when its token does is admitted, however the floats were rounded."""

# Looked up once: to get a member out of an enum costs as much as a call, and every message needs these.
_ROK: Final = CommandStatus.ESME_ROK
_RINVSRCADR: Final = CommandStatus.ESME_RINVSRCADR
_RINVDSTADR: Final = CommandStatus.ESME_RINVDSTADR


class Admission:
    """Addresses and token buckets of one carrier.

    A bucket is one number, the moment at which it will be full again in picoseconds: token arithmetic without a refill
    loop.
    """

    __slots__ = (
        "_checks_destination",
        "_checks_source",
        "_checks_ton",
        "_excess_status",
        "_full_at",
        "_rates",
        "_sources_max",
    )

    def __init__(self, profile: Profile, *, sources_max: int = SOURCES_MAX) -> None:
        self._checks_source = profile.checks_source
        self._checks_destination = profile.checks_destination
        self._checks_ton = profile.checks_ton
        self._rates = {kind: rate for kind in NumberType if (rate := profile.throughput.rate(kind)) is not None}
        self._excess_status = profile.throughput.excess_status
        self._full_at: dict[str, int] = {}
        self._sources_max = sources_max

    @property
    def checks_destination(self) -> bool:
        """Whether a destination must be a number that somebody serves."""
        return self._checks_destination

    def check_source(self, source: Address, allowed: frozenset[str] | None = None) -> int:
        """ESME_RINVSRCADR unless the source is a short code or a number; a profile may admit any source.

        ``allowed`` are those that the account may send from, None: any.
        """
        if allowed is not None and source.digits not in allowed and digits_of(source.text) not in allowed:
            return _RINVSRCADR
        if len(source.text) > ADDRESS_OCTETS_MAX:
            return _RINVSRCADR
        if not self._checks_source:
            return _ROK
        length = len(source.digits)
        is_known_form = length in SHORTCODE_DIGITS or SOURCE_DIGITS_MIN <= length <= NUMBER_DIGITS_MAX
        return _ROK if is_known_form and source.is_digits else _RINVSRCADR

    def check_destination(self, destination: Address) -> int:
        """ESME_RINVDSTADR for a destination that is empty or not made of digits; a profile may admit any other."""
        is_one = destination.is_digits if self._checks_destination else bool(destination.digits)
        return _ROK if is_one and len(destination.text) <= ADDRESS_OCTETS_MAX else _RINVDSTADR

    def check_types(self, types: bytes, source: Address, destination: Address, to: bytes) -> int:
        """ESME_RINVSRCTON, ESME_RINVDSTTON for a type of number that an address has not the form of.

        ``types`` are the source's TON and NPI, ``to`` the destination's. Everything is well where nobody checks.
        """
        if not self._checks_ton:
            return _ROK
        if not fits_type(types[0], source):
            return CommandStatus.ESME_RINVSRCTON
        if types[1] not in NUMBERING_PLANS:
            return CommandStatus.ESME_RINVSRCNPI
        if to[0] == Ton.ALPHANUMERIC or not fits_type(to[0], destination):
            return CommandStatus.ESME_RINVDSTTON
        return _ROK if to[1] in NUMBERING_PLANS else CommandStatus.ESME_RINVDSTNPI

    def decide(self, now: float, source: str, number_type: NumberType, segments: int = 1) -> int:
        """Take ``segments`` tokens of the source's bucket, or take none and answer the profile's status for excess.

        A message that is larger than the bucket waits until that is full, and then empties it and more.
        """
        rate = self._rates.get(number_type) if self._rates else None
        if rate is None:
            return _ROK
        now_ps = int(now * _PS_PER_S)
        step_ps, most_ps = _size_of(rate)
        full_at = max(self._full_at.get(source, now_ps), now_ps)
        is_full = full_at == now_ps
        full_at += segments * step_ps
        if full_at - now_ps > most_ps and not is_full:
            return self._excess_status
        self._remember(source, full_at, now_ps)
        return _ROK

    def rate_of(self, number_type: NumberType) -> Rate | None:
        """The rate of a source of that type; None where there is no limit."""
        return self._rates.get(number_type)

    def decide_each(self, now: float, runs: Sequence[tuple[Way, int]]) -> int:
        """The same as ``decide`` for one message after the other: how many come before the first that is refused.

        Each run is the way of its messages, and how many messages there are up to its end.
        """
        now_ps = int(now * _PS_PER_S)
        end = 0
        for way, stop in runs:
            start, end = end, stop
            if way.rate is None:
                continue
            source = way.source.digits
            step_ps, most_ps = _size_of(way.rate)
            full_at = max(self._full_at.get(source, now_ps), now_ps)
            # Of whole numbers so many at once are as much as one after the other.
            admitted = min(stop - start, (most_ps - (full_at - now_ps)) // step_ps)
            self._remember(source, full_at + max(admitted, 0) * step_ps, now_ps)
            if admitted < stop - start:
                return start + max(admitted, 0)
        return end

    def tokens(self, now: float, source: str, number_type: NumberType) -> float:
        """How many segments the source may submit now; ``inf`` without a limit."""
        rate = self._rates.get(number_type)
        if rate is None:
            return float("inf")
        missing_ps = max(0, self._full_at.get(source, 0) - int(now * _PS_PER_S))
        return rate.burst - missing_ps / _PS_PER_S * rate.per_second

    def _remember(self, source: str, full_at: int, now_ps: int) -> None:
        if len(self._full_at) >= self._sources_max and source not in self._full_at:
            self._forget(now_ps)
        self._full_at[source] = full_at

    def _forget(self, now_ps: int) -> None:
        """Make room: full buckets are worth nothing; where that is not enough a tenth goes, those that came first."""
        filling = [(source, full_at) for source, full_at in self._full_at.items() if full_at > now_ps]
        room = self._sources_max - max(1, self._sources_max // 10)
        self._full_at = dict(filling[-room:] if room else [])


def _size_of(rate: Rate) -> tuple[int, int]:
    """How long a token takes to come, and all of them, in picoseconds."""
    return int(_PS_PER_S / rate.per_second), int(rate.burst / rate.per_second * _PS_PER_S) + _TOLERANCE_PS
