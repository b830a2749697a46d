"""A receipt never comes."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig, ReceiptPlan
from powerpack_carriers.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseReceiptConfig(FaultConfig):
    """The message itself is delivered."""

    word: ClassVar[str] = "lose_receipt"

    def build(self, dice: Random) -> "LoseReceipt":
        return LoseReceipt()


class LoseReceipt:
    """Sends no copy of it."""

    def on_receipt(self, message: Message, plan: ReceiptPlan) -> None:
        plan.copies = 0
