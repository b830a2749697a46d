"""National language tables: other letters in the places of GSM 03.38, named in a user data header (3GPP TS 23.038, A).

A locking shift table stands in for the alphabet itself, a single shift table for what follows an escape. Turkish,
Spanish and Portuguese are here; of a table that is not here a phone takes no notice, as 23.038 wants it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple
from unicodedata import name

from gsm0338 import Codec
from gsm0338.charset import BASIC_CHARACTER_SET, BASIC_CHARACTER_SET_EXTENSION

SINGLE_SHIFT: Final = 0x24
"""The element of a user data header that names a single shift table (3GPP TS 23.040, 9.2.3.24.15)."""
LOCKING_SHIFT: Final = 0x25
"""The same for a locking shift table (9.2.3.24.16)."""

TURKISH: Final = 1
SPANISH: Final = 2
PORTUGUESE: Final = 3


class Language(NamedTuple):
    """The tables that a text is read with, by the numbers of 23.038; 0: those of GSM 03.38."""

    single: int = 0
    locking: int = 0


DEFAULT: Final = Language()

# What each table has in another place than GSM 03.38: the places, and what stands there.
_LOCKING: Final[Mapping[int, tuple[str, str]]] = {
    TURKISH: ("04 07 0B 0C 1C 1D 40 60", "€ıĞğŞşİç"),
    PORTUGUESE: (
        "04 06 07 08 09 0B 0C 0E 0F 12 13 14 15 16 17 18 19 1A 1C 1D 1E 24 40 5B 5C 5D 60 7B 7C 7D",
        "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚ~ãõ`",
    ),
}
_SINGLE: Final[Mapping[int, tuple[str, str]]] = {
    TURKISH: ("47 49 53 63 67 69 73", "ĞİŞçğış"),
    SPANISH: ("09 41 49 4F 55 61 69 6F 75", "çÁÍÓÚáíóú"),
    PORTUGUESE: (
        "05 09 0B 0C 0E 0F 12 13 15 16 17 18 19 1F 41 49 4F 55 5B 5C 61 69 6F 75 7B 7C 7F",
        "êçÔôÁáΦΓΩΠΨΣΘÊÀÍÓÚÃÕÂíóúãõâ",
    ),
}


def elements_of(header: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of a user data header without its length; what runs past its end is cut there."""
    position = 0
    while position + 2 <= len(header):
        element, length = header[position], header[position + 1]
        yield element, header[position + 2 : position + 2 + length]
        position += 2 + length


def language_of(octets: bytes) -> Language:
    """The tables that the header at the beginning names; the last of a kind counts (3GPP TS 23.040, 9.2.3.24)."""
    if not octets or octets[0] + 1 > len(octets):
        return DEFAULT
    named = {element: value[0] for element, value in elements_of(octets[1 : octets[0] + 1]) if len(value) == 1}
    single, locking = named.get(SINGLE_SHIFT, 0), named.get(LOCKING_SHIFT, 0)
    return Language(single if single in _SINGLE else 0, locking if locking in _LOCKING else 0)


def read_national(septets: bytes, language: Language) -> str:
    """What a phone shows of one septet an octet; what means nothing becomes U+FFFD."""
    return str(_codec(language).decode(septets, "replace")[0])


@cache  # a dozen at most
def _codec(language: Language) -> Codec:
    return Codec(
        BASIC_CHARACTER_SET | _named(_LOCKING, language.locking),
        BASIC_CHARACTER_SET_EXTENSION | _named(_SINGLE, language.single),
    )


def _named(tables: Mapping[int, tuple[str, str]], language: int) -> dict[int, str]:
    """A table as the codec wants it: the characters by their Unicode names."""
    places, characters = tables.get(language, ("", ""))
    return {int(place, 16): name(each) for place, each in zip(places.split(), characters, strict=True)}
