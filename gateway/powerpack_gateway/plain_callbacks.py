"""Status callbacks by the block: the short way of callbacks whose first try is acknowledged, as nearly all are.

One callback is one object from the moment it is told: it stands in its lane's line, is what the sender carries, and
keeps the answer until all answers of this turn of the loop are taken together. What needs more than that (a retry, a
GET, an answer that somebody reads) goes the long way, in ``callbacks.py``.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from powerpack_gateway.callback_lanes import Backlog, Lane, Lanes
from powerpack_gateway.http_connection import HttpFailure, HttpResponse
from powerpack_gateway.http_request import without_userinfo
from powerpack_gateway.notices import StatusValues, named
from powerpack_gateway.ports import FieldsOfEach, Journal, group_recorder
from powerpack_gateway.status_posts import StatusPost

if TYPE_CHECKING:
    from powerpack_gateway.callbacks import Delivery


class PlainCall:
    """One status callback: ``index`` of the message ``key``, to ``post``. The rest is for those who send it."""

    __slots__ = (
        "deadline", "following", "index", "is_retried", "is_written", "key", "outcome", "post", "raw", "started_at",
        "status", "values", "way",
    )  # fmt: skip

    raw: bytes
    deadline: float
    started_at: float  # when it was told, and then when its try began
    outcome: HttpResponse | HttpFailure
    status: int  # of the answer, if that acknowledges it
    way: "PlainCallbacks"  # set when it is told

    def __init__(self, key: int, index: int, post: StatusPost, values: StatusValues) -> None:
        self.key = key
        self.index = index
        self.post = post
        self.values = values
        self.following: PlainCall | None = None  # of the same message; it waits until this one is settled
        self.is_retried = False
        self.is_written = False

    def done(self, outcome: HttpResponse | HttpFailure) -> None:
        """Keep the answer for the end of this turn of the loop."""
        self.outcome = outcome
        way = self.way
        if not way.heard:
            asyncio.get_running_loop().call_soon(way.take)
        way.heard.append(self)


Told = Callable[[Sequence[PlainCall]], None]
"""Each was acknowledged; called once a callback, in order within a message."""


class PlainCallbacks:
    """``told`` hears of those that were acknowledged, ``failed`` of those that must go the long way, with what follows
    them."""

    def __init__(
        self,
        lanes: "Lanes[Delivery | PlainCall]",
        backlog: Backlog,
        *,
        journal: Journal,
        told: Told,
        failed: Callable[[PlainCall, Sequence[PlainCall]], None],
        taken: Callable[[], None],
    ) -> None:
        self._lanes = lanes
        self._backlog = backlog
        self._record_group = group_recorder(journal)
        self._told = told
        self._failed = failed
        self._taken = taken
        self._last: dict[int, PlainCall] = {}  # by message: the last of its callbacks, each of which has the next one
        self.heard: list[PlainCall] = []
        """Those that have an answer since this turn of the loop began."""
        self._left: set[int] = set()
        self._is_stopped = False

    def tell(self, calls: Iterable[PlainCall], now: float) -> None:
        """Take on callbacks of messages that have none on the long way."""
        lanes = self._lanes
        entered: list[Lane[Delivery | PlainCall]] = []
        lane: Lane[Delivery | PlainCall] | None = None
        post: StatusPost | None = None
        count = 0
        for call in calls:
            count += 1
            call.way = self
            call.started_at = now
            before = self._last.get(call.key)
            self._last[call.key] = call
            if before is not None:
                before.following = call
                continue
            if lane is None or call.post is not post:  # mostly all go to one
                post = call.post
                lane = lanes.of(post.origin)
                if lane not in entered:
                    entered.append(lane)
            lane.ready.append(call)
        self._backlog.add(count)
        for lane in entered:
            lanes.fill(lane)

    @property
    def left(self) -> Collection[int]:
        """Messages that are somebody else's, one of whose callbacks is still at the sender: its answer changes
        nothing. What is told of them again goes the long way."""
        return self._left

    def forget(self, key: int, *, is_sent: bool) -> None:
        """Somebody else tells a message's from now on; ``is_sent`` says whether the sender has one."""
        if self._last.pop(key, None) is not None and is_sent:
            self._left.add(key)

    def stop(self) -> None:
        """Forget everything."""
        self._is_stopped = True
        self._last.clear()

    def take(self) -> None:
        """Settle what was answered."""
        heard, self.heard = self.heard, []
        if self._is_stopped:
            return
        told: list[PlainCall] = []
        for call in heard:
            outcome = call.outcome
            if self._left and call.key in self._left:
                self._left.discard(call.key)
                self._lanes.leave(call.post.origin)
            elif isinstance(outcome, HttpResponse) and 200 <= outcome.status < 300:
                call.status = outcome.status
                told.append(call)
            else:
                self._fail(call)
        if told:
            self._settle(told)
        self._taken()

    def _fail(self, call: PlainCall) -> None:
        self._failed(call, self.leave(call))

    def leave(self, call: PlainCall) -> list[PlainCall]:
        """Let go of one that was told and not acknowledged; returns what follows for its message."""
        del self._last[call.key]
        behind: list[PlainCall] = []
        following = call.following
        while following is not None:
            behind.append(following)
            following = following.following
        return behind

    def _settle(self, told: Sequence[PlainCall]) -> None:
        said = [(call.key, call.index, call.post.url, call.values, call.status) for call in told]
        self._record_group("callback.sent", len(said), _events(said))
        self._backlog.take(len(told))
        left: dict[StatusPost, Lane[Delivery | PlainCall]] = {}
        for call in told:
            lane = left.get(call.post)
            if lane is None:
                lane = left[call.post] = self._lanes.of(call.post.origin)
                lane.silent_since = None
            lane.in_flight -= 1
        try:
            self._told(told)  # which may tell more of these messages, or stop us
        finally:
            if not self._is_stopped:
                self._go_on(told, left)

    def _go_on(self, told: Sequence[PlainCall], left: "Mapping[StatusPost, Lane[Delivery | PlainCall]]") -> None:
        for call in reversed(told):
            if call.following is None:
                del self._last[call.key]
            else:  # Told before what stands in line: in front, so that a message's callbacks are one change of its row.
                left[call.post].ready.appendleft(call.following)
        for lane in left.values():
            self._lanes.fill(lane)


def _events(said: Sequence[tuple[int, int, str, StatusValues, int]]) -> FieldsOfEach:
    """The same as the long way's."""

    def fields() -> Iterable[Mapping[str, object]]:
        return [
            {
                "key": key,
                "index": index,
                "what": "status",
                "attempt": 1,
                "method": "POST",
                "url": without_userinfo(url),
                "params": named(values),
                "status": status,
            }
            for key, index, url, values, status in said
        ]

    return fields
