"""What becomes of a message: a carrier accepts a part, a receipt speaks of it, or something ends it.

Every change of a message's stage on its way out goes through ``move``, by the table in ``messages.py``. A receipt finds
its message by the carrier's id, or is kept for the answer that gives out the id.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from powerpack_gateway.carrier_ids import NOBODY, CarrierIds
from powerpack_gateway.history import note, note_accepted, note_arrived
from powerpack_gateway.messages import LIFE, ErrorCode, Input, Message, Stage, step
from powerpack_gateway.parked_receipts import PARKED_MAX, PARKED_S_MAX, Between
from powerpack_gateway.ports import Clock, FieldsOfEach, Journal, group_recorder, unix_clock
from powerpack_gateway.receipts import (
    Receipt,
    ReceiptState,
    UnreadableReceipt,
    error_code_for_receipt,
    parse_receipt,
)
from powerpack_gateway.route_names import route_name_of
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.plain_read import PlainReceipt
from powerpack_gateway.smpp.statuses import ESME_ROK
from powerpack_gateway.store.base import Store

ENDED_MAX = 10_000
"""Messages that had ended when a carrier accepted them, whose receipts are still told in their histories."""


class Fates:
    """One for a gateway. ``changed`` is told of messages whose stage is another, the same for all of them, to keep
    them and tell their callbacks; ``watch`` of one that waits for its receipts from now on."""

    def __init__(
        self,
        store: Store,
        *,
        changed: Callable[[Sequence[Message]], None],
        watch: Callable[[Message], None],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._store = store
        self._changed = changed
        self._watch = watch
        self._unix = unix_clock(clock)
        self._journal = journal
        self._record_group = group_recorder(journal)
        self._ids = CarrierIds()
        self._ended: deque[Message] = deque()  # before their answer came: perhaps no receipt ever does

    def expect(self, message: Message) -> None:
        """After a restart: receipts for its parts find it again. Some came before it did, where another gateway that is
        bound to the carrier knew already that it is at work here."""
        if message.carrier is None:
            return
        route = route_name_of(message)
        now = self._unix()
        early = [self._ids.put(route, carrier_id, message, now) for carrier_id in message.carrier_ids if carrier_id]
        for each in itertools.chain.from_iterable(early):
            self.receipt(route, each.receipt, each.between)

    def forget(self, message: Message) -> None:
        """No receipt is for it any more."""
        self._ids.forget(message)

    def knows(self, carrier: str, receipt: Receipt, between: Between = NOBODY) -> bool:
        """Whether a receipt is for a message that is under way here."""
        return self._ids.find(carrier, receipt, between) is not None

    def speaks_of_ours(self, carrier: str, delivery: Delivery) -> bool:
        """The same for one that nobody has read yet."""
        try:
            receipt = parse_receipt(delivery.short_message, delivery.tlvs)
        except UnreadableReceipt:
            return False
        return self.knows(carrier, receipt, _between(delivery))

    def accepted(self, carrier: str, message: Message, position: int, carrier_id: str) -> None:
        """A carrier took one part, and calls it by an id, or gives none."""
        # A carrier that gives no id has accepted all the same, and no receipt can ever match (C25).
        ids = list(message.carrier_ids)
        ids[position] = carrier_id or "-"
        message.carrier_ids = tuple(ids)
        early = self._ids.put(carrier, carrier_id, message, self._unix()) if carrier_id else []
        is_sent = all(ids) and self.move(message, Input.ACCEPT)
        note(message, self._unix(), "answer", position, ESME_ROK, carrier_id or None)
        if message.is_final and carrier_id:
            self._ended.append(message)
            if len(self._ended) > ENDED_MAX:
                self._ids.forget(self._ended.popleft())
        if is_sent:
            message.sent_at = message.updated_at
            self._changed((message,))
            self._watch(message)
        else:
            self._store.update(message)
        for each in early:  # a second final one is of another message with this id, which may be answered yet
            self.receipt(carrier, each.receipt, each.between)

    def submitted_together(self, messages: Sequence[Message], now: float) -> None:
        """``move`` texts of one part that were queued: they go to the carrier."""
        for message in messages:
            message.stage = _SUBMITTED
            message.updated_at = now
        uuids = [message.uuid for message in messages]
        self._record_group("message.stage", len(uuids), _moved(uuids, Stage.QUEUED, _SUBMITTED, Input.SUBMIT))

    def accepted_together(self, carrier: str, answers: Iterable[tuple[Message, str]]) -> None:
        """``accepted`` for texts of one part that were submitted, each with an id of letters and digits."""
        now = self._unix()
        put_new = self._ids.put_new
        sent: list[tuple[Message, str]] = []
        for each in answers:
            message, carrier_id = each
            if message.stage is not _SUBMITTED or not put_new(carrier, carrier_id, message):
                self._are_sent(carrier, sent, now)  # first, as it may be of one of them
                sent = []
                self.accepted(carrier, message, 0, carrier_id)
                continue
            message.carrier_ids = (carrier_id,)
            message.stage = _ACCEPTED
            message.sent_at = message.updated_at = now
            sent.append(each)
        self._are_sent(carrier, sent, now)

    def _are_sent(self, carrier: str, sent: Sequence[tuple[Message, str]], now: float) -> None:
        if not sent:
            return
        note_accepted(sent, now)
        messages = [message for message, _ in sent]
        uuids = [message.uuid for message in messages]
        count = len(uuids)
        self._ids.forms.told(carrier, "".join([carrier_id for _, carrier_id in sent]), count)
        self._record_group("message.stage", count, _moved(uuids, Stage.SUBMITTED, _ACCEPTED, Input.ACCEPT))
        self._changed(messages)
        self._watch(messages[0])  # the others wait as long

    def receipts_together(
        self,
        carrier: str,
        receipts: Iterable[PlainReceipt],
        taken: Callable[[int], None],
        alone: Callable[[PlainReceipt], None],
    ) -> None:
        """``receipt_came`` for receipts that say delivered: ``taken`` gets the sequence_number of each, ``alone`` those
        that have to be taken one by one, when all before them are settled. If it raises, those that ``taken`` got since
        the last of these are as they were."""
        now = self._unix()
        take = self._ids.take
        arrived: list[tuple[Message, str]] = []
        try:
            for receipt in receipts:
                message_id = receipt.message_id
                message = take(carrier, message_id, receipt.source)
                if message is None:
                    self._have_arrived(arrived, carrier, now)  # first, as it may be of one of them
                    arrived = []
                    alone(receipt)
                    continue
                taken(receipt.sequence)
                message.arrived += 1
                message.stage = _ARRIVED
                message.updated_at = now
                message.error_code = _NO_ERROR
                arrived.append((message, message_id))
            self._have_arrived(arrived, carrier, now)
        except Exception:
            for message, message_id in arrived:  # they wait for their receipts again, which come one by one
                message.arrived -= 1
                message.stage = Stage.SENT
                self._ids.put_new(carrier, message_id, message)
            raise

    def _have_arrived(self, arrived: Sequence[tuple[Message, str]], carrier: str, now: float) -> None:
        if not arrived:
            return
        note_arrived(arrived, now)
        messages = [message for message, _ in arrived]
        told = [(message.uuid, message_id) for message, message_id in arrived]
        count = len(told)
        self._record_group("message.receipt", count, _received(told, carrier))
        uuids = [uuid for uuid, _ in told]
        self._record_group("message.stage", count, _moved(uuids, Stage.SENT, _ARRIVED, Input.DELIVER))
        self._changed(messages)

    def receipt_came(self, carrier: str, delivery: Delivery) -> None:
        """A carrier handed over a receipt; what can not be read only goes to the journal."""
        try:
            receipt = parse_receipt(delivery.short_message, delivery.tlvs)
        except UnreadableReceipt as error:
            # Acknowledged all the same: sending it again would not make it readable (Q21).
            self._journal.record("receipt.unreadable", carrier=carrier, error=str(error), raw=delivery.raw)
        else:
            self.receipt(carrier, receipt, _between(delivery))

    def receipt(self, carrier: str, receipt: Receipt, between: Between = NOBODY) -> None:
        """A receipt that could be read."""
        found = self._ids.reported(carrier, receipt, between)
        if found is None:
            self._park(carrier, receipt, between)
            return
        key, message = found
        self._journal.record(
            "message.receipt", uuid=message.uuid, carrier=carrier, id=key.message_id, state=receipt.state._name_
        )
        reported = (receipt.message_id, receipt.raw_stat or receipt.state._name_, receipt.error)
        if not receipt.state.is_final:
            note(message, self._unix(), "receipt", *reported)
            return
        self._ids.settled(key, message)
        if receipt.state is not ReceiptState.DELIVERED:
            note(message, self._unix(), "receipt", *reported)
            code = error_code_for_receipt(receipt)
            said = f", err {receipt.error}" if receipt.error else ""
            told = f"{carrier} reported {receipt.raw_stat or receipt.state.name}{said}"
            self.fail(message, Input.UNDELIVER, code, told)
            return
        message.arrived += 1
        has_arrived = message.arrived >= message.units and self.move(message, Input.DELIVER)
        note(message, self._unix(), "receipt", *reported)
        if has_arrived:
            if message.sent_at is None:
                message.sent_at = message.updated_at
            message.error_code = ErrorCode.NONE
            self._changed((message,))
        else:
            self._store.update(message)

    def fail(self, message: Message, happened: Input, code: ErrorCode, why: str) -> None:
        """It ends here, unless this input means nothing any more."""
        if not self.move(message, happened):
            return
        message.error_code = code
        if why not in message.reasons:
            message.reasons = (*message.reasons, why)
        self._ids.forget(message)
        note(message, message.updated_at, "ended", code.value, why)
        self._journal.record("message.failed", uuid=message.uuid, error_code=code.value, why=why)
        self._changed((message,))

    def move(self, message: Message, happened: Input) -> bool:
        """Step through the table; False when this input means nothing any more."""
        stage = step(message.stage, happened)
        if stage is None:
            return False
        self._journal.record(
            "message.stage",
            uuid=message.uuid,
            stage=stage._name_,
            before=message.stage._name_,
            input=happened._value_,
        )
        message.stage = stage
        message.updated_at = self._unix()
        return True

    def _park(self, carrier: str, receipt: Receipt, between: Between) -> None:
        """Keep a receipt that nobody waits for yet: its submit_sm_resp may be on its way (Q10)."""
        self._journal.record("receipt.unmatched", carrier=carrier, id=receipt.message_id, state=receipt.state.name)
        now = self._unix()
        for old in self._ids.let_go(now):
            self._journal.record("receipt.expired", carrier=old.carrier, id=old.message_id, after_s=PARKED_S_MAX)
        for lost in self._ids.park(carrier, receipt, between, now):
            why = f"more than {PARKED_MAX} parked"
            self._journal.record("receipt.dropped", carrier=lost.carrier, id=lost.message_id, reason=why)


_SUBMITTED = LIFE[Stage.QUEUED, Input.SUBMIT]
_ACCEPTED = LIFE[Stage.SUBMITTED, Input.ACCEPT]
_ARRIVED = LIFE[Stage.SENT, Input.DELIVER]
_NO_ERROR = ErrorCode.NONE
_DELIVERED = ReceiptState.DELIVERED.name


def _moved(uuids: Sequence[str], before: Stage, stage: Stage, happened: Input) -> FieldsOfEach:
    """What ``move`` journals, for many."""
    # An enum's name and value are properties in Python, its own attributes are not.
    same = {"stage": stage._name_, "before": before._name_, "input": happened._value_}
    return lambda: [{"uuid": uuid, **same} for uuid in uuids]


def _received(told: Sequence[tuple[str, str]], carrier: str) -> FieldsOfEach:
    def fields() -> Iterable[Mapping[str, object]]:
        return [{"uuid": uuid, "carrier": carrier, "id": message_id, "state": _DELIVERED} for uuid, message_id in told]

    return fields


def _between(delivery: Delivery) -> Between:
    return Between(delivery.source, delivery.destination)
