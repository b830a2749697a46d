"""Phone numbers as carriers look at them: digits, kind of number, country."""

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from powerpack_carriers.smpp.constants import Ton

SHORTCODE_DIGITS: Final = (5, 6)
"""US and Canadian short codes have five or six digits (CTIA Short Code Monitoring Handbook)."""

NATIONAL_DIGITS: Final = 10
"""A number of the North American plan without its 1."""

NUMBER_DIGITS_MIN: Final = 7
"""The shortest numbers that exist, with their country code: Niue has +683 and four digits; E.164 names no minimum."""

NUMBER_DIGITS_MAX: Final = 15
"""ITU-T E.164, 6.2.1."""


def _codes(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


TOLLFREE_AREA_CODES: Final = _codes("800 833 844 855 866 877 888")
"""The toll-free area codes that are open (NANPA)."""

CANADIAN_AREA_CODES: Final = _codes(
    "204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 "
    "519 548 579 581 584 587 600 604 613 622 633 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 "
    "902 905 942"
)
"""As phonenumbers 9.0.43 has them; a test compares the two."""

OTHER_AREA_CODES: Final = _codes("242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876")
"""Bermuda and the Caribbean states that share the country code 1 and have carriers of their own."""


ADDRESSES_CACHED_MAX: Final = 50_000
"""Addresses that are at hand without being read again, as every message has two of them; some 20 MB."""


class NumberType(StrEnum):
    """What kind of number a text comes from; carriers give each its own rate.

    A StrEnum, whose members hash at the speed of strings: the table of rates is asked for every message.
    """

    LONGCODE = "longcode"
    TOLLFREE = "tollfree"
    SHORTCODE = "shortcode"


class Address(NamedTuple):
    """An address as it came in a PDU: its text, its digits without a plus, its type, and whether it is a number."""

    text: str
    digits: str
    number_type: NumberType
    is_digits: bool


@lru_cache(maxsize=ADDRESSES_CACHED_MAX)
def read_address(octets: bytes) -> Address:
    """Source or destination of a PDU, whatever octets it has."""
    text = octets.decode("latin-1")
    digits = digits_of(text)
    bare = text[1:] if text[:1] == "+" else text
    return Address(text, digits, number_type(digits), bare.isascii() and bare.isdigit())


def read_sender(octets: bytes, ton: int) -> Address:
    """A source as carriers count it: a North American number is one with its 1 or without.

    Unless it is typed as international: ten digits with a country code may look like one of ours.
    """
    address = read_address(octets)
    if len(address.digits) != NATIONAL_DIGITS or ton == Ton.INTERNATIONAL:
        return address
    return _in_full(address)


@lru_cache(maxsize=ADDRESSES_CACHED_MAX)
def _in_full(address: Address) -> Address:
    return address._replace(digits=with_country_code(address.text))


def with_country_code(number: str) -> str:
    """The digits of a number, with the 1 of a North American one that somebody wrote without it and without a plus."""
    digits = digits_of(number)
    is_national = len(digits) == NATIONAL_DIGITS and "+" not in number and area_code_of(digits)
    return f"1{digits}" if is_national else digits


def is_from(sender: Address, number: str) -> bool:
    """Whether a source is the number that somebody named, as it was submitted or with its 1."""
    return sender.digits == with_country_code(number) or digits_of(sender.text) == digits_of(number)


def digits_of(address: str) -> str:
    """The number without plus and the punctuation that people type; what is left may still be no number."""
    if address.isdigit():
        return address
    return "".join(character for character in address if character not in "+ ()-.")


def is_number(digits: str) -> bool:
    """Whether this could be a subscriber's number with its country code."""
    return digits.isascii() and digits.isdigit() and NUMBER_DIGITS_MIN <= len(digits) <= NUMBER_DIGITS_MAX


def area_code_of(digits: str) -> str:
    """The area code of a number of the North American plan, with or without its leading 1; empty for any other."""
    national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    # Area codes and exchanges begin with 2 to 9 (NANPA numbering rules).
    if len(national) == 10 and national.isdigit() and national[0] not in "01" and national[3] not in "01":
        return national[:3]
    return ""


def number_type(digits: str) -> NumberType:
    """Short code by its length, toll-free by its area code, else a long code, as alphanumeric senders count too."""
    if len(digits) in SHORTCODE_DIGITS and digits.isdigit():
        return NumberType.SHORTCODE
    if area_code_of(digits) in TOLLFREE_AREA_CODES:
        return NumberType.TOLLFREE
    return NumberType.LONGCODE


def country_of(digits: str) -> str:
    """``US`` or ``CA`` for a number of theirs with its leading 1, empty for toll-free and for the rest of the world."""
    if len(digits) != 11:
        return ""
    area_code = area_code_of(digits)
    if not area_code or area_code in TOLLFREE_AREA_CODES or area_code in OTHER_AREA_CODES:
        return ""
    return "CA" if area_code in CANADIAN_AREA_CODES else "US"
