"""Receipts are kept back and come all at once, as after an outage (ksmppd issue 163)."""

from dataclasses import dataclass
from math import floor
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FOREVER_S, FaultConfig, ReceiptPlan
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptStormConfig(FaultConfig):
    """They come ``every_s`` seconds of the carrier's clock, and ``copies`` of each besides the first."""

    word: ClassVar[str] = "receipt_storm"

    every_s: float = 600.0
    copies: int = 0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(ReceiptStormConfig, self).__post_init__()
        between("every_s", self.every_s, 0.1, FOREVER_S)
        between("copies", self.copies, 0, 100)

    def build(self, dice: Random) -> "ReceiptStorm":
        return ReceiptStorm(self)


class ReceiptStorm:
    """Keeps them for the next storm."""

    def __init__(self, config: ReceiptStormConfig) -> None:
        self._config = config

    def on_receipt(self, message: Message, plan: ReceiptPlan) -> None:
        every_s = self._config.every_s
        plan.delay_s += (floor(message.done_at / every_s) + 1) * every_s - message.done_at
        plan.copies += self._config.copies if plan.copies else 0
