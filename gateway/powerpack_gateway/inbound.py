"""What handsets and carriers say to the account: texts, STOP, and reports of spam."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from powerpack_gateway.compliance import SPAM_SERVICE, UnreadableSpamReport, parse_spam_report
from powerpack_gateway.encoding import Concatenation, decode_text, split_udh
from powerpack_gateway.errors import StoreError
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.nanp import parse_source
from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.ports import Journal
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.store.base import Store
from powerpack_gateway.suppression import REPLIES, Intent, classify
from powerpack_gateway.underway import Underway

UNFINISHED_MAX = 1_000
"""Long messages of which parts are missing; the oldest is passed on as it is when there are more."""


class _Key(NamedTuple):
    source: str
    destination: str
    reference: int
    total: int
    width: int


@dataclass(slots=True)
class _Unfinished:
    """The parts of one long message so far, by their sequence number."""

    parts: dict[int, str] = field(default_factory=dict)


Answer = Callable[[PhoneNumber, str, str, str], None]
"""(number, handset, text, intent): send an automatic reply."""


class Inbound:
    """Takes what the dispatcher gets that is no receipt."""

    def __init__(
        self,
        store: Store,
        holdings: Holdings,
        underway: Underway,
        answer: Answer,
        *,
        settings: Settings,
        journal: Journal,
    ) -> None:
        self._store = store
        self._holdings = holdings
        self._underway = underway
        self._answer = answer
        self._settings = settings
        self._journal = journal
        self._unfinished: OrderedDict[_Key, _Unfinished] = OrderedDict()

    def receive(self, carrier: str, delivery: Delivery) -> None:
        """One deliver_sm or data_sm from a carrier."""
        concatenation, payload = split_udh(delivery.esm_class, delivery.short_message)
        text = decode_text(payload, delivery.data_coding)
        number = self._holdings.numbers.get(parse_source(delivery.destination) or delivery.destination)
        if delivery.source == SPAM_SERVICE:
            self._spam(carrier, text)
        elif number is None:
            self._journal.record(
                "inbound.unknown_number",
                carrier=carrier,
                source=delivery.source,
                destination=delivery.destination,
                text=text,
            )
        else:
            source = parse_source(delivery.source) or delivery.source
            units, whole = self._joined(source, number.number, concatenation, text)
            if whole is not None:
                self._text(carrier, source, number, whole, units)

    def _joined(self, source: str, destination: str, part: Concatenation | None, text: str) -> tuple[int, str | None]:
        """The whole text and its number of parts; None while parts are missing."""
        if part is None:
            return 1, text
        key = _Key(source, destination, part.reference, part.total, part.width)
        unfinished = self._unfinished.setdefault(key, _Unfinished())
        unfinished.parts[part.sequence] = text
        if len(unfinished.parts) < part.total:
            if len(self._unfinished) > UNFINISHED_MAX:
                lost, _ = self._unfinished.popitem(last=False)
                self._journal.record("inbound.part_lost", source=lost.source, destination=lost.destination)
            return part.total, None
        del self._unfinished[key]
        return part.total, "".join(text for _, text in sorted(unfinished.parts.items()))

    def _text(self, carrier: str, source: str, number: PhoneNumber, text: str, units: int) -> None:
        holdings = self._holdings
        intent = self._intent(number, text)
        powerpack = holdings.powerpacks.owner_of(number.number)
        of_powerpack = powerpack.application_id if powerpack is not None else ""
        application = holdings.applications.get(of_powerpack or number.application_id)
        message = self._underway.new(destination=number.number, text=text, units=units)
        message.direction = Direction.INBOUND
        message.stage = Stage.RECEIVED
        message.source = source
        message.carrier = carrier
        message.intent = intent.value
        message.powerpack_uuid = None if powerpack is None else powerpack.uuid
        if application is not None and application.message_url:
            message.callback_url = application.message_url
            message.callback_method = application.message_method
        self._journal.record(
            "message.received",
            uuid=message.uuid,
            source=source,
            destination=number.number,
            text=text,
            intent=intent.value,
        )
        self._keep(message)
        self._act(intent, number, source)

    def _keep(self, message: Message) -> None:
        """Store a handset's message; its webhook goes out once it is on disk."""
        self._underway.keep(message)

        def stored(error: StoreError | None) -> None:
            if error is None:
                self._underway.tell(message)
            else:
                self._underway.drop(message)  # the carrier hears a temporary error and sends it again

        self._store.when_durable(stored)

    def _intent(self, number: PhoneNumber, text: str) -> Intent:
        if number.type is NumberType.SHORTCODE and not self._settings.shortcode_opt_out:
            return Intent.NONE
        return classify(text)

    def _act(self, intent: Intent, number: PhoneNumber, handset: str) -> None:
        """STOP takes effect here, before the carrier's deliver_sm is acknowledged."""
        if intent is Intent.NONE:
            return
        if intent is Intent.OPTOUT:
            added = self._holdings.opt_out(number, handset)
            self._journal.record("suppression.added", number=number.number, handset=handset, entries=added)
        if intent is Intent.OPTIN:
            lifted = self._holdings.opt_in(number, handset)
            self._journal.record("suppression.lifted", number=number.number, handset=handset, entries=lifted)
            if not lifted:
                return  # no reply to a START that lifts nothing (plivo_api.md 4)
        self._answer(number, handset, REPLIES[intent], intent.value)

    def _spam(self, carrier: str, text: str) -> None:
        try:
            notice = parse_spam_report(text)
        except UnreadableSpamReport as error:
            self._journal.record("complaint.unreadable", carrier=carrier, text=text, error=str(error))
            return
        verdict = self._holdings.complain(notice)
        self._journal.record(
            "complaint.received",
            carrier=carrier,
            source=notice.source_number,
            destination=notice.destination_number,
            timestamp=notice.timestamp,
            original_message_id=notice.original_message_id,
            suspends=verdict.suspend,
        )
