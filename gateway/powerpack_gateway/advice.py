"""Advice to the sender: what its texts and its volume look like to carriers. Nothing here blocks a message.

A text is looked at when it is new: texts that differ in digits only are one. To look at one costs a tenth of a
millisecond and more, so only so many are looked at in a second; the others show when their messages are asked for.
"""

import re
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from powerpack_gateway.content import Finding, Rule, check, domains_of, says_frequency, says_stop
from powerpack_gateway.number_types import recommended_type
from powerpack_gateway.numbers import NumberType, PhoneNumber

LOOKED_AT_PER_S = 10
"""New texts a second: under one percent of a core, whatever is sent."""

SHAPES_MAX = 1_000
"""Texts remembered as looked at; the oldest is forgotten."""

PAIRS_MAX = 100_000
"""Pairs of number and handset whose messages since the last STOP notice are counted, some 20 MB."""

SENDERS_MAX = 10_000
"""Campaigns or numbers whose domain is remembered."""

KEPT_MAX = 1_000
"""Pieces of advice that can be read; the oldest is forgotten."""

WITHOUT_STOP_MAX = 5
"""Messages to one person without saying STOP: it should be in every fourth or fifth (seed 002)."""

CODES_ALONE_MIN = 20
"""Received passwords that make a number suspicious which never sends: a choice, since Plivo prints no figure."""

K = TypeVar("K")
V = TypeVar("V")

_DIGITS = re.compile(r"\d+")
_ONE_TIME = re.compile(r"\b(code|passcode|otp|pin|password)\b", re.IGNORECASE)
_RANK = (NumberType.LONGCODE, NumberType.TOLLFREE, NumberType.SHORTCODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do better: ``rule`` is a content rule's name, ``volume`` or ``inbound_only``; ``at`` is a Unix time."""

    rule: str
    found: str
    advice: str
    number: str
    at: float


@dataclass(slots=True)
class _Volume:
    """One Powerpack's, or one lone number's, segments of a day."""

    day: int = 0
    segments: int = 0
    told: set[NumberType] = field(default_factory=set)


@dataclass(slots=True)
class _Inbox:
    """What a number received: passwords, and whether it ever sent."""

    codes: int = 0
    has_sent: bool = False


class Advisor:
    """Looks at what goes out and comes in; each method returns what is new to say."""

    def __init__(self) -> None:
        self._shapes: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._since_stop: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._domains: OrderedDict[str, str] = OrderedDict()
        self._volumes: dict[str, _Volume] = {}
        self._inboxes: dict[str, _Inbox] = {}
        self._kept: deque[Advice] = deque(maxlen=KEPT_MAX)
        self._second, self._looked_at = 0, 0

    def __iter__(self) -> Iterator[Advice]:
        return reversed(self._kept)

    def sent(self, text: str, sender: PhoneNumber, handset: str, at: float) -> Sequence[Advice]:
        """A message is on its way."""
        number, kind = sender.number, sender.type
        inbox = self._inboxes.get(number)
        if inbox is None:
            inbox = self._inboxes[number] = _Inbox()
        inbox.has_sent = True
        has_stop, bare = _look(text)
        pair, since_stop = (number, handset), self._since_stop
        count = since_stop.pop(pair, 0) + 1
        if has_stop:
            count = 0
        since_stop[pair] = count
        if len(since_stop) > PAIRS_MAX:
            since_stop.popitem(last=False)
        shape = bare, kind._value_
        if count != WITHOUT_STOP_MAX and shape in self._shapes:
            return ()  # nearly always
        findings: list[Finding] = []
        if count == WITHOUT_STOP_MAX:
            findings.append(Finding(rule=Rule.STOP_NOTICE))
        if shape not in self._shapes and self._may_look(at):
            _remember(self._shapes, shape, None, SHAPES_MAX)
            findings += check(text, kind=kind)
            findings += self._other_domain(text, sender.campaign_id or number)
            if count == 1 and not has_stop and not _ONE_TIME.search(text) and not says_frequency(text):
                findings.append(Finding(rule=Rule.FREQUENCY))
        return [
            self._keep(Advice(rule=each.rule.value, found=each.found, advice=each.advice, number=number, at=at))
            for each in findings
        ]

    def volume(self, sender: str, *, number: str, kind: NumberType, segments: int, day: int, at: float) -> list[Advice]:
        """Count a day's segments of a Powerpack or a number, and say when another type would suit them."""
        volume = self._volumes.get(sender)
        if volume is None:
            volume = self._volumes[sender] = _Volume()
        if volume.day != day:
            volume.day, volume.segments = day, 0
            volume.told.clear()
        volume.segments += segments
        better = recommended_type(volume.segments)
        if _RANK.index(better) <= _RANK.index(kind) or better in volume.told:
            return []
        volume.told.add(better)
        advice = f"{volume.segments} segments a day: {better.value} numbers suit this volume"
        return [self._keep(Advice(rule="volume", found=kind.value, advice=advice, number=number, at=at))]

    def received(self, text: str, *, number: str, at: float) -> list[Advice]:
        """A handset wrote; a number that gets passwords and never sends is used for something else (seed 002)."""
        inbox = self._inboxes.get(number)
        if inbox is None:
            inbox = self._inboxes[number] = _Inbox()
        if inbox.has_sent or not (_DIGITS.search(text) and _ONE_TIME.search(text)):
            return []
        inbox.codes += 1
        if inbox.codes != CODES_ALONE_MIN:
            return []
        advice = "a number that only receives one-time passwords may be disconnected"
        found = f"{inbox.codes} one-time passwords received, nothing sent"
        return [self._keep(Advice(rule="inbound_only", found=found, advice=advice, number=number, at=at))]

    def _other_domain(self, text: str, sender: str) -> Iterator[Finding]:
        for domain in domains_of(text):
            known = self._domains.get(sender)
            if known is None:
                _remember(self._domains, sender, domain, SENDERS_MAX)
            elif domain != known and not domain.endswith(f".{known}"):
                yield Finding(rule=Rule.ONE_DOMAIN, found=f"{domain} after {known}")

    def _may_look(self, at: float) -> bool:
        if int(at) != self._second:
            self._second, self._looked_at = int(at), 0
        self._looked_at += 1
        return self._looked_at <= LOOKED_AT_PER_S

    def _keep(self, advice: Advice) -> Advice:
        self._kept.append(advice)
        return advice


@lru_cache(maxsize=1_024)  # a campaign's text comes again with every handset
def _look(text: str) -> tuple[bool, str]:
    """Whether a text says STOP, and what it is but for its digits."""
    # ``in`` is forty times cheaper than the pattern, and nearly always says no.
    lowered = text.lower()
    has_stop = ("stop" in lowered or "opt" in lowered or "unsub" in lowered) and says_stop(text)
    return has_stop, _DIGITS.sub("0", text)


def _remember(known: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    known[key] = value
    if len(known) > most:
        known.popitem(last=False)
