"""Message ids begin anew, as after a restart of the carrier (RestComm smscgateway issue 256)."""

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between


@dataclass(frozen=True, slots=True, kw_only=True)
class IdReuseConfig(FaultConfig):
    """A message has the id of the one that came ``distance`` before it, once there were so many."""

    word: ClassVar[str] = "id_reuse"

    distance: int = 10

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(IdReuseConfig, self).__post_init__()
        between("distance", self.distance, 1, 10_000)

    def build(self, dice: Random) -> "IdReuse":
        return IdReuse(self)


class IdReuse:
    """Remembers, and gives again."""

    def __init__(self, config: IdReuseConfig) -> None:
        self._earlier: deque[Message] = deque(maxlen=config.distance)

    def on_submit(self, message: Message) -> None:
        if message.status:
            return  # it will have none
        if len(self._earlier) == self._earlier.maxlen:
            message.id_octets = self._earlier[0].id_octets
        self._earlier.append(message)
