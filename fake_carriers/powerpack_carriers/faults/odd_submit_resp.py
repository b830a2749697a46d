"""A submit is answered oddly (smppex issue 6, jasmin issue 128, smpplib issue 2)."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.smpp.codec import encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId
from powerpack_carriers.smpp.tlvs import Tlv

_TLVS: Final = encode_tlvs((Tlv(0x1400, b"carrier\0"), Tlv(0x0428, b"\x00")))
"""A vendor's own, and congestion_state of SMPP 5.0, 4.8.4.18."""


class Form(Enum):
    """What is odd; the submit is taken or refused as it would be."""

    ERROR_WITH_BODY = "error_with_body"
    """A refusal has a message_id, as if it was accepted."""
    NO_NUL = "no_nul"
    """The message_id ends with the PDU."""
    TWO_NULS = "two_nuls"
    """A NUL too many at the end."""
    BLANK = "blank"
    """A blank behind the message_id, which receipts do not have."""
    TLVS = "tlvs"
    """Parameters that 3.4 has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddSubmitRespConfig(WireFaultConfig):
    """``form`` is one of the words of ``Form``; without one it is drawn anew for each submit that is accepted."""

    word: ClassVar[str] = "odd_submit_resp"

    form: Form | None = None

    def concerns_pdu(self, pdu: bytes) -> bool:
        is_refusal = any(pdu[8:12])
        is_meant = is_refusal is (self.form is Form.ERROR_WITH_BODY) and (is_refusal or len(pdu) > HEADER_OCTETS + 1)
        is_answer = command_id_of(pdu) == CommandId.submit_sm_resp
        return is_answer and is_meant and super(OddSubmitRespConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "OddSubmitResp":
        return OddSubmitResp(self, dice)


class OddSubmitResp:
    """Answers in another way."""

    def __init__(self, config: OddSubmitRespConfig, dice: Random) -> None:
        self._form = config.form
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        form = self._form or self._dice.choice([each for each in Form if each is not Form.ERROR_WITH_BODY])
        status, number = (int.from_bytes(pdu[at : at + 4], "big") for at in (8, 12))
        return [encode_raw(CommandId.submit_sm_resp, status, number, _body(form, pdu))]


def _body(form: Form, pdu: bytes) -> bytes:
    message_id, _, tlvs = pdu[HEADER_OCTETS:].partition(b"\0")
    match form:
        case Form.ERROR_WITH_BODY:
            return b"0A000000A3D323A1\0"
        case Form.NO_NUL:
            return message_id
        case Form.TWO_NULS:
            return message_id + b"\0\0"
        case Form.BLANK:
            return message_id + b" \0" + tlvs
        case Form.TLVS:
            return message_id + b"\0" + tlvs + _TLVS
