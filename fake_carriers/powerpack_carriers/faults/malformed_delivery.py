"""A deliver_sm whose fields are damaged, and whose command_length is right (cloudhopper 64, jsmpp 214, jasmin 665).

The stream stays in step: an ESME answers with an error and goes on, and the text or receipt is lost.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.deliveries import DeliveryFaultConfig
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.smpp.codec import decode, encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId, TlvTag

_TLV_PAST_THE_END: Final = TlvTag.receipted_message_id.to_bytes(2, "big") + b"\x00\x41id\x00"
"""It says 0x41 octets, and three are there."""


class Form(Enum):
    """What is damaged."""

    SHORT_SM_LENGTH = "short_sm_length"
    """sm_length says less than there is, so that the end of the text reads as TLVs."""
    LONG_SM_LENGTH = "long_sm_length"
    """sm_length says more than there is."""
    NO_NUL = "no_nul"
    """source_addr has no NUL, so that all behind it is out of place."""
    CUT_FIELD = "cut_field"
    """The body ends in an address."""
    STRAY_OCTETS = "stray_octets"
    """One to three octets at the end, too few for a TLV."""
    TLV_PAST_END = "tlv_past_end"
    """A TLV whose length goes past the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedDeliveryConfig(DeliveryFaultConfig):
    """``form`` is one of the words of ``Form``; without one it is drawn anew each time."""

    word: ClassVar[str] = "malformed_delivery"

    form: Form | None = None

    def build(self, dice: Random) -> "MalformedDelivery":
        return MalformedDelivery(self, dice)


class MalformedDelivery:
    """Damages it."""

    def __init__(self, config: MalformedDeliveryConfig, dice: Random) -> None:
        self._form = config.form
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        form = self._form or self._dice.choice(list(Form))
        return [encode_raw(CommandId.deliver_sm, 0, int.from_bytes(pdu[12:16], "big"), self._body(form, pdu))]

    def _body(self, form: Form, pdu: bytes) -> bytes:
        body, delivery = pdu[HEADER_OCTETS:], decode(pdu)
        length = len(delivery.octets("short_message"))
        text_at = len(body) - len(encode_tlvs(delivery.tlvs)) - length
        source_end = body.index(b"\0", body.index(b"\0") + 3)
        match form:
            case Form.SHORT_SM_LENGTH if length:
                said = max(0, length - self._dice.randrange(1, 4))
                return body[: text_at - 1] + bytes([said]) + body[text_at:]
            case Form.SHORT_SM_LENGTH | Form.LONG_SM_LENGTH:
                # An empty short_message can not be said to be shorter; it says more than there is.
                left = len(body) - text_at
                return body[: text_at - 1] + bytes([min(255, left + self._dice.randrange(1, 50))]) + body[text_at:]
            case Form.NO_NUL:
                return body[:source_end] + body[source_end + 1 :]
            case Form.CUT_FIELD:
                return body[: source_end + 3 + self._dice.randrange(1, 5)]
            case Form.STRAY_OCTETS:
                return body + self._dice.randbytes(self._dice.randrange(1, 4))
            case Form.TLV_PAST_END:
                return body + _TLV_PAST_THE_END
