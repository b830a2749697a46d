"""The dialogue with 7726, as the GSMA's Spam Reporting Service leads it.

The subscriber forwards the text, is asked for the sender's number, replies with it, and is thanked.
"""

from collections.abc import Callable
from typing import Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.numbering import NUMBER_DIGITS_MAX, SHORTCODE_DIGITS, digits_of
from powerpack_carriers.ports import Journal
from powerpack_carriers.spam import SPAM_NUMBER

ASKED_MAX: Final = 10_000
"""Phones that were asked for a number and have not answered; the first are forgotten."""

QUESTION: Final = (
    "Thank you for forwarding this message to 7726. Please reply with the phone number or short code it came from."
)
THANKS: Final = "Thank you for helping us to stop unwanted messages. Your report has been passed on."
"""What the service says; carriers word it differently, these words are ours."""


class SpamDialogues:
    """Those of one carrier's phones. ``tell`` sends a phone a text from a number, ``report`` takes a whole report."""

    def __init__(
        self,
        carrier: str,
        *,
        tell: Callable[[Handset, str, str], None],
        report: Callable[[Handset, TextMessage], object],
        journal: Journal,
    ) -> None:
        self._carrier = carrier
        self._tell = tell
        self._report = report
        self._journal = journal
        self._asked: BoundedDict[str, str] = BoundedDict(ASKED_MAX)

    def hear(self, handset: Handset, text: str) -> None:
        """A phone wrote to 7726."""
        forwarded, digits = self._asked.take(handset.number), digits_of(text.strip())
        if forwarded is None or not _is_sender(digits):
            self._asked[handset.number] = text
            self._tell(handset, SPAM_NUMBER, QUESTION)
            return
        if shown := _found(handset, digits, forwarded):
            self._report(handset, shown)
        else:
            self._journal.record(
                "carrier.spam_unmatched", carrier=self._carrier, number=handset.number, source=digits, text=forwarded
            )
        self._tell(handset, SPAM_NUMBER, THANKS)


def _is_sender(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and SHORTCODE_DIGITS[0] <= len(digits) <= NUMBER_DIGITS_MAX


def _found(handset: Handset, source: str, text: str) -> TextMessage | None:
    """The text that is meant: the newest from that number with these words, else the newest from that number."""
    candidates = [each for each in reversed(handset.inbox) if _same_number(each.from_number, source)]
    same_text = [each for each in candidates if each.text.strip() == text.strip()]
    return next(iter(same_text or candidates), None)


def _same_number(one: str, other: str) -> bool:
    """Whether two numbers are the same to a subscriber, who may leave out the country code 1."""
    one, other = digits_of(one), digits_of(other)
    return one == other or one == f"1{other}" or other == f"1{one}"
