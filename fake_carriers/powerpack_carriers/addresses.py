"""How a carrier writes a number on the wire."""

from powerpack_carriers.numbering import SHORTCODE_DIGITS
from powerpack_carriers.smpp.constants import Npi, Ton

_INTERNATIONAL = bytes((Ton.INTERNATIONAL, Npi.ISDN))
_SHORTCODE = bytes((Ton.NETWORK_SPECIFIC, Npi.UNKNOWN))
_ALPHANUMERIC = bytes((Ton.ALPHANUMERIC, Npi.UNKNOWN))


def wire_address(number: str) -> tuple[bytes, bytes]:
    """TON and NPI (two octets), and the address: international for numbers, network specific for short codes."""
    octets = number.encode("latin-1", "replace")
    if not octets.isdigit():
        return _ALPHANUMERIC, octets
    return (_SHORTCODE if len(octets) <= max(SHORTCODE_DIGITS) else _INTERNATIONAL), octets
