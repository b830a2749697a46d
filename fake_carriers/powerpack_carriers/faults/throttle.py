"""The carrier says that a message is one too many, or refuses it with any other status."""

from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import READ, read_status
from powerpack_carriers.smpp.constants import CommandStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleConfig(FaultConfig):
    """``status`` is what is answered: a name, or a number such as T-Mobile's 9802."""

    word: ClassVar[str] = "throttle"

    status: int = field(default=CommandStatus.ESME_RTHROTTLED, metadata={READ: read_status})

    def build(self, dice: Random) -> "Throttle":
        return Throttle(self)


class Throttle:
    """Refuses with a status."""

    def __init__(self, config: ThrottleConfig) -> None:
        self._config = config

    def on_submit(self, message: Message) -> None:
        message.status = self._config.status
