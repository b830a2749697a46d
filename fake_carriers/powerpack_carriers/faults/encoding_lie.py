"""A text from a phone is not in the alphabet that its data_coding names, or has not the header that esm_class promises.

Seen from T-Mobile (Latin-1 under data_coding 0), in jasmin issue 619 (byte order) and SMS-SMPP issue 172 (odd octets).
"""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.faults.deliveries import DeliveryFaultConfig, Kind
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import DataCoding, EsmClass
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.text import decode_text, take_header

RESERVED_CODING: Final = 0x0B
"""SMPP 3.4, 5.2.19 reserves it."""

SHORT_MESSAGE_OCTETS_MAX: Final = 254
"""SMPP 3.4, 5.2.21; what a lie makes longer is cut."""

TEXTS_MAX: Final = 1_000
"""Long texts of which a part is still to come; of more the octet that was cut off the oldest is lost."""


class Form(Enum):
    """What is said, and what there is."""

    LATIN_1 = "latin_1"
    """data_coding 0 (GSM 03.38 here), and the octets are Latin-1."""
    UTF_8 = "utf_8"
    """data_coding 0, and the octets are UTF-8."""
    ODD_UCS2 = "odd_ucs2"
    """data_coding 8, and half of the last character is missing."""
    LITTLE_ENDIAN = "little_endian"
    """data_coding 8, and the octets are a byte order mark and UTF-16LE."""
    UDHI_WITHOUT_HEADER = "udhi_without_header"
    """esm_class says that a user data header comes first, and the text does."""
    HEADER_PAST_END = "header_past_end"
    """There is a user data header, and its length goes past the end."""
    CUT_CHARACTERS = "cut_characters"
    """The parts of a long text are cut an octet early, within a character; a short text stays as it is."""
    RESERVED_CODING = "reserved_coding"
    """A data_coding that nobody has defined, over Latin-1."""


_CODECS: Final = {
    Form.LATIN_1: (DataCoding.SMSC_DEFAULT, "latin-1"),
    Form.UTF_8: (DataCoding.SMSC_DEFAULT, "utf-8"),
    Form.ODD_UCS2: (DataCoding.UCS2, "utf-16-be"),
    Form.LITTLE_ENDIAN: (DataCoding.UCS2, "utf-16-le"),
    Form.RESERVED_CODING: (RESERVED_CODING, "latin-1"),
}
"""What data_coding says, and how the octets are made."""


_FORMS_OF_ONE: Final = [each for each in Form if each is not Form.CUT_CHARACTERS]
"""Those that one deliver_sm is enough for: what is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodingLieConfig(DeliveryFaultConfig):
    """``form`` is one of the words of ``Form``; without one it is drawn anew each time, ``cut_characters`` never.

    Receipts stay as they are.
    """

    word: ClassVar[str] = "encoding_lie"

    form: Form | None = None
    kind: Kind | None = Kind.TEXT

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(EncodingLieConfig, self).__post_init__()
        if self.kind is not Kind.TEXT:
            raise ValueError("kind: a receipt's own lies are in docs/receipt-quirks.md; expected text")

    def build(self, dice: Random) -> "EncodingLie":
        return EncodingLie(self, dice)


class EncodingLie:
    """Lies."""

    def __init__(self, config: EncodingLieConfig, dice: Random) -> None:
        self._form = config.form
        self._dice = dice
        self._cut_off: BoundedDict[tuple[str, str, bytes], bytes] = BoundedDict(TEXTS_MAX)

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        delivery = decode(pdu)
        form = self._form or self._dice.choice(_FORMS_OF_ONE)
        if form is Form.CUT_CHARACTERS:
            self._cut(delivery)
        else:
            _lie(delivery, form)
        return [encode(delivery)]

    def _cut(self, delivery: Pdu) -> None:
        """Move the last octet of a part to the front of the next, which it comes before."""
        header, text = _split_header(delivery)
        part, _ = take_header(header)
        if part is None:
            return
        key = (delivery.text("source_addr"), delivery.text("destination_addr"), header[:-1])
        text = (self._cut_off.take(key) or b"") + text
        if part.number < part.total:
            text, self._cut_off[key] = text[:-1], text[-1:]
        delivery.fields["short_message"] = header + text


def _lie(delivery: Pdu, form: Form) -> None:
    header, text = _split_header(delivery)
    esm_class, data_coding = delivery.integer("esm_class"), delivery.integer("data_coding")
    match form:
        case Form.UDHI_WITHOUT_HEADER:
            header, esm_class = b"", esm_class | EsmClass.UDHI
        case Form.HEADER_PAST_END:
            header, esm_class = b"\xff" + header[1:], esm_class | EsmClass.UDHI
        case _:
            said, codec = _CODECS[form]
            text, data_coding = decode_text(text, data_coding).encode(codec, "replace"), said
            if form is Form.ODD_UCS2:
                text = text[:-1]
            elif form is Form.LITTLE_ENDIAN:
                text = b"\xff\xfe" + text
    short_message = (header + text)[:SHORT_MESSAGE_OCTETS_MAX]
    delivery.fields |= {"esm_class": esm_class, "data_coding": data_coding, "short_message": short_message}


def _split_header(delivery: Pdu) -> tuple[bytes, bytes]:
    """The user data header with its length, empty where there is none, and the text."""
    octets = delivery.octets("short_message")
    end = octets[0] + 1 if octets and delivery.integer("esm_class") & EsmClass.UDHI else 0
    return octets[:end], octets[end:]
