"""What ESMEs submitted to one carrier, the newest, to be looked at."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import overload

from powerpack_carriers.messages import Message
from powerpack_carriers.plain_batches import Batch


class Received(Sequence[Message]):
    """The newest ``size_max`` messages, oldest first; those of a batch are made when somebody looks."""

    __slots__ = ("_count", "_entries", "_size_max")

    def __init__(self, size_max: int) -> None:
        self._entries: deque[Message | Batch] = deque()
        self._count = 0
        self._size_max = size_max

    def append(self, message: Message) -> None:
        """Keep one more."""
        self._entries.append(message)
        self._count += 1
        if self._count > self._size_max:
            self._forget()

    def append_batch(self, batch: Batch) -> None:
        """Keep all messages of a batch."""
        self._entries.append(batch)
        self._count += batch.count
        if self._count > self._size_max:
            self._forget()

    def clear(self) -> None:
        """Forget all of them."""
        self._entries.clear()
        self._count = 0

    def __len__(self) -> int:
        return min(self._count, self._size_max)

    def __iter__(self) -> Iterator[Message]:
        too_old = self._count - len(self)
        for entry in list(self._entries):
            if isinstance(entry, Message):
                yield entry
                continue
            for index in range(too_old, len(entry)):
                yield entry.message(index)
            too_old = 0

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        if isinstance(index, slice):
            return list(self)[index]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"found index {index}, expected less than {len(self)}, as there are so many messages")
        position += self._count - len(self)
        for entry in self._entries:
            size = 1 if isinstance(entry, Message) else len(entry)
            if position < size:
                return entry if isinstance(entry, Message) else entry.message(position)
            position -= size
        raise AssertionError("the count of received messages is wrong")

    def _forget(self) -> None:
        """Let go of what is too old; a batch goes as a whole, when its last message is."""
        while True:
            oldest = self._entries[0]
            size = 1 if isinstance(oldest, Message) else len(oldest)
            if self._count - size < self._size_max:
                return
            self._entries.popleft()
            self._count -= size

    def __repr__(self) -> str:
        return f"<Received {len(self)} messages>"
