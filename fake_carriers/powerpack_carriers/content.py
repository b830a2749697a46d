"""What carriers do not carry: SHAFT words, public URL shorteners, promotion on toll-free numbers, odd spelling.

Real filters are secret and learn; these are lists, so that a test knows what they do. Each segment is looked at alone.
"""

import re
from dataclasses import dataclass
from typing import Final

from powerpack_carriers.numbering import NumberType
from powerpack_carriers.verdict import Verdict

SHAFT_WORDS: Final = (
    *("porn", "escort", "xxx", "nudes"),
    *("white power", "ku klux klan"),
    *("vodka", "whiskey", "whisky", "liquor", "tequila"),
    *("firearm", "firearms", "handgun", "handguns", "ammo", "ammunition", "ar-15"),
    *("tobacco", "cigarettes", "vape", "vapes", "cannabis", "marijuana", "cbd", "thc", "kratom"),
)
"""Sex, hate, alcohol, firearms, tobacco with cannabis (CTIA); plain words, as people write them."""

SHORTENERS: Final = (
    *("bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "rebrand.ly"),
    *("cutt.ly", "tiny.cc", "shorturl.at", "rb.gy", "t.ly", "bl.ink"),
)
"""Shorteners that everybody may use; a sender's own domain is no matter (Bandwidth 4771)."""

PROMOTION_SIGNS_MIN: Final = 2
"""Signs of promotion in one text: "feel free to call" has one, what Plivo's FAQ calls bad content has two and more."""

ODD_WORDS_MIN: Final = 2
"""Odd spellings in one text: one may be a code or a name, Plivo's "H! h0w ar3__you do1ng?" has two."""

_WORD: Final = re.compile(r"\w+")
_SHAFT: Final = frozenset(word for word in SHAFT_WORDS if word.isalpha())
_SHAFT_PHRASES: Final = {each: re.compile(rf"\b{re.escape(each)}\b") for each in SHAFT_WORDS if not each.isalpha()}
_SHORTENER: Final = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, SHORTENERS))})/\w", re.IGNORECASE)
_PROMOTION: Final = re.compile(
    r"\b(?:free|now|offers?|winners?|sale|discounts?|coupons?|promo|deals?|lowest|apr|bad credit|limited time|expires"
    r"|click here|\d+ ?% off)\b|\$\d",
    re.IGNORECASE,
)
_ODD: Final = re.compile(r"(?<![\w/.:@=&?#-])\w*[a-z](?:[013457$!]|__)+[a-z]\w*")
_CROOKED: Final = re.compile(r"[A-Za-z][0134578@$!]|[0134578@$!][A-Za-z]|__")
_STRAIGHT: Final = str.maketrans("0134578@$!", "oieastbasi")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRules:
    """What happens to each kind; None: it is carried."""

    shaft: Verdict | None = None
    shortener: Verdict | None = None
    tollfree_promotion: Verdict | None = None
    evasion: Verdict | None = None
    """SHAFT words in odd spelling, or odd spelling of several words."""


NO_RULES: Final = ContentRules()
"""A carrier that carries everything."""


def judge(rules: ContentRules, text: str, number_type: NumberType) -> tuple[str, Verdict | None]:
    """The first rule that a text breaks, and what happens to it."""
    if rules.shaft and _has_shaft_words(text.lower()):
        return "shaft", rules.shaft
    # A search for what most texts have not, before the dear one.
    if rules.shortener and "/" in text and _SHORTENER.search(text):
        return "shortener", rules.shortener
    if rules.evasion and is_evasive(text):
        return "evasion", rules.evasion
    if rules.tollfree_promotion and number_type is NumberType.TOLLFREE and is_promotion(text):
        return "tollfree_promotion", rules.tollfree_promotion
    return "", None


def is_promotion(text: str) -> bool:
    """Whether the words of advertising come together in a text."""
    return len(_PROMOTION.findall(text)) >= PROMOTION_SIGNS_MIN


def is_evasive(text: str) -> bool:
    """Whether a text is spelled so that filters shall not see its words ("c@nnabis", "h0w ar3__you do1ng")."""
    if not _CROOKED.search(text):
        return False
    if len(_ODD.findall(text)) >= ODD_WORDS_MIN:
        return True
    small = text.lower()
    return not _has_shaft_words(small) and _has_shaft_words(small.translate(_STRAIGHT))


def _has_shaft_words(text: str) -> bool:
    """Whether a text in small letters has one; a set, as a search for forty words takes ten times as long."""
    if not _SHAFT.isdisjoint(_WORD.findall(text)):
        return True
    for phrase, pattern in _SHAFT_PHRASES.items():  # noqa: SIM110 -- as a generator it costs as much as all the rest
        if phrase in text and pattern.search(text):
            return True
    return False
