"""Suspensions that traffic here brought about, until the keeper has written them down."""

from collections.abc import Callable

from powerpack_gateway.fleet.board import Change
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

    def seen(self, change: Change) -> None:
        """The feed shows a document of the keeper's."""
        if change.kind == "number":
            self._open.pop(change.key, None)

    def write(self) -> None:
        """This gateway is the keeper now."""
        for number, reason in self._open.items():
            found = self._holdings.numbers.get(number)
            if found is not None and found.suspended == reason:
                self._holdings.book.keep(found)
        self._open.clear()
