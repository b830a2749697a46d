"""What a phone's owner does about texts, by habit and by chance."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from powerpack_carriers.in_parts import GAP_S_MAX, WHOLE, InParts
from powerpack_carriers.settings import between

TAILS: Final = ("", " ", ".", "!", "  ", "\n", " .", "?!")
"""What people and their keyboards leave behind a word; CTIA wants it understood all the same (Principles, 5.1.3)."""

NTH_MAX: Final = 1_000_000


class Act(StrEnum):
    """What is done."""

    REPLY = "reply"
    """Answer the sender with ``text``."""
    REPORT_SPAM = "report_spam"
    """Tap "report junk": the carrier hears of it at once."""
    FORWARD_SPAM = "forward_spam"
    """Walk the dialogue with 7726: forward the text, and when asked for the sender's number reply with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Do something ``after_s`` seconds after the ``nth`` text, or after ``every`` one, with probability ``share``.

    ``containing`` limits it to texts that hold these words, whatever their case. ``varied``: the reply's letters are
    large or small by chance, and blanks or punctuation may follow. ``parts``: how a reply travels.
    """

    act: Act = Act.REPLY
    text: str = ""
    nth: int = 1
    every: bool = False
    share: float = 1.0
    after_s: float = 5.0
    containing: str = ""
    varied: bool = False
    parts: InParts = WHOLE

    def __post_init__(self) -> None:
        between("nth", self.nth, 1, NTH_MAX)
        between("share", self.share, 0, 1)
        between("after_s", self.after_s, 0, GAP_S_MAX)
        if (self.act is Act.REPLY) != bool(self.text):
            expected = "what a reply says" if self.act is Act.REPLY else f"none: {self.act} sends the text it got"
            raise ValueError(f"text: found {self.text!r}, expected {expected}")

    def strikes(self, nth: int, text: str, dice: Random) -> bool:
        """Whether it is for the ``nth`` text, which says ``text``."""
        if not (self.every or nth == self.nth) or self.containing.casefold() not in text.casefold():
            return False
        return dice.random() < self.share

    def words(self, dice: Random) -> str:
        """The reply as it is typed this time."""
        if not self.varied:
            return self.text
        typed = "".join([dice.choice((letter.lower(), letter.upper())) for letter in self.text])
        return typed + dice.choice(TAILS)
