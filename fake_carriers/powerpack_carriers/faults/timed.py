"""Faults that strike by the clock, and what sets them going."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from powerpack_carriers.faults.fault import FOREVER_S, FaultConfig
from powerpack_carriers.faults.places import EndingFault, Hands, SpellFault, TimedFault
from powerpack_carriers.settings import between
from powerpack_carriers.timeline import Action

if TYPE_CHECKING:
    from powerpack_carriers.faults.pipeline import ActiveFault

EVERY_S_MIN = 0.01
"""A carrier does things a hundred times a second at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedFaultConfig(FaultConfig):
    """It strikes at ``from_s``, and again ``every_s`` until ``until_s``; ``share`` is its chance each time."""

    every_s: float = 60.0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(TimedFaultConfig, self).__post_init__()
        between("every_s", self.every_s, EVERY_S_MIN, FOREVER_S)
        if self.source is not None or self.destination is not None:
            raise ValueError("source and destination: it strikes by the clock, not at messages; expected neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellConfig(TimedFaultConfig):
    """Each time it lasts ``lasts_s``, or until it is removed."""

    lasts_s: float = FOREVER_S

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(SpellConfig, self).__post_init__()
        between("lasts_s", self.lasts_s, EVERY_S_MIN, self.every_s)


class Clockwork:
    """Lets the faults of one carrier strike and end at their times. ``plan`` has an action called at a moment."""

    def __init__(
        self,
        *,
        hands: Hands,
        plan: Callable[[float, Action], None],
        struck: Callable[["ActiveFault"], None],
        is_at_work: Callable[["ActiveFault"], bool],
    ) -> None:
        self._hands = hands
        self._plan = plan
        self._struck = struck
        self._is_at_work = is_at_work

    def wind(self, active: "ActiveFault") -> None:
        """Its schedule begins at ``active.added_at``; one that began before is forgotten."""
        active.winding += 1
        config = active.config
        if isinstance(active.fault, TimedFault) and isinstance(config, TimedFaultConfig):
            self._plan(active.added_at + config.from_s, partial(self._strike, active, config, active.winding))
        if isinstance(active.fault, EndingFault) and config.until_s < FOREVER_S:
            self._plan(active.added_at + config.until_s, partial(self._end, active, active.winding))

    def _strike(self, active: "ActiveFault", config: TimedFaultConfig, winding: int, now: float) -> None:
        if not self._is_meant(active, winding) or now - active.added_at >= config.until_s:
            return
        assert isinstance(active.fault, TimedFault), "only those are wound up to strike"
        if active.is_due(now):
            active.fault.on_time(self._hands)
            self._struck(active)
            if isinstance(config, SpellConfig) and config.lasts_s < FOREVER_S:
                self._plan(now + config.lasts_s, partial(self._end_spell, active, winding))
        if config.every_s < FOREVER_S:
            self._plan(now + config.every_s, partial(self._strike, active, config, winding))

    def _end_spell(self, active: "ActiveFault", winding: int, now: float) -> None:
        if self._is_meant(active, winding) and isinstance(active.fault, SpellFault):
            active.fault.on_over()

    def _end(self, active: "ActiveFault", winding: int, now: float) -> None:
        if self._is_meant(active, winding) and isinstance(active.fault, EndingFault):
            active.fault.on_end()

    def _is_meant(self, active: "ActiveFault", winding: int) -> bool:
        return active.winding == winding and self._is_at_work(active)
