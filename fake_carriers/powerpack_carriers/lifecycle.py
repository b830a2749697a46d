"""How messages end: their fate, their delay, and what query_sm, cancel_sm and replace_sm find."""

from collections.abc import Callable, Sequence
from itertools import chain
from random import Random
from typing import Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.message_ids import CountedIds
from powerpack_carriers.messages import NO_ERROR, Message
from powerpack_carriers.plain_batches import Batch, Indexes, KnownBatches
from powerpack_carriers.profile import Profile
from powerpack_carriers.smpp.constants import MessageState

DELAYS_MAX: Final = 4_096
"""Delays that are drawn, 130 kB; after so many messages they come again,
as to draw each anew costs as much as its answer."""

_DRAWN_AHEAD: Final = 50
"""Delays that are drawn with those that are needed: who sends one message at a time has them drawn as cheaply."""

KNOWN_MAX: Final = 50_000
"""Messages that query_sm still finds, some 40 MB with their octets; real carriers forget finished ones within days."""

TOGETHER_MAX: Final = 1_000
"""submit_multis whose messages are found by one id, of 254 at most each; the others by their first alone."""

# Looked up once: to get a member out of an enum costs as much as a call, and every message needs these.
_ENROUTE: Final = MessageState.ENROUTE
_DELIVERY: Final[tuple[int, str]] = (MessageState.DELIVERED, NO_ERROR)


class Lifecycle:
    """The messages of one carrier from acceptance to their final state.

    Fates and delays are drawn from ``dice``, one draw each a message, so that two runs with one seed are alike.
    """

    __slots__ = (
        "_batches",
        "_delay_s_min",
        "_delay_s_span",
        "_delays",
        "_dice",
        "_ids",
        "_in_flight",
        "_known",
        "_next_delay",
        "_outcomes",
        "_together",
    )

    def __init__(self, profile: Profile, *, ids: Callable[[], bytes], dice: Random, known_max: int = KNOWN_MAX) -> None:
        self._ids = ids
        self._dice = dice
        self._outcomes = profile.outcomes
        self._delay_s_min = profile.receipt.delay_s_min
        self._delay_s_span = profile.receipt.delay_s_max - profile.receipt.delay_s_min
        self._delays: list[float] = []
        self._next_delay = 0
        self._known: BoundedDict[bytes, Message] = BoundedDict(known_max)
        self._batches = KnownBatches(ids, size_max=known_max) if isinstance(ids, CountedIds) else None
        self._together: BoundedDict[bytes, tuple[Message, ...]] = BoundedDict(TOGETHER_MAX)
        self._in_flight = 0

    @property
    def in_flight(self) -> int:
        """Messages that were accepted and have no final state."""
        return self._in_flight

    def accept(self, message: Message, now: float) -> float:
        """Give the message its id unless it has one, and its fate where a fault has not; when it comes to its end."""
        message.id_octets = message.id_octets or self._ids()
        fate, error = self._draw_fate() if self._outcomes else _DELIVERY
        if not message.fate:
            message.fate, message.error = fate, error
        self._known[message.id_octets] = message
        self._in_flight += 1
        return now + self._take_delays(1)[0]

    def decide(self, message: Message) -> None:
        """Give a message a fate that has lost its own."""
        message.fate, message.error = self._draw_fate() if self._outcomes else _DELIVERY

    def take_ids(self, count: int) -> tuple[int, bytes] | None:
        """As CountedIds.take; None where that is not how ids are given."""
        return self._ids.take(count) if isinstance(self._ids, CountedIds) else None

    def accept_batch(self, batch: Batch, first_number: int) -> list[float]:
        """The same as ``accept`` for plain messages, which are delivered all: after how many seconds each ends."""
        assert self._batches is not None, "only counted ids are taken for a batch"
        self._batches.add(batch, first_number)
        self._in_flight += batch.count
        first, delays = self._next_delay, self._delays
        end = first + batch.count
        if end > len(delays):
            return self._take_delays(batch.count)
        self._next_delay = end
        return delays[first:end]

    def _take_delays(self, count: int) -> list[float]:
        """The delays of the next messages, in seconds; what is not drawn yet is."""
        first, delays = self._next_delay, self._delays
        self._next_delay = end = first + count
        start, span, random = self._delay_s_min, self._delay_s_span, self._dice.random
        # Fates and delays are drawn in turns; where all messages have one fate there is nothing to draw in between.
        until = end if self._outcomes else end + _DRAWN_AHEAD
        delays += [start + span * random() for _ in range(min(until, DELAYS_MAX) - len(delays))]
        if end <= DELAYS_MAX:
            return delays[first:end]
        self._next_delay = 0
        return delays[first:] + self._take_delays(end - DELAYS_MAX)

    def finish_batch(self, batch: Batch, indexes: Indexes, now: float) -> None:
        """Move messages of a batch, none of which was ever looked at, to their final state."""
        batch.ended.append((indexes, now))
        self._in_flight -= len(indexes)

    def submitted_together(self, messages: Sequence[Message]) -> None:
        """Several messages were told by one id, that of the first."""
        if len(messages) > 1:
            self._together[messages[0].id_octets] = tuple(messages)

    def alike(self, message: Message) -> tuple[Message, ...]:
        """Those that were told by the id of one that was found, itself among them."""
        together = self._together.get(message.id_octets, ())
        return together if message in together else (message,)

    def new_id(self) -> bytes:
        """An id that no message has."""
        return self._ids()

    def finish(self, message: Message, now: float, state: int) -> bool:
        """Move it to its final state; False when it is in one already, which never changes."""
        if message.state != _ENROUTE:
            return False
        message.state = state
        message.done_at = now
        self._in_flight -= 1
        return True

    def find(self, message_id: str, *, source_addr: str = "") -> Message | None:
        """The message with this id; None when it is not known, or not from ``source_addr`` (SMPP 3.4, 4.8.1)."""
        octets = message_id.encode("latin-1")
        message = self._known.get(octets)
        if message is None and self._batches is not None:
            message = self._batches.find(octets)
        if message is None or (source_addr and message.source_addr != source_addr):
            return None
        return message

    def enroute(self, *, source_addr: str, destination_addr: str, service_type: str) -> list[Message]:
        """All messages between two parties that are not final, oldest first; an empty service_type is any."""
        batches = () if self._batches is None else self._batches.enroute(source_addr, destination_addr)
        return [
            message
            for message in sorted(chain(self._known.values(), batches), key=_accepted_at)
            if message.state == _ENROUTE
            and message.source_addr == source_addr
            and message.destination_addr == destination_addr
            and (not service_type or message.submitted.service_type.decode("latin-1") == service_type)
        ]

    def _draw_fate(self) -> tuple[int, str]:
        drawn = self._dice.random()
        for outcome in self._outcomes:
            if drawn < outcome.share:
                return outcome.state, outcome.error
            drawn -= outcome.share
        return _DELIVERY


def _accepted_at(message: Message) -> float:
    return message.accepted_at
