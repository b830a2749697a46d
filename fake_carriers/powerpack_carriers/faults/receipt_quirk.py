"""Receipts of single messages are odd: docs/receipt-quirks.md has all the ways."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.receipt_quirks import NO_QUIRKS, ReceiptQuirks


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQuirkConfig(FaultConfig):
    """``quirks`` are all that its messages have: those of the profile are not for them."""

    word: ClassVar[str] = "receipt_quirk"

    quirks: ReceiptQuirks = NO_QUIRKS

    def build(self, dice: Random) -> "ReceiptQuirk":
        return ReceiptQuirk(self)


class ReceiptQuirk:
    """Gives messages their quirks."""

    def __init__(self, config: ReceiptQuirkConfig) -> None:
        self._config = config

    def on_submit(self, message: Message) -> None:
        message.quirks = self._config.quirks
