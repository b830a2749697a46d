"""What a carrier does with the MMS that VASPs submit, and with those that phones send: decide, hand over, report."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Final

from powerpack_carriers.admission import Admission
from powerpack_carriers.agenda import Agenda
from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.directory import Directory
from powerpack_carriers.faults.fault import MmsAnswerPlan
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.habits import Habits
from powerpack_carriers.handsets import Device, TextMessage
from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.magic_numbers import MagicNumbers
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.messages import NEVER, SWALLOWED, Message
from powerpack_carriers.mm7.content import Content
from powerpack_carriers.mm7.errors import ContentRefused, Refused
from powerpack_carriers.mm7.expiry import seconds_to
from powerpack_carriers.mm7.requests import Cancel, Dialect, Replace, Submit
from powerpack_carriers.mm7.status import StatusCode
from powerpack_carriers.mms_habit import WithoutMms
from powerpack_carriers.mms_message import MmsMessage
from powerpack_carriers.mms_reports import MmsReports
from powerpack_carriers.numbering import Address, NumberType
from powerpack_carriers.policy import Policy
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import Profile, Rate, Throughput
from powerpack_carriers.reach import Reach
from powerpack_carriers.smpp.constants import CommandStatus, MessageState, status_name
from powerpack_carriers.swallowed import swallow
from powerpack_carriers.terms import When

RECEIVED_MAX: Final = 1_000
"""MMS that are kept to be looked at, the newest; they hold their pictures."""

PAGES_MAX: Final = 1_000
"""Messages whose page is kept for phones without MMS."""

NO_MMS_ERROR: Final = "4700"
"""Bandwidth's code for a phone that can not take MMS (4700, 4409 when it is known before)."""

_ENROUTE: Final = MessageState.ENROUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How a submit is answered."""

    dialect: Dialect
    status: StatusCode
    details: str
    message_id: str
    plan: MmsAnswerPlan


class MmsTraffic:
    """The opinions of one carrier's MMSC. ``received`` has what was submitted, refused messages too."""

    def __init__(
        self,
        carrier: str,
        profile: Profile,
        *,
        directory: Directory,
        lifecycle: Lifecycle,
        reports: MmsReports,
        faults: Faults,
        policy: Policy,
        dice: Random,
        agenda: Agenda,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self.received: deque[MmsMessage] = deque(maxlen=RECEIVED_MAX)
        self.pages_url = ""
        self.reports = reports
        self._carrier = carrier
        self._habit = profile.mms
        self._checks_served = profile.checks_destination
        self._validity_s_max = profile.store.validity_s_max
        self._directory = directory
        self._lifecycle = lifecycle
        self._faults = faults
        self._policy = policy
        self._dice = dice
        self._agenda = agenda
        self._clock = clock
        self._journal = journal
        self._admission = Admission(replace(profile, throughput=_throughput(profile)))
        self._magic = MagicNumbers() if profile.has_magic_numbers else None
        self._habits = Habits(carrier, plan=agenda.plan, journal=journal)
        self.reach = Reach(
            carrier,
            profile.reach,
            profile.store,
            directory=directory,
            course=self,
            plan=agenda.plan,
            journal=journal,
        )
        self._pages: BoundedDict[str, MmsMessage] = BoundedDict(PAGES_MAX)

    @property
    def acts_waiting(self) -> int:
        """How many things phones that were shown an MMS are about to do."""
        return self._habits.waiting

    @property
    def in_flight(self) -> int:
        """Messages that were accepted and have not come to their end."""
        return self._lifecycle.in_flight

    async def stop(self) -> None:
        """Let go of the ways to the VASPs."""
        await self.reports.stop()

    # Submit

    def submit(self, submit: Submit, content: Content, mailbox: Mailbox, say: Callable[[Decided], None]) -> None:
        """Admit or refuse a message for each recipient; ``say`` is called now, later or never.

        Raises Mm7Error for what concerns the whole: its size, or more than one recipient of which one is refused.
        """
        now = self._clock.monotonic()
        messages = [
            MmsMessage(submit, content, recipient=each, link=f"{self._carrier}/mm7", mailbox=mailbox, now=now)
            for each in submit.recipients
        ]
        for message in messages:
            self._decide(message, now)
            self.received.append(message)
        accepted = [message for message in messages if not message.status and not message.status_code]
        first = (accepted or messages)[0]
        plan = MmsAnswerPlan(hangs_up=first.hangs_up)
        self._faults.on_mms_answer(first, plan, now)
        decided = self._decided(messages, accepted, plan)
        if decided.status < StatusCode.CLIENT_ERROR:
            for message in accepted:
                message.group = tuple(accepted)
                self._accept(message, first, now)
        if first.response_delay_s == NEVER and not first.hangs_up:
            return
        decided = replace(decided, message_id=first.message_id)
        self._record(decided, first)
        if not first.response_delay_s or first.hangs_up:
            say(decided)
        else:
            self._agenda.plan(now + first.response_delay_s, lambda _: say(decided))

    def _decide(self, message: MmsMessage, now: float) -> None:
        if not message.source.digits:
            raise Refused(StatusCode.ADDRESS_ERROR, "SenderAddress is missing, expected the number that sends")
        self._check_size(message.content, message.source.number_type)
        if message.submit.expiry:
            expires_in_s = seconds_to(message.submit.expiry, self._clock.now())
            message.when = When(now, now + min(expires_in_s, self._validity_s_max))
        source, destination, admission = message.source, message.destination, self._admission
        registry = self._policy.registry
        if registry is not None and not registry.may_send_mms(source.digits):
            message.status_code = StatusCode.OPERATION_RESTRICTED
            return
        message.status = (
            admission.check_source(source)
            or admission.check_destination(destination)
            or (self.reach.status_for(destination.digits) if self._directory.absent else CommandStatus.ESME_ROK)
            or (CommandStatus.ESME_RINVDSTADR if self._is_unserved(destination) else CommandStatus.ESME_ROK)
            or admission.decide(now, source.digits, source.number_type)
            or (self._policy.decide(message, now) if self._policy.is_active else CommandStatus.ESME_ROK)
        )
        if self._magic is not None:
            self._magic.on_submit(message)
        self._faults.on_submit(message, now)

    def _check_size(self, content: Content, kind: NumberType) -> None:
        limit = self._habit.size_max.of(kind)
        if content.size > limit:
            raise ContentRefused(f"the content has {content.size} octets, a {kind} may send {limit}")

    def _is_unserved(self, destination: Address) -> bool:
        # MM7 tells numbers from other addresses (RFC 2822), which are for mail and not for us.
        return not destination.is_digits or (
            self._checks_served and self._directory.carrier_of(destination.digits) is None
        )

    def _decided(self, messages: Sequence[MmsMessage], accepted: Sequence[MmsMessage], plan: MmsAnswerPlan) -> Decided:
        refused = [message for message in messages if message.status or message.status_code]
        status, details = StatusCode.SUCCESS, ""
        if plan.status_code and plan.status_code >= StatusCode.CLIENT_ERROR:
            status, details = StatusCode(plan.status_code), "a fault of the carrier"
        elif refused:
            status, details = _status_of(refused[0])
            status = StatusCode.PARTIAL_SUCCESS if accepted else status
        elif plan.status_code:
            status = StatusCode(plan.status_code)
        return Decided(dialect=messages[0].dialect, status=status, details=details, message_id="", plan=plan)

    def _accept(self, message: MmsMessage, first: MmsMessage, now: float) -> None:
        handset = message.handset = self._directory.visited(message.destination.digits, by=self._carrier)
        self._directory.routes.submitted(message.source.digits, message.destination.digits, message.mailbox)
        due = handset.queue_until(self._lifecycle.accept(message, now))
        if message is not first:
            message.id_octets = first.id_octets  # one SubmitRsp, one MessageID for all recipients (TS 23.140, 8.7.1.5)
        self._agenda.plan(due, partial(self._complete, message))

    def _record(self, decided: Decided, message: MmsMessage) -> None:
        self._journal.record(
            "mm7",
            side="carrier",
            link=self._carrier,
            direction="<",
            operation="SubmitReq",
            status=int(decided.status),
            message_id=decided.message_id,
            source=message.source.digits,
            destination=message.destination.digits,
            media=[f"{each.content_type} {each.size}" for each in message.media],
        )

    # Cancel and replace

    def cancel(self, asked: Cancel, mailbox: Mailbox) -> None:
        """Forget a message, for all recipients to whom it has not come; raises Refused."""
        for message in self._waiting(asked.message_id, mailbox):
            self._lifecycle.finish(message, self._clock.monotonic(), MessageState.DELETED)

    def replace(self, asked: Replace, content: Content, mailbox: Mailbox) -> None:
        """Give a message another content, for all recipients to whom it has not come; raises Refused, ContentRefused.

        The carrier looks at it as at the first one.
        """
        for message in self._waiting(asked.message_id, mailbox):
            self._check_size(content, message.source.number_type)
            before = message.content, message.fate, message.error, message.rejected_by
            message.content = content
            message.status = self._policy.decide_text(message)
            if message.status:
                problem, message.status = _status_of(message), CommandStatus.ESME_ROK
                message.content, message.fate, message.error, message.rejected_by = before
                raise Refused(*problem)
            if not message.fate:
                self._lifecycle.decide(message)

    def _waiting(self, message_id: str, mailbox: Mailbox) -> list[MmsMessage]:
        """Those that are on their way of a message to several recipients, one at least."""
        message = self._lifecycle.find(message_id) if message_id.isascii() else None
        if not isinstance(message, MmsMessage) or message.mailbox is not mailbox:
            raise Refused(StatusCode.MESSAGE_ID_NOT_FOUND, f"there is no message {message_id[:80]!r} of this VASP")
        waiting = [each for each in message.group if each.state == _ENROUTE]
        if not waiting:
            state = MessageState(message.state).name
            raise Refused(StatusCode.NOT_POSSIBLE, f"message {message_id} is {state}, so it is too late")
        return waiting

    # Arrival

    def complete(self, messages: list[Message], now: float) -> None:
        """Bring messages to their phones, for ``Reach``."""
        for message in messages:
            assert isinstance(message, MmsMessage), "only MMS came in here"
            self._complete(message, now)

    def _complete(self, message: MmsMessage, now: float) -> None:
        """It comes to its end: first the phone, then the report."""
        if message.state != _ENROUTE:
            return
        handset = message.handset
        assert handset is not None, "a message without a handset was accepted"
        if message.fate == SWALLOWED:
            swallow(message, carrier=self._carrier, journal=self._journal)
            self.end(message, now, message.fate)
        elif message.fate != MessageState.DELIVERED:
            self.end(message, now, message.fate)
        elif self._directory.absent and not self.reach.lets_through(message, now):
            if message.state == _ENROUTE:
                self.reports.report(message, "Deferred", "")
        elif handset.device is Device.MMS:
            self._hand_over(message, message.content.text, media=True)
            self.end(message, now, MessageState.DELIVERED)
        elif self._habit.without_mms is WithoutMms.LINK:
            message.key = f"{self._dice.getrandbits(96):024x}"
            self._pages[message.key] = message
            link = f"{self.pages_url}{message.key}"
            text = message.content.text
            self._hand_over(message, f"{text} {link}".strip() if text else f"You have a message: {link}", media=False)
            self.reports.report(message, "Deferred", "")
            self._agenda.plan(now + self._habit.kept_s, partial(self._expire, message))
        else:
            message.error = NO_MMS_ERROR
            self._lifecycle.finish(message, now, MessageState.UNDELIVERABLE)
            self.reports.end(message, "Unrecognised", now)

    def end(self, message: Message, now: float, state: int) -> bool:
        """Bring a message to its final state and report it; False when it has one."""
        assert isinstance(message, MmsMessage), "only MMS came in here"
        if not self._lifecycle.finish(message, now, state):
            return False
        self.reports.end(message, MM_STATUS.get(state, "Indeterminate"), now)
        return True

    def _expire(self, message: MmsMessage, now: float) -> None:
        self._pages.take(message.key)
        self.end(message, now, MessageState.EXPIRED)

    def _hand_over(self, message: MmsMessage, text: str, *, media: bool) -> None:
        handset = message.handset
        assert handset is not None, "a message without a handset was accepted"
        if handset.carrier != self._carrier:
            self._journal.record(
                "carrier.interconnect", source=self._carrier, target=handset.carrier, message_id=message.message_id
            )
        handset.inbox.append(
            TextMessage(
                text=text,
                from_number=message.source.digits,
                to_number=handset.number,
                received_at=self._clock.now(),
                carrier_message_ids=(message.message_id,),
                parts=1,
                subject=message.submit.subject if media else "",
                media=message.media if media else (),
            )
        )
        self._journal.record(
            "handset.received_mms",
            number=handset.number,
            carrier=handset.carrier,
            source=message.source.digits,
            message_id=message.message_id,
            media=len(message.media) if media else 0,
            is_link=not media,
        )
        if handset.behaviours:
            self._habits.see(handset, self._clock.monotonic())

    def read(self, number: str, message_id: str, now: float) -> None:
        """Somebody looked at a message: its sender is told once, if it asked."""
        found = self._lifecycle.find(message_id)
        for message in found.group if isinstance(found, MmsMessage) else ():
            if message.destination.digits == number and not message.viewed_at:
                message.viewed_at = now
                self.reports.read(message)

    # Pages

    def page(self, key: str) -> MmsMessage | None:
        """The message whose page has this key, while it is kept."""
        return self._pages.get(key)

    def viewed(self, message: MmsMessage, now: float) -> None:
        """Somebody followed the link: now it is Retrieved."""
        message.viewed_at = message.viewed_at or now
        self.end(message, now, MessageState.DELIVERED)


MM_STATUS: Final[Mapping[int, str]] = {
    MessageState.DELIVERED: "Retrieved",
    MessageState.EXPIRED: "Expired",
    MessageState.DELETED: "Rejected",
    MessageState.REJECTED: "Rejected",
    MessageState.UNDELIVERABLE: "Unreachable",
    MessageState.ACCEPTED: "Forwarded",
    MessageState.UNKNOWN: "Indeterminate",
}
"""MMStatus by how a message ends; Unreachable is Sinch's, the others are TS 23.140's."""

_LATER: Final = frozenset(
    {
        CommandStatus.ESME_RTHROTTLED,
        CommandStatus.ESME_RMSGQFUL,
        CommandStatus.ESME_RSYSERR,
        CommandStatus.ESME_RX_T_APPN,
        105,  # AT&T: too many in a minute
    }
)

_STATUS_CODES: Final[Mapping[int, StatusCode]] = {
    CommandStatus.ESME_RINVSRCADR: StatusCode.OPERATION_RESTRICTED,
    CommandStatus.ESME_RINVDSTADR: StatusCode.ADDRESS_NOT_FOUND,
    CommandStatus.ESME_RINVMSGLEN: StatusCode.CONTENT_REFUSED,
    9802: StatusCode.SERVICE_DENIED,  # T-Mobile: the brand's day is full
}


def _status_of(message: MmsMessage) -> tuple[StatusCode, str]:
    """What MM7 says where SMPP says ``message.status``, with the carrier's own word as details."""
    if message.status_code:
        return StatusCode(message.status_code), f"{message.source.digits or 'nobody'} may not send MMS"
    if message.status in _LATER:
        return StatusCode.SERVICE_UNAVAILABLE, status_name(message.status)
    return _STATUS_CODES.get(message.status, StatusCode.MESSAGE_REJECTED), status_name(message.status)


def _throughput(profile: Profile) -> Throughput:
    habit = profile.mms

    def rate(per_second: float) -> Rate | None:
        return Rate(per_second=per_second, burst=habit.burst) if per_second else None

    return Throughput(
        longcode=rate(habit.longcode_per_second),
        tollfree=rate(habit.tollfree_per_second),
        shortcode=rate(habit.shortcode_per_second),
    )
