"""Which account a phone's text to a number goes to."""

from collections.abc import Iterable
from typing import Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.mailbox import Mailbox

PAIRS_MAX: Final = 200_000
"""Pairs of source number and handset that are remembered; the pair that was new first is forgotten first; 40 MB."""

SOURCES_MAX: Final = 100_000
"""Source numbers whose last account is remembered; as many as admission counts."""


class Routes:
    """Who sent from which number to which handset last, over all carriers of a directory."""

    __slots__ = ("_pairs", "_sources")

    def __init__(self, *, pairs_max: int = PAIRS_MAX, sources_max: int = SOURCES_MAX) -> None:
        self._pairs: BoundedDict[tuple[str, str], Mailbox] = BoundedDict(pairs_max)
        self._sources: BoundedDict[str, Mailbox] = BoundedDict(sources_max)

    def submitted(self, source: str, handset: str, mailbox: Mailbox) -> None:
        """An account sent from a number to a handset; both as digits."""
        pair = (source, handset)
        if self._pairs.get(pair) is not mailbox:
            self._pairs[pair] = mailbox
        if self._sources.get(source) is not mailbox:
            self._sources[source] = mailbox

    def find(self, number: str, handset: str, candidates: Iterable[Mailbox]) -> Mailbox | None:
        """The account that gets a text from ``handset`` to ``number``; None when there is no candidate.

        It is the one that last sent from the number to the handset; else the last that sent from the number; else the
        one the number is provisioned for; else the first with a live receiving bind; else the first.
        """
        known = self._pairs.get((number, handset)) or self._sources.get(number)
        if known is not None:
            return known
        mailboxes = list(candidates)
        for mailbox in mailboxes:
            if mailbox.account.numbers and number in mailbox.account.numbers:
                return mailbox
        for mailbox in mailboxes:
            if mailbox.has_receiver:
                return mailbox
        return mailboxes[0] if mailboxes else None
