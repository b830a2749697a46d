"""How much a number, campaign, brand, session or account may send: segments in a second, a minute, a Pacific day."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple, Protocol

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.numbering import NumberType
from powerpack_carriers.registration import CAMPAIGN_CLASSES, BrandTier, Campaign
from powerpack_carriers.settings import PLAIN, READ, between
from powerpack_carriers.verdict import Verdict

COUNTED_MAX: Final = 100_000
"""Numbers, campaigns and so on that one limit counts; as many as admission does; some 10 MB."""

SEGMENTS_MAX: Final = 1_000_000_000
"""More than a laptop sends in a day, so a larger figure is a mistake."""

_STEPS_PER_S: Final = 100
"""A sliding window counts what came within a hundredth of a second as one: 6,000 entries a minute at most."""

_TOLERANCE_S: Final = 1e-9
"""A segment that comes exactly when its token does is admitted, however the floats were rounded."""


class Per(Enum):
    """Whose segments are counted together."""

    NUMBER = "number"
    CAMPAIGN = "campaign"
    BRAND = "brand"
    BIND = "bind"
    ACCOUNT = "account"
    CARRIER = "carrier"


class Within(Enum):
    """The time in which they are counted."""

    SECOND = "second"
    MINUTE = "minute"
    PACIFIC_DAY = "pacific day"
    """From midnight to midnight in Los Angeles, as T-Mobile counts."""


class Service(Enum):
    """What is counted."""

    ANY = "any"
    """SMS by its segments, and each MMS as one (T-Mobile)."""
    SMS = "sms"
    MMS = "mms"


class Counting(Enum):
    """How: a bucket that is full at first and gains evenly, or what came within the time before."""

    BUCKET = "bucket"
    SLIDING = "sliding"


_SECONDS: Final = {Within.SECOND: 1.0, Within.MINUTE: 60.0}


def _read_by_class(value: object) -> tuple[tuple[str, int], ...]:
    """A table of campaign classes or brand tiers and segments."""
    if not isinstance(value, Mapping):
        problem = f"found {value!r}, expected a table such as {{A = 4500}}"
        raise ValueError(problem)  # noqa: TRY004  readers raise nothing else
    known = (*CAMPAIGN_CLASSES, *(tier.value for tier in BrandTier))
    for name, segments in value.items():
        if name not in known:
            raise ValueError(f"found {name!r}, expected one of {', '.join(known)}")
        if not isinstance(segments, int) or isinstance(segments, bool):
            raise ValueError(f"{name}: found {segments!r}, expected a whole number")  # noqa: TRY004  as above
        between(name, segments, 1, SEGMENTS_MAX)
    return tuple(value.items())


def _plain_by_class(value: object) -> object:
    """The table again."""
    assert isinstance(value, tuple)
    return dict(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit: ``segments`` for all, or ``by_class``: by message class, for a brand by its tier; what is in neither
    is not limited. ``number_type`` and ``service`` leave out others; campaigns and brands are known of registered
    numbers only.
    """

    per: Per
    within: Within
    excess: Verdict
    segments: int = 0
    by_class: tuple[tuple[str, int], ...] = field(default=(), metadata={READ: _read_by_class, PLAIN: _plain_by_class})
    number_type: NumberType | None = None
    service: Service = Service.ANY
    counting: Counting = Counting.BUCKET

    def __post_init__(self) -> None:
        between("segments", self.segments, 0, SEGMENTS_MAX)
        if not self.segments and not self.by_class:
            raise ValueError("segments and by_class: found neither, expected one of them at least")
        if self.by_class and self.per not in (Per.NUMBER, Per.CAMPAIGN, Per.BRAND):
            raise ValueError(f"by_class: found with per {self.per.value!r}, which has no classes")
        if self.within is Within.PACIFIC_DAY and self.counting is Counting.SLIDING:
            raise ValueError("counting: found 'sliding' with a Pacific day, which begins at midnight")

    @property
    def name(self) -> str:
        """As the journal calls it: ``campaign per minute``."""
        return f"{self.per.value} per {self.within.value}"


class Sender(NamedTuple):
    """Whom a message counts for."""

    number: str
    number_type: NumberType
    campaign: Campaign | None
    bind: str
    account: str
    service: Service = Service.SMS


class Caps:
    """The limits of one carrier and what was counted. ``day_of`` gives the Pacific day of monotonic seconds."""

    def __init__(self, limits: tuple[Limit, ...], *, day_of: Callable[[float], int]) -> None:
        self._counters = tuple([(limit, _counter(limit, day_of)) for limit in limits])

    def admit(self, now: float, sender: Sender, segments: int) -> Limit | None:
        """Count the segments, or count none and answer the first limit that they exceed."""
        takers = []
        for limit, counter in self._counters:
            if limit.number_type not in (None, sender.number_type):
                continue
            if limit.service not in (Service.ANY, sender.service):
                continue
            key, size = _measure(limit, sender)
            if size:
                if not counter.has_room(now, key, size, segments):
                    return limit
                takers.append((counter, key, size))
        for counter, key, size in takers:
            counter.take(now, key, size, segments)
        return None


def _measure(limit: Limit, sender: Sender) -> tuple[str, int]:
    """What is counted, and how much of it is allowed; 0 where this limit does not concern the sender."""
    campaign = sender.campaign
    match limit.per:
        case Per.NUMBER:
            return sender.number, _size(limit, campaign.message_class if campaign else "")
        case Per.CAMPAIGN:
            return (campaign.campaign_id, _size(limit, campaign.message_class)) if campaign else ("", 0)
        case Per.BRAND:
            return (campaign.brand_id, _size(limit, campaign.brand_tier.value)) if campaign else ("", 0)
        case Per.BIND:
            return sender.bind, limit.segments
        case Per.ACCOUNT:
            return sender.account, limit.segments
        case Per.CARRIER:
            return "", limit.segments


def _size(limit: Limit, class_: str) -> int:
    for name, segments in limit.by_class:
        if name == class_:
            return segments
    return limit.segments


class _Counter(Protocol):
    """What was counted, by key."""

    def has_room(self, now: float, key: str, size: int, segments: int) -> bool:
        """Whether so many more fit."""
        ...

    def take(self, now: float, key: str, size: int, segments: int) -> None:
        """Count them."""
        ...


def _counter(limit: Limit, day_of: Callable[[float], int]) -> _Counter:
    if limit.within is Within.PACIFIC_DAY:
        return _Days(day_of)
    seconds = _SECONDS[limit.within]
    return _Buckets(seconds) if limit.counting is Counting.BUCKET else _Windows(seconds)


class _Buckets:
    """A bucket is the moment at which it will be full again.

    A message that is larger than it waits until it is full, and leaves a debt, as with the rate of a number.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._full_at: BoundedDict[str, float] = BoundedDict(COUNTED_MAX)

    def has_room(self, now: float, key: str, size: int, segments: int) -> bool:
        is_full = self._full_at.get(key, now) <= now
        return is_full or self._after(now, key, size, segments) - now <= self._seconds + _TOLERANCE_S

    def take(self, now: float, key: str, size: int, segments: int) -> None:
        self._full_at[key] = self._after(now, key, size, segments)

    def _after(self, now: float, key: str, size: int, segments: int) -> float:
        return max(now, self._full_at.get(key, now)) + segments * self._seconds / size


class _Windows:
    """What came within the last seconds, by hundredths."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._came: BoundedDict[str, deque[tuple[int, int]]] = BoundedDict(COUNTED_MAX)
        self._totals: BoundedDict[str, int] = BoundedDict(COUNTED_MAX)

    def has_room(self, now: float, key: str, size: int, segments: int) -> bool:
        came = self._came.get(key)
        if came:
            oldest = int((now - self._seconds) * _STEPS_PER_S)
            while came and came[0][0] <= oldest:
                self._totals[key] -= came.popleft()[1]
        return self._totals.get(key, 0) + segments <= size

    def take(self, now: float, key: str, size: int, segments: int) -> None:
        came = self._came.get(key)
        if came is None:
            came = self._came[key] = deque()
            self._totals[key] = 0
        step = int(now * _STEPS_PER_S)
        if came and came[-1][0] == step:
            segments_before = came.pop()[1]
            came.append((step, segments_before + segments))
        else:
            came.append((step, segments))
        self._totals[key] += segments


class _Days:
    """What came since midnight."""

    def __init__(self, day_of: Callable[[float], int]) -> None:
        self._day_of = day_of
        self._day = 0
        self._totals: BoundedDict[str, int] = BoundedDict(COUNTED_MAX)

    def has_room(self, now: float, key: str, size: int, segments: int) -> bool:
        day = self._day_of(now)
        if day != self._day:
            self._day, self._totals = day, BoundedDict(COUNTED_MAX)
        return self._totals.get(key, 0) + segments <= size

    def take(self, now: float, key: str, size: int, segments: int) -> None:
        self._totals[key] = self._totals.get(key, 0) + segments
