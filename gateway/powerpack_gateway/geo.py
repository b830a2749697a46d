"""Geo permissions: the countries that an account sends to, and how much an hour to some (plivo_api.md 2.1, 3.2).

Where the account may not send is known at the request (403), unless it was forbidden while a message waited (450). What
is over a country's hour is blocked after the request was accepted (451).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from powerpack_gateway.errors import expect
from powerpack_gateway.request_limit import part_of

HOUR_S = 3_600.0

MESSAGES_AN_HOUR_MAX = 100_000
"""The most that a threshold may be: each message of the hour is remembered, 32 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyThreshold:
    """How many messages an hour may go to a country."""

    country: str
    messages: int

    def __post_init__(self) -> None:
        """Refuse what could not be counted."""
        allowed = 1 <= self.messages <= MESSAGES_AN_HOUR_MAX
        expect("messages", self.messages, f"1 to {MESSAGES_AN_HOUR_MAX}", holds=allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoSettings:
    """``countries`` by their ISO 3166 codes; None allows all. ``per_hour`` for those that have a threshold."""

    countries: tuple[str, ...] | None = None
    per_hour: tuple[HourlyThreshold, ...] = ()


class GeoPermissions:
    """What an account may send where. Pure: times are any scale of seconds that only grows."""

    def __init__(self, settings: GeoSettings) -> None:
        self._allowed = None if settings.countries is None else frozenset(settings.countries)
        self._per_hour = {each.country: each.messages for each in settings.per_hour}
        self._hours = {country: deque[float](maxlen=messages) for country, messages in self._per_hour.items()}

    def among(self, gateways: int) -> None:
        """So many gateways send for the account: each keeps to its part of every hour, as none sees the others'."""
        for country, messages in self._per_hour.items():
            part = part_of(messages, gateways)
            if self._hours[country].maxlen != part:
                self._hours[country] = deque(self._hours[country], maxlen=part)

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to ask."""
        return self._allowed is not None or bool(self._hours)

    @property
    def countries(self) -> list[str] | None:
        """The countries that may be sent to, None for all."""
        return None if self._allowed is None else sorted(self._allowed)

    def allow(self, countries: Sequence[str] | None) -> None:
        """Send to these from now on, None for all."""
        self._allowed = None if countries is None else frozenset(countries)

    def allows(self, country: str) -> bool:
        """Whether the account sends to a country; a number of no country is nobody's to forbid."""
        return self._allowed is None or not country or country in self._allowed

    def has_room(self, country: str, now: float) -> bool:
        """Count a message; False for one that is over the country's hour, which does not count."""
        hour = self._hours.get(country)
        if hour is None:
            return True
        if len(hour) == hour.maxlen and now - hour[0] < HOUR_S:
            return False
        hour.append(now)
        return True
