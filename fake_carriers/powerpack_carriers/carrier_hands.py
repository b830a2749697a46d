"""What faults that strike by the clock do a carrier's work with."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from powerpack_carriers.directory import Directory
from powerpack_carriers.door import Door
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.smsc import SmscLink

SENDERS_MAX: Final = 1_000
"""Numbers that phones write to, the newest that ESMEs sent from."""


class CarrierHands:
    """One carrier's connections, ports, phones and senders."""

    def __init__(
        self,
        carrier: str,
        *,
        directory: Directory,
        links: Callable[[], tuple[SmscLink, ...]],
        doors: tuple[Door, ...],
    ) -> None:
        self.doors = doors
        self._carrier = carrier
        self._directory = directory
        self._links = links

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Its connections."""
        return self._links()

    @property
    def senders(self) -> tuple[str, ...]:
        """Numbers that ESMEs sent from."""
        return self._directory.routes.senders(SENDERS_MAX)

    def write_from(self, number: str, to: str, text: str) -> None:
        """Let a phone write to a number; nothing happens where it is off."""
        with suppress(HandsetError):
            self._directory.visited(number, by=self._carrier).reply(text, to)
