"""Messages that say when: scheduled ones, those that are valid for a while only, and those that replace another."""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from powerpack_carriers.lifecycle import KNOWN_MAX, Lifecycle
from powerpack_carriers.messages import Message
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import StoreHabit
from powerpack_carriers.smpp.constants import CommandStatus, MessageState
from powerpack_carriers.smpp.hot import Terms
from powerpack_carriers.terms import TermsError, When, read_terms
from powerpack_carriers.timeline import Action

EXPIRED_ERROR: Final = "001"
"""The receipt's ``err:`` of a message that expired; ours, as carriers agree on none."""


SCHEDULED_MAX: Final = KNOWN_MAX
"""Messages that wait for their day; one that query_sm and cancel_sm could not find would be lost to its sender."""


class Course(Protocol):
    """What a carrier does with a message in the end."""

    def set_out(self, message: Message, now: float, due: float) -> float:
        """Let it come to its end at ``due``, or later where its phone has a queue: when that will be."""
        ...

    def end(self, message: Message, now: float, state: int) -> bool:
        """Bring it to a final state; False when it is in one."""
        ...

    def error_of_expired(self, message: Message, otherwise: str) -> str:
        """The ``err:`` of a message whose time is up."""
        ...


class TimedMessages:
    """The messages of one carrier that have a ``when``. ``plan`` has an action called at a moment."""

    def __init__(
        self,
        carrier: str,
        habit: StoreHabit,
        *,
        course: Course,
        lifecycle: Lifecycle,
        plan: Callable[[float, Action], None],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._carrier = carrier
        self._habit = habit
        self._course = course
        self._lifecycle = lifecycle
        self._plan = plan
        self._clock = clock
        self._journal = journal
        self._scheduled: dict[Message, float] = {}

    def check(self, message: Message) -> int:
        """Keep the terms of a message; ESME_RINVSCHED, ESME_RINVEXPIRY or ESME_RMSGQFUL where they can not be."""
        try:
            message.when = self._read(message.submitted.terms)
        except TermsError as error:
            return error.status
        return CommandStatus.ESME_RMSGQFUL if len(self._scheduled) >= SCHEDULED_MAX else CommandStatus.ESME_ROK

    def problem(self, message: Message) -> str:
        """What is wrong with the terms of a message, in words; empty where nothing is."""
        try:
            self._read(message.submitted.terms)
        except TermsError as error:
            return str(error)
        return ""

    def replace_earlier(self, message: Message, now: float) -> None:
        """End what a message with replace_if_present_flag stands for (SMPP 3.4, 5.2.18): the newest that is like it.

        Its source, destination and service_type are the same, and it is not with the phone yet.
        """
        submitted = message.submitted
        if submitted.terms is None or not submitted.terms.replaces:
            return
        alike = [
            earlier
            for earlier in self._lifecycle.enroute(
                source_addr=message.source_addr,
                destination_addr=message.destination_addr,
                service_type=submitted.service_type.decode("latin-1"),
            )
            if earlier.mailbox is message.mailbox and earlier.submitted.service_type == submitted.service_type
        ]
        if alike:
            self._journal.record("carrier.replaced", carrier=self._carrier, message_id=alike[-1].message_id)
            self._course.end(alike[-1], now, MessageState.DELETED)

    def accept(self, message: Message, now: float, delay_s: float) -> None:
        """Send a message on its way when its time has come; ``delay_s`` is how long that way is."""
        when = message.when
        assert when is not None, "a message without terms was taken for one with them"
        if when.starts_at <= now:
            self._scheduled.pop(message, None)
            self._set_out(message, when, delay_s, now)
            return
        in_s = round(when.starts_at - now, 3)
        self._journal.record("carrier.scheduled", carrier=self._carrier, message_id=message.message_id, in_s=in_s)
        self._scheduled[message] = delay_s
        self._plan(when.starts_at, partial(self._start, message, when))

    def change(self, message: Message, terms: Terms, now: float) -> int:
        """Other terms for a message that is on its way, from a replace_sm; the status to answer with.

        One that was not scheduled, or whose time has come, is with the network already: it is not scheduled again.
        """
        before = message.when or When(now, message.accepted_at + self._habit.validity_s)
        try:
            when = read_terms(terms, self._habit, clock=self._clock, before=before)
        except TermsError as error:
            return error.status
        is_waiting = message in self._scheduled
        if terms.schedule_delivery_time and not is_waiting:
            return CommandStatus.ESME_RREPLACEFAIL
        message.when = when
        if is_waiting:
            self.accept(message, now, self._scheduled[message])
        else:
            self._plan(when.expires_at, partial(self._expire, message, when))
        return CommandStatus.ESME_ROK

    def _start(self, message: Message, when: When, now: float) -> None:
        if message.when is not when:
            return  # it was scheduled anew
        delay_s = self._scheduled.pop(message)
        if message.state == MessageState.ENROUTE:
            self._set_out(message, when, delay_s, now)

    def _set_out(self, message: Message, when: When, delay_s: float, now: float) -> None:
        if self._course.set_out(message, now, now + delay_s) >= when.expires_at:
            self._plan(when.expires_at, partial(self._expire, message, when))

    def _expire(self, message: Message, when: When, now: float) -> None:
        if message.when is when and message.state == MessageState.ENROUTE:
            message.error = self._course.error_of_expired(message, EXPIRED_ERROR)
            self._course.end(message, now, MessageState.EXPIRED)

    def _read(self, terms: Terms | None) -> When:
        assert terms is not None, "only messages with terms are asked for them"
        return read_terms(terms, self._habit, clock=self._clock)
