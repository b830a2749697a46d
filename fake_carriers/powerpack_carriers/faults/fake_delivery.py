"""A message is accepted, its receipt says DELIVRD, and the phone gets nothing: what filters do to spam without a word.

Senders know it as "delivered, and the customer has nothing"; nobody can tell it from the receipt.
"""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import SWALLOWED, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeDeliveryConfig(FaultConfig):
    """What ends in another way anyhow does so. The journal has ``carrier.swallowed``."""

    word: ClassVar[str] = "fake_delivery"

    def build(self, dice: Random) -> "FakeDelivery":
        return FakeDelivery()


class FakeDelivery:
    """Decides the message's fate, unless another fault has."""

    def on_submit(self, message: Message) -> None:
        message.fate = message.fate or SWALLOWED
