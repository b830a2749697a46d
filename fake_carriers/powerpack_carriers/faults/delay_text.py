"""A text from a phone comes late, minutes or hours after it was written (smpplib issue 120 had twenty minutes)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import LATE_S_MAX, FaultConfig, TextPlan
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayTextConfig(FaultConfig):
    """Drawn evenly between the two; the parts of a long text each have a delay of their own."""

    word: ClassVar[str] = "delay_text"

    delay_s_min: float = 60.0
    delay_s_max: float = 1_200.0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DelayTextConfig, self).__post_init__()
        between("delay_s_min", self.delay_s_min, 0, LATE_S_MAX)
        between("delay_s_max", self.delay_s_max, self.delay_s_min, LATE_S_MAX)

    def build(self, dice: Random) -> "DelayText":
        return DelayText(self, dice)


class DelayText:
    """Holds it back."""

    def __init__(self, config: DelayTextConfig, dice: Random) -> None:
        self._config = config
        self._dice = dice

    def on_text(self, plan: TextPlan) -> None:
        plan.delay_s += self._dice.uniform(self._config.delay_s_min, self._config.delay_s_max)
