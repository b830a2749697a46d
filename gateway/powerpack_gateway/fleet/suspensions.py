"""Suspensions that traffic here brought about, until the keeper has written them down."""

from collections.abc import Callable, Iterable

from powerpack_gateway.holdings import Holdings


class Suspensions:
    """``ask`` tells the keeper once, and may fail; it is asked again with every look at the board."""

    def __init__(self, holdings: Holdings, ask: Callable[[str, str], None]) -> None:
        self._holdings = holdings
        self._ask = ask
        self._open: dict[str, str] = {}

    def add(self, number: str, reason: str) -> None:
        """A number lost its sending rights here."""
        self._open[number] = reason
        self._ask(number, reason)

    def repeat(self) -> None:
        """Ask for all that the keeper has not written."""
        for number, reason in self._open.items():
            self._ask(number, reason)

    def seen(self, numbers: Iterable[str]) -> None:
        """The keeper has written these numbers, and that is what they are here now.

        One that may send again was written for another reason, before the keeper had heard of its suspension, which
        would be forgotten: it is suspended again, and the keeper asked again.
        """
        for number in dict.fromkeys(numbers):
            reason = self._open.pop(number, None)
            if reason is not None:
                self._holdings.suspend(number, reason)

    def write(self) -> None:
        """This gateway is the keeper now."""
        for number, reason in self._open.items():
            found = self._holdings.numbers.get(number)
            if found is not None and found.suspended == reason:
                self._holdings.book.keep(found)
        self._open.clear()
