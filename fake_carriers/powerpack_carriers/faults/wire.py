"""What faults of the wire have in common, and the place between sessions and sockets where they strike.

::

    socket -> on_read -> session
    socket <- on_pdu  <- session
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.faults.places import PduFault, ReadFault, Wire, no_listener
from powerpack_carriers.smpp.constants import HEADER_OCTETS, RESPONSE_BIT, CommandId

if TYPE_CHECKING:
    from powerpack_carriers.faults.pipeline import ActiveFault

_COMMANDS: Final = {command.name: int(command) for command in CommandId}


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFaultConfig(FaultConfig):
    """``system_id`` limits it to one account, ``session`` to one connection by its number, ``command`` to one kind.

    ``listener`` limits it to one port of the carrier, the first is 1. Kinds of PDU are named as SMPP does. Octets have
    no numbers: ``source`` and ``destination`` are refused.
    """

    has_numbers: ClassVar[bool] = False
    """Whether it reads the PDUs that it strikes, and so knows whom they are for."""

    system_id: str | None = None
    listener: int | None = None
    session: int | None = None
    command: str | None = None

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(WireFaultConfig, self).__post_init__()
        if not self.has_numbers and (self.source is not None or self.destination is not None):
            raise ValueError("source and destination: octets have neither; expected system_id, session or command")
        if self.command is not None and self.command not in _COMMANDS:
            raise ValueError(f"command: found {self.command!r}, expected a name such as 'submit_sm_resp'")

    def concerns_wire(self, wire: Wire) -> bool:
        """Whether this is a connection that it is limited to."""
        return (
            self.system_id in (None, wire.system_id)
            and self.listener in (None, wire.listener)
            and (self.session is None or wire.name.rpartition("#")[2] == str(self.session))
        )

    def misfit(self, ports: int) -> str:
        return no_listener(self.listener, ports)

    def concerns_pdu(self, pdu: bytes) -> bool:
        """Whether this is a PDU that it is limited to."""
        return self.command is None or command_id_of(pdu) == _COMMANDS[self.command]


def command_id_of(pdu: bytes) -> int:
    """The second field of a header; -1 for a piece that has none."""
    return int.from_bytes(pdu[4:8], "big") if len(pdu) >= HEADER_OCTETS else -1


def is_response(pdu: bytes) -> bool:
    """Whether a PDU answers a request; a piece without a header does not."""
    return command_id_of(pdu) >= RESPONSE_BIT


class WireFilter:
    """Stands between the sessions of one carrier and their sockets while a fault of the wire is at work."""

    def __init__(self, *, now: Callable[[], float], struck: Callable[["ActiveFault", str], None]) -> None:
        self._now = now
        self._struck = struck
        self._on_pdu: tuple[tuple[ActiveFault, WireFaultConfig, PduFault], ...] = ()
        self._on_read: tuple[tuple[ActiveFault, WireFaultConfig, ReadFault], ...] = ()

    def sort(self, faults: "Iterable[ActiveFault]") -> None:
        """Keep those of the wire."""
        found = [(each, each.config) for each in faults]
        self._on_pdu = tuple(
            [
                (each, config, each.fault)
                for each, config in found
                if isinstance(config, WireFaultConfig) and isinstance(each.fault, PduFault)
            ]
        )
        self._on_read = tuple(
            [
                (each, config, each.fault)
                for each, config in found
                if isinstance(config, WireFaultConfig) and isinstance(each.fault, ReadFault)
            ]
        )

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to do."""
        return not (self._on_pdu or self._on_read)

    def incoming(self, link: Wire, data: bytes) -> bytes:
        """What the session shall read."""
        now = self._now()
        for active, config, fault in self._on_read:
            if config.concerns_wire(link) and active.is_due(now):
                data = fault.on_read(link, data)
                self._struck(active, link.name)
        return data

    def outgoing(self, link: Wire, pdus: list[bytes]) -> list[bytes]:
        """What shall be written."""
        now = self._now()
        for active, config, fault in self._on_pdu:
            if not config.concerns_wire(link):
                continue
            written: list[bytes] = []
            for pdu in pdus:
                if config.concerns_pdu(pdu) and active.is_due(now):
                    written += fault.on_pdu(link, pdu, now)
                    self._struck(active, link.name)
                else:
                    written.append(pdu)
            pdus = written
        return pdus
