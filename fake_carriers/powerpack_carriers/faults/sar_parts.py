"""The parts of a long text from a phone are told by sar_ TLVs, without a user data header (SMPP 3.4, 5.3.2.22 on)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.deliveries import DeliveryFaultConfig, Kind
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import EsmClass, TlvTag
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.text import take_header


@dataclass(frozen=True, slots=True, kw_only=True)
class SarPartsConfig(DeliveryFaultConfig):
    """No mistake of the carrier's: 3.4 has both ways, and an ESME must know both."""

    word: ClassVar[str] = "sar_parts"

    kind: Kind | None = Kind.TEXT

    def build(self, dice: Random) -> "SarParts":
        return SarParts()


class SarParts:
    """Takes the header off and says the same in TLVs; what has no place in a longer text stays as it is."""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        delivery = decode(pdu)
        esm_class = delivery.integer("esm_class")
        part, text = take_header(delivery.octets("short_message")) if esm_class & EsmClass.UDHI else (None, b"")
        if part is None:
            return [pdu]
        delivery.fields |= {"esm_class": esm_class & ~EsmClass.UDHI, "short_message": text}
        delivery.tlvs += (
            Tlv.of(TlvTag.sar_msg_ref_num, part.reference),
            Tlv.of(TlvTag.sar_total_segments, part.total),
            Tlv.of(TlvTag.sar_segment_seqnum, part.number),
        )
        return [encode(delivery)]
