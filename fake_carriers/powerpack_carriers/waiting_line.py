"""Deliveries that wait, in their order: one by one, or receipts of plain messages by the hundred."""

from collections import deque
from collections.abc import Sequence

from powerpack_carriers.links import Link
from powerpack_carriers.owed import Owed
from powerpack_carriers.smpp.pdus import Pdu


class Delivery:
    """The body of one deliver_sm (or a data_sm), and what is known of it: ``what`` is receipt, text or spam report.

    It goes to ``avoid`` only while there is no other link with room. ``sent_at`` is when it last left.
    """

    __slots__ = ("attempts", "avoid", "body", "expires_at", "message_id", "sent_at", "what")

    def __init__(self, what: str, body: bytes | Pdu, *, message_id: bytes = b"", avoid: Link | None = None) -> None:
        self.what = what
        self.avoid = avoid
        self.body = body
        self.message_id = message_id
        self.attempts = 0
        self.expires_at = 0.0
        self.sent_at = 0.0


class WaitingLine:
    """First in, first out; ``count`` is how many deliveries wait, ``written`` how many of these are written."""

    __slots__ = ("_line", "count", "written")

    def __init__(self) -> None:
        self._line: deque[Delivery | Sequence[Owed]] = deque()
        self.count = 0
        self.written = 0

    @property
    def first(self) -> Delivery | Owed:
        """Who is next. Raises IndexError where nobody is."""
        first = self._line[0]
        return first if isinstance(first, Delivery) else first[0]

    def add(self, delivery: Delivery) -> None:
        """One more at the end."""
        self._line.append(delivery)
        self.count += 1
        self.written += 1

    def add_receipts(self, owed: Sequence[Owed]) -> None:
        """Receipts of messages that came to their end together, at the end."""
        if owed:
            self._line.append(owed)
            self.count += len(owed)

    def put_back(self, deliveries: Sequence[Delivery]) -> None:
        """Some that were here before, in front of all others and in their order."""
        self._line.extendleft(reversed(deliveries))
        self.count += len(deliveries)
        self.written += len(deliveries)

    def take(self, receipts_max: int) -> Delivery | Sequence[Owed]:
        """The next one; or the next receipts of one moment, so many at most."""
        first = self._line[0]
        if isinstance(first, Delivery):
            self._line.popleft()
            self.count -= 1
            self.written -= 1
            return first
        if len(first) <= receipts_max:
            self._line.popleft()
            self.count -= len(first)
            return first
        self._line[0] = first[receipts_max:]
        self.count -= receipts_max
        return first[:receipts_max]
