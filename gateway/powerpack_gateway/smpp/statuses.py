"""command_status: what an SMSC or an ESME says about a request (SMPP 3.4, 5.1.3)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smpplib import consts

# The few that this package itself sends or acts on. smpplib holds the whole list.
ESME_ROK: Final = 0x00000000
ESME_RINVMSGLEN: Final = 0x00000001
ESME_RINVCMDLEN: Final = 0x00000002
ESME_RINVCMDID: Final = 0x00000003
ESME_RINVBNDSTS: Final = 0x00000004
ESME_RALYBND: Final = 0x00000005
ESME_RINVSRCADR: Final = 0x0000000A
ESME_RINVDSTADR: Final = 0x0000000B
ESME_RBINDFAIL: Final = 0x0000000D
ESME_RINVPASWD: Final = 0x0000000E
ESME_RINVSYSID: Final = 0x0000000F
ESME_RX_T_APPN: Final = 0x00000064
ESME_RX_R_APPN: Final = 0x00000066
ESME_RINVOPTPARSTREAM: Final = 0x000000C0
ESME_RINVPARLEN: Final = 0x000000C2
ESME_RUNKNOWNERR: Final = 0x000000FF

#: Answers to a bind that no repetition mends: somebody has to look at the account.
CREDENTIALS_REFUSED: Final = (ESME_RBINDFAIL, ESME_RINVPASWD, ESME_RINVSYSID)

STATUS_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {value: name.removeprefix("SMPP_") for name, value in vars(consts).items() if name.startswith("SMPP_ESME_")}
)


def status_name(status: int) -> str:
    """The specification's name of a status; carriers invent others, which are shown as numbers."""
    return STATUS_NAMES.get(status, f"0x{status:08X}")
