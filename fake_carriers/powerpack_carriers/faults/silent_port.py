"""A port takes connections and says nothing: a TLS handshake that stalls, a load balancer with nobody behind it."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.door import Door, DoorState
from powerpack_carriers.faults.fault import FOREVER_S
from powerpack_carriers.faults.places import Hands, no_listener
from powerpack_carriers.faults.timed import SpellConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentPortConfig(SpellConfig):
    """``listener`` is the port, the first is 1; without one it is all of them. Sessions that stand go on."""

    word: ClassVar[str] = "silent_port"

    every_s: float = FOREVER_S
    listener: int | None = None

    def misfit(self, ports: int) -> str:
        return no_listener(self.listener, ports)

    def build(self, dice: Random) -> "SilentPort":
        return SilentPort(self)


class SilentPort:
    """Has the carrier say nothing there."""

    def __init__(self, config: SilentPortConfig) -> None:
        self._listener = config.listener
        self._doors: tuple[Door, ...] = ()

    def on_time(self, hands: Hands) -> None:
        self._doors = tuple(door for door in hands.doors if self._listener in (None, door.number))
        for door in self._doors:
            door.hold(self, DoorState.SILENT)

    def on_over(self) -> None:
        for door in self._doors:
            door.let_go(self)

    on_end = on_over
