"""One of the carrier's hosts goes down, and its ESMEs are expected at another, until it is back (SMPP 5.0, 2.8.1)."""

from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.door import Door, DoorState
from powerpack_carriers.faults.places import Hands, Wire, no_listener
from powerpack_carriers.faults.timed import SpellConfig
from powerpack_carriers.settings import READ, read_status
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.events import Bind


class How(Enum):
    """What becomes of those who connect there nevertheless."""

    REFUSE = "refuse"
    """Nobody listens."""
    RESET = "reset"
    """The connection is reset at once."""
    SILENT = "silent"
    """The connection stands, and nobody says anything."""
    BIND = "bind"
    """Binds are refused with ``status``: the host is there, and what is behind it is not."""


_STATES: Final = {
    How.REFUSE: DoorState.SHUT,
    How.RESET: DoorState.RESETS,
    How.SILENT: DoorState.SILENT,
    How.BIND: DoorState.OPEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOverConfig(SpellConfig):
    """Its sessions at port ``listener``, the first is 1, are cut, and for ``lasts_s`` none is let in there.

    The carrier's other ports are its other hosts; with one port alone it is down altogether.
    """

    word: ClassVar[str] = "fail_over"

    every_s: float = 3_600.0
    lasts_s: float = 60.0
    listener: int = 1
    how: How = How.REFUSE
    status: int = field(default=CommandStatus.ESME_RSYSERR, metadata={READ: read_status})

    def misfit(self, ports: int) -> str:
        return no_listener(self.listener, ports)

    def build(self, dice: Random) -> "FailOver":
        return FailOver(self)


class FailOver:
    """Takes a host down, and brings it back."""

    def __init__(self, config: FailOverConfig) -> None:
        self._config = config
        self._door: Door | None = None  # while it is down

    def on_time(self, hands: Hands) -> None:
        number = self._config.listener
        self._door = hands.doors[number - 1]
        self._door.hold(self, _STATES[self._config.how])
        for wire in hands.wires:
            if wire.listener == number:
                wire.abort("a fault of the carrier: it goes over to another host")

    def on_bind(self, bind: Bind, wire: Wire) -> int:
        is_meant = self._door is not None and wire.listener == self._config.listener
        # A connection that stood before the host went down may bind when it is down.
        return self._config.status if is_meant else CommandStatus.ESME_ROK

    def on_over(self) -> None:
        if self._door is not None:
            self._door.let_go(self)
            self._door = None

    on_end = on_over
