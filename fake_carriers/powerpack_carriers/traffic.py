"""What a carrier does with what ESMEs send: who may bind, what becomes of each message, what is delivered back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from powerpack_carriers.admission import Admission
from powerpack_carriers.agenda import Agenda
from powerpack_carriers.directory import Directory
from powerpack_carriers.express import Express
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.group_records import group_journal
from powerpack_carriers.habits import Habits
from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.links import Link
from powerpack_carriers.magic_numbers import MagicNumbers
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.messages import NEVER, SWALLOWED, Message
from powerpack_carriers.operations import Operations
from powerpack_carriers.policy import Policy
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import Profile
from powerpack_carriers.reach import Reach
from powerpack_carriers.receipt_desk import ReceiptDesk
from powerpack_carriers.received import Received
from powerpack_carriers.refusal import Refusals
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, MessageState, status_name
from powerpack_carriers.smpp.events import Bind
from powerpack_carriers.smpp.hot import SubmitSm
from powerpack_carriers.smsc import SmscLink
from powerpack_carriers.swallowed import swallow
from powerpack_carriers.timed import TimedMessages
from powerpack_carriers.transactions import Transactions
from powerpack_carriers.verdict import Verdict

RECEIVED_MAX: Final = 10_000
"""Submitted messages that are kept to be looked at, the newest: more than a test looks at, some 10 MB."""

# Looked up once: to get a member out of an enum costs as much as a call, and every message needs these.
_SUBMIT_SM: Final = int(CommandId.submit_sm)
_ROK: Final = CommandStatus.ESME_ROK
_ENROUTE: Final = MessageState.ENROUTE
_DELIVERED: Final = MessageState.DELIVERED


class Traffic:
    """The handler of one carrier's SMSC. ``received`` has what was submitted, refused messages too.

    ``response_delay_s`` draws how long a submit waits for its answer; None: not at all. ``short_ids`` has the ids for
    ESMEs of old.
    """

    def __init__(
        self,
        carrier: str,
        profile: Profile,
        *,
        mailboxes: Mapping[str, Mailbox],
        directory: Directory,
        lifecycle: Lifecycle,
        faults: Faults,
        policy: Policy,
        response_delay_s: Callable[[], float] | None,
        short_ids: Callable[[], bytes],
        agenda: Agenda,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self.received = Received(RECEIVED_MAX)
        self._carrier = carrier
        self._profile = profile
        self._mailboxes = mailboxes
        self._directory = directory
        self._lifecycle = lifecycle
        self._faults = faults
        self._agenda = agenda
        self._clock = clock
        self._journal = journal
        self._admission = Admission(profile)
        self._policy = policy
        self._response_delay_s = response_delay_s
        self._magic = MagicNumbers() if profile.has_magic_numbers else None
        self._receipts = ReceiptDesk(
            profile, faults=faults, plan=agenda.plan, new_id=lifecycle.new_id, clock=clock, journal=journal
        )
        self._timed = TimedMessages(
            carrier, profile.store, course=self, lifecycle=lifecycle, plan=agenda.plan, clock=clock, journal=journal
        )
        self.reach = Reach(
            carrier,
            profile.reach,
            profile.store,
            directory=directory,
            course=self,
            plan=agenda.plan,
            journal=journal,
        )
        self._habits = Habits(carrier, plan=agenda.plan, journal=journal)
        self._transactions = Transactions()
        self._operations = Operations(self, lifecycle, self._timed, self._transactions, clock)
        # What is due together arrives together: the date is made once for all of it.
        self._handed_over_at, self._handed_over_date = clock.monotonic(), clock.now()
        self._off_net = profile.reach.off_net
        self._refusals = Refusals(
            carrier,
            admission=self._admission,
            directory=directory,
            is_off_net_refused=self._off_net is not None and bool(self._off_net.status),
        )
        self._submits_max = profile.sessions.submits_max
        self._owed: dict[Link, int] = {}
        self._old_links: dict[Link, None] = {}
        self._short_ids = short_ids
        self._binds = dict.fromkeys(mailboxes, 0)
        self._lost: dict[str, int] = {}
        self._checks_served = profile.checks_destination
        # One object, so that the agenda sees that messages have the same end; a bound method is made anew each time.
        self._complete_all = self.complete
        self._respond_to_all = self._respond_late
        self._express = Express(
            carrier,
            profile,
            self,
            admission=self._admission,
            directory=directory,
            lifecycle=lifecycle,
            received=self.received,
            dates=self._receipts.dates,
            policy=policy,
            faults=faults,
            agenda=agenda,
            clock=clock,
            journal=group_journal(journal),
        )
        for mailbox in mailboxes.values():
            mailbox.write_receipts = self._express.write_receipts

    @property
    def bind_count(self) -> int:
        """How many sessions are bound."""
        return sum(self._binds.values())

    @property
    def acts_waiting(self) -> int:
        """How many things phones that were shown a text are about to do."""
        return self._habits.waiting

    # Sessions

    def authenticate(self, link: SmscLink, bind: Bind) -> int:
        """ESME_RINVSYSID, ESME_RINVPASWD, ESME_RALYBND for too many binds, or what a fault says; else ESME_ROK."""
        status = self._faults.on_bind(bind, link, self._clock.monotonic())
        if status != CommandStatus.ESME_ROK:
            return status
        mailbox = self._mailboxes.get(bind.system_id)
        if mailbox is None:
            return CommandStatus.ESME_RINVSYSID
        account = mailbox.account
        if bind.password != account.password:
            return CommandStatus.ESME_RINVPASWD
        if bind.kind not in account.binds:
            # "If the SMSC does not support bind_transceiver, it answers ESME_RINVCMDID" (SMPP 3.4, 4.1).
            return CommandStatus.ESME_RINVCMDID
        binds_max = self._profile.sessions.binds_max if account.binds_max is None else account.binds_max
        if self._binds[bind.system_id] + self._lost.get(bind.system_id, 0) >= binds_max:
            return CommandStatus.ESME_RALYBND
        return CommandStatus.ESME_ROK

    def bound(self, link: SmscLink) -> None:
        """Count the session; what waits for a receiver goes out behind the bind_resp."""
        self._binds[link.system_id] += 1
        if link.session.is_old:
            self._old_links[link] = None
        # A transmitter gets no deliver_sm (SMPP 3.4, 2.2).
        if link.bind is not None and link.bind.kind != "transmitter":
            mailbox = self._mailboxes[link.system_id]
            mailbox.attach(link, self._clock.monotonic())
            mailbox.flush()

    def unbound(self, link: SmscLink, reason: str) -> None:
        """What the link did not answer goes to the account's other sessions, or waits."""
        self._binds[link.system_id] -= 1
        if not link.was_unbound and (lost_s := self._profile.sessions.lost_s):
            self._lost[link.system_id] = self._lost.get(link.system_id, 0) + 1
            self._agenda.plan(self._clock.monotonic() + lost_s, partial(self._forget_lost, link.system_id))
        self._old_links.pop(link, None)
        self._owed.pop(link, None)
        mailbox = self._mailboxes[link.system_id]
        mailbox.detach(link, self._clock.monotonic())
        mailbox.flush()

    def _forget_lost(self, system_id: str, now: float) -> None:
        """A session whose connection was lost counts no longer."""
        self._lost[system_id] -= 1

    def requests(self, link: SmscLink, requests: list[RawPdu]) -> None:
        """Serve all requests of one read; those behind one that makes us hang up are lost."""
        now = self._clock.monotonic()
        mailbox, session = self._mailboxes[link.system_id], link.session
        for request in requests:
            if request.command_id != _SUBMIT_SM:
                messages = self._operations.serve(request, link=link, mailbox=mailbox, now=now)
                hangs_up = any(message.hangs_up for message in messages)
            else:
                message = self.take(request, request.submit_sm(), link=link, mailbox=mailbox, now=now)
                self.answer(message, now)
                hangs_up = message.hangs_up
            if hangs_up:
                link.flush()
                link.abort("a fault of the carrier")
            if session.is_over:
                break

    def responses(self, link: SmscLink, answered: list[tuple[object, int]]) -> None:
        """Some deliveries are tried again."""
        now = self._clock.monotonic()
        mailbox = self._mailboxes[link.system_id]
        for delivery, status in answered:
            if status:
                mailbox.answered(delivery, status, now)

    def plain(self, link: SmscLink, data: bytes) -> int:
        """Messages that need no look of their own go the short way."""
        return self._express.read(link, self._mailboxes[link.system_id], data)

    def heard(self, link: SmscLink) -> None:
        """What waits leaves with the answers: there may be room now, or a link that took no octets is alive again.

        A cancel_sm ends a message at once, and so may have posted its receipt to another session.
        """
        mailbox = self._mailboxes[link.system_id]
        if not mailbox.is_idle:
            mailbox.pump(self._clock.monotonic())
            mailbox.flush()

    # Messages

    def take(self, request: RawPdu, submitted: SubmitSm, *, link: Link, mailbox: Mailbox, now: float) -> Message:
        """Admit or refuse a message; an admitted one is on its way when this returns, and not answered yet."""
        message = Message(request, submitted, link=link, mailbox=mailbox, now=now)
        source, destination = message.source, message.destination
        admission = self._admission
        message.status = (
            admission.check_source(source, mailbox.account.sources)
            or admission.check_destination(destination)
            or admission.check_types(submitted.source, source, destination, submitted.destination)
            or (self._checks_served and self._check_served(destination.digits))
            or (self._off_net is not None and self._judge_off_net(message, self._off_net))
            or (self._submits_max and self._check_window(link))
            or (self._directory.absent and self.reach.status_for(destination.digits))
            or (submitted.terms is not None and self._timed.check(message))
            or admission.decide(now, source.digits, source.number_type, message.segments)
            or (self._policy.decide(message, now) if self._policy.is_active else _ROK)
        )
        decided = message.status
        if self._response_delay_s is not None:
            message.response_delay_s = self._response_delay_s()
        message.response_delay_s += mailbox.answer_later_s
        if self._magic is not None:
            self._magic.on_submit(message)
        self._faults.on_submit(message, now)
        self.received.append(message)
        if message.status:
            self._journal.record(
                "carrier.refused",
                link=link.name,
                status=status_name(message.status),
                reason=(submitted.terms and self._timed.problem(message))
                or self._refusals.reason(
                    message, decided, is_window_full=bool(self._submits_max and self._check_window(link))
                ),
                source=source.digits,
                destination=destination.digits,
            )
            self._receipts.refused(message, now)
            return message
        directory = self._directory
        message.handset = directory.visited(destination.digits, by=self._carrier)
        directory.routes.submitted(source.digits, destination.digits, mailbox)
        if self._old_links and message.link in self._old_links:
            message.id_octets = self._short_ids()
        if message.when is None:
            self.set_out(message, now, self._lifecycle.accept(message, now))
        else:
            self._timed.replace_earlier(message, now)
            self._timed.accept(message, now, self._lifecycle.accept(message, now) - now)
        return message

    def set_out(self, message: Message, now: float, due: float) -> float:
        """Let an accepted message end at ``due``, or later where its phone has a queue: when that will be."""
        assert message.handset is not None, "a message without a handset was accepted"
        due = message.handset.queue_until(due)
        self._receipts.accepted(message, now, due)
        self._agenda.plan_each(due, self._complete_all, message)
        return due

    def judge_text(self, message: Message) -> int:
        """The command_status for the new text of a message that was let in."""
        return self._policy.decide_text(message)

    def answer(self, message: Message, now: float) -> None:
        """Answer the request that brought the message: now, later, or never."""
        if not message.response_delay_s:
            if message.status == _ROK and message.request.command_id == _SUBMIT_SM:
                message.link.respond_submit(message.request, message.id_octets)
            else:
                self._respond(message)
            return
        self._owed[message.link] = self._owed.get(message.link, 0) + 1
        if message.response_delay_s != NEVER:
            self._agenda.plan_each(now + message.response_delay_s, self._respond_to_all, message)

    def answer_after(self, link: Link, delay_s: float, respond: Callable[[], None], now: float) -> None:
        """Answer a request that brought several messages: now, later, or never."""
        if not delay_s:
            respond()
            return
        self._owed[link] = self._owed.get(link, 0) + 1
        if delay_s != NEVER:
            self._agenda.plan(now + delay_s, partial(self._answer_late, link, respond))

    def _answer_late(self, link: Link, respond: Callable[[], None], now: float) -> None:
        self._owes_one_less(link)
        respond()
        link.flush()

    def _owes_one_less(self, link: Link) -> None:
        if owed := self._owed.get(link):
            self._owed[link] = owed - 1

    def end(self, message: Message, now: float, state: int) -> bool:
        """Bring a message to its final state and send the receipt that was asked for; False when it has a state."""
        if not self._lifecycle.finish(message, now, state):
            return False
        self._receipts.ended(message, now)
        if self._transactions:
            self._transactions.ended(message)
        return True

    def error_of_expired(self, message: Message, otherwise: str) -> str:
        """The ``err:`` of a message whose time is up: one that waits for its phone has the phone's."""
        return self.reach.error_of_expired(message, otherwise)

    def _check_served(self, destination: str) -> int:
        return (
            CommandStatus.ESME_RINVDSTADR if self._directory.carrier_of(destination) is None else CommandStatus.ESME_ROK
        )

    def _respond(self, message: Message) -> None:
        request = message.request
        if message.status:
            message.link.respond(request, message.status)
        elif request.command_id == _SUBMIT_SM:
            message.link.respond_submit(request, message.id_octets)
        else:
            message.link.respond(request, message_id=message.message_id)

    def _judge_off_net(self, message: Message, verdict: Verdict) -> int:
        """What becomes of a text to another carrier's number: refused, or let in to end UNDELIV."""
        if self._directory.carrier_of(message.destination.digits) in (None, self._carrier):
            return CommandStatus.ESME_ROK
        if not verdict.status:
            message.fate, message.error = MessageState.UNDELIVERABLE, verdict.error
        return verdict.status

    def _check_window(self, link: Link) -> int:
        """The status for excess where too many submits of a session wait for their answer."""
        is_full = self._owed.get(link, 0) >= self._submits_max
        return self._profile.throughput.excess_status if is_full else CommandStatus.ESME_ROK

    def _respond_late(self, messages: list[Message], now: float) -> None:
        """Answer all that are due together, each link in one write."""
        for message in messages:
            self._owes_one_less(message.link)
            self._respond(message)
        for link in dict.fromkeys([message.link for message in messages]):
            link.flush()

    def complete(self, messages: list[Message], now: float) -> None:
        """Messages come to their end: first the phone, then the receipt, one after the other."""
        for message in messages:
            if message.state == _ENROUTE and message.fate == _DELIVERED:
                if self._directory.absent and not self.reach.lets_through(message, now):
                    continue
                self._hand_over(message, now)
            elif message.fate == SWALLOWED:
                swallow(message, carrier=self._carrier, journal=self._journal)
            self.end(message, now, message.fate)

    def _hand_over(self, message: Message, now: float) -> None:
        handset = message.handset
        assert handset is not None, "a message without a handset was accepted"
        if handset.carrier != self._carrier:
            self._journal.record(
                "carrier.interconnect", source=self._carrier, target=handset.carrier, message_id=message.message_id
            )
        if now != self._handed_over_at:
            self._handed_over_at, self._handed_over_date = now, self._clock.now()
        parts = handset.receive(message, self._handed_over_date)
        if parts:
            self._journal.record(
                "handset.received",
                number=handset.number,
                carrier=handset.carrier,
                source=message.source.digits,
                message_ids=tuple([part.id_octets.decode("ascii") for part in parts]),
            )
            if handset.behaviours:
                self._habits.see(handset, now)
