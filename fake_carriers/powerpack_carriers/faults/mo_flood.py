"""Phones write without end: a vote on television, or everybody says STOP."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Hands
from powerpack_carriers.faults.timed import TimedFaultConfig
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class MoFloodConfig(TimedFaultConfig):
    """``texts`` from as many phones, numbered from ``first`` on, all in one moment, then the next.

    They go to ``to``, or else to numbers that ESMEs sent from. ``stop_share`` of them say STOP, the others ``text``.
    """

    word: ClassVar[str] = "mo_flood"

    every_s: float = 1.0
    texts: int = 100
    first: str = "19175550000"
    to: str = ""
    text: str = "Hello"
    stop_share: float = 0.0

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(MoFloodConfig, self).__post_init__()
        between("texts", self.texts, 1, 10_000)
        between("stop_share", self.stop_share, 0, 1)
        if not (self.first.isascii() and self.first.isdigit()) or not 7 <= len(self.first) <= 15:
            raise ValueError(f"first: found {self.first!r}, expected a number of 7 to 15 digits")

    def build(self, dice: Random) -> "MoFlood":
        return MoFlood(self, dice)


class MoFlood:
    """Lets them write."""

    def __init__(self, config: MoFloodConfig, dice: Random) -> None:
        self._config = config
        self._dice = dice

    def on_time(self, hands: Hands) -> None:
        config = self._config
        targets = (config.to,) if config.to else hands.senders
        if not targets:
            return  # nobody has sent yet, so there is nobody to write to
        for index in range(config.texts):
            text = "STOP" if self._dice.random() < config.stop_share else config.text
            hands.write_from(str(int(config.first) + index), self._dice.choice(targets), text)
