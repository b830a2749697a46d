"""The numbers of a deliver_sm are not written as usual (jasmin issues 117 and 751, JamaaSMPP issue 30)."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.deliveries import DeliveryFaultConfig, Kind
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.numbering import area_code_of
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import Npi, Ton

ADDRESS_CHARACTERS_MAX: Final = 20
"""SMPP 3.4, 5.2.8: 21 octets with the NUL; an address that would not fit stays as it is."""


class Form(Enum):
    """How a number is written."""

    PLUS = "plus"
    """With a plus in front, a short code too."""
    DOUBLE_ZERO = "double_zero"
    """With the 00 that people dial from Europe; a short code stays as it is."""
    NATIONAL = "national"
    """A North American number without its 1, and typed as national."""
    UNKNOWN_TYPE = "unknown_type"
    """TON and NPI are 0."""
    BLANK = "blank"
    """With a blank in front."""


class Side(Enum):
    """Which of the two numbers."""

    SOURCE = "source"
    DESTINATION = "destination"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class OddAddressesConfig(DeliveryFaultConfig):
    """``form`` is one of the words of ``Form``; without one it is drawn anew each time. ``side``: whose number."""

    word: ClassVar[str] = "odd_addresses"

    form: Form | None = None
    side: Side = Side.BOTH
    kind: Kind | None = Kind.TEXT

    def build(self, dice: Random) -> "OddAddresses":
        return OddAddresses(self, dice)


class OddAddresses:
    """Writes them in another way."""

    def __init__(self, config: OddAddressesConfig, dice: Random) -> None:
        self._form = config.form
        self._is_source = config.side is not Side.DESTINATION
        self._is_destination = config.side is not Side.SOURCE
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        form = self._form or self._dice.choice(list(Form))
        delivery = decode(pdu)
        for is_meant, address, kind in (
            (self._is_source, "source_addr", "source_addr"),
            (self._is_destination, "destination_addr", "dest_addr"),
        ):
            if is_meant:
                types = delivery.integer(f"{kind}_ton"), delivery.integer(f"{kind}_npi")
                text, (ton, npi) = _written(delivery.text(address), types, form)
                delivery.fields |= {address: text, f"{kind}_ton": ton, f"{kind}_npi": npi}
        return [encode(delivery)]


def _written(address: str, types: tuple[int, int], form: Form) -> tuple[str, tuple[int, int]]:
    """The address in this form, and its TON and NPI."""
    match form:
        case Form.PLUS:
            written = f"+{address}"
        case Form.DOUBLE_ZERO if types[0] == Ton.INTERNATIONAL:
            written = f"00{address}"
        case Form.NATIONAL if area_code_of(address) and len(address) == 11:
            written, types = address[1:], (Ton.NATIONAL, Npi.ISDN)
        case Form.UNKNOWN_TYPE:
            written, types = address, (Ton.UNKNOWN, Npi.UNKNOWN)
        case Form.BLANK:
            written = f" {address}"
        case _:
            written = address
    return (written if len(written) <= ADDRESS_CHARACTERS_MAX else address), types
