"""A text from a phone is in message_payload (vumi issue 330, JamaaSMPP issue 27, gosmpp issue 55)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.deliveries import DeliveryFaultConfig, Kind
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import TlvTag
from powerpack_carriers.smpp.tlvs import Tlv


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadTextsConfig(DeliveryFaultConfig):
    """No mistake of the carrier's: 3.4 has both places (5.3.2.32). A part takes its header along.

    Of receipts the quirk ``place`` does the same.
    """

    word: ClassVar[str] = "payload_texts"

    kind: Kind | None = Kind.TEXT

    def build(self, dice: Random) -> "PayloadTexts":
        return PayloadTexts()


class PayloadTexts:
    """Puts it there; an empty text has nothing to be put."""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        delivery = decode(pdu)
        text = delivery.octets("short_message")
        if not text:
            return [pdu]
        delivery.fields["short_message"] = b""
        delivery.tlvs += (Tlv(TlvTag.message_payload, text),)
        return [encode(delivery)]
