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

    __slots__ = ("_pairs", "_pairs_max", "_sources", "_sources_max", "version")

    def __init__(self, *, pairs_max: int = PAIRS_MAX, sources_max: int = SOURCES_MAX) -> None:
        self.version = 0
        """Counts what makes an answer of ``submitted`` worth asking for again: another account, or one forgotten."""
        self._pairs_max, self._sources_max = pairs_max, sources_max
        self._pairs: BoundedDict[tuple[str, str], Mailbox] = BoundedDict(pairs_max)
        self._sources: BoundedDict[str, Mailbox] = BoundedDict(sources_max)

    def submitted(self, source: str, handset: str, mailbox: Mailbox) -> None:
        """An account sent from a number to a handset; both as digits."""
        pair = (source, handset)
        known = self._pairs.get(pair)
        if known is not mailbox:
            self.version += known is not None or len(self._pairs) >= self._pairs_max
            self._pairs[pair] = mailbox
        known = self._sources.get(source)
        if known is not mailbox:
            self.version += known is not None or len(self._sources) >= self._sources_max
            self._sources[source] = mailbox

    def senders(self, count: int) -> tuple[str, ...]:
        """Numbers that somebody sent from, those that were new last."""
        return tuple(self._sources)[-count:]

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
