"""A receipt comes more than once."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig, ReceiptPlan
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between

COPIES_MAX = 100
"""A storm of receipts was ten to a hundred times the traffic (ksmppd issue 163)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateReceiptConfig(FaultConfig):
    """``copies`` come besides the first."""

    word: ClassVar[str] = "duplicate_receipt"

    copies: int = 1

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DuplicateReceiptConfig, self).__post_init__()
        between("copies", self.copies, 1, COPIES_MAX)

    def build(self, dice: Random) -> "DuplicateReceipt":
        return DuplicateReceipt(self)


class DuplicateReceipt:
    """Sends more copies of it, unless another fault has lost it."""

    def __init__(self, config: DuplicateReceiptConfig) -> None:
        self._config = config

    def on_receipt(self, message: Message, plan: ReceiptPlan) -> None:
        plan.copies += self._config.copies if plan.copies else 0
