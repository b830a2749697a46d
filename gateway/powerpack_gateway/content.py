"""What a text should and should not say: the guidelines of seed 002, checked before a message is sent.

A carrier's filter is its own affair (``powerpack_carriers.content``); this is advice to the sender, and blocks nothing.
Each finding names the rule, what was found, and what to do.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from powerpack_gateway.numbers import NumberType

WORD_LOOKED_AT = 40
"""Characters: longer words are no words. It bounds what a pattern can try."""

TEXT_LOOKED_AT = 1_600
"""Characters: as many as a message may have (plivo_api.md 5)."""


class Rule(StrEnum):
    """The guidelines; the values are what the API and the journal say."""

    COMPANY_NAME = "company_name"
    REASON = "reason"
    STOP_NOTICE = "stop_notice"
    SHORTENER = "shortener"
    PROMOTIONAL = "promotional"
    CALL_TO_ACTION = "call_to_action"
    MISSPELLING = "misspelling"
    ONE_DOMAIN = "one_domain"
    FREQUENCY = "frequency"
    TOLLFREE_PROMOTION = "tollfree_promotion"
    PHISHING = "phishing"
    FRAUD = "fraud"
    DECEPTIVE = "deceptive"
    SENSITIVE = "sensitive"


ADVICE: Mapping[Rule, str] = {
    Rule.COMPANY_NAME: "name your company, at the beginning or where it is asked for",
    Rule.REASON: "say why this person gets the message",
    Rule.STOP_NOTICE: "say how to stop with every fourth or fifth message",
    Rule.SHORTENER: "use a link of your own domain",
    Rule.PROMOTIONAL: "write what happened and not what is on offer",
    Rule.CALL_TO_ACTION: "say what the link or the call is about",
    Rule.MISSPELLING: "write words as a dictionary does",
    Rule.ONE_DOMAIN: "use one domain for a campaign",
    Rule.FREQUENCY: "say on the first message how often you will write",
    Rule.TOLLFREE_PROMOTION: "promotion is not allowed on toll-free numbers",
    Rule.PHISHING: "never ask for passwords or card numbers",
    Rule.FRAUD: "do not promise money",
    Rule.DECEPTIVE: "say only what is true and can be proven",
    Rule.SENSITIVE: "carriers look at this topic closely",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that should be otherwise; ``found`` is the text's own words, empty for what is missing."""

    rule: Rule
    found: str = ""

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.rule]


SHORTENERS = frozenset(
    (
        *("bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "t.ly"),
        *("shorturl.at", "rb.gy", "tiny.cc", "bl.ink", "lnkd.in", "soo.gd", "s2r.co", "clck.ru", "v.gd", "adf.ly"),
    )
)
"""Public shorteners: links that say nothing about whose they are."""


def _any_of(*words: str) -> re.Pattern[str]:
    """One pattern for whole words, in any case of letters; a word may be a pattern itself."""
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_PROMOTIONAL = _any_of(
    *(
        "(?<!-)free",
        "now",
        "offers?",
        "winner",
        "won",
        "win",
        "prizes?",
        "sale",
        "discounts?",
        "deals?",
        "lowest",
        "special",
    ),
    *("exclusive", "bonus", "cheap", "limited time", "act fast", "hurry", r"save \d+", r"\d+ ?% off"),
)
_ACTION = _any_of(
    "click (?:here|now|below|this|the link)", "tap here", "(?:call|buy|sign up) now", "download our", "visit"
)
_CONTEXT = _any_of(
    *("order", "appointment", "account", r"request\w*", "delivery", "booking", "reservation", "package", "invoice"),
    "payment",
)
_REASON = _any_of(
    *("code", "passcode", "otp", r"verif\w+", r"confirm\w*", "order", r"deliver\w*", r"ship\w*", "appointment"),
    *(r"remind\w*", r"request\w*", "account", "booking", "reservation", "payment", "invoice", "receipt", "alert"),
    *(r"updat\w+", "thank", "signed up", r"subscri\w+", "ticket", "balance", r"schedul\w+", r"arriv\w+", "expires?"),
    *("password", "reset", "welcome", "status", r"complet\w+", r"receiv\w+"),
)
_STOP = _any_of("stop", "unsubscribe", "opt[ -]?out", "arr[eê]t")
_FREQUENCY = _any_of(
    *(r"\d+ (?:msgs?|messages?|texts?)", r"msg freq\w*", "message frequency", "messages? (?:a|per) (?:day|week|month)"),
    "recurring",
)
_LINK = re.compile(r"\W*(?:https?://)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#:]\S*)?", re.IGNORECASE)
_SECRETS = (
    *("password", "pin", "ssn", "social security", "card number", "credit card", "cvv", "bank details"),
    *("log ?in details", "credentials"),
)
_PHISHING = _any_of(rf"(?:confirm|verify|update|send|reply with|enter|provide)\b.{{0,40}}\b(?:{'|'.join(_SECRETS)})")
_FRAUD = _any_of(
    *("wire transfer", "inheritance", "lottery", "you(?:'ve| have) won", "claim your (?:prize|reward|money)"),
    *("gift cards?", "guaranteed (?:income|return|profit)s?", "double your money", "crypto giveaway", "irs refund"),
)
_DECEPTIVE = _any_of(
    *("miracle", r"cures? (?:cancer|diabetes|covid\w*|everything)", "100 ?% (?:effective|guaranteed|risk[ -]free)"),
    *("risk[ -]free", "no obligation", r"lose \d+ (?:pounds|lbs|kg)"),
)
_SENSITIVE = _any_of(
    *(r"debt (?:restructuring|refinanc\w+|relief|consolidation)", r"refinanc\w+", "pay ?day loans?", "home loans?"),
    *("mortgages?", "(?:student|education) loans?", "insurance quotes?", "bad credit", "earn money from home"),
    *("work from home", "make money (?:from home|online)"),
)

_SENSES: tuple[tuple[Rule, re.Pattern[str]], ...] = (
    (Rule.PHISHING, _PHISHING),
    (Rule.FRAUD, _FRAUD),
    (Rule.DECEPTIVE, _DECEPTIVE),
    (Rule.SENSITIVE, _SENSITIVE),
)

_MIXED = re.compile(r"\W*[a-z0-9@$!]*[a-z][013457@$!]+[a-z][a-z0-9@$!]*\W*", re.IGNORECASE)
_GAPS = re.compile(r"[a-z](?:_{2,}|[*^~]+)[a-z]|\b(?:[a-z][ .\-_*]){3,10}[a-z]\b", re.IGNORECASE)
_LEET = re.compile(r"\b[a-z]![ ,]", re.IGNORECASE)


def check(text: str, *, company: str = "", kind: NumberType = NumberType.LONGCODE) -> tuple[Finding, ...]:
    """Everything that one text has wrong by itself; ``company`` is the sender's name where it is known."""
    text = unicodedata.normalize("NFKC", text[:TEXT_LOOKED_AT])
    findings = [*_naming(text, company), *_links(text), *_wording(text, kind), *_spelling(text)]
    findings += [
        Finding(rule=rule, found=found.group(0)) for rule, pattern in _SENSES if (found := pattern.search(text))
    ]
    return tuple(findings)


def says_stop(text: str) -> bool:
    """Whether a text tells how to stop."""
    return _STOP.search(text) is not None


def says_frequency(text: str) -> bool:
    """Whether a text tells how often there will be one."""
    return _FREQUENCY.search(text) is not None


def domains_of(text: str) -> tuple[str, ...]:
    """The domains that a text links to, without ``www``, in order."""
    links = (_link_in(word) for word in text.split())
    return tuple(dict.fromkeys(_bare(each.group(1)) for each in links if each is not None))


def is_promotional(text: str) -> bool:
    """Whether a text sells."""
    return _PROMOTIONAL.search(text) is not None


def _naming(text: str, company: str) -> Iterator[Finding]:
    if company:
        if company.casefold() not in text.casefold():
            yield Finding(rule=Rule.COMPANY_NAME)
    elif not _names_somebody(text):
        yield Finding(rule=Rule.COMPANY_NAME)
    if not _REASON.search(text):
        yield Finding(rule=Rule.REASON)


_SENDER = re.compile(r"\W*[A-Z{][\w&'.}]*(?: [A-Z{&][\w&'.}]*){0,3}\s*[:\-–—]")
"""A name of one to four capital words before a colon or a dash."""

_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b(?!STOP|HELP|FREE|LOWEST|APR|NOW|OFFER|WINNER|I\b)[A-Z{]\w*[a-z}]\w*")
"""A word with a capital that begins no sentence, and is none of those that shout."""


def _names_somebody(text: str) -> bool:
    """Without a known name: a name at the beginning before a colon or dash, or a capital within a sentence."""
    if _SENDER.match(text):
        return True
    return _NAME.search(text) is not None


def _links(text: str) -> Iterator[Finding]:
    for domain in domains_of(text):
        if domain in SHORTENERS:
            yield Finding(rule=Rule.SHORTENER, found=domain)


def _wording(text: str, kind: NumberType) -> Iterator[Finding]:
    sold = _PROMOTIONAL.search(text)
    if sold is not None:
        yield Finding(rule=Rule.PROMOTIONAL, found=sold.group(0))
        if kind is NumberType.TOLLFREE:
            yield Finding(rule=Rule.TOLLFREE_PROMOTION, found=sold.group(0))
    asked = _ACTION.search(text)
    if asked is not None and not _CONTEXT.search(text):
        yield Finding(rule=Rule.CALL_TO_ACTION, found=asked.group(0))


def _spelling(text: str) -> Iterator[Finding]:
    words = [word for word in text.split() if len(word) <= WORD_LOOKED_AT and _link_in(word) is None]
    odd = next((word for word in words if _MIXED.fullmatch(word)), "")
    found = None if odd else _GAPS.search(" ".join(words)) or _LEET.search(" ".join(words))
    if odd or found is not None:
        yield Finding(rule=Rule.MISSPELLING, found=odd if found is None else found.group(0).strip())


def _link_in(word: str) -> re.Match[str] | None:
    """The link that a word is, however long; looked for from its begin only, so that no word takes long."""
    if "." not in word:
        return None
    found = _LINK.match(word)
    return found if found is not None and _is_link(found) else None


def _is_link(found: re.Match[str]) -> bool:
    """A dot between words is a link when something says so: a scheme, a path, ``www``, or a common ending."""
    whole, host = found.group(0), found.group(1).lower()
    return "/" in whole or whole.lower().startswith("www.") or host.rsplit(".", 1)[1] in _ENDINGS


_ENDINGS = frozenset(
    ("com", "net", "org", "io", "co", "ly", "gl", "us", "ca", "info", "biz", "app", "dev", "shop", "me")
)


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
