"""Numbers as people write them: made E.164, and looked up in the North American Numbering Plan.

A number is its digits here: E.164 without the plus, or a short code of five or six digits. Destinations are E.164;
short codes only send.
"""

import re
from collections.abc import Sequence

from powerpack_gateway.numbers import NumberType

TOLLFREE_AREA_CODES = frozenset(("800", "833", "844", "855", "866", "877", "888"))
"""The area codes that cost the caller nothing, in the US and Canada alike; 822 is reserved and not in use."""

_SERVICE_DIGITS_MAX = 6
"""Short codes have five or six digits, 7726 four; every number of E.164 has more."""

NUMBER_TEXT_MAX = 40
"""Longer texts are not looked at: 15 digits (ITU-T E.164) leave room for every separator that people put between."""


def parse_number(text: str) -> str | None:
    """The digits of an E.164 number, or None when the text is no possible number.

    The country code must be there, the plus need not. A number of the numbering plan needs ten digits, of which the
    first is none of 0 and 1; numbers that are reserved for fiction (555-0100 to 555-0199), unassigned area codes and
    exchanges are possible, so that tests can use them. Of other countries' numbers the length is checked.
    """
    if len(text) == 11 and text[0] == "1" and text.isdecimal() and text.isascii():
        return text if text[1] not in "01" else None  # as nearly every caller writes it
    digits = _digits(text)
    if digits is None:
        return None
    if digits[:1] == "1":
        return digits if len(digits) == 11 and digits[1] not in "01" else None
    return digits if _is_possible_abroad(digits) else None


_are_plain = re.compile("1[2-9][0-9]{9}(,1[2-9][0-9]{9})*").fullmatch


def are_plain(texts: Sequence[str]) -> bool:
    """Whether all of these are numbers of the plan already as `parse_number` gives them."""
    joined = ",".join(texts)
    return len(joined) == 12 * len(texts) - 1 and _are_plain(joined) is not None


def parse_source(text: str) -> str | None:
    """The digits of what may be a sender: a number as `parse_number` takes it, or a short code."""
    short = text.strip()
    return short if is_short_code(short) else parse_number(text)


def parse_national(text: str) -> str | None:
    """The digits of a North American number that is written without its country code, as "(415) 555-0101" is."""
    digits = None if "+" in text else _digits(text)
    if digits is None or len(digits) != 10 or digits[0] in "01" or digits[3] in "01":
        return None
    return f"1{digits}"


def without_prefix(address: str) -> str:
    """An address as a carrier writes it, without what may stand in front: blanks, the plus of a short code (JamaaSMPP
    issue 30), the 00 or 011 that people dial for a number abroad. No number of E.164 begins with a 0."""
    bare = address.strip()
    if len(bare) <= _SERVICE_DIGITS_MAX + 1 and bare[:1] == "+":
        return bare[1:]
    for dialled in ("011", "00"):
        if bare.startswith(dialled) and parse_number(bare[len(dialled) :]) is not None:
            return bare[len(dialled) :]
    return bare


def is_short_code(number: str) -> bool:
    """Whether this is a short code: five or six digits, none of which are given out with a first 0 or 1."""
    return len(number) in (5, 6) and number.isascii() and number.isdecimal() and number[0] not in "01"


def type_of(number: str) -> NumberType:
    """The type of a sender, by its form; every number that is neither short nor toll-free is a long code."""
    if is_short_code(number):
        return NumberType.SHORTCODE
    return NumberType.TOLLFREE if area_code_of(number) in TOLLFREE_AREA_CODES else NumberType.LONGCODE


def area_code_of(number: str) -> str | None:
    """The three digits of the numbering plan area, or None for short codes and other numbering plans."""
    return number[1:4] if len(number) == 11 and number[0] == "1" else None


def country_of(number: str) -> str | None:
    """The ISO 3166 code of the country, or None for a short code and for what belongs to no country.

    Toll-free numbers and unassigned area codes count as US. Where countries share a code, the largest is meant, except
    in the numbering plan, where the area code tells.
    """
    if len(number) == 11 and number[0] == "1":
        return _PLACE_OF.get(number[1:4], _ELSEWHERE)[0]
    if is_short_code(number) or not (number.isascii() and number.isdecimal()):
        return None
    import phonenumbers  # only for the rest of the world: it is a tenth of what a first test imports

    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(number[:length] or "0"))
        if regions is not None:
            return None if regions[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else regions[0]
    return None


def region_of(number: str) -> str:
    """The state or province by area code ("CA", "ON"), empty for a number that belongs to none.

    902 and 782 serve Nova Scotia and Prince Edward Island, 867 all three territories; they count as NS and NT.
    """
    return _PLACE_OF.get(area_code_of(number) or "", _ELSEWHERE)[1]


def _digits(text: str) -> str | None:
    if len(text) > NUMBER_TEXT_MAX:
        return None
    bare = _SEPARATORS.sub("", text).removeprefix("+")
    return bare if bare.isascii() and bare.isdecimal() else None


def _is_possible_abroad(digits: str) -> bool:
    import phonenumbers  # as above

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


_SEPARATORS = re.compile(r"[\s().-]")
_ELSEWHERE = ("US", "")

_AREA_CODES: dict[str, str] = {
    "CA": "600 622 633",
    "CA AB": "368 403 587 780 825",
    "CA BC": "236 250 257 604 672 778",
    "CA MB": "204 431 584",
    "CA NB": "428 506",
    "CA NL": "709 879",
    "CA NS": "782 902",
    "CA NT": "867",
    "CA ON": "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 905 942",
    "CA QC": "263 273 354 367 418 438 450 468 514 579 581 819 873",
    "CA SK": "306 474 639",
    "US": "500 521 522 523 524 525 526 527 528 529 532 533 544 566 577 588 900",
    "US AK": "907",
    "US AL": "205 251 256 334 659 938",
    "US AR": "327 479 501 870",
    "US AZ": "480 520 602 623 928",
    "US CA": (
        "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 "
        "669 707 714 738 747 760 805 818 820 831 840 858 909 916 925 949 951"
    ),
    "US CO": "303 719 720 748 970 983",
    "US CT": "203 475 860 959",
    "US DC": "202 771",
    "US DE": "302",
    "US FL": ("239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954"),
    "US GA": "229 404 470 478 678 706 762 770 912 943",
    "US HI": "808",
    "US IA": "319 515 563 641 712",
    "US ID": "208 986",
    "US IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    "US IN": "219 260 317 463 574 765 812 930",
    "US KS": "316 620 785 913",
    "US KY": "270 364 502 606 859",
    "US LA": "225 318 337 504 985",
    "US MA": "339 351 413 508 617 774 781 857 978",
    "US MD": "227 240 301 410 443 667",
    "US ME": "207",
    "US MI": "231 248 269 313 517 586 616 734 810 906 947 989",
    "US MN": "218 320 507 612 651 763 952",
    "US MO": "235 314 417 557 573 636 660 816 975",
    "US MS": "228 601 662 769",
    "US MT": "406",
    "US NC": "252 336 472 704 743 828 910 919 980 984",
    "US ND": "701",
    "US NE": "308 402 531",
    "US NH": "603",
    "US NJ": "201 551 609 640 732 848 856 862 908 973",
    "US NM": "505 575",
    "US NV": "702 725 775",
    "US NY": "212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934",
    "US OH": "216 220 234 283 326 330 380 419 440 513 567 614 740 937",
    "US OK": "405 539 572 580 918",
    "US OR": "458 503 541 971",
    "US PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "US RI": "401",
    "US SC": "803 821 839 843 854 864",
    "US SD": "605",
    "US TN": "423 615 629 731 865 901 931",
    "US TX": (
        "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 "
        "936 940 945 956 972 979"
    ),
    "US UT": "385 435 801",
    "US VA": "276 434 540 571 686 703 757 804 826 948",
    "US VT": "802",
    "US WA": "206 253 360 425 509 564",
    "US WI": "262 274 353 414 534 608 715 920",
    "US WV": "304 681",
    "US WY": "307",
    "AG": "268",
    "AI": "264",
    "AS": "684",
    "BB": "246",
    "BM": "441",
    "BS": "242",
    "DM": "767",
    "DO": "809 829 849",
    "GD": "473",
    "GU": "671",
    "JM": "658 876",
    "KN": "869",
    "KY": "345",
    "LC": "758",
    "MP": "670",
    "MS": "664",
    "PR": "787 939",
    "SX": "721",
    "TC": "649",
    "TT": "868",
    "VC": "784",
    "VG": "284",
    "VI": "340",
}
"""Area codes by country and state or province, as in the geocoding data of phonenumbers 9.0 (2026)."""

_PLACE_OF: dict[str, tuple[str, str]] = {
    area_code: (place[:2], place[3:]) for place, area_codes in _AREA_CODES.items() for area_code in area_codes.split()
}
