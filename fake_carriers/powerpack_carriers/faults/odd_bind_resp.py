"""A bind is answered oddly (jasmin issue 124; cloudhopper's captures): what ESMEs should accept, or survive."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.smpp.codec import encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import HEADER_OCTETS, RESPONSE_BIT, CommandId, TlvTag
from powerpack_carriers.smpp.tlvs import Tlv

_BINDS: Final = (CommandId.bind_receiver, CommandId.bind_transmitter, CommandId.bind_transceiver)
_ANSWERS: Final = tuple(int(each) | RESPONSE_BIT for each in _BINDS)

_VERSION_THAT_IS_CUT: Final = bytes.fromhex("0210 0004 34")
"""sc_interface_version says that it has four octets, and one is there."""


class Form(Enum):
    """What is odd; the session is bound all the same, as far as the carrier knows."""

    EMPTY_SYSTEM_ID = "empty_system_id"
    NO_NUL = "no_nul"
    """The system_id ends with the PDU and not with a NUL."""
    NO_BODY = "no_body"
    NO_VERSION = "no_version"
    """Without sc_interface_version, as if the carrier spoke 3.3."""
    LONG_SYSTEM_ID = "long_system_id"
    """Of 64 characters, where 3.4 has 15."""
    UNKNOWN_TLVS = "unknown_tlvs"
    """A vendor's, one of SMPP 5.0 and one that belongs to receipts, besides the usual one."""
    CUT_TLV = "cut_tlv"
    """A TLV whose length goes past the end."""
    WRONG_COMMAND = "wrong_command"
    """The answer to another kind of bind."""
    ERROR_WITH_BODY = "error_with_body"
    """A refusal that has a body; it takes a bind that is refused, such as by ``refuse_bind``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddBindRespConfig(WireFaultConfig):
    """``form`` is one of the words of ``Form``; without one it is drawn anew for each bind that is accepted."""

    word: ClassVar[str] = "odd_bind_resp"

    form: Form | None = None

    def concerns_pdu(self, pdu: bytes) -> bool:
        is_refusal = any(pdu[8:12])
        is_meant = is_refusal is (self.form is Form.ERROR_WITH_BODY)
        return command_id_of(pdu) in _ANSWERS and is_meant and super(OddBindRespConfig, self).concerns_pdu(pdu)

    def build(self, dice: Random) -> "OddBindResp":
        return OddBindResp(self, dice)


class OddBindResp:
    """Answers in another way."""

    def __init__(self, config: OddBindRespConfig, dice: Random) -> None:
        self._form = config.form
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        form = self._form or self._dice.choice([each for each in Form if each is not Form.ERROR_WITH_BODY])
        command_id, status, number = (int.from_bytes(pdu[at : at + 4], "big") for at in (4, 8, 12))
        if form is Form.WRONG_COMMAND:
            command_id = self._dice.choice([each for each in _ANSWERS if each != command_id])
        return [encode_raw(command_id, status, number, self._body(form, pdu))]

    def _body(self, form: Form, pdu: bytes) -> bytes:
        system_id, _, tlvs = pdu[HEADER_OCTETS:].partition(b"\0")
        match form:
            case Form.EMPTY_SYSTEM_ID:
                return b"\0" + tlvs
            case Form.NO_NUL:
                return system_id
            case Form.NO_BODY:
                return b""
            case Form.NO_VERSION:
                return system_id + b"\0"
            case Form.LONG_SYSTEM_ID:
                return system_id.ljust(64, b"x") + b"\0" + tlvs
            case Form.UNKNOWN_TLVS:
                return system_id + b"\0" + self._unknown_tlvs() + tlvs
            case Form.CUT_TLV:
                return system_id + b"\0" + _VERSION_THAT_IS_CUT
            case Form.WRONG_COMMAND:
                return pdu[HEADER_OCTETS:]
            case Form.ERROR_WITH_BODY:
                return b"refused\0"

    def _unknown_tlvs(self) -> bytes:
        return encode_tlvs(
            (
                Tlv(0x1400 + self._dice.randrange(0x100), self._dice.randbytes(8)),
                Tlv(0x0428, b"\x00"),  # congestion_state of SMPP 5.0, 4.8.4.18
                Tlv(TlvTag.receipted_message_id, b"1\0"),
            )
        )
