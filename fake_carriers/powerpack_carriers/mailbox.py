"""What waits for one account: receipts and texts go to any of its live receiving binds, or wait until there is one."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from powerpack_carriers.accounts import Account
from powerpack_carriers.links import Link
from powerpack_carriers.owed import Owed
from powerpack_carriers.ports import Journal
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandStatus, status_name
from powerpack_carriers.timeline import Action
from powerpack_carriers.waiting_line import Delivery, WaitingLine

__all__ = [
    "LATER_S_EACH",
    "OWED_MAX",
    "RECEIPTS_MAX",
    "RETRY_DELAYS_S",
    "WAITING_MAX",
    "WAIT_S_MAX",
    "Delivery",
    "Mailbox",
    "WriteReceipts",
]

WAITING_MAX: Final = 50_000
"""Deliveries that wait for an account: a storm of 48,000 receipts was seen in the field (ksmppd issue 163)."""

RECEIPTS_MAX: Final = 250_000
"""The same with receipts that are not written yet, some 40 MB: nothing but the messages, kept as they came."""

OWED_MAX: Final = 10_000
"""So many deliveries may wait for a bound ESME before its own requests are answered later: a fifth of what may wait."""

EXPECTED_MAX: Final = 200_000
"""The same for those that wait together with those that soon will: what a million messages a second have under way.
Should an ESME take none of these for a while, there is room for all."""

LATER_S_EACH: Final = 0.1 / 20_000
"""How much later for each beyond that: as fast as the fastest ESME takes them. Where there is no more room it is 1.2 s;
jSMPP gives an answer up after 2 s."""

WAIT_S_MAX: Final = 86_400.0
"""So long a delivery waits for a bind: Rakuten's SMSC tries for 24 hours."""

RETRY_DELAYS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""The pauses after ESME_RX_T_APPN; when they are used up the delivery is given up."""

ATTEMPTS_MAX: Final = len(RETRY_DELAYS_S) + 1
"""A delivery that nobody answers is sent so often: as often as one whose ESME asks for another try."""


WriteReceipts = Callable[[Sequence[Owed], int], bytes]
"""Called with receipts and the sequence_number of the first: the deliver_sm of all, joined."""


class Mailbox:
    """The way to one account of one carrier.

    ``plan`` has an action called at a moment of monotonic seconds. Nothing is written before ``flush``, so that all
    that is due for a link leaves in one write. A delivery that is not answered within ``answer_within_s`` is sent
    again, 0: nobody waits for answers. ``on_missed`` is called when something waits and nobody is bound to take it.
    """

    def __init__(
        self,
        account: Account,
        *,
        carrier: str,
        journal: Journal,
        plan: Callable[[float, Action], None],
        waiting_max: int = WAITING_MAX,
        receipts_max: int = RECEIPTS_MAX,
        wait_s_max: float = WAIT_S_MAX,
        answer_within_s: float = 0.0,
        on_missed: Callable[["Mailbox"], None] | None = None,
    ) -> None:
        self.account = account
        self.carrier = carrier
        self._journal = journal
        self._plan = plan
        self._waiting_max = waiting_max
        self._receipts_max = receipts_max
        self._wait_s_max = wait_s_max
        self._on_missed = on_missed
        self._links: deque[Link] = deque()
        self._waiting = WaitingLine()
        self.expected = 0
        """Receipts of messages that are on their way by the hundred; kept by whoever posts them."""
        self.write_receipts: WriteReceipts | None = None
        """Writes the receipts of ``post_receipts``; set by whoever calls that."""
        self._touched: dict[Link, None] = {}
        self._expiry_is_planned = False
        self._answer_within_s = answer_within_s
        self._answers_are_watched = not answer_within_s

    @property
    def has_receiver(self) -> bool:
        """Whether a live bind can receive."""
        return bool(self._links)

    @property
    def waiting(self) -> int:
        """How many deliveries wait for a bind or for room in a window."""
        return self._waiting.count

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to send and nothing to write."""
        return not self._waiting.count and not self._touched

    @property
    def answer_later_s(self) -> float:
        """How long answers wait for an ESME that sends faster than it takes what is due to it; 0.0 as a rule.

        With answers that come later its window fills, and receipts catch up before they have to be dropped.
        """
        waiting = self._waiting.count
        beyond = max(waiting - OWED_MAX, waiting + self.expected - EXPECTED_MAX)
        return beyond * LATER_S_EACH if beyond > 0 and self._links else 0.0

    @property
    def in_flight(self) -> int:
        """How many deliveries were sent and are not answered yet."""
        return sum(len(link.unanswered()) for link in self._links)

    def post(self, delivery: Delivery, now: float) -> None:
        """Deliver as soon as that is possible; what does not fit the queue is dropped, and the journal says so."""
        if not delivery.expires_at:
            delivery.expires_at = now + self._wait_s_max
        if not self._waiting.count and (link := self._next_link(delivery.avoid)) is not None:
            self._send(link, delivery, now)
        elif self._waiting.written >= self._waiting_max:
            self._give_up(delivery, _too_many(self._waiting_max))
        else:
            self._waiting.add(delivery)
            self._plan_expiry()
            self._miss()

    def post_receipts(self, owed: Sequence[Owed], now: float) -> None:
        """The same as ``post`` for the receipts of plain messages, which stay unwritten until they leave."""
        sent = 0 if self._waiting.count else self._send_receipts(owed, now)
        if sent < len(owed):
            rest = owed[sent:]
            room = max(0, self._receipts_max - self._waiting.count)
            self._waiting.add_receipts(rest[:room])
            self._plan_expiry()
            for each in rest[room:]:
                self._give_up(self._written(each), _too_many(self._receipts_max))
            self._miss()

    def attach(self, link: Link, now: float) -> None:
        """A bind that can receive is there: what waits goes out."""
        self._links.append(link)
        self.pump(now)

    def detach(self, link: Link, now: float) -> None:
        """A bind is gone: what it did not answer goes to the others, or waits in front (Rakuten delivers again too)."""
        self._touched.pop(link, None)
        if link not in self._links:
            return
        self._links.remove(link)
        self._waiting.put_back([self.delivery(context) for context in link.unanswered()])
        self.pump(now)
        if self._waiting.count:
            self._plan_expiry()
            self._miss()

    def delivery(self, context: object) -> Delivery:
        """What a link was given to send, from the context that it gives back."""
        if isinstance(context, Delivery):
            return context
        assert isinstance(context, tuple), f"a link was given {context!r} to send"
        owed, sent_at = context
        delivery = self._written(owed)
        delivery.attempts, delivery.sent_at = 1, sent_at
        return delivery

    def answered(self, context: object, status: int, now: float) -> None:
        """The ESME answered: ESME_RX_T_APPN asks for another try, any other error is the end (SMPP 3.4, 5.1.3)."""
        if status == CommandStatus.ESME_ROK:
            return
        delivery = self.delivery(context)
        if status == CommandStatus.ESME_RX_T_APPN and delivery.attempts <= len(RETRY_DELAYS_S):
            self._plan(now + RETRY_DELAYS_S[delivery.attempts - 1], partial(self._retry, delivery))
        else:
            self._give_up(delivery, f"the ESME answered {status_name(status)} at attempt {delivery.attempts}")

    def pump(self, now: float) -> None:
        """Send what waits, as far as the windows allow; call it whenever room may have appeared."""
        waiting = self._waiting
        while waiting.count:
            first = waiting.first
            if isinstance(first, Delivery):
                link = self._next_link(first.avoid)
                if link is None:
                    return
                waiting.take(1)
                if first.expires_at <= now:
                    self._expire(first)
                else:
                    self._send(link, first, now)
                continue
            room = sum([link.deliveries_free for link in self._links])
            if not room:
                return
            owed = waiting.take(room)
            assert not isinstance(owed, Delivery), "the line says that receipts are next and gives another delivery"
            if self._expires_at(first) <= now:
                for each in owed:
                    self._expire(self._written(each))
            else:
                self._send_receipts(owed, now)

    def flush(self) -> None:
        """Write what was sent since the last flush, each link once."""
        if self._touched:
            touched, self._touched = self._touched, {}
            for link in touched:
                link.flush()

    def _miss(self) -> None:
        """Say that something waits and no bind is there to take it."""
        if self._on_missed is not None and not self._links:
            self._on_missed(self)

    def _next_link(self, avoid: Link | None) -> Link | None:
        """The next receiver in turn that has room; ``avoid`` if it is the only one."""
        links, only = self._links, None
        if len(links) == 1:
            return links[0] if links[0].deliveries_free else None
        for _ in range(len(links)):
            link = links[0]
            links.rotate(-1)
            if link.deliveries_free:
                if link is not avoid:
                    return link
                only = link
        return only

    def _send(self, link: Link, delivery: Delivery, now: float) -> None:
        delivery.attempts += 1
        delivery.sent_at = now
        link.deliver(delivery.body, delivery)
        self._touched[link] = None
        self._watch_answers(now)

    def _watch_answers(self, now: float) -> None:
        if not self._answers_are_watched:
            self._answers_are_watched = True
            self._plan(now + self._answer_within_s, self._look_for_answers)

    def _look_for_answers(self, now: float) -> None:
        """Send again what has waited too long for its answer, and look again when the next one may have."""
        within_s = self._answer_within_s
        late = [(link, context) for link in self._links for context in link.withdraw(partial(_is_late, now - within_s))]
        for link, context in late:
            delivery = self.delivery(context)
            self._journal.record(
                "carrier.delivery_unanswered",
                carrier=self.carrier,
                system_id=self.account.system_id,
                what=delivery.what,
                message_id=delivery.message_id.decode("ascii"),
                attempt=delivery.attempts,
            )
            if delivery.attempts >= ATTEMPTS_MAX:
                self._give_up(delivery, f"no answer within {within_s:g} s at attempt {delivery.attempts}")
            else:
                delivery.avoid = link
                self.post(delivery, now)
        self.pump(now)
        self.flush()
        sent = [_sent_at(context) for link in self._links for context in link.unanswered()]
        self._answers_are_watched = bool(sent)
        if sent:
            self._plan(min(sent) + within_s, self._look_for_answers)

    def _send_receipts(self, owed: Sequence[Owed], now: float) -> int:
        """Send as many as there is room for, the links in turn; how many that were."""
        if len(self._links) == 1:
            link = self._links[0]
            free = link.deliveries_free
            share = owed if len(owed) <= free else owed[:free]
            return self._send_share(link, share, now)
        return sum([self._send_share(link, share, now) for link, share in self._shares(owed).items()])

    def _send_share(self, link: Link, owed: Sequence[Owed], now: float) -> int:
        count = len(owed)
        if count:
            assert self.write_receipts is not None, "receipts were posted and nobody can write them"
            if link.deliver_receipts(owed, self.write_receipts, now):
                self._touched[link] = None
                if not self._answers_are_watched:
                    self._watch_answers(now)
            else:
                for each in owed:
                    self._send(link, self._written(each), now)
        return count

    def _shares(self, owed: Sequence[Owed]) -> dict[Link, list[Owed]]:
        """Which link sends what, as if ``_next_link`` were asked for each."""
        room = {link: link.deliveries_free for link in self._links}
        shares: dict[Link, list[Owed]] = {link: [] for link in self._links}
        left = sum(room.values())
        for each in owed[:left]:
            while True:
                link = self._links[0]
                self._links.rotate(-1)
                if room[link]:
                    break
            room[link] -= 1
            shares[link].append(each)
        return shares

    def _written(self, owed: Owed) -> Delivery:
        """The receipt of a plain message as any other delivery."""
        assert self.write_receipts is not None, "receipts were posted and nobody can write them"
        batch, index, done_at = owed
        body = self.write_receipts([owed], 1)[HEADER_OCTETS:]
        delivery = Delivery("receipt", body, message_id=batch.message_id(index))
        delivery.expires_at = done_at + self._wait_s_max
        return delivery

    def _retry(self, delivery: Delivery, now: float) -> None:
        self.post(delivery, now)
        self.flush()

    def _plan_expiry(self) -> None:
        if not self._expiry_is_planned:
            self._expiry_is_planned = True
            self._plan(self._expires_at(self._waiting.first), self._expire_old)

    def _expire_old(self, now: float) -> None:
        self._expiry_is_planned = False
        while self._waiting.count and self._expires_at(self._waiting.first) <= now:
            oldest = self._waiting.take(1)
            self._expire(oldest if isinstance(oldest, Delivery) else self._written(oldest[0]))
        if self._waiting.count:
            self._plan_expiry()

    def _expires_at(self, waiting: Delivery | Owed) -> float:
        return waiting.expires_at if isinstance(waiting, Delivery) else waiting[2] + self._wait_s_max

    def _expire(self, delivery: Delivery) -> None:
        self._give_up(delivery, f"no bind received it within {self._wait_s_max:g} s")

    def _give_up(self, delivery: Delivery, reason: str) -> None:
        self._journal.record(
            "carrier.delivery_dropped",
            carrier=self.carrier,
            system_id=self.account.system_id,
            what=delivery.what,
            message_id=delivery.message_id.decode("ascii"),
            reason=reason,
        )

    def __repr__(self) -> str:
        state = f"{len(self._links)} receiving, {self.in_flight} in flight, {self.waiting} waiting"
        return f"<Mailbox {self.carrier}/{self.account.system_id}: {state}>"


def _too_many(limit: int) -> str:
    return f"{limit} deliveries wait already"


_ROUNDING_S: Final = 1e-6
"""Moments are floats: what is due at this one is due, however it was rounded."""


def _is_late(before: float, context: object) -> bool:
    return _sent_at(context) <= before + _ROUNDING_S


def _sent_at(context: object) -> float:
    """When a link sent what it gives back this context for."""
    if isinstance(context, Delivery):
        return context.sent_at
    assert isinstance(context, tuple), f"a link was given {context!r} to send"
    sent_at: float = context[1]
    return sent_at
