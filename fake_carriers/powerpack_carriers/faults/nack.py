"""A request gets a generic_nack instead of its own response (smppex issue 58, vumi issue 404, jasmin issue 1059)."""

from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.settings import READ, read_status
from powerpack_carriers.smpp.constants import CommandId, CommandStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NackConfig(WireFaultConfig):
    """``status`` is what it says; ``numbered = false``: with sequence number 0, as if the request was not understood.

    Without a ``command`` it strikes answers to submit_sm; the message is taken all the same.
    """

    word: ClassVar[str] = "nack"

    status: int = field(default=CommandStatus.ESME_RSYSERR, metadata={READ: read_status})
    numbered: bool = True
    command: str | None = "submit_sm_resp"

    def build(self, dice: Random) -> "Nack":
        return Nack(self)


class Nack:
    """Answers in another way."""

    def __init__(self, config: NackConfig) -> None:
        self._config = config

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        if command_id_of(pdu) < CommandId.generic_nack:
            return [pdu]  # a request of the carrier's own is nobody's answer
        header = CommandId.generic_nack.to_bytes(4, "big") + self._config.status.to_bytes(4, "big")
        return [b"\0\0\0\x10" + header + (pdu[12:16] if self._config.numbered else bytes(4))]
