"""Addresses: which TON and NPI go with a number's form (SMPP 3.4, 5.2.5, 5.2.6)."""

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple

#: US and Canadian short codes have five or six digits (CTIA); 7726 has four. No E.164 number is as short.
SHORT_CODE_DIGITS_MAX: Final = 6


class NumberForm(enum.Enum):
    """What a sender or receiver looks like."""

    E164 = "E.164"
    SHORT_CODE = "short code"
    ALPHANUMERIC = "alphanumeric"


class TonNpi(NamedTuple):
    """Type of number and numbering plan indicator, which always travel together."""

    ton: int
    npi: int


_INTERNATIONAL_ISDN: Final = TonNpi(1, 1)
_NETWORK_SPECIFIC: Final = TonNpi(3, 0)
_ALPHANUMERIC: Final = TonNpi(5, 0)


def number_form(address: str) -> NumberForm:
    """The form of an address: digits with or without a ``+``, or anything else."""
    digits = address.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return NumberForm.ALPHANUMERIC
    if len(digits) <= SHORT_CODE_DIGITS_MAX and len(digits) == len(address):
        return NumberForm.SHORT_CODE
    return NumberForm.E164


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberingPlan:
    """The TON and NPI that a carrier wants for each form of number."""

    e164: TonNpi = _INTERNATIONAL_ISDN
    short_code: TonNpi = _NETWORK_SPECIFIC
    alphanumeric: TonNpi = _ALPHANUMERIC

    def ton_npi(self, address: str) -> TonNpi:
        """What goes with ``address``."""
        if len(address) > SHORT_CODE_DIGITS_MAX and address.isdigit() and address.isascii():
            return self.e164  # nearly all of them
        match number_form(address):
            case NumberForm.E164:
                return self.e164
            case NumberForm.SHORT_CODE:
                return self.short_code
            case NumberForm.ALPHANUMERIC:
                return self.alphanumeric


#: Senders: a short code is the carrier's own, hence "network specific".
SOURCE_PLAN: Final = NumberingPlan()
#: Receivers: nothing is claimed about a short code as destination.
DESTINATION_PLAN: Final = NumberingPlan(short_code=TonNpi(0, 0))
