"""The carrier says how congested it is: the TLV congestion_state of SMPP 5.0, 4.8.4.18, in its answers."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.settings import between
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId

CONGESTION_STATE = 0x0428
"""The tag; an ESME of version 3.4 ignores what it does not know (SMPP 3.4, 3.3)."""

_ANSWERS = (int(CommandId.submit_sm_resp), int(CommandId.submit_multi_resp), int(CommandId.data_sm_resp))


@dataclass(frozen=True, slots=True, kw_only=True)
class CongestionConfig(WireFaultConfig):
    """``level`` is 0 (idle) to 100 (congested); from 80 on a carrier is at its maximum load."""

    word: ClassVar[str] = "congestion"

    level: int = 90

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(CongestionConfig, self).__post_init__()
        between("level", self.level, 0, 100)

    def concerns_pdu(self, pdu: bytes) -> bool:
        return command_id_of(pdu) in _ANSWERS and super(CongestionConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "Congestion":
        return Congestion(self)


class Congestion:
    """Appends it."""

    def __init__(self, config: CongestionConfig) -> None:
        self._tlv = CONGESTION_STATE.to_bytes(2, "big") + b"\x00\x01" + bytes([config.level])

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        answer = pdu
        if len(pdu) == HEADER_OCTETS:
            # A refusal has no body, and behind none the TLV would be read as one: an empty message_id, nobody failed.
            answer += b"\0\0" if command_id_of(pdu) == CommandId.submit_multi_resp else b"\0"
        return [(len(answer) + len(self._tlv)).to_bytes(4, "big") + answer[4:] + self._tlv]
