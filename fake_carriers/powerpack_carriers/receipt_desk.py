"""Which receipts a message has, when they leave, and on which session: by the book, or with a carrier's quirks."""

from collections.abc import Callable
from functools import partial
from math import floor
from typing import Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.mailbox import Delivery
from powerpack_carriers.messages import NO_ERROR, Message
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import Profile
from powerpack_carriers.quirky_receipts import QuirkyReceipt
from powerpack_carriers.receipt_quirks import NO_QUIRKS, Parts, ReceiptQuirks
from powerpack_carriers.receipts import AckWriter, ReceiptDates, ReceiptWriter, is_wanted
from powerpack_carriers.smpp.constants import EsmClass, MessageState, RegisteredDelivery
from powerpack_carriers.timeline import Action

QUIRKS_MAX: Final = 100
"""Sets of quirks that are made ready at once; as many as a carrier has faults."""

# Looked up once: to get a member out of an enum costs as much as a call, and every message needs these.
_ENROUTE: Final = MessageState.ENROUTE
_DELIVERED: Final = MessageState.DELIVERED
_INTERMEDIATE: Final = int(RegisteredDelivery.INTERMEDIATE_NOTIFICATION)
_TELLS_PROGRESS: Final = RegisteredDelivery.INTERMEDIATE_NOTIFICATION | RegisteredDelivery.RECEIPT_ALWAYS
_SME_ACKS: Final = int(RegisteredDelivery.SME_DELIVERY_ACK | RegisteredDelivery.SME_USER_ACK)


class ReceiptDesk:
    """Sends the receipts of one carrier's messages through their mailboxes.

    ``plan`` has an action called at a moment of monotonic seconds; ``new_id`` gives an id that no message has.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        faults: Faults,
        plan: Callable[[float, Action], None],
        new_id: Callable[[], bytes],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._profile = profile
        self._quirks = None if profile.receipt.quirks == NO_QUIRKS else profile.receipt.quirks
        self._writer = ReceiptWriter(profile.receipt, clock)
        self._quirky: BoundedDict[ReceiptQuirks, QuirkyReceipt] = BoundedDict(QUIRKS_MAX)
        self._acks = {
            RegisteredDelivery.SME_DELIVERY_ACK: AckWriter(EsmClass.DELIVERY_ACKNOWLEDGEMENT),
            RegisteredDelivery.SME_USER_ACK: AckWriter(EsmClass.USER_ACKNOWLEDGEMENT),
        }
        self._faults = faults
        self._plan = plan
        self._new_id = new_id
        self._clock = clock
        self._journal = journal

    @property
    def dates(self) -> ReceiptDates:
        """How its receipts write moments."""
        return self._writer.dates

    def accepted(self, message: Message, now: float, due: float) -> None:
        """A message will come to its end at ``due``: call it before that is planned."""
        quirks = message.quirks or self._quirks
        registered_delivery = message.submitted.registered_delivery
        if quirks is None:
            if not registered_delivery & _INTERMEDIATE:
                return
            quirks = NO_QUIRKS
        if not _has_receipt(message, quirks):
            return
        if quirks.before_response_s and (quirks.unasked or is_wanted(registered_delivery, message.fate)):
            message.response_delay_s += due - now + quirks.before_response_s
        is_asked = quirks.unasked or registered_delivery & _TELLS_PROGRESS
        if (quirks.states_before and is_asked) or registered_delivery & _INTERMEDIATE:
            self._plan(now + (due - now) / 2, partial(self._tell_progress, message, quirks))

    def ended(self, message: Message, now: float) -> None:
        """A message has come to its final state."""
        if message.submitted.registered_delivery & _SME_ACKS and message.state == _DELIVERED:
            self._acknowledge(message, now)
        quirks = message.quirks or self._quirks
        if quirks is not None:
            self._end_oddly(message, quirks, now)
        elif is_wanted(message.submitted.registered_delivery, message.state):
            receipt_plan = self._faults.on_receipt(message, now)
            for _ in range(receipt_plan.copies):
                delivery = Delivery("receipt", self._writer.body(message), message_id=message.id_octets)
                self._post(message, delivery, now, receipt_plan.delay_s)

    def _acknowledge(self, message: Message, now: float) -> None:
        """The phone's own acknowledgements: that the text came, and that its owner has seen it, which is at once."""
        for bit, writer in self._acks.items():
            if message.submitted.registered_delivery & bit:
                body = writer.body(message)
                self._post(message, Delivery("acknowledgement", body, message_id=message.id_octets), now, 0.0)

    def refused(self, message: Message, now: float) -> None:
        """A message was refused: no carrier has a receipt for that but an odd one (ksmppd issue 111)."""
        quirks = message.quirks or self._quirks
        if quirks is None or not quirks.for_rejected:
            return
        message.id_octets = self._new_id()
        message.state, message.done_at = MessageState.REJECTED, now
        self._end_oddly(message, quirks, now)

    def _tell_progress(self, message: Message, quirks: ReceiptQuirks, now: float) -> None:
        # A cancel_sm may have ended it meanwhile.
        if message.state == _ENROUTE:
            for state in quirks.states_before or (_ENROUTE,):
                self._send(message, quirks, state=state, error=NO_ERROR, now=now)

    def _end_oddly(self, message: Message, quirks: ReceiptQuirks, now: float) -> None:
        state, error = message.state, message.error
        is_asked = quirks.unasked or is_wanted(message.submitted.registered_delivery, state)
        if not is_asked or quirks.lost or not _has_receipt(message, quirks):
            return
        if quirks.hides_error and error != NO_ERROR:
            # Where the carrier's real code is to be had: from a page of its own, not over SMPP (GoConvey).
            self._journal.record("carrier.receipt_detail", message_id=message.message_id, error=error)
        receipt_plan = self._faults.on_receipt(message, now)
        delay_s = receipt_plan.delay_s + quirks.late_s
        if quirks.burst_every_s:
            delay_s += _until_next(quirks.burst_every_s, now + delay_s)
        for _ in range(receipt_plan.copies and receipt_plan.copies + quirks.copies):
            self._send(message, quirks, state=state, error=error, now=now, delay_s=delay_s)
            delay_s += quirks.again_after_s
        for after in quirks.states_after:
            code = NO_ERROR if after == MessageState.DELIVERED else error
            self._send(message, quirks, state=after, error=code, now=now, delay_s=delay_s)
            delay_s += quirks.again_after_s

    def _send(
        self, message: Message, quirks: ReceiptQuirks, *, state: int, error: str, now: float, delay_s: float = 0.0
    ) -> None:
        quirky = self._quirky.get(quirks)
        if quirky is None:
            quirky = self._quirky[quirks] = QuirkyReceipt(quirks, profile=self._profile, clock=self._clock)
        body = quirky.write(message, state=state, error=error, at=message.done_at or now)
        avoid = message.link if quirks.other_bind else None
        delivery = Delivery("receipt", body, message_id=message.id_octets, avoid=avoid)
        self._post(message, delivery, now, delay_s)

    def _post(self, message: Message, delivery: Delivery, now: float, delay_s: float) -> None:
        if delay_s:
            self._plan(now + delay_s, partial(message.mailbox.post, delivery))
        else:
            message.mailbox.post(delivery, now)


def _has_receipt(message: Message, quirks: ReceiptQuirks) -> bool:
    """Whether this part of a long message has one."""
    if quirks.parts is Parts.EACH:
        return True
    part, _ = message.user_data()
    if part is None:
        return True
    return part.number == (1 if quirks.parts is Parts.FIRST else part.total)


def _until_next(every_s: float, now: float) -> float:
    """Seconds to the next moment that ``every_s`` divides."""
    return (floor(now / every_s) + 1) * every_s - now
