"""Text and its way into short messages: GSM 03.38 or UTF-16, one part or several, and back."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from gsm0338 import Codec

from powerpack_gateway.errors import BadRequest

GSM_SEPTETS_MAX = 1600
"""Longest GSM text that Plivo takes: 11 parts (plivo_api.md 5). An extension character counts as two."""

UCS2_UNITS_MAX = 737
"""Longest UCS-2 text that Plivo takes: 11 parts of 67. A character beyond U+FFFF counts as two."""

GSM_SINGLE, GSM_PART = 160, 153
"""Septets in a message of one part, and in each of several (140 octets, 6 of them for the header; 3GPP TS 23.040)."""

UCS2_SINGLE, UCS2_PART = 70, 67
"""UTF-16 code units in a message of one part, and in each of several."""

ESM_CLASS_UDHI = 0x40
"""The bit of esm_class that says: short_message begins with a user data header (SMPP 3.4, 5.2.12)."""


class DataCoding(IntEnum):
    """The values of data_coding that this gateway sends, or reads as text (SMPP 3.4, 5.2.19)."""

    DEFAULT = 0
    ASCII = 1
    LATIN_1 = 3
    UCS2 = 8


class MessageTooLong(BadRequest):
    """The text is longer than Plivo takes; ``found`` and ``limit`` count GSM septets or UTF-16 units."""

    def __init__(self, *, found: int, limit: int, alphabet: str) -> None:
        super().__init__(
            f"text is too long: it has {found} {alphabet} characters and {limit} is the limit"
            " (extension characters and emoji count twice)"
        )
        self.found = found
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Part:
    """What one submit_sm carries. Positional, unlike other values here: one is made for every segment."""

    esm_class: int
    short_message: bytes


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text as it goes out; ``units`` is the number of parts, which is what Plivo bills. Positional as `Part` is."""

    data_coding: int
    units: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concatenation:
    """Which part of which message a short message is.

    ``width`` is 8 or 16, the bits of the reference in a header, or 0 where TLVs tell: each is a series of its own.
    """

    reference: int
    total: int
    sequence: int
    width: int


def encode_text(text: str, reference: int = 0) -> EncodedText:
    """The parts to send, in GSM 03.38 where that is possible, else in UTF-16BE.

    ``reference`` ties the parts of a long message together; its low eight bits are used, so a caller should count up
    for each handset. GSM septets travel unpacked, one in an octet. Raises `MessageTooLong`.
    """
    septets = gsm_encoded(text)
    if septets is not None:
        if len(septets) <= GSM_SINGLE:
            return EncodedText(0, 1, (Part(0, septets),))
        return _concatenated(DataCoding.DEFAULT, _split_gsm(septets), reference)
    # A lone surrogate is passed on as it came: what to show is the handset's choice, and nothing is lost on the way.
    octets = text.encode("utf-16-be", "surrogatepass")
    if len(octets) <= UCS2_SINGLE * 2:
        return EncodedText(8, 1, (Part(0, octets),))
    return _concatenated(DataCoding.UCS2, _split_utf16(octets), reference)


def gsm_encoded(text: str) -> bytes | None:
    """The text in GSM 03.38, one septet in an octet, or None when some character is not in that alphabet."""
    if text.isascii():
        raw = text.encode()
        if not raw.translate(None, _SAME_IN_ASCII):
            return raw
    try:
        return text.translate(_TO_GSM).encode("ascii")
    except UnicodeEncodeError:
        return None


def decode_text(short_message: bytes, data_coding: int) -> str:
    """The text that a carrier delivered; never fails, whatever the carrier says about the alphabet.

    0 is read as GSM 03.38, 8 as UTF-16BE, what has a message class or a waiting message as ``alphabet_of`` says, all
    else as Latin-1, compressed text too: nobody can read that, and no octet is lost.

    Octets over 0x7F under data_coding 0 can not be GSM; some routes send UTF-8 or Latin-1 there, and are read so. NUL
    octets at the end, which some SMSCs leave on, are dropped; under data_coding 0 a last NUL
    is the character @ and stays.
    """
    alphabet = data_coding if data_coding < 0x10 else alphabet_of(data_coding)
    if alphabet == DataCoding.DEFAULT:
        return _decoded_default(short_message)
    if alphabet == DataCoding.UCS2:
        # A few carriers send a byte order mark, and mean it (jookies/jasmin#619).
        codec = "utf-16" if short_message[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-16-be"
        return short_message.decode(codec, "replace").rstrip("\0")
    return short_message.decode("latin-1").rstrip("\0")


def alphabet_of(data_coding: int) -> DataCoding:
    """The alphabet of a data_coding from 0x10 on, which is the mobile network's own octet (3GPP TS 23.038, 4; SMPP 3.4,
    5.2.19). Below that SMPP has a list of its own. The message class says where a phone keeps the text, no more."""
    group = data_coding >> 4
    if group == 0xF:
        return DataCoding.LATIN_1 if data_coding & 0x04 else DataCoding.DEFAULT
    if group >= 0xC:
        return DataCoding.UCS2 if group == 0xE else DataCoding.DEFAULT
    is_reserved_or_compressed = group >= 0x8 or data_coding & 0x20
    return DataCoding.LATIN_1 if is_reserved_or_compressed else _GENERAL[data_coding >> 2 & 3]


def split_udh(esm_class: int, short_message: bytes) -> tuple[Concatenation | None, bytes]:
    """The place in a concatenated message, or None when it stands alone, and the text's octets.

    A header that does not fit into the message is no header: everything is text then. A concatenation of no parts,
    or a part beyond the last, is ignored (3GPP TS 23.040, 9.2.3.24.1).
    """
    if not esm_class & ESM_CLASS_UDHI or not short_message:
        return None, short_message
    end = 1 + short_message[0]
    if end > len(short_message):
        return None, short_message
    return _concatenation(short_message[1:end]), short_message[end:]


def split_unflagged(short_message: bytes) -> tuple[Concatenation | None, bytes]:
    """The same for a message whose esm_class says nothing of a header, and which begins with one (php-smpp issue 33).

    As a text these octets are no words in GSM 03.38, ASCII or UTF-16, as long as the number of parts is below all
    letters and digits; "é@¥ Hi" stays a text.
    """
    if short_message.startswith((b"\x05\x00\x03", b"\x06\x08\x04")):
        concatenation, rest = split_udh(ESM_CLASS_UDHI, short_message)
        if concatenation is not None and 1 < concatenation.total < ord(" "):
            return concatenation, rest
    return None, short_message


def sar_concatenation(tlvs: Mapping[int, bytes]) -> Concatenation | None:
    """The same from sar_msg_ref_num, sar_total_segments and sar_segment_seqnum, or none (SMPP 3.4, 5.3.2.22)."""
    reference, total, sequence = (int.from_bytes(tlvs.get(tag, b""), "big") for tag in _SAR_TAGS)
    # Two and one octets: what is longer would make a text of four thousand million parts.
    if not (all(tlvs.get(tag) for tag in _SAR_TAGS) and 1 <= sequence <= total <= 0xFF and reference <= 0xFFFF):
        return None
    return Concatenation(reference=reference, total=total, sequence=sequence, width=0)


def _concatenation(header: bytes) -> Concatenation | None:
    position = 0
    while position + 2 <= len(header):
        element, length = header[position], header[position + 1]
        value = header[position + 2 : position + 2 + length]
        if (element, length, len(value)) in ((0x00, 3, 3), (0x08, 4, 4)):
            *reference, total, sequence = value
            if 1 <= sequence <= total:
                return Concatenation(
                    reference=int.from_bytes(reference, "big"),
                    total=total,
                    sequence=sequence,
                    width=8 * len(reference),
                )
        position += 2 + length
    return None


def _concatenated(data_coding: int, chunks: list[bytes], reference: int) -> EncodedText:
    header = bytes((5, 0x00, 3, reference & 0xFF, len(chunks)))
    parts = tuple(
        Part(ESM_CLASS_UDHI, header + bytes((sequence,)) + chunk) for sequence, chunk in enumerate(chunks, start=1)
    )
    return EncodedText(int(data_coding), len(parts), parts)


def _split_gsm(septets: bytes) -> list[bytes]:
    if len(septets) > GSM_SEPTETS_MAX:
        raise MessageTooLong(found=len(septets), limit=GSM_SEPTETS_MAX, alphabet="GSM 03.38")
    chunks = []
    start = 0
    while start < len(septets):
        end = start + GSM_PART
        # The escape and the character after it belong to one part. An escaped escape does not exist.
        if end < len(septets) and septets[end - 1] == _ESCAPE:
            end -= 1
        chunks.append(septets[start:end])
        start = end
    return chunks


def _split_utf16(octets: bytes) -> list[bytes]:
    units = len(octets) // 2
    if units > UCS2_UNITS_MAX:
        raise MessageTooLong(found=units, limit=UCS2_UNITS_MAX, alphabet="UCS-2")
    chunks = []
    start = 0
    while start < len(octets):
        end = start + UCS2_PART * 2
        # A high surrogate stays with the low one that follows it (rilmodem/ofono#76).
        if end < len(octets) and octets[end - 2] & 0xFC == 0xD8 and octets[end] & 0xFC == 0xDC:
            end -= 2
        chunks.append(octets[start:end])
        start = end
    return chunks


def _decoded_default(raw: bytes) -> str:
    if not raw.translate(None, _SAME_IN_ASCII):
        return raw.decode("ascii")
    if not raw.isascii():
        try:
            return raw.decode("utf-8").rstrip("\0")
        except UnicodeDecodeError:
            return raw.decode("latin-1").rstrip("\0")
    first, *escaped = raw.split(b"\x1b")
    text = [_basic_text(first)]
    for rest in escaped:
        # An escape that leads nowhere shows the plain character (3GPP TS 23.038, 6.2.1.1).
        text.append(_EXTENSION.get(rest[:1], "") or _basic_text(rest[:1]))
        text.append(_basic_text(rest[1:]))
    return "".join(text)


def _basic_text(septets: bytes) -> str:
    return codecs.charmap_decode(septets, "strict", _BASIC)[0]


_GENERAL = (DataCoding.DEFAULT, DataCoding.LATIN_1, DataCoding.UCS2, DataCoding.LATIN_1)
"""Bits 3 and 2 of the general groups: GSM, eight bits, UCS-2, reserved."""

_SAR_TAGS = (0x020C, 0x020E, 0x020F)

_ESCAPE = 0x1B
_GSM = Codec()
_BASIC = "".join(_GSM.decode(bytes((septet,)))[0] if septet != _ESCAPE else "\x1b" for septet in range(128))
_EXTENSION: dict[bytes, str] = {
    bytes((septet,)): _GSM.decode(bytes((_ESCAPE, septet)))[0]
    for septet in (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65)
}
_SAME_IN_ASCII = bytes(septet for septet in range(128) if _BASIC[septet] == chr(septet) and septet != _ESCAPE)
"""The characters with the same value in both alphabets: a text of these alone needs no translation."""

_NOT_GSM = "\uffff"
# ASCII characters that GSM lacks must not slip through the translation as the septets of others.
_TO_GSM: dict[int, str] = (
    dict.fromkeys(range(128), _NOT_GSM)
    | {ord(character): chr(septet) for septet, character in enumerate(_BASIC) if septet != _ESCAPE}
    | {ord(character): "\x1b" + septet.decode("ascii") for septet, character in _EXTENSION.items()}
)
