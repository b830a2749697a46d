"""The outbox's motor: status callbacks and inbound webhooks go out in order, and again when the receiver fails.

A key (a message) has one notice under way at a time: the next one starts when it is settled, that is acknowledged by
any 2xx, or given up after the retries (plivo_api.md 3.3; Plivo names 200, and web frameworks answer 201 and 204 of
their own accord). Keys are independent, and so are origins: each has a lane as wide as the sender has connections.

Nothing told is lost while the process lives. What was told and not settled is the owner's to tell again after a
restart, so a receiver may see a notice twice, never out of order.
"""

import asyncio
import heapq
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal, Protocol
from urllib.parse import quote_plus, urlencode

from powerpack_gateway.alarm import Alarm
from powerpack_gateway.callback_lanes import Backlog, Lane, Lanes
from powerpack_gateway.errors import expect
from powerpack_gateway.http_connection import Carried, Done, FailureKind, HttpFailure, HttpResponse, SenderLimits
from powerpack_gateway.http_request import HttpRequest, Origin, target_of, without_userinfo
from powerpack_gateway.notices import named
from powerpack_gateway.plain_callbacks import PlainCall, PlainCallbacks, Told
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.status_posts import StatusPost

WEEDED_AT_ONCE = 200
"""Notices given up in one turn of the loop, where a receiver has been silent: ten thousand may be in its line."""

RETRY_TICK_S = 0.01
"""How close two looks at the retries may be: thousands that fall due together are a few wake-ups."""


@dataclass(slots=True, kw_only=True)
class Notice:
    """One callback that the customer must get. Nobody changes it; it is not frozen only since that would cost as
    much as to sign it."""

    key: int  # notices of one key go out in the order told: the message's id
    index: int  # which notice of that message
    url: str
    method: Literal["POST", "GET"]
    params: Mapping[str, str]
    what: Literal["status", "inbound", "registration", "api", "phlo"]
    ready_at: float = 0.0  # by the monotonic clock; set when it is told, or when the one before it is settled


CONNECTIONS_MAX = 500
"""To one receiver: half of the files that a process may have open on most systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """When to try again, and how much may wait."""

    retry_after_s: tuple[float, ...] = (60.0, 120.0, 240.0)
    """Each counted from the start of the try before it (plivo_api.md 3.3); after the last the notice is given up."""
    pending_max: int = 100_000
    """About 1 KB each. More are accepted, for nothing may be lost, but the journal says so and ``is_crowded`` too."""
    idle_s: float = 4.0
    """How long a connection to a receiver is kept for the next callback. Less than the 5 s of node and uvicorn: mostly
    we close it before they do."""
    connections_max: int = 16
    """To one receiver, so many callbacks are under way to it at a time. Sixteen carry 160 a second to an app that takes
    0.1 s; a receiver that can take more hears more in a second (benchmarks/README.md)."""

    def __post_init__(self) -> None:
        """Refuse what no timer could follow."""
        waits = self.retry_after_s
        expect("retry_after_s", waits, "seconds, more than 0 each", holds=all(each > 0 for each in waits))
        expect("pending_max", self.pending_max, "at least 1", holds=self.pending_max >= 1)
        expect("idle_s", self.idle_s, "seconds, more than 0", holds=self.idle_s > 0)
        found, wanted = self.connections_max, f"1 to {CONNECTIONS_MAX}"
        expect("connections_max", found, wanted, holds=1 <= found <= CONNECTIONS_MAX)


Sign = Callable[[str, str, Mapping[str, str]], Mapping[str, str]]
"""(method, url, params) -> signature headers, with a fresh nonce at each call."""

Settled = Callable[[Notice, bool, bytes], None]
"""(notice, whether it was acknowledged, body of the answer): called once a notice."""


Tried = Callable[[Notice, int, int | str], None]
"""(notice, number of the try, HTTP status or why there is none): called once a try, before ``Settled``."""


class Sender(Protocol):
    """What carries the tries: HttpSender."""

    limits: SenderLimits

    def send(self, request: HttpRequest, done: Done) -> None:
        """Send it; ``done`` is called later."""
        ...

    def carry(self, origin: Origin, exchanges: Sequence[Carried]) -> None:
        """Send what is written already; each one's ``done`` is called later."""
        ...


@dataclass(slots=True)
class Delivery:
    """A notice under way: it is in a lane, or waits for its retry."""

    notice: Notice
    origin: Origin | None  # None: the url is one that nobody can connect to
    attempt: int = 1  # the running or the next one; 1 is the original
    started_at: float = 0.0
    is_left: bool = False  # its message is somebody else's by now


_DEFAULTS = CallbackSettings()

SILENT = "its receiver has answered nothing"
"""How the reason begins for which a callback is given up in line, before it was tried."""


def _unheard(notice: Notice, attempt: int, outcome: int | str) -> None:
    """Nobody keeps the tries."""


def _untold(calls: Sequence[PlainCall]) -> None:
    """Nobody tells plain ones."""


class Callbacks:
    """Tells customers what happened, until they have heard it or the retries are used up."""

    def __init__(
        self,
        *,
        sender: Sender,
        clock: Clock,
        journal: Journal,
        sign: Sign,
        settled: Settled,
        settings: CallbackSettings = _DEFAULTS,
        tried: Tried = _unheard,
        told: Told = _untold,
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._journal = journal
        self._sign = sign
        self._settled = settled
        self._tried = tried
        self._settings = settings
        self._lines: dict[int, deque[Notice] | None] = {}  # one of the key is under way; these wait behind it
        self._current: dict[int, Delivery] = {}  # by key: what is under way of each line
        self._lanes: Lanes[Delivery | PlainCall] = Lanes(sender.limits.connections_per_origin, self._go, self._weed)
        self._schedule_s = sum(settings.retry_after_s) + sender.limits.timeout_s
        self._hopeless: deque[tuple[Delivery | PlainCall, float]] = deque()  # and for how long its receiver is silent
        self._backlog = Backlog(settings.pending_max, journal)
        self._plain = PlainCallbacks(
            self._lanes, self._backlog, journal=journal, told=told, failed=self._take_over, taken=self._release_drained
        )
        self._retries: list[tuple[float, int, Delivery]] = []  # a heap: due, number, what
        self._planned = 0  # numbers the retries, so that equal times keep their order
        self._alarm = Alarm(self._look)
        self._drained: list[tuple[float, asyncio.Future[None]]] = []  # (deadline, who waits for it)
        self._is_stopped = False

    def __repr__(self) -> str:
        return f"<Callbacks: {self.pending} pending, {self.in_flight} in flight, {len(self._retries)} to be retried>"

    @property
    def in_flight(self) -> int:
        """Tries that the sender has now."""
        return self._lanes.in_flight

    @property
    def pending(self) -> int:
        """Notices told and not settled."""
        return self._backlog.pending

    @property
    def is_crowded(self) -> bool:
        """More than ``pending_max`` are pending: a good moment to accept no more messages."""
        return self._backlog.is_crowded

    def tell(self, notice: Notice) -> None:
        """Take a notice on; ``settled`` is called later, once. After ``stop`` it is the next process's to tell."""
        if self._is_stopped:
            return
        self._backlog.add(1)
        notice.ready_at = self._clock.monotonic()
        if notice.key not in self._lines:
            self._lines[notice.key] = None
            self._enter(Delivery(notice, _origin_of(notice.url)))
        elif (line := self._lines[notice.key]) is not None:
            line.append(notice)
        else:
            self._lines[notice.key] = deque((notice,))

    def tell_plain(self, calls: Sequence[PlainCall]) -> None:
        """The same for status callbacks, whose first try goes the short way; the owner's ``told`` is called instead of
        ``tried`` and ``settled`` when it is acknowledged."""
        if self._is_stopped:
            return
        lines = self._lines
        left = self._plain.left
        plain = [call for call in calls if call.key not in lines and call.key not in left] if lines or left else calls
        self._plain.tell(plain, self._clock.monotonic())
        if len(plain) < len(calls):
            for call in calls:
                if call.key in lines or call.key in left:  # one before it is to be tried again, or at the sender yet
                    self.tell(_notice_of(call, 0.0))

    def forget(self, owed: Mapping[int, int]) -> None:
        """Somebody else tells these keys' notices from now on: how many are owed of each. What the sender has already
        is not settled here, whatever it hears."""
        for key in owed:
            if self._lines.pop(key, 0) != 0:
                self._current.pop(key).is_left = True

        def is_left(entry: Delivery | PlainCall) -> bool:
            return entry.key in owed if isinstance(entry, PlainCall) else entry.is_left

        self._retries = [each for each in self._retries if not each[2].is_left]
        heapq.heapify(self._retries)
        in_line = [*self._lanes.take_out(is_left), *(entry for entry, _ in self._hopeless if is_left(entry))]
        self._hopeless = deque(each for each in self._hopeless if not is_left(each[0]))
        unsent = {entry.key for entry in in_line if isinstance(entry, PlainCall)}
        for key in owed:
            self._plain.forget(key, is_sent=key not in unsent)
        self._backlog.take(sum(owed.values()))

    async def drain(self, within_s: float) -> None:
        """Return when nothing is pending, when that many seconds have passed, or as soon as nothing more can happen
        in them because all that is pending waits for a later retry."""
        loop = asyncio.get_running_loop()
        deadline = self._clock.monotonic() + within_s
        if self._can_settle_before(deadline):
            entry = (deadline, loop.create_future())
            self._drained.append(entry)
            timer = loop.call_at(deadline, _resolve, entry[1])
            try:
                await entry[1]
            finally:
                timer.cancel()
                self._drained.remove(entry)

    async def stop(self) -> None:
        """Forget what is pending: ``settled`` is not called any more, whatever the sender still hears."""
        self._is_stopped = True
        self._alarm.stop()
        for _, waiter in self._drained:
            _resolve(waiter)
        self._journal.record("callback.stopped", pending=self.pending)
        self._retries.clear()
        self._hopeless.clear()
        self._lines.clear()
        self._current.clear()
        self._plain.stop()
        self._lanes.clear()
        self._backlog.pending = 0

    # A notice's way: enter a lane, be tried, be settled or wait for a retry

    def _enter(self, delivery: Delivery) -> None:
        self._current[delivery.notice.key] = delivery
        self._lanes.enter(delivery.origin, delivery)

    def _go(self, lane: Lane[Delivery | PlainCall], entries: Sequence[Delivery | PlainCall]) -> None:
        now = self._clock.monotonic()
        plain: dict[StatusPost, list[PlainCall]] = {}
        for each in entries:
            each.started_at = now
            if isinstance(each, PlainCall):
                plain.setdefault(each.post, []).append(each)
                continue
            notice = each.notice
            # An address that can not be taken apart can not be signed; the sender says what is wrong with it.
            signatures = {} if each.origin is None else self._sign(notice.method, notice.url, notice.params)
            self._sender.send(_request(notice, signatures), partial(self._answered, each))
        for post, calls in plain.items():
            for call, raw in zip(calls, post.requests([call.values for call in calls]), strict=True):
                call.raw = raw
            self._sender.carry(post.origin, calls)

    def _take_over(self, call: PlainCall, behind: Sequence[PlainCall]) -> None:
        """The first try of a plain one failed."""
        self._answered(self._long_way(call, behind), call.outcome)

    def _long_way(self, call: PlainCall, behind: Sequence[PlainCall]) -> Delivery:
        self._lines[call.key] = deque(_notice_of(each, each.started_at) for each in behind) or None
        delivery = Delivery(_notice_of(call, call.started_at), call.post.origin, started_at=call.started_at)
        self._current[call.key] = delivery
        return delivery

    def _answered(self, delivery: Delivery, outcome: HttpResponse | HttpFailure) -> None:
        if self._is_stopped:
            return
        lane = self._lanes.of(delivery.origin)
        if isinstance(outcome, HttpResponse):
            lane.silent_since = None
        elif lane.silent_since is None:
            lane.silent_since = delivery.started_at
        self._lanes.leave(delivery.origin)
        if delivery.is_left:
            return
        if isinstance(outcome, HttpResponse) and 200 <= outcome.status < 300:
            self._record("callback.sent", delivery, status=outcome.status)
            self._tried(delivery.notice, delivery.attempt, outcome.status)
            self._settle(delivery.notice, acknowledged=True, body=outcome.body)
        else:
            self._fail(delivery, outcome)
        self._release_drained()

    def _fail(self, delivery: Delivery, outcome: HttpResponse | HttpFailure) -> None:
        status = outcome.status if isinstance(outcome, HttpResponse) else None
        reason = f"status {status}" if isinstance(outcome, HttpResponse) else f"{outcome.kind}: {outcome.detail}"
        self._tried(delivery.notice, delivery.attempt, reason if status is None else status)
        is_unusable = isinstance(outcome, HttpFailure) and outcome.kind is FailureKind.UNUSABLE
        waits = self._settings.retry_after_s
        if is_unusable or delivery.attempt > len(waits):
            self._record("callback.failed", delivery, status=status, reason=reason, retry_in_s=None)
            self._record("callback.gave_up", delivery, status=status, reason=reason)
            self._settle(delivery.notice, acknowledged=False, body=b"")
            return
        due = delivery.started_at + waits[delivery.attempt - 1]
        retry_in_s = due - self._clock.monotonic()
        self._record("callback.failed", delivery, status=status, reason=reason, retry_in_s=retry_in_s)
        delivery.attempt += 1
        self._planned += 1
        heapq.heappush(self._retries, (due, self._planned, delivery))
        self._alarm.no_later_than(due)

    def _settle(self, notice: Notice, *, acknowledged: bool, body: bytes) -> None:
        self._backlog.take(1)
        try:
            self._settled(notice, acknowledged, body)  # which may tell more of this key, or stop us
        finally:
            line = self._lines.get(notice.key)
            if line:
                following = line.popleft()
                following.ready_at = self._clock.monotonic()
                self._enter(Delivery(following, _origin_of(following.url)))
            else:
                self._lines.pop(notice.key, None)
                self._current.pop(notice.key, None)

    def _record(self, kind: str, delivery: Delivery, **fields: object) -> None:
        notice = delivery.notice
        self._journal.record(
            kind,
            key=notice.key,
            index=notice.index,
            what=notice.what,
            attempt=delivery.attempt,
            method=notice.method,
            url=notice.url if "@" not in notice.url else without_userinfo(notice.url),
            params=notice.params,
            **fields,
        )

    # A receiver that answers nothing

    def _weed(self, lane: Lane[Delivery | PlainCall]) -> None:
        """Give up what would have had all its tries by now, each of them at a receiver that answered nothing.

        What waits in its line is tried at sixteen connections that are each silent for fifteen seconds. Ten thousand
        messages took a day and a half so, and what came after them came on top.
        """
        assert lane.silent_since is not None, "else it is not called"
        now = self._clock.monotonic()
        silent_s = now - lane.silent_since
        if silent_s < self._schedule_s:
            return
        ready = lane.ready
        while ready and now - _ready_at(ready[0]) >= self._schedule_s:
            if not self._hopeless:
                asyncio.get_running_loop().call_soon(self._give_up_hopeless)
            self._hopeless.append((ready.popleft(), silent_s))

    def _give_up_hopeless(self) -> None:
        for _ in range(min(WEEDED_AT_ONCE, len(self._hopeless))):
            entry, silent_s = self._hopeless[0]  # it stays in line, so that nobody calls this a second time
            if isinstance(entry, PlainCall):
                entry = self._long_way(entry, self._plain.leave(entry))
            reason = f"{SILENT} for {silent_s:.0f} s"
            self._record("callback.gave_up", entry, status=None, reason=reason)
            self._settle(entry.notice, acknowledged=False, body=b"")
            if self._is_stopped:
                return
            self._hopeless.popleft()
        if self._hopeless:
            asyncio.get_running_loop().call_soon(self._give_up_hopeless)
        self._release_drained()

    # Retries

    def _look(self) -> None:
        now = self._clock.monotonic()
        while self._retries and self._retries[0][0] <= now:
            self._enter(heapq.heappop(self._retries)[2])
        if self._retries:
            self._alarm.no_later_than(max(self._retries[0][0], now + RETRY_TICK_S))

    # Draining

    def _can_settle_before(self, deadline: float) -> bool:
        return bool(self._lanes) or bool(self._hopeless) or (bool(self._retries) and self._retries[0][0] <= deadline)

    def _release_drained(self) -> None:
        for deadline, waiter in self._drained:
            if not self._can_settle_before(deadline):
                _resolve(waiter)


def _notice_of(call: PlainCall, ready_at: float) -> Notice:
    return Notice(
        key=call.key,
        index=call.index,
        url=call.post.url,
        method="POST",
        params=named(call.values),
        what="status",
        ready_at=ready_at,
    )


def _ready_at(entry: Delivery | PlainCall) -> float:
    return entry.started_at if isinstance(entry, PlainCall) else entry.notice.ready_at


def form_encoded(params: Mapping[str, str]) -> str:
    """What ``urllib.parse.urlencode`` gives, in a twentieth of the time where all values are as a status has them."""
    values = tuple(params.values())
    if _SIMPLE("".join(values)) is None:
        return urlencode(params)
    return (_form_of(tuple(params)) % values).replace(":", "%3A").replace(" ", "+")


@lru_cache(maxsize=256)  # callbacks have a handful of forms
def _form_of(names: tuple[str, ...]) -> str:
    """The form with ``%s`` for each value."""
    return "&".join([f"{quote_plus(name).replace('%', '%%')}=%s" for name in names])


_SIMPLE = re.compile(r"[A-Za-z0-9_.~\-: ]*", re.ASCII).fullmatch
"""Identifiers, numbers and times: of what is quoted they have colons and spaces only."""


def _request(notice: Notice, signatures: Mapping[str, str]) -> HttpRequest:
    form = form_encoded(notice.params)
    if notice.method == "GET":
        return HttpRequest(method="GET", url=_with_query(notice.url, form), headers=signatures)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signatures}
    return HttpRequest(method="POST", url=notice.url, headers=headers, body=form.encode("ascii"))


def _with_query(url: str, query: str) -> str:
    """The url with more query, before its fragment; what query it has stays."""
    base, _, _ = url.partition("#")  # a fragment is never sent (RFC 9110, 4.2.5)
    if not query:
        return base
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return f"{base}{joint}{query}"


def _origin_of(url: str) -> Origin | None:
    try:
        return target_of(url).origin
    except ValueError:  # the sender will say why; here it only has to go somewhere
        return None


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
