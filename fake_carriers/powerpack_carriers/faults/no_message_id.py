"""A submit is accepted, and the answer has no message id: no receipt can ever be told from another."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMessageIdConfig(WireFaultConfig):
    """The id is an empty string; ``body = false``: there is no body at all (cloudhopper's vectors have both)."""

    word: ClassVar[str] = "no_message_id"

    body: bool = True

    def concerns_pdu(self, pdu: bytes) -> bool:
        is_answer = command_id_of(pdu) == CommandId.submit_sm_resp and len(pdu) > HEADER_OCTETS
        return is_answer and super(NoMessageIdConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "NoMessageId":
        return NoMessageId(self)


class NoMessageId:
    """Leaves it out."""

    def __init__(self, config: NoMessageIdConfig) -> None:
        self._body = b"\0" if config.body else b""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        return [(HEADER_OCTETS + len(self._body)).to_bytes(4, "big") + pdu[4:HEADER_OCTETS] + self._body]
