"""The type of number (TON) that a PDU gives an address, against the address's form: OpenMarket's rules for ESMEs.

SMPP 3.4, 5.2.5 names the types and leaves their forms to the operator.
"""

from collections.abc import Callable, Mapping
from typing import Final

from powerpack_carriers.numbering import NUMBER_DIGITS_MAX, NUMBER_DIGITS_MIN, Address
from powerpack_carriers.smpp.constants import Npi, Ton

NUMBERING_PLANS: Final = (Npi.UNKNOWN, Npi.ISDN)
"""What OpenMarket takes (v4smpp, MT response codes)."""

ALPHANUMERIC_MAX: Final = 11
"""Letters that fit the ten octets of an address on the air (3GPP TS 23.040, 9.1.2.5)."""

SHORT_DIGITS: Final = range(3, 9)
"""Short codes of the world's operators; those of the US and Canada have five or six digits."""


def fits_type(ton: int, address: Address) -> bool:
    """Whether an address has the form of its type; types that are not in the table have none."""
    has_form = _FORMS.get(ton)
    return has_form is None or has_form(address)


def _digits(lengths: range) -> Callable[[Address], bool]:
    return lambda address: address.is_digits and len(address.digits) in lengths


def _is_name(address: Address) -> bool:
    return 1 <= len(address.text) <= ALPHANUMERIC_MAX


_FORMS: Final[Mapping[int, Callable[[Address], bool]]] = {
    Ton.INTERNATIONAL: _digits(range(NUMBER_DIGITS_MIN, NUMBER_DIGITS_MAX + 1)),
    Ton.NATIONAL: _digits(range(NUMBER_DIGITS_MIN, NUMBER_DIGITS_MAX)),
    Ton.NETWORK_SPECIFIC: _digits(SHORT_DIGITS),
    Ton.SUBSCRIBER_NUMBER: _digits(range(1, NUMBER_DIGITS_MAX)),
    Ton.ALPHANUMERIC: _is_name,
    Ton.ABBREVIATED: _digits(SHORT_DIGITS),
}
