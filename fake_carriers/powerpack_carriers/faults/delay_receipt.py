"""A receipt comes later than the message."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FOREVER_S, FaultConfig, ReceiptPlan
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayReceiptConfig(FaultConfig):
    """The delay is drawn evenly from ``delay_s_min`` to ``delay_s_max``."""

    word: ClassVar[str] = "delay_receipt"

    delay_s_min: float = 1.0
    delay_s_max: float = 60.0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DelayReceiptConfig, self).__post_init__()
        between("delay_s_min", self.delay_s_min, 0, FOREVER_S)
        between("delay_s_max", self.delay_s_max, self.delay_s_min, FOREVER_S)

    def build(self, dice: Random) -> "DelayReceipt":
        return DelayReceipt(self, dice)


class DelayReceipt:
    """Keeps it back for a while."""

    def __init__(self, config: DelayReceiptConfig, dice: Random) -> None:
        self._config = config
        self._dice = dice

    def on_receipt(self, message: Message, plan: ReceiptPlan) -> None:
        plan.delay_s += self._dice.uniform(self._config.delay_s_min, self._config.delay_s_max)
