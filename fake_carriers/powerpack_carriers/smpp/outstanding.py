"""Requests of ours that the peer has not answered: their sequence_numbers, their contexts and the window they fill."""

from collections.abc import Callable, Sequence
from struct import unpack
from typing import Final

from powerpack_carriers.smpp.constants import SEQUENCE_NUMBER_MAX, CommandId
from powerpack_carriers.smpp.delivery_runs import DeliveryRuns

_DELIVER_SM_RESP: Final = int(CommandId.deliver_sm_resp)


class Outstanding:
    """Oldest first; its length is how many wait for their answer."""

    __slots__ = ("_pending", "_runs", "_sequence_number", "_window_max")

    def __init__(self, *, window_max: int) -> None:
        self._window_max = window_max
        self._sequence_number = 0
        self._pending: dict[int, tuple[int, object]] = {}
        self._runs = DeliveryRuns()  # all of them left after what is pending

    def __len__(self) -> int:
        return len(self._pending) + len(self._runs)

    @property
    def free(self) -> int:
        """How many requests may be sent now."""
        return self._window_max - len(self._pending) - len(self._runs)

    def next_number(self) -> int:
        """1 to 0x7FFFFFFF and round again (SMPP 3.4, 5.1.4)."""
        self._sequence_number = self._sequence_number % SEQUENCE_NUMBER_MAX + 1
        return self._sequence_number

    def add_deliveries(self, contexts: Sequence[object]) -> int | None:
        """Number a deliver_sm for each context: the first number; None where they begin anew in between."""
        first = self._sequence_number + 1
        last = self._sequence_number + len(contexts)
        if last > SEQUENCE_NUMBER_MAX:
            return None
        self._sequence_number = last
        self._runs.add(first, contexts)
        return first

    def each(self) -> dict[int, tuple[int, object]]:
        """Which response each number waits for, and its context; whoever adds or removes one does it here."""
        if self._runs:
            self._pending.update((number, (_DELIVER_SM_RESP, context)) for number, context in self._runs.take_all())
        return self._pending

    def contexts(self) -> list[object]:
        """Those of all requests."""
        return [context for _, context in self.each().values()]

    def withdraw(self, is_overdue: Callable[[object], bool]) -> list[object]:
        """Wait no more for the oldest requests, as long as ``is_overdue`` says so of their contexts; those contexts."""
        pending = self.each()
        withdrawn: list[object] = []
        for sequence_number, (_, context) in list(pending.items()):
            if not is_overdue(context):
                break
            del pending[sequence_number]
            withdrawn.append(context)
        return withdrawn

    def settle(self, numbers: bytes) -> bool:
        """Take answers to deliver_sm; ``numbers`` are their sequence_numbers as on the wire, joined.

        False, and nothing is done, where one was not waited for.
        """
        if not numbers or self._runs.settle(numbers):
            return True
        pending = self.each()
        sequence_numbers = unpack(f">{len(numbers) // 4}I", numbers)
        try:
            kinds = [pending[number][0] for number in sequence_numbers]
        except KeyError:
            return False
        if kinds.count(_DELIVER_SM_RESP) < len(kinds) or len(set(sequence_numbers)) < len(kinds):
            return False
        for number in sequence_numbers:
            del pending[number]
        return True
