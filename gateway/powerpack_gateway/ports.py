"""The outside world this package is given: a clock and a journal."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """The one source of time; whoever builds the parts decides whether it is real, steered or virtual."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, on the scale of the running loop's ``time()``."""
        ...


@runtime_checkable
class UnixClock(Protocol):
    """A clock that says Unix seconds without a datetime in between: they are asked for seven times a message."""

    def timestamp(self) -> float:
        """The same as ``now().timestamp()``."""
        ...


def unix_clock(clock: Clock) -> Callable[[], float]:
    """The clock's own way to say Unix seconds, or by way of ``now``."""
    if isinstance(clock, UnixClock):
        return clock.timestamp
    return lambda: clock.now().timestamp()


class Journal(Protocol):
    """Where everything that happens is written down, in order."""

    def record(self, kind: str, /, **fields: object) -> None:
        """Append one event; a value may be raw bytes, which are decoded only when somebody reads them."""
        ...


@runtime_checkable
class PduJournal(Protocol):
    """A journal that takes PDUs in groups: under load they are most of its events."""

    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        """The same as ``record("pdu", side=..., link=..., direction=..., raw=...)`` for each."""
        ...


def pdu_recorder(journal: Journal, link: str) -> Callable[[str, Sequence[bytes]], None]:
    """Journals the PDUs of one of our links, called with their direction, ``<`` or ``>``."""
    if isinstance(journal, PduJournal):
        return functools.partial(journal.record_pdus, "gateway", link)

    def record_each(direction: str, pdus: Sequence[bytes]) -> None:
        for raw in pdus:
            journal.record("pdu", side="gateway", link=link, direction=direction, raw=raw)

    return record_each


FieldsOfEach = Callable[[], Iterable[Mapping[str, object]]]
"""Makes the fields of every event of a group, in order; a journal may call it late, often, or never."""

RecordGroup = Callable[[str, int, FieldsOfEach], None]
"""(kind, how many, their fields): the same as ``record(kind, ...)`` for each."""


@runtime_checkable
class GroupJournal(Protocol):
    """A journal that takes events of one kind in groups, and makes them when somebody reads."""

    def record_group(self, kind: str, count: int, fields: FieldsOfEach) -> None:
        """The same as ``record(kind, ...)`` for each; ``fields`` must give the same whenever it is called."""
        ...


def group_recorder(journal: Journal) -> RecordGroup:
    """Journals events of one kind together."""
    if isinstance(journal, GroupJournal):
        return journal.record_group

    def record_each(kind: str, count: int, fields: FieldsOfEach) -> None:
        for each in fields():
            journal.record(kind, **each)

    return record_each
