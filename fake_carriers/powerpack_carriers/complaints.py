"""Complaints: how many phones may report a number or a campaign to 7726 before the carrier blocks it.

Carriers publish no figures; what they do is known: the sender is told of each, and too many end its rights at once.
One phone that reports ten texts is one that complains: its latest report counts.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.settings import between
from powerpack_carriers.verdict import Verdict

COMPLAINED_MAX: Final = 100_000
"""Numbers and campaigns whose complaints are counted; as many as admission counts."""

THRESHOLD_MAX: Final = 10_000
"""Phones that are kept of one number; a larger threshold is a mistake."""

WITHIN_S_MAX: Final = 366 * 86_400.0
"""A year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRules:
    """So many phones that complain within ``within_s`` block a number, or each number of a campaign; 0: never."""

    blocked: Verdict
    per_number: int = 0
    per_campaign: int = 0
    within_s: float = 86_400.0

    def __post_init__(self) -> None:
        between("per_number", self.per_number, 0, THRESHOLD_MAX)
        between("per_campaign", self.per_campaign, 0, THRESHOLD_MAX)
        between("within_s", self.within_s, 1, WITHIN_S_MAX)


class Complaints:
    """What was complained about at one carrier, and what is blocked for it."""

    def __init__(self, rules: ComplaintRules) -> None:
        self._rules = rules
        self._moments: BoundedDict[str, OrderedDict[str, float]] = BoundedDict(COMPLAINED_MAX)
        """When each phone complained last, the latest one last."""
        self._blocked: BoundedDict[str, bool] = BoundedDict(COMPLAINED_MAX)

    def take(self, now: float, *, number: str, campaign_id: str, handset: str) -> tuple[str, ...]:
        """Count a report; what is blocked from now on: the number, or the campaign's id (empty: it has none)."""
        thresholds = ((number, self._rules.per_number), (campaign_id, self._rules.per_campaign))
        return tuple(
            [key for key, threshold in thresholds if key and threshold and self._take(now, key, threshold, handset)]
        )

    def blocks(self, key: str) -> bool:
        """Whether a number or a campaign is blocked."""
        return self._blocked.get(key, False)

    def knows(self, key: str) -> bool:
        """Whether anybody complained about a number or a campaign."""
        return key in self._moments

    def counted(self) -> list[tuple[str, int, bool]]:
        """Numbers and campaigns, how many phones complained about each, and whether it is blocked."""
        return [(key, len(moments), self.blocks(key)) for key, moments in self._moments.items()]

    def unblock(self, key: str) -> None:
        """The sender has explained itself: forget its complaints."""
        self._blocked.take(key)
        self._moments.take(key)

    def _take(self, now: float, key: str, threshold: int, handset: str) -> bool:
        moments = self._moments.get(key)
        if moments is None:
            moments = self._moments[key] = OrderedDict()
        moments[handset] = now
        moments.move_to_end(handset)
        if len(moments) > threshold:
            moments.popitem(last=False)
        is_over = len(moments) == threshold and next(iter(moments.values())) > now - self._rules.within_s
        if not is_over or self.blocks(key):
            return False
        self._blocked[key] = True
        return True
