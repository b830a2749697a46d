"""The carrier drops the connection at every n-th message, which it has taken and does not answer."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import NEVER, Message
from powerpack_carriers.settings import between


class How(Enum):
    """How it ends."""

    RESET = "reset"
    """With a RST, in the middle of things."""
    CLOSE = "close"
    """With a FIN and without an unbind, as when the carrier's process ends (node-smpp issues 36 and 204)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectConfig(FaultConfig):
    """``after`` submits the connection is dropped, and again after as many more, on whatever connection they come."""

    word: ClassVar[str] = "disconnect"

    after: int = 1
    how: How = How.RESET

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DisconnectConfig, self).__post_init__()
        between("after", self.after, 1, 1_000_000_000)

    def build(self, dice: Random) -> "Disconnect":
        return Disconnect(self)


class Disconnect:
    """Counts, and hangs up."""

    def __init__(self, config: DisconnectConfig) -> None:
        self._config = config
        self._count = 0

    def on_submit(self, message: Message) -> None:
        self._count += 1
        if self._count % self._config.after:
            return
        message.response_delay_s = NEVER
        if self._config.how is How.RESET or message.is_mms:  # the end of an HTTP connection is one for both
            message.hangs_up = True
        else:
            message.link.close("a fault of the carrier")
