"""The texts that came to a phone and nobody has looked at: the newest, those of a batch still packed."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from powerpack_carriers.messages import Message

if TYPE_CHECKING:
    from powerpack_carriers.plain_batches import Batch, Indexes

Text = tuple[tuple[Message, ...], datetime]
"""The parts of a text, and when it came."""

TextsOfBatch = tuple["Batch", "Indexes", datetime]
"""The same for messages of a batch, of one part each, that came together."""


class Arrivals:
    """The newest ``size_max`` texts, or a few more: messages of a batch that came together go together.

    Its length is how many there are, ``size_max`` at most.
    """

    __slots__ = ("_count", "_entries", "_size_max")

    def __init__(self, size_max: int) -> None:
        self._entries: deque[Text | TextsOfBatch] = deque()
        self._count = 0
        self._size_max = size_max

    def __len__(self) -> int:
        return min(self._count, self._size_max)

    def append(self, entry: "Text | TextsOfBatch", count: int) -> None:
        """One text more, or ``count`` of a batch; what is too old goes, of a batch when all of it is."""
        entries = self._entries
        entries.append(entry)
        self._count += count
        while self._count > self._size_max:
            oldest = entries[0]
            size = 1 if len(oldest) == 2 else len(oldest[1])
            if self._count - size < self._size_max:
                return
            entries.popleft()
            self._count -= size

    def take(self) -> Iterator[Text]:
        """The newest, oldest first; none of them is kept."""
        entries, too_old = self._entries, self._count - len(self)
        self._entries, self._count = deque(), 0
        for entry in entries:
            if len(entry) == 2:
                yield entry
                continue
            batch, indexes, received_at = entry
            for index in indexes[too_old:]:
                yield (batch.message(index),), received_at
            too_old = 0
