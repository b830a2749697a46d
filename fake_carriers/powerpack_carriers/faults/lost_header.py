"""The parts of a long text from a phone come without what says that they are parts.

Header shown as text in php-smpp issue 33; header lost between AT&T and T-Mobile in gammu issue 95.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.deliveries import DeliveryFaultConfig, Kind
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import EsmClass
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.text import take_header


class Form(Enum):
    """What is lost."""

    UNFLAGGED = "unflagged"
    """The bit of esm_class; the header stands in front of the text."""
    STRIPPED = "stripped"
    """Bit and header: nobody can tell any more that the texts belong together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostHeaderConfig(DeliveryFaultConfig):
    """It strikes parts only; a short text stays as it is."""

    word: ClassVar[str] = "lost_header"

    form: Form = Form.UNFLAGGED
    kind: Kind | None = Kind.TEXT

    def build(self, dice: Random) -> "LostHeader":
        return LostHeader(self)

    def _concerns(self, delivery: Pdu) -> bool:
        is_part = delivery.integer("esm_class") & EsmClass.UDHI
        return bool(is_part) and super(LostHeaderConfig, self)._concerns(delivery)


class LostHeader:
    """Loses it."""

    def __init__(self, config: LostHeaderConfig) -> None:
        self._form = config.form

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        delivery = decode(pdu)
        delivery.fields["esm_class"] = delivery.integer("esm_class") & ~EsmClass.UDHI
        if self._form is Form.STRIPPED:
            delivery.fields["short_message"] = take_header(delivery.octets("short_message"))[1]
        return [encode(delivery)]
