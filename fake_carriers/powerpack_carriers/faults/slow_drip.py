"""PDUs leave octet by octet, with a pause after each."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig
from powerpack_carriers.settings import between

WIRES_MAX = 1_000
"""Connections whose last octet is remembered; a carrier has 500 at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowDripConfig(WireFaultConfig):
    """``gap_s`` lies between two pieces of ``octets``; PDUs stay in order."""

    word: ClassVar[str] = "slow_drip"

    gap_s: float = 0.1
    octets: int = 1

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(SlowDripConfig, self).__post_init__()
        between("gap_s", self.gap_s, 0.001, 3_600)
        between("octets", self.octets, 1, 65_536)
        if self.share < 1 or self.command is not None:
            raise ValueError("share and command: what drips can not be overtaken; expected neither")

    def build(self, dice: Random) -> "SlowDrip":
        return SlowDrip(self)


class SlowDrip:
    """Lets it drip."""

    def __init__(self, config: SlowDripConfig) -> None:
        self._config = config
        self._free_at: BoundedDict[str, float] = BoundedDict(WIRES_MAX)

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        size, at = self._config.octets, max(now, self._free_at.get(wire.name, 0.0))
        for start in range(0, len(pdu), size):
            at += self._config.gap_s
            wire.send_raw_later(at - now, pdu[start : start + size])
        self._free_at[wire.name] = at
        return []
