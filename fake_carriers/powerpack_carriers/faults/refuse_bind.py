"""The carrier lets nobody in."""

from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.faults.places import Wire, no_listener
from powerpack_carriers.settings import READ, read_status
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.events import Bind


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseBindConfig(FaultConfig):
    """``status`` is what is answered. Binds have no numbers: ``system_id`` limits the fault to one account.

    ``listener`` limits it to one port, the first is 1.
    """

    word: ClassVar[str] = "refuse_bind"

    status: int = field(default=CommandStatus.ESME_RBINDFAIL, metadata={READ: read_status})
    system_id: str | None = None
    listener: int | None = None

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(RefuseBindConfig, self).__post_init__()
        if self.source is not None or self.destination is not None:
            raise ValueError("source and destination: a bind has neither; expected system_id")

    def misfit(self, ports: int) -> str:
        return no_listener(self.listener, ports)

    def build(self, dice: Random) -> "RefuseBind":
        return RefuseBind(self)


class RefuseBind:
    """Refuses with a status."""

    def __init__(self, config: RefuseBindConfig) -> None:
        self._config = config

    def on_bind(self, bind: Bind, wire: Wire) -> int:
        config = self._config
        if config.system_id not in (None, bind.system_id) or config.listener not in (None, wire.listener):
            return CommandStatus.ESME_ROK
        return self._config.status
