"""Message work: the messages of a Powerpack, or of the numbers in none; how it is taken up, and left."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from powerpack_gateway.dispatcher import Dispatcher
from powerpack_gateway.fleet.board import Board
from powerpack_gateway.fleet.whereabouts import Whereabouts
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.long_messages import KIND as PART
from powerpack_gateway.long_messages import LongMessages
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.outgoing import Outgoing
from powerpack_gateway.ports import Clock
from powerpack_gateway.throughput import PACIFIC, counted_since, last_midnight
from powerpack_gateway.tollfree_tiers import Unverified, month_of
from powerpack_gateway.underway import Underway

PARK_S: Final = 5.0
"""How long work that is to go to another gateway waits for its last answers; what has none then is an unknown outcome
there."""

AT_ONCE: Final = 500
"""Messages taken up in one turn of the loop: renewals and carriers must not wait for a hundred thousand."""


class MessageWork:
    """``resume`` goes on with a message that was on its way, ``commit`` is the store's."""

    def __init__(
        self,
        board: Board,
        where: Whereabouts,
        holdings: Holdings,
        *,
        dispatcher: Dispatcher,
        underway: Underway,
        outgoing: Outgoing,
        long_messages: LongMessages,
        resume: Callable[[Message], None],
        commit: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._board = board
        self._where = where
        self._holdings = holdings
        self._dispatcher = dispatcher
        self._underway = underway
        self._outgoing = outgoing
        self._long_messages = long_messages
        self._resume = resume
        self._commit = commit
        self._clock = clock

    async def take_over(self, lease: str) -> int:
        """Messages, pairs, rates and parts, as they were when whoever had them last wrote; how many messages."""
        now = self._clock.now()
        since = counted_since(now)
        is_capped = self._holdings.unverified is Unverified.CAPPED
        found = await self._board.take_up(lease, since=min(since, month_of(now).timestamp()) if is_capped else since)
        if is_capped:
            self._holdings.tiers.restore(found.sent)
        recent = [each for each in found.sent if each[2] >= since]
        self._holdings.pools.restore(found.sticky, recent, self._clock)
        for source, destination, sent_at in recent:
            self._holdings.compliance.messaged(source, destination, datetime.fromtimestamp(sent_at, UTC))
        midnight = last_midnight(now, PACIFIC).timestamp()
        self._dispatcher.sent_before((source, to) for source, to, sent_at in recent if sent_at >= midnight)
        parts = [json for key, json in await self._board.documents(PART) if self._is_of(key.partition("/")[0], lease)]
        self._long_messages.restore(parts)
        for start in range(0, len(found.messages), AT_ONCE):
            self.go_on(found.messages[start : start + AT_ONCE])
            await asyncio.sleep(0)
        return len(found.messages)

    async def leave(self, lease: str, in_flight: Callable[[str], bool]) -> None:
        """Submit nothing more, wait while messages of the lease are ``in_flight``, write everything, and forget it."""
        self._dispatcher.parked.add(lease)
        try:
            await self._answered_or_late(lease, in_flight)
            await self._commit()
            left = [message for message in self._underway.all() if message.lease == lease]
            for message in left:
                self._dispatcher.leave(message)
            self._underway.leave(left)
            self._long_messages.leave(lambda number: self._is_of(number, lease))
        finally:
            self._dispatcher.parked.discard(lease)

    async def _answered_or_late(self, lease: str, in_flight: Callable[[str], bool]) -> None:
        ends_at = self._clock.monotonic() + PARK_S
        while in_flight(lease):
            if self._clock.monotonic() >= ends_at:
                return
            await asyncio.sleep(0.05)

    def has(self, row: int) -> bool:
        """Whether a message is in memory here."""
        return self._underway.get(row) is not None

    def claimed(self, messages: Sequence[Message]) -> None:
        """Go on with claimed messages. Those of a lease that was left meanwhile are for whoever takes it up, and what
        is claimed again, since the answer was lost, may have come by another way meanwhile."""
        self.go_on([each for each in messages if each.lease in self._where.held and not self.has(each.id)])

    def go_on(self, messages: Collection[Message]) -> None:
        """Messages that another gateway accepted, or was at work at."""
        for message in messages:
            self._underway.adopt(message)
            is_new = message.stage is Stage.QUEUED and not message.reasons and not message.attempts
            if is_new and message.direction is Direction.OUTBOUND:
                self._outgoing.take_in(message)
            else:
                self._resume(message)

    def _is_of(self, number: str, lease: str) -> bool:
        """Whether the messages of a number belong to a lease."""
        return self._where.lease_of_number(number) == lease
