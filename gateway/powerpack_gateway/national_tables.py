"""National language tables, in which phones write with letters that GSM 03.38 has no place for (3GPP TS 23.038, A).

A user data header names them: a locking shift table stands in for the alphabet, a single shift table for what follows
an escape. Turkish, Spanish and Portuguese are read; of another table no notice is taken (23.038, 6.2.1.2), since
most of its places are as in GSM 03.38.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from powerpack_gateway.encoding import ESM_CLASS_UDHI, DataCoding, alphabet_of, decode_text

_SINGLE_SHIFT: Final = 0x24
_LOCKING_SHIFT: Final = 0x25
"""Elements of a user data header, of one octet each: the language (3GPP TS 23.040, 9.2.3.24.15 and 16)."""

_ESCAPE: Final = 0x1B

_TURKISH, _SPANISH, _PORTUGUESE = 1, 2, 3


def _at(places: str, characters: str) -> Mapping[int, str]:
    return dict(zip(bytes.fromhex(places), characters, strict=True))


_ALPHABETS: Final[Mapping[int, Mapping[int, str]]] = {
    _TURKISH: _at("04 07 0B 0C 1C 1D 40 60", "€ıĞğŞşİç"),
    _PORTUGUESE: _at(
        "04 06 07 08 09 0B 0C 0E 0F 12 13 14 15 16 17 18 19 1A 1C 1D 1E 24 40 5B 5C 5D 60 7B 7C 7D",
        "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚ~ãõ`",
    ),
}
"""Where a locking shift table has another character than GSM 03.38."""

_ESCAPED: Final[Mapping[int, Mapping[int, str]]] = {
    _TURKISH: _at("47 49 53 63 67 69 73", "ĞİŞçğış"),
    _SPANISH: _at("09 41 49 4F 55 61 69 6F 75", "çÁÍÓÚáíóú"),
    _PORTUGUESE: _at(
        "05 09 0B 0C 0E 0F 12 13 15 16 17 18 19 1F 41 49 4F 55 5B 5C 61 69 6F 75 7B 7C 7F",
        "êçÔôÁáΦΓΩΠΨΣΘÊÀÍÓÚÃÕÂíóúãõâ",
    ),
}
"""What a single shift table has behind an escape, besides what GSM 03.38 has there."""


class Tables(NamedTuple):
    """The characters by septet that stand in for GSM 03.38's: in the alphabet, and behind an escape."""

    alphabet: Mapping[int, str]
    escaped: Mapping[int, str]


def tables_of(header: bytes) -> Tables | None:
    """What a user data header, without its length, names; the last of a kind counts. None: nothing known here."""
    alphabet: Mapping[int, str] = {}
    escaped: Mapping[int, str] = {}
    position = 0
    while position + 2 <= len(header):
        element, length = header[position], header[position + 1]
        value = header[position + 2 : position + 2 + length]
        if element == _SINGLE_SHIFT and len(value) == 1:
            escaped = _ESCAPED.get(value[0], {})
        elif element == _LOCKING_SHIFT and len(value) == 1:
            alphabet = _ALPHABETS.get(value[0], {})
        position += 2 + length
    return Tables(alphabet, escaped) if alphabet or escaped else None


def read_shifted(septets: bytes, tables: Tables) -> str:
    """A text in these tables, one septet an octet. What means nothing behind an escape shows as without it."""
    text: list[str] = []
    is_escaped = False
    for septet in septets:
        if septet == _ESCAPE:
            is_escaped = True
            continue
        plain = tables.alphabet.get(septet) or decode_text(bytes((septet,)), 0)
        if is_escaped:
            usual = decode_text(bytes((_ESCAPE, septet)), 0)
            plain = tables.escaped.get(septet) or (plain if usual == decode_text(bytes((septet,)), 0) else usual)
        text.append(plain)
        is_escaped = False
    return "".join(text)


def as_told(esm_class: int, short_message: bytes, payload: bytes, data_coding: int) -> tuple[bytes, int]:
    """The octets of a text and its data_coding: in UCS-2 where a header in front of it names tables, so that parts of a
    long text can be joined and kept like any others; else as they are."""
    alphabet = data_coding if data_coding < 0x10 else alphabet_of(data_coding)
    if not esm_class & ESM_CLASS_UDHI or alphabet != DataCoding.DEFAULT or not payload.isascii():
        return payload, data_coding
    tables = tables_of(short_message[1 : len(short_message) - len(payload)])
    if tables is None:
        return payload, data_coding
    return read_shifted(payload, tables).encode("utf-16-be"), int(DataCoding.UCS2)
