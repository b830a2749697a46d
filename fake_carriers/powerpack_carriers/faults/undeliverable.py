"""A message is accepted and never reaches the phone; its receipt says UNDELIV."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import receipt_error
from powerpack_carriers.smpp.constants import MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliverableConfig(FaultConfig):
    """``error`` is the receipt's ``err:``, one to four letters or digits; carriers have tables of their own."""

    word: ClassVar[str] = "undeliverable"

    error: str = "001"

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(UndeliverableConfig, self).__post_init__()
        receipt_error("error", self.error)

    def build(self, dice: Random) -> "Undeliverable":
        return Undeliverable(self)


class Undeliverable:
    """Decides the message's fate."""

    def __init__(self, config: UndeliverableConfig) -> None:
        self._config = config

    def on_submit(self, message: Message) -> None:
        message.fate = MessageState.UNDELIVERABLE
        message.error = self._config.error
