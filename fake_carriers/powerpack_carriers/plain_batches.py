"""Plain messages of one read, kept together: columns instead of objects, and the PDUs as they came.

Whoever looks at one of them gets a ``Message``, made at that moment and the same one from then on.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from struct import unpack_from
from typing import TYPE_CHECKING, Final

from powerpack_carriers.arrivals import Arrivals
from powerpack_carriers.handsets import Handset
from powerpack_carriers.links import Link
from powerpack_carriers.message_ids import CountedIds
from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import Address
from powerpack_carriers.profile import Rate
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import HEADER_OCTETS, MessageState
from powerpack_carriers.text import UCS2_OCTETS_MAX

if TYPE_CHECKING:
    from powerpack_carriers.mailbox import Mailbox

_DELIVERED: Final = MessageState.DELIVERED
_NOT_OPENED: Final[dict[int, Message]] = {}
"""What nobody has looked at of a batch: as good as none, so that each batch need not have its own."""


class Way:
    """What all plain submits with one head have in common; ``handset``, ``arrivals``: None until one is admitted."""

    __slots__ = (
        "arrivals",
        "destination",
        "handset",
        "head_octets",
        "quotes_text",
        "rate",
        "receipt_front",
        "receipt_heads",
        "source",
        "wants_receipt",
    )

    def __init__(
        self,
        *,
        head_octets: int,
        source: Address,
        destination: Address,
        rate: Rate | None,
        wants_receipt: bool,
        quotes_text: bool,
        receipt_front: bytes,
    ) -> None:
        self.head_octets = head_octets
        self.source = source
        self.destination = destination
        self.rate = rate
        self.wants_receipt = wants_receipt
        self.quotes_text = quotes_text
        self.receipt_front = receipt_front
        """The body of its deliver_sm up to sm_length."""
        self.receipt_heads: dict[int, tuple[bytes, bytes]] = {}
        """By the octets of the message that a receipt repeats: what stands before and behind its sequence_number."""
        self.handset: Handset | None = None
        self.arrivals: Arrivals | None = None


Indexes = list[int] | range
"""Which messages of a batch, in their order; a range is of one run."""


Lengths = list[int] | range
"""Where the sm_length of each message of a batch is; a range is of one run whose texts have one length."""


def ways_of(runs: Sequence[tuple[Way, int]]) -> list[Way]:
    """The way of each message."""
    if len(runs) == 1:
        way, count = runs[0]
        return [way] * count
    ways: list[Way] = []
    for way, stop in runs:
        ways += (way,) * (stop - len(ways))
    return ways


def runs_before(end: int, runs: Sequence[tuple[Way, int]]) -> list[tuple[Way, int]]:
    """The runs of the first messages only."""
    cut: list[tuple[Way, int]] = []
    for way, stop in runs:
        cut.append((way, min(stop, end)))
        if stop >= end:
            break
    return cut


def before_long(octets: bytes, runs: Sequence[tuple[Way, int]], lengths_at: Lengths) -> Sequence[tuple[Way, int]]:
    """The runs before the first text that costs a number more than one token of its rate, as long ones do."""
    start = 0
    for way, stop in runs:
        if way.rate is not None:
            # A range has one run, and all its texts have one length.
            for index in (start,) if isinstance(lengths_at, range) else range(start, stop):
                if octets[lengths_at[index]] > UCS2_OCTETS_MAX:
                    return runs_before(index, runs) if index else ()
        start = stop
    return runs


def request_of(octets: bytes, way: Way, length_at: int) -> RawPdu:
    """The submit_sm whose sm_length is at that place."""
    raw = octets[length_at - way.head_octets - HEADER_OCTETS : length_at + 1 + octets[length_at]]
    return RawPdu(raw, *unpack_from(">III", raw, 4))


class Batch:
    """The messages of one read, in order. ``ids`` are their message_ids, each of ``id_octets``, joined.

    ``opened`` are those that somebody has looked at; ``ended`` says which came to their end together, and when.
    """

    __slots__ = (
        "_ways",
        "accepted_at",
        "count",
        "ended",
        "id_octets",
        "ids",
        "lengths_at",
        "link",
        "mailbox",
        "octets",
        "only_way",
        "opened",
        "phones_version",
        "runs",
    )

    def __init__(
        self,
        octets: bytes,
        runs: Sequence[tuple[Way, int]],
        lengths_at: Lengths,
        *,
        ids: bytes,
        id_octets: int,
        link: Link,
        mailbox: "Mailbox",
        now: float,
        phones_version: int,
    ) -> None:
        self.octets = octets
        self.runs = runs
        """The way of messages that follow each other, and how many there are up to the last of these."""
        self.count = runs[-1][1]
        self.only_way = runs[0][0] if len(runs) == 1 else None
        """The way of all messages; None where they have several."""
        self._ways: list[Way] | None = None
        self.lengths_at = lengths_at
        self.ids = ids
        self.id_octets = id_octets
        self.link = link
        self.mailbox = mailbox
        self.accepted_at = now
        self.phones_version = phones_version
        """The directory's, when it was accepted: whether all phones are still as ordinary as they were."""
        self.ended: list[tuple[Indexes, float]] = []
        self.opened = _NOT_OPENED

    def __len__(self) -> int:
        return self.count

    @property
    def ways(self) -> list[Way]:
        """The way of each message."""
        if self._ways is None:
            self._ways = ways_of(self.runs)
        return self._ways

    def way(self, index: int) -> Way:
        """The way of one message."""
        return self.only_way or self.ways[index]

    def stride(self, first: int, last: int) -> int:
        """How far these messages of one run are from each other, where all their texts have one length; else 0."""
        lengths_at, octets = self.lengths_at, self.octets
        if isinstance(lengths_at, range):
            return lengths_at.step
        start, end = lengths_at[first], lengths_at[last]
        stride = lengths_at[first + 1] - start
        # The last text may be of another length without moving anything.
        is_regular = octets[start] == octets[end] and lengths_at[first : last + 1] == [*range(start, end + 1, stride)]
        return stride if is_regular else 0

    def message_id(self, index: int) -> bytes:
        """The id of one message."""
        start = index * self.id_octets
        return self.ids[start : start + self.id_octets]

    def message(self, index: int) -> Message:
        """One message, as if it had come the long way."""
        message = self.opened.get(index)
        if message is None:
            if self.opened is _NOT_OPENED:
                self.opened = {}
            message = self.opened[index] = self._open(index)
        return message

    def _open(self, index: int) -> Message:
        way = self.way(index)
        request = request_of(self.octets, way, self.lengths_at[index])
        message = Message(request, request.submit_sm(), link=self.link, mailbox=self.mailbox, now=self.accepted_at)
        message.id_octets = self.message_id(index)
        message.handset = way.handset
        message.fate = _DELIVERED
        for indexes, now in self.ended:
            if index in indexes:
                message.state, message.done_at = _DELIVERED, now
        return message


class KnownBatches:
    """The newest batches of a carrier with counted ids; of ``size_max`` messages, or a quarter more."""

    __slots__ = ("_batches", "_count", "_first_numbers", "_generation", "_ids", "_size_max")

    def __init__(self, ids: CountedIds, *, size_max: int) -> None:
        self._ids = ids
        self._size_max = size_max
        self._count = 0
        self._generation = 0
        self._batches: list[Batch] = []
        self._first_numbers: list[int] = []

    def __len__(self) -> int:
        """How many messages are known."""
        return self._count

    def add(self, batch: Batch, first_number: int) -> None:
        """Know a batch whose first id is this number; the oldest is forgotten where there are too many messages."""
        number = self._generation * self._ids.limit + first_number
        if self._first_numbers and number < self._first_numbers[-1]:
            self._generation += 1
            number += self._ids.limit
        self._batches.append(batch)
        self._first_numbers.append(number)
        self._count += batch.count
        if self._count >= self._size_max + self._size_max // 4:
            self._forget()

    def find(self, message_id: bytes) -> Message | None:
        """The newest message with this id."""
        number = self._ids.number_of(message_id)
        if number is None:
            return None
        for generation in (self._generation, self._generation - 1):
            wanted = generation * self._ids.limit + number
            place = bisect_right(self._first_numbers, wanted) - 1
            if place >= 0 and (index := wanted - self._first_numbers[place]) < len(self._batches[place]):
                return self._batches[place].message(index)
        return None

    def enroute(self, source_addr: str, destination_addr: str) -> Iterator[Message]:
        """Those between two parties that have not come to their end, oldest first."""
        for batch in self._batches:
            for index, way in enumerate(batch.ways):
                if way.source.text == source_addr and way.destination.text == destination_addr:
                    message = batch.message(index)
                    if message.state == MessageState.ENROUTE:
                        yield message

    def _forget(self) -> None:
        """Down to the limit at once: to take one after the other off the front of a list costs more than they do."""
        gone = 0
        while self._count - self._batches[gone].count >= self._size_max:
            self._count -= self._batches[gone].count
            gone += 1
        del self._batches[:gone]
        del self._first_numbers[:gone]
