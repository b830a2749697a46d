"""What data_coding 0 means is the SMSC's own affair (SMPP 3.4, 5.2.19), and here it is not GSM 03.38.

Seen in jasmin issue 725, jsmpp issue 83, node-smpp issue 97 and ksmppd issue 50: "@" arrives as "¡", "$" is lost.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar

from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig, command_id_of
from powerpack_carriers.messages import Message
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import CommandId, DataCoding, EsmClass
from powerpack_carriers.smpp.errors import SmppError
from powerpack_carriers.text import decode_text, take_header


class Alphabet(Enum):
    """What data_coding 0 is read as, and what texts from phones are written in under it."""

    LATIN_1 = "latin_1"
    ASCII = "ascii"

    @property
    def data_coding(self) -> DataCoding:
        """The coding that says the same."""
        return DataCoding.LATIN_1 if self is Alphabet.LATIN_1 else DataCoding.ASCII


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultAlphabetConfig(WireFaultConfig):
    """Both ways; what names its coding, or is a receipt, is left alone."""

    word: ClassVar[str] = "default_alphabet"

    alphabet: Alphabet = Alphabet.LATIN_1

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(DefaultAlphabetConfig, self).__post_init__()
        if self.command is not None:
            raise ValueError("command: it strikes submits and the texts of phones; expected none")
        if (self.system_id, self.listener, self.session) != (None, None, None):
            raise ValueError("system_id, listener and session: the alphabet is the SMSC's; expected none of them")

    def concerns_pdu(self, pdu: bytes) -> bool:
        if command_id_of(pdu) != CommandId.deliver_sm:
            return False
        try:
            delivery = decode(pdu)
        except SmppError:
            return False  # another fault was here before
        is_text = not delivery.integer("esm_class") & EsmClass.TYPE_MASK
        return is_text and delivery.integer("data_coding") == DataCoding.SMSC_DEFAULT

    def build(self, dice: Random) -> "DefaultAlphabet":
        return DefaultAlphabet(self)


class DefaultAlphabet:
    """Reads and writes in it."""

    def __init__(self, config: DefaultAlphabetConfig) -> None:
        self._alphabet = config.alphabet

    def on_submit(self, message: Message) -> None:
        if not message.is_mms and message.submitted.data_coding == DataCoding.SMSC_DEFAULT:
            message.submitted = message.submitted._replace(data_coding=self._alphabet.data_coding)

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        delivery = decode(pdu)
        octets = delivery.octets("short_message")
        text = take_header(octets)[1] if delivery.integer("esm_class") & EsmClass.UDHI else octets
        header = octets[: len(octets) - len(text)]
        codec = "latin-1" if self._alphabet is Alphabet.LATIN_1 else "ascii"
        written = decode_text(text, DataCoding.SMSC_DEFAULT).encode(codec, "replace")
        delivery.fields["short_message"] = header + written
        return [encode(delivery)]
