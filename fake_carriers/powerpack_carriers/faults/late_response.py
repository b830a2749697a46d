"""The carrier answers a submit late, perhaps after the sender's timer and after the receipt."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FOREVER_S, FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class LateResponseConfig(FaultConfig):
    """The delay is drawn evenly from ``delay_s_min`` to ``delay_s_max``."""

    word: ClassVar[str] = "late_response"

    delay_s_min: float = 1.0
    delay_s_max: float = 5.0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(LateResponseConfig, self).__post_init__()
        between("delay_s_min", self.delay_s_min, 0, FOREVER_S)
        between("delay_s_max", self.delay_s_max, self.delay_s_min, FOREVER_S)

    def build(self, dice: Random) -> "LateResponse":
        return LateResponse(self, dice)


class LateResponse:
    """Answers later."""

    def __init__(self, config: LateResponseConfig, dice: Random) -> None:
        self._config = config
        self._dice = dice

    def on_submit(self, message: Message) -> None:
        message.response_delay_s += self._dice.uniform(self._config.delay_s_min, self._config.delay_s_max)
