"""STOP to a toll-free number: the network itself answers, and blocks the number until it is told UNSTOP.

10DLC numbers and short codes have no such thing: there the sender keeps the list.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final
from unicodedata import normalize

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.verdict import Verdict

OPTED_OUT_MAX: Final = 200_000
"""Pairs of number and phone that are blocked; the oldest is forgotten when there are more; some 40 MB."""


class Heard(Enum):
    """What a phone's text means to the network."""

    NOTHING = "nothing"
    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class TollfreeOptOut:
    """One network's words and answers; ``{word}`` in an answer is the word that the phone sent.

    Words are whole texts, whatever their case and the punctuation around them.
    """

    blocked: Verdict
    stop_words: tuple[str, ...]
    start_words: tuple[str, ...]
    stop_reply: str
    start_reply: str

    def __post_init__(self) -> None:
        for name, words in (("stop_words", self.stop_words), ("start_words", self.start_words)):
            if not words or any(word != _bare(word) or not word for word in words):
                raise ValueError(f"{name}: found {list(words)!r}, expected words in small letters, one at least")

    def hear(self, text: str) -> Heard:
        """What a text means."""
        word = _bare(text)
        if word in self.stop_words:
            return Heard.STOP
        return Heard.START if word in self.start_words else Heard.NOTHING

    def reply(self, heard: Heard, text: str) -> str:
        """What the network answers."""
        template = self.stop_reply if heard is Heard.STOP else self.start_reply
        return template.replace("{word}", _bare(text))


class OptedOut:
    """Which phones have blocked which toll-free numbers; both as digits."""

    def __init__(self) -> None:
        self._pairs: BoundedDict[tuple[str, str], bool] = BoundedDict(OPTED_OUT_MAX)

    def hear(self, heard: Heard, *, number: str, handset: str) -> bool:
        """Remember what a phone said; False where that is how it was before."""
        is_out = heard is Heard.STOP
        if self.has(number=number, handset=handset) is is_out:
            return False
        self._pairs[_subscriber(number), handset] = is_out
        return True

    def has(self, *, number: str, handset: str) -> bool:
        """Whether the phone has blocked the number."""
        return self._pairs.get((_subscriber(number), handset), False)


def _subscriber(number: str) -> str:
    """A toll-free number without the 1 that may stand before it: with it or without, it is one number."""
    return number[-10:]


_AROUND: Final = " \t\r\n.!?,;:'\"\u2018\u2019\u201c\u201d\u2026"
"""What may stand around a word; phones make curly quotes and an ellipsis of what is typed."""


def _bare(text: str) -> str:
    # A letter and its accent may come as two characters.
    return normalize("NFC", text).strip(_AROUND).casefold()
