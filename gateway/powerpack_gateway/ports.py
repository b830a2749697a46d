"""The outside world this package is given: a clock and a journal."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one source of time; whoever builds the parts decides whether it is real, steered or virtual."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, on the scale of the running loop's ``time()``."""
        ...


class Journal(Protocol):
    """Where everything that happens is written down, in order."""

    def record(self, kind: str, /, **fields: object) -> None:
        """Append one event; a value may be raw bytes, which are decoded only when somebody reads them."""
        ...
