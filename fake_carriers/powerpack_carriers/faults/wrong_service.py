"""Something else listens where SMPP should: a web server or a broker (node-smpp issues 230 and 168)."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig


class Service(Enum):
    """Who answers."""

    HTTP = "http"
    AMQP = "amqp"
    SSH = "ssh"


_GREETINGS: Final = {
    Service.HTTP: b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    Service.AMQP: b"AMQP\x00\x00\x09\x01",
    Service.SSH: b"SSH-2.0-OpenSSH_9.2\r\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongServiceConfig(WireFaultConfig):
    """``service`` speaks in place of each PDU."""

    word: ClassVar[str] = "wrong_service"

    service: Service = Service.HTTP

    def build(self, dice: Random) -> "WrongService":
        return WrongService(self)


class WrongService:
    """Says what it always says."""

    def __init__(self, config: WrongServiceConfig) -> None:
        self._greeting = _GREETINGS[config.service]

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return [self._greeting]
