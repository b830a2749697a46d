"""Receipts of plain messages that came to their end together: a sequence that makes its items when somebody looks."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import overload

from powerpack_carriers.plain_batches import Batch, Indexes

Owed = tuple[Batch, int, float]
"""A receipt that is not written yet: the batch, which of its messages, and when that came to its end."""

Sent = tuple[Owed, float]
"""The same, and when it was sent."""


class OwedTogether(Sequence[Owed]):
    """The receipts of some messages of a batch; a range of them is of one run."""

    __slots__ = ("batch", "done_at", "indexes")

    def __init__(self, batch: Batch, indexes: Indexes, done_at: float) -> None:
        self.batch = batch
        self.indexes = indexes
        self.done_at = done_at

    def __len__(self) -> int:
        return len(self.indexes)

    @overload
    def __getitem__(self, index: int) -> Owed: ...
    @overload
    def __getitem__(self, index: slice) -> "OwedTogether": ...
    def __getitem__(self, index: int | slice) -> "Owed | OwedTogether":
        if isinstance(index, slice):
            return OwedTogether(self.batch, self.indexes[index], self.done_at)
        return self.batch, self.indexes[index], self.done_at

    def __iter__(self) -> Iterator[Owed]:
        return zip(repeat(self.batch), self.indexes, repeat(self.done_at))


class SentTogether(Sequence[Sent]):
    """Receipts that were sent at one moment."""

    __slots__ = ("_owed", "_sent_at")

    def __init__(self, owed: Sequence[Owed], sent_at: float) -> None:
        self._owed = owed
        self._sent_at = sent_at

    def __len__(self) -> int:
        return len(self._owed)

    @overload
    def __getitem__(self, index: int) -> Sent: ...
    @overload
    def __getitem__(self, index: slice) -> "SentTogether": ...
    def __getitem__(self, index: int | slice) -> "Sent | SentTogether":
        if isinstance(index, slice):
            return SentTogether(self._owed[index], self._sent_at)
        return self._owed[index], self._sent_at

    def __iter__(self) -> Iterator[Sent]:
        return zip(self._owed, repeat(self._sent_at))
