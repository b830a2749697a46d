"""The text of a short message: to octets and back, into parts and together again."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from gsm0338 import Codec

from powerpack_carriers.national_tables import DEFAULT, Language, elements_of, read_national
from powerpack_carriers.smpp.constants import DataCoding

GSM_SEPTETS_MAX: Final = 160
"""A single part in the GSM 03.38 alphabet, one septet an octet on SMPP (3GPP TS 23.040)."""
GSM_SEPTETS_PER_PART: Final = 153
"""The same with the six octets of a concatenation header in front."""
UCS2_OCTETS_MAX: Final = 140
"""A single part in UTF-16BE: 70 code units."""
UCS2_OCTETS_PER_PART: Final = 134
"""The same with a concatenation header in front: 67 code units."""
CONCATENATION_OCTETS: Final = 5
"""The element of a user data header that says which part of how many this is, with a reference of one octet."""
PARTS_MAX: Final = 255
"""The number of parts is one octet (3GPP TS 23.040, 9.2.3.24.1)."""

_GENERAL: Final = (*range(0x10, 0x20), *range(0x40, 0x60))
"""Codings whose bits 3 and 2 name the alphabet; from 0x40 on the text is to be deleted when it was read."""
_IN_GSM: Final = frozenset(
    {DataCoding.SMSC_DEFAULT, *range(0xC0, 0xE0)}
    | {each for each in _GENERAL if each & 0x0C == 0}
    | {each for each in range(0xF0, 0x100) if not each & 0x04}
)
_IN_UCS2: Final = frozenset({DataCoding.UCS2, *range(0xE0, 0xF0)} | {each for each in _GENERAL if each & 0x0C == 0x08})
_EIGHT_BITS: Final = (
    _IN_UCS2
    | {DataCoding.OCTET_UNSPECIFIED_2, DataCoding.OCTET_UNSPECIFIED_4}
    | {each for each in (*_GENERAL, *range(0xF0, 0x100)) if each & 0x0C == 0x04 or each & 0xF4 == 0xF4}
)
"""Codings whose octets go over the air as they are: UTF-16, and what is binary."""

_CODECS: Final[Mapping[int, str]] = {
    DataCoding.ASCII: "ascii",
    DataCoding.JIS: "shift_jis",
    DataCoding.CYRILLIC: "iso-8859-5",
    DataCoding.HEBREW: "iso-8859-8",
    DataCoding.ISO_2022_JP: "iso2022_jp",
    DataCoding.EXTENDED_KANJI: "iso2022_jp_1",
    DataCoding.KS_C_5601: "euc_kr",
}
"""SMPP 3.4, 5.2.19; of JIS it names the characters and not their octets: Shift-JIS is what is sent."""

_ESCAPE: Final = 0x1B
_CONCATENATION_8_BIT: Final = 0x00
_CONCATENATION_16_BIT: Final = 0x08

_GSM: Final = Codec()
# GSM 03.38 has ASCII's printable characters at ASCII's places, but for these.
_GSM_MOVED: Final = frozenset(b"@$_`[\\]^{|}~")
# Octets that stand for letters or the escape in GSM 03.38, and for nothing that a text has in ASCII.
_NO_ASCII_TEXT: Final = frozenset(range(32)) - frozenset(b"\t\n\r")
_SAME_IN_GSM: Final = bytes([10, 13, *(octet for octet in range(32, 127) if octet not in _GSM_MOVED)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Concatenation:
    """Where a part belongs; references of 8 and of 16 bits, and those of sar_* TLVs, are different series."""

    series: str
    reference: int
    total: int
    number: int


def segments_of(octets: int, data_coding: int, *, header: int = 0, is_part: bool = False) -> int:
    """How many parts go over the air: 160 septets or 140 octets alone, 153 or 134 each in several (3GPP TS 23.040).

    ``octets`` are those of the text, ``header`` those of a user data header in front of it, which each part repeats;
    one that says which part it is (``is_part``) needs no more room for that, any other does.
    """
    numbering = 0 if is_part else CONCATENATION_OCTETS + (not header)  # the first element has the header's length too
    if header + numbering >= UCS2_OCTETS_MAX:
        return -(-(header + octets) // UCS2_OCTETS_MAX)  # no message has room for such a header and for a text
    whole, part = UCS2_OCTETS_MAX - header, UCS2_OCTETS_MAX - header - numbering
    if data_coding not in _EIGHT_BITS:
        whole, part = whole * 8 // 7, part * 8 // 7
    return 1 if octets <= whole else -(-octets // part)


def decode_text(octets: bytes, data_coding: int, language: Language = DEFAULT) -> str:
    """What a phone shows; octets that mean nothing in their coding become U+FFFD, nothing fails.

    ``language``: the tables that stand in for GSM 03.38's.

    From 0x10 on it is the network's own octet (3GPP TS 23.038, 4): message classes, message waiting. What is
    compressed is shown as Latin-1, as everything is that no phone reads.
    """
    if data_coding in _IN_UCS2:
        return octets.decode("utf-16-be", "replace")
    if data_coding in _IN_GSM:
        return _decode_gsm(octets) if language == DEFAULT else read_national(octets, language)
    if data_coding == DataCoding.ASCII and _NO_ASCII_TEXT.intersection(octets):
        # npm's smpp, among others, calls GSM 03.38 octets "ASCII": control characters that no text has give it away.
        return _decode_gsm(octets)
    return octets.decode(_CODECS.get(data_coding, "latin-1"), "replace")


def encode_text(text: str) -> tuple[int, bytes]:
    """data_coding and octets: GSM 03.38 where every character has a place in it, else UTF-16BE."""
    try:
        # The codec takes U+001B for the escape of GSM 03.38, which is no character.
        if "\x1b" not in text:
            return DataCoding.SMSC_DEFAULT, _GSM.encode(text)[0]
    except UnicodeEncodeError:
        pass
    return DataCoding.UCS2, text.encode("utf-16-be", "surrogatepass")


def split_text(octets: bytes, data_coding: int, *, reference: int, parts_min: int = 1) -> tuple[bytes, ...]:
    """The parts of a text; more than one carry a user data header with an 8-bit ``reference``.

    Neither an escape pair of GSM 03.38 nor a surrogate pair is ever cut. ``parts_min``: so many, although fewer would
    do. Raises ValueError beyond 255 parts, and for a text that can not be cut into so many.
    """
    is_ucs2 = data_coding == DataCoding.UCS2
    if len(octets) <= (UCS2_OCTETS_MAX if is_ucs2 else GSM_SEPTETS_MAX) and parts_min == 1:
        return (octets,)
    size = _part_octets(len(octets), parts_min, is_ucs2=is_ucs2)
    pieces: list[bytes] = []
    start = 0
    while start < len(octets):
        end = start + size
        if end < len(octets):
            end -= _cut_back(octets, end, is_ucs2=is_ucs2)
        pieces.append(octets[start:end])
        start = end
    if len(pieces) < parts_min:
        raise ValueError(f"a text so short makes {len(pieces)} parts, expected {parts_min}")
    if len(pieces) > PARTS_MAX:
        raise ValueError(f"the text needs {len(pieces)} parts, a message has {PARTS_MAX} at most")
    return tuple(
        bytes((5, _CONCATENATION_8_BIT, 3, reference & 0xFF, len(pieces), number)) + piece
        for number, piece in enumerate(pieces, start=1)
    )


def take_header(octets: bytes) -> tuple[Concatenation | None, bytes]:
    """The concatenation of a part that starts with a user data header (None without one), and its own octets.

    A header that runs past the end is shown as text, as phones do (carriers send such lies).
    """
    if not octets or octets[0] + 1 > len(octets):
        return None, octets
    end = octets[0] + 1
    header, body = octets[1:end], octets[end:]
    for element, value in elements_of(header):
        if element == _CONCATENATION_8_BIT and len(value) == 3:
            return _concatenation("8", value[0], value[1], value[2]), body
        if element == _CONCATENATION_16_BIT and len(value) == 4:
            return _concatenation("16", value[0] << 8 | value[1], value[2], value[3]), body
    return None, body


def sar_concatenation(reference: int, total: int, number: int) -> Concatenation | None:
    """The same from sar_msg_ref_num, sar_total_segments and sar_segment_seqnum (SMPP 3.4, 5.3.2.22 to 24)."""
    return _concatenation("sar", reference, total, number)


def _concatenation(series: str, reference: int, total: int, number: int) -> Concatenation | None:
    """None for what the phone must ignore: part 0, or a part beyond the total (3GPP TS 23.040, 9.2.3.24.1)."""
    if not 1 <= number <= total:
        return None
    return Concatenation(series=series, reference=reference, total=total, number=number)


def _decode_gsm(octets: bytes) -> str:
    if not octets.translate(None, _SAME_IN_GSM):
        return octets.decode("ascii")
    return str(_GSM.decode(octets, "replace")[0])


def _part_octets(octets: int, parts_min: int, *, is_ucs2: bool) -> int:
    """How long parts are: as long as they may be, or shorter where there shall be more of them."""
    full = UCS2_OCTETS_PER_PART if is_ucs2 else GSM_SEPTETS_PER_PART
    if parts_min == 1:
        return full
    unit = 2 if is_ucs2 else 1
    size = ceil(octets / parts_min / unit) * unit
    if ceil(octets / size) < parts_min:
        size -= unit
    # Room for one pair, which is never cut.
    return min(full, max(size, 2 * unit))


def _cut_back(octets: bytes, end: int, *, is_ucs2: bool) -> int:
    """How many octets must stay together with what follows ``end``."""
    if is_ucs2:
        return 2 if 0xD8 <= octets[end - 2] <= 0xDB else 0
    # Two escapes in a row are no pair of ours: the codec writes an escape only before a character of the extension.
    return 1 if octets[end - 1] == _ESCAPE else 0
