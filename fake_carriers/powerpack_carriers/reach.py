"""Whether a text reaches its phone: phones are off, roam, were ported away or deactivated, or are landlines.

::

    message comes to its end -> is the phone on? -> handed over
                                       |
              off: held ---------------+--- on again: handed over
                |                      |
                +- its validity ends: EXPIRED
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from powerpack_carriers.directory import Directory
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Handset
from powerpack_carriers.messages import Message
from powerpack_carriers.pending_flags import PendingFlags
from powerpack_carriers.ports import Journal
from powerpack_carriers.profile import ReachHabit, StoreHabit
from powerpack_carriers.smpp.constants import CommandStatus, EsmClass, MessageState
from powerpack_carriers.timeline import BUCKETS_PER_S, Action

HELD_MAX: Final = 100
"""Texts that wait for one phone: an SMSC has a queue per destination, and says ESME_RMSGQFUL when it is full."""


_ARRIVED: Final = 0.0
"""The moment of what has come all the way to a phone abroad; those that are on their way have one to come."""

_BUCKET_S: Final = 1 / BUCKETS_PER_S
"""A timeline's moments are as exact as this."""

_ONE_ATTEMPT: Final = (EsmClass.MODE_DATAGRAM, EsmClass.MODE_TRANSACTION)
"""In these modes nothing is stored: a text that does not reach its phone at once has failed (SMPP 3.4, 2.10)."""


class Course(Protocol):
    """What a carrier does with messages that a phone can be asked for again, and with those that end."""

    def complete(self, messages: list[Message], now: float) -> None:
        """Bring messages to their phones."""
        ...

    def end(self, message: Message, now: float, state: int) -> bool:
        """Bring one to a final state; False when it is in one."""
        ...


class Reach:
    """The phones of one carrier that are not simply on. ``plan`` has an action called at a moment."""

    def __init__(
        self,
        carrier: str,
        habit: ReachHabit,
        store: StoreHabit,
        *,
        directory: Directory,
        course: Course,
        plan: Callable[[float, Action], None],
        journal: Journal,
    ) -> None:
        self._carrier = carrier
        self._habit = habit
        self._store = store
        self._directory = directory
        self._course = course
        self._plan = plan
        self._journal = journal
        self._held: dict[str, list[Message]] = {}
        self._late: dict[Message, float] = {}
        self._flags = PendingFlags()

    def status_for(self, destination: str) -> int:
        """The command_status of a submit to a phone that is not simply on."""
        handset = self._directory.absent.get(destination)
        if handset is None:
            return CommandStatus.ESME_ROK
        if handset.state is HandsetState.PORTED:
            return self._habit.ported.status
        if handset.state is HandsetState.DEACTIVATED:
            return self._habit.deactivated.status
        if handset.state is HandsetState.LANDLINE:
            return self._habit.landline.status
        return CommandStatus.ESME_RMSGQFUL if self.held_for(destination) >= HELD_MAX else CommandStatus.ESME_ROK

    def lets_through(self, message: Message, now: float) -> bool:
        """Whether a message may be handed over now; one that may not is held, late, or at its end."""
        handset = message.handset
        assert handset is not None, "a message without a handset was accepted"
        match handset.state:
            case HandsetState.ON:
                return True
            case HandsetState.OFF:
                self._hold(message, handset, now)
            case HandsetState.ROAMING:
                return self._is_here(message, now)
            case HandsetState.PORTED:
                self._fail(message, self._habit.ported.error or self._habit.gone, now)
            case HandsetState.DEACTIVATED:
                self._fail(message, self._habit.deactivated.error or self._habit.gone, now)
            case HandsetState.LANDLINE:
                self._fail(message, self._habit.landline.error or self._habit.gone, now)
        return False

    def changed(self, handset: Handset, now: float) -> None:
        """A phone is in another state: what waited for it is tried again."""
        if handset.carrier == self._carrier:
            self._journal.record(
                "handset.state", number=handset.number, carrier=self._carrier, state=str(handset.state)
            )
        if handset.state in (HandsetState.ON, HandsetState.ROAMING):
            self._flags.phone_is_back(handset.number, now)
        self.release(handset, now)

    def release(self, handset: Handset, now: float) -> None:
        """Try again what waited for a phone that is no longer off, or was on its way to one that is no longer abroad.

        The latter at once, or a text that was accepted after it would reach the phone, or its queue, before it.
        """
        waiting: list[Message] = []
        if handset.state is not HandsetState.ROAMING:
            waiting += [message for message in self._late if message.handset is handset]
            for message in waiting:
                del self._late[message]
        if handset.state is not HandsetState.OFF:
            waiting += self._held.pop(handset.number, ())
        if waiting:
            self._plan(now, partial(self._try_again, waiting))

    def held_for(self, number: str) -> int:
        """How many texts wait for a phone; those that were cancelled or replaced meanwhile do not."""
        held = self._held.get(number)
        if held is None:
            return 0
        held[:] = [message for message in held if message.state == MessageState.ENROUTE]
        return len(held)

    def holds(self, message: Message) -> bool:
        """Whether a message waits for its phone."""
        return message in self._held.get(message.destination.digits, ())

    def _hold(self, message: Message, handset: Handset, now: float) -> None:
        self._flags.set(message)
        if message.submitted.esm_class & EsmClass.MODE_MASK in _ONE_ATTEMPT:
            self._fail(message, self._habit.unreachable, now)
            return
        expires_at = self._expires_at(message)
        if expires_at <= now:
            self._expire(message, now)
            return
        self._held.setdefault(handset.number, []).append(message)
        self._journal.record(
            "carrier.held", carrier=self._carrier, number=handset.number, message_id=message.message_id
        )
        self._plan(expires_at, partial(self._expire, message))

    def _is_here(self, message: Message, now: float) -> bool:
        """Whether a text has come all the way to a phone abroad; one whose validity ends on the way does not arrive."""
        if self._late.get(message) == _ARRIVED:
            del self._late[message]
            return True
        arrives_at = self._late[message] = now + self._habit.roaming_delay_s
        self._plan(arrives_at, partial(self._arrive, message, arrives_at))
        if (expires_at := self._expires_at(message)) < arrives_at:
            self._plan(expires_at, partial(self._expire, message))
        return False

    def _arrive(self, message: Message, arrives_at: float, now: float) -> None:
        if self._late.get(message) != arrives_at:
            return  # its phone was in another state meanwhile: it was tried then
        self._late[message] = _ARRIVED
        self._try_again([message], now)
        # It ended on the way.
        self._late.pop(message, None)

    def _try_again(self, messages: list[Message], now: float) -> None:
        self._course.complete([each for each in messages if each.state == MessageState.ENROUTE], now)

    def _fail(self, message: Message, error: str, now: float) -> None:
        message.fate, message.error = MessageState.UNDELIVERABLE, error
        self._course.end(message, now, MessageState.UNDELIVERABLE)

    def _expires_at(self, message: Message) -> float:
        return message.when.expires_at if message.when else message.accepted_at + self._store.validity_s

    def _expire(self, message: Message, now: float) -> None:
        if message.state != MessageState.ENROUTE:
            return
        if (expires_at := self._expires_at(message)) > now + _BUCKET_S:  # a replace_sm gave it more time
            self._plan(expires_at, partial(self._expire, message))
            return
        message.fate, message.error = MessageState.EXPIRED, self._habit.unreachable
        self._course.end(message, now, MessageState.EXPIRED)
        self.held_for(message.destination.digits)  # it leaves the queue

    def error_of_expired(self, message: Message, otherwise: str) -> str:
        """The ``err:`` of a message whose time is up: one that waits for its phone has the phone's."""
        return self._habit.unreachable if self.holds(message) else otherwise
