"""Events into the journal in groups: under load they come by the hundred, and most are never read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol, cast, runtime_checkable

from powerpack_carriers.ports import Journal
from powerpack_carriers.smpp.buffer import split_pdus

FieldsOfEach = Callable[[], Iterable[Mapping[str, object]]]
"""Makes the fields of every event of a group, in order; a journal may call it late, often, or never."""


@runtime_checkable
class GroupJournal(Protocol):
    """A journal that takes events in groups; each counts as so many events of their own."""

    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        """The same as ``record("pdu", side=..., link=..., direction=..., raw=...)`` for each."""
        ...

    def record_octets(self, side: str, link: str, direction: str, octets: bytes, count: int) -> None:
        """The same for ``count`` whole PDUs that follow each other."""
        ...

    def record_group(self, kind: str, count: int, fields: FieldsOfEach) -> None:
        """The same as ``record(kind, ...)`` for each; ``fields`` must give the same whenever it is called."""
        ...


def group_journal(journal: Journal) -> GroupJournal:
    """The journal itself where it takes groups, or else one event after the other."""
    return cast(GroupJournal, journal) if _takes_groups(type(journal)) else _OneByOne(journal)


@lru_cache(maxsize=32)
def _takes_groups(kind: type[Journal]) -> bool:
    """Whether journals of a class take groups: Protocols are slow to ask, and each test has carriers that ask."""
    return issubclass(kind, GroupJournal)


class _OneByOne:
    """Groups for a journal that has never heard of them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        for raw in pdus:
            self._journal.record("pdu", side=side, link=link, direction=direction, raw=raw)

    def record_octets(self, side: str, link: str, direction: str, octets: bytes, count: int) -> None:
        self.record_pdus(side, link, direction, split_pdus(octets))

    def record_group(self, kind: str, count: int, fields: FieldsOfEach) -> None:
        for each in fields():
            self._journal.record(kind, **each)
