"""The carrier unbinds while answers are owed (vumi issue 420, naz issue 29)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbindConfig(FaultConfig):
    """``after`` submits, whose answers come ``answers_after_s`` late, it unbinds; and again after as many more."""

    word: ClassVar[str] = "unbind"

    after: int = 10
    answers_after_s: float = 0.5

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(UnbindConfig, self).__post_init__()
        between("after", self.after, 1, 1_000_000)
        between("answers_after_s", self.answers_after_s, 0, 600)

    def build(self, dice: Random) -> "Unbind":
        return Unbind(self)


class Unbind:
    """Lets a window fill, and says good-bye."""

    def __init__(self, config: UnbindConfig) -> None:
        self._config = config
        self._count = 0

    def on_submit(self, message: Message) -> None:
        self._count += 1
        message.response_delay_s += self._config.answers_after_s
        if self._count % self._config.after == 0 and not message.is_mms:  # which has no session
            message.link.unbind()
