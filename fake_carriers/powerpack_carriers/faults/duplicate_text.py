"""A text from a phone comes again though it was acknowledged, as a deliver_sm of its own (JamaaSMPP issue 11)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.fault import LATE_S_MAX, FaultConfig, TextPlan
from powerpack_carriers.settings import between

COPIES_MAX: Final = 100
"""As many as of a receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateTextConfig(FaultConfig):
    """``copies`` come besides the first, ``again_after_s`` after it and after each other."""

    word: ClassVar[str] = "duplicate_text"

    copies: int = 1
    again_after_s: float = 30.0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DuplicateTextConfig, self).__post_init__()
        between("copies", self.copies, 1, COPIES_MAX)
        between("again_after_s", self.again_after_s, 0, LATE_S_MAX)

    def build(self, dice: Random) -> "DuplicateText":
        return DuplicateText(self)


class DuplicateText:
    """Sends it again, unless another fault has lost it."""

    def __init__(self, config: DuplicateTextConfig) -> None:
        self._config = config

    def on_text(self, plan: TextPlan) -> None:
        if plan.copies:
            plan.copies += self._config.copies
            plan.again_after_s = max(plan.again_after_s, self._config.again_after_s)
