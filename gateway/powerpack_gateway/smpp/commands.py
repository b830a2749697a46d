"""command_id: the kinds of PDU that an ESME sends or meets (SMPP 3.4, 5.1.2.1)."""

from typing import Final

from smpplib import command_codes

GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_TRANSMITTER: Final = 0x00000002
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
BIND_TRANSCEIVER: Final = 0x00000009
OUTBIND: Final = 0x0000000B
ENQUIRE_LINK: Final = 0x00000015
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103

#: Set in the command_id of every response, generic_nack included.
RESPONSE: Final = 0x80000000

SUBMIT_SM_RESP: Final = SUBMIT_SM | RESPONSE
DELIVER_SM_RESP: Final = DELIVER_SM | RESPONSE
UNBIND_RESP: Final = UNBIND | RESPONSE
ENQUIRE_LINK_RESP: Final = ENQUIRE_LINK | RESPONSE
DATA_SM_RESP: Final = DATA_SM | RESPONSE

_NAMES: Final[dict[int, str]] = {code: name for name, code in command_codes.commands.items()}


def command_name(command_id: int) -> str:
    """The specification's name of a command_id; vendors invent others, which are shown as numbers."""
    return _NAMES.get(command_id, f"command 0x{command_id:08X}")
