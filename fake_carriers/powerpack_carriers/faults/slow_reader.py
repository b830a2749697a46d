"""The carrier stops reading: the ESME's writes block once the buffers between them are full (siphon issue 285)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowReaderConfig(WireFaultConfig):
    """A connection is read on when the fault ends; nothing is lost."""

    word: ClassVar[str] = "slow_reader"

    def build(self, dice: Random) -> "SlowReader":
        return SlowReader()


class SlowReader:
    """Takes one more read of each connection, and then none."""

    def __init__(self) -> None:
        self._stalled: list[Wire] = []

    def on_read(self, wire: Wire, data: bytes) -> bytes:
        wire.stall()
        self._stalled.append(wire)
        return data

    def on_end(self) -> None:
        for wire in self._stalled:
            wire.resume()
        self._stalled.clear()
