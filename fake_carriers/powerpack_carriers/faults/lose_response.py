"""The carrier takes the message and never answers: the sender can not know whether it was taken."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import NEVER, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseResponseConfig(FaultConfig):
    """The message lives on: it is delivered, and has its receipt."""

    word: ClassVar[str] = "lose_response"

    def build(self, dice: Random) -> "LoseResponse":
        return LoseResponse()


class LoseResponse:
    """Answers never."""

    def on_submit(self, message: Message) -> None:
        message.response_delay_s = NEVER
