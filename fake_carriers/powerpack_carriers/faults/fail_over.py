"""The carrier goes over to another host: all sessions are cut, and binds are refused until it is there."""

from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Hands
from powerpack_carriers.faults.timed import TimedFaultConfig
from powerpack_carriers.settings import READ, between, read_status
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.events import Bind


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOverConfig(TimedFaultConfig):
    """The first ``binds`` are refused with ``status`` each time; then it takes sessions again."""

    word: ClassVar[str] = "fail_over"

    every_s: float = 3_600.0
    binds: int = 3
    status: int = field(default=CommandStatus.ESME_RSYSERR, metadata={READ: read_status})

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(FailOverConfig, self).__post_init__()
        between("binds", self.binds, 0, 1_000)

    def build(self, dice: Random) -> "FailOver":
        return FailOver(self)


class FailOver:
    """Cuts, and refuses for a while."""

    def __init__(self, config: FailOverConfig) -> None:
        self._config = config
        self._refusals = 0

    def on_time(self, hands: Hands) -> None:
        self._refusals = self._config.binds
        for wire in hands.wires:
            wire.abort("a fault of the carrier: it goes over to another host")

    def on_bind(self, bind: Bind) -> int:
        if not self._refusals:
            return CommandStatus.ESME_ROK
        self._refusals -= 1
        return self._config.status
