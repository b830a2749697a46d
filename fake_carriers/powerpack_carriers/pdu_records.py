"""PDUs into the journal, all of one read or one write at once."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from powerpack_carriers.ports import Journal

RecordPdus = Callable[[str, str, str, Sequence[bytes]], None]
"""Called with side, link, direction and the PDUs."""


@runtime_checkable
class PduJournal(Protocol):
    """A journal that takes PDUs in groups: under load they are most of its events."""

    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        """The same as ``record("pdu", side=..., link=..., direction=..., raw=...)`` for each."""
        ...


def pdu_recorder(journal: Journal) -> RecordPdus:
    """The journal's own way to take a group of PDUs, or else one after the other."""
    if isinstance(journal, PduJournal):
        return journal.record_pdus

    def record_each(side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        for raw in pdus:
            journal.record("pdu", side=side, link=link, direction=direction, raw=raw)

    return record_each
