"""A text from a phone never reaches its ESME."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig, TextPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseTextConfig(FaultConfig):
    """Of a long text single parts are lost. The journal has ``carrier.text_lost``."""

    word: ClassVar[str] = "lose_text"

    def build(self, dice: Random) -> "LoseText":
        return LoseText()


class LoseText:
    """Sends it no time."""

    def on_text(self, plan: TextPlan) -> None:
        plan.copies = 0
