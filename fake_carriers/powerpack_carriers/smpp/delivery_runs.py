"""deliver_sm that left by the hundred, numbered one after the other, and wait for their answers."""

from collections import deque
from collections.abc import Iterator, Sequence
from struct import pack


class DeliveryRuns:
    """Oldest first; its length is how many deliver_sm are not answered.

    Answers nearly always come in the order of the requests: then they are compared by the hundred too. Whoever wants to
    know more takes all of them and looks at each.
    """

    __slots__ = ("_count", "_runs")

    def __init__(self) -> None:
        self._runs: deque[tuple[int, Sequence[object]]] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, first: int, contexts: Sequence[object]) -> None:
        """Wait for answers to the sequence_numbers from ``first`` on, one for each context."""
        count = len(contexts)
        if count:
            self._runs.append((first, contexts))
            self._count += count

    def settle(self, numbers: bytes) -> bool:
        """Take answers, if they are to the oldest in their order; ``numbers`` as on the wire, joined.

        False, and nothing is done, where they are not.
        """
        left = len(numbers) // 4
        if left > self._count:
            return False
        answered = 0
        for first, contexts in self._runs:
            if not left:
                break
            count = min(left, len(contexts))
            expected = pack(f">{count}I", *range(first, first + count))
            if numbers[4 * answered : 4 * (answered + count)] != expected:
                return False
            answered += count
            left -= count
        self._forget(answered)
        return True

    def take_all(self) -> Iterator[tuple[int, object]]:
        """The sequence_number and the context of each; none of them is kept."""
        runs, self._runs, self._count = self._runs, deque(), 0
        for first, contexts in runs:
            yield from enumerate(contexts, start=first)

    def _forget(self, count: int) -> None:
        self._count -= count
        while count:
            first, contexts = self._runs.popleft()
            if count < len(contexts):
                self._runs.appendleft((first + count, contexts[count:]))
                return
            count -= len(contexts)
